import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable
from core.survival.hazard import SEPARATION, hazard_per_sd, hazard_ratio
from core.survival.outcome import Outcome
from tests.survival.cohorts import REFERENCE, lung, outcome, reference, veteran


def agrees(estimate, row):
    for field in ("ratio", "lower", "upper", "p"):
        assert getattr(estimate, field) == pytest.approx(row[field], rel=1e-6), field


@pytest.mark.parametrize(
    ("name", "make", "column", "base", "prefix"),
    [
        ("lung_sex", lung, "group", "male", "sex_"),
        ("veteran_cell", veteran, "group", "squamous", "cell"),
        ("lung_ecog0123", lung, "ecog", "ecog0", "score"),
    ],
)
def test_agrees_with_coxph(name, make, column, base, prefix):
    frame = make()
    result = hazard_ratio(outcome(frame), frame[column], reference=base)
    expected = reference("cox.csv").query("set == @name").set_index("term")
    assert (result.n, result.n_events) == tuple(expected[["n", "events"]].iloc[0])
    assert result.overall_p == pytest.approx(expected["overall_p"].iloc[0], rel=1e-6)
    for level in result.levels:
        if level.estimate is not None:
            agrees(level.estimate, expected.loc[prefix + level.group])
            assert 0 <= level.estimate.ph_p <= 1
    stated = {level.group: level.note for level in result.levels if level.estimate is None}
    assert stated.pop(base) == "reference"
    assert stated == ({"ecog3": "not estimated: fewer than 5 patients"} if column == "ecog" else {})


@pytest.mark.parametrize(
    ("name", "make", "column"),
    [("lung_age_sd", lung, "age"), ("lung_karno_sd", lung, "ph.karno"), ("veteran_karno_sd", veteran, "karno")],
)
def test_the_ratio_per_standard_deviation_agrees_with_coxph(name, make, column):
    frame = make()
    result = hazard_per_sd(outcome(frame), frame[column])
    row = reference("cox.csv").query("set == @name").iloc[0]
    agrees(result.estimate, row)
    assert result.n == row["n"]
    assert result.n + result.n_no_value == len(frame)
    assert result.sd == pytest.approx(frame[column].std())


def test_the_ratio_per_standard_deviation_has_no_unit():
    frame = lung()
    one, other = (hazard_per_sd(outcome(frame), frame["age"] * scale).estimate for scale in (1, 1e9))
    assert one.ratio == pytest.approx(other.ratio, rel=1e-9)


def patients(seed=0, n=60):
    chance = np.random.default_rng(seed)
    return chance.exponential(10, n), (chance.random(n) < 0.7).astype(int), np.array(["a", "b", "c"] * (n // 3))


def test_a_group_without_events_is_stated_and_the_rest_equals_the_fit_without_it():
    time, event, group = patients()
    event[group == "c"] = 0
    result = hazard_ratio(Outcome.of(time, event, "months"), group)
    assert [level.note for level in result.levels] == ["reference", "", SEPARATION]
    assert result.levels[2].n == 20 and result.levels[2].n_events == 0
    kept = group != "c"
    alone = hazard_ratio(Outcome.of(time[kept], event[kept], "months"), group[kept])
    assert result.levels[1].estimate.ratio == pytest.approx(alone.levels[1].estimate.ratio, rel=1e-9)


def test_a_reference_without_events_leaves_nothing_to_estimate_but_says_so():
    time, event, group = patients()
    event[group == "a"] = 0
    result = hazard_ratio(Outcome.of(time, event, "months"), group)
    assert all(level.estimate is None for level in result.levels)
    assert result.overall_p is None


def test_groups_that_follow_one_another_in_time_are_separated():
    time = np.r_[np.arange(1, 11), np.arange(21, 31)]
    result = hazard_ratio(Outcome.of(time, np.ones(20), "days"), ["early"] * 10 + ["late"] * 10, reference="late")
    assert result.levels[0].note == SEPARATION


@pytest.mark.parametrize(
    ("time", "event", "groups", "kwargs", "reason"),
    [
        (range(1, 11), [1] * 10, ["a"] * 10, {}, "needs two groups"),
        (range(1, 11), [0] * 10, ["a", "b"] * 5, {}, "0 events"),
        (range(1, 11), [1] * 10, ["a", "b"] * 5, {"reference": "z"}, "Choose one of: a, b"),
        (range(1, 11), [1] * 10, ["a"] * 4 + ["b"] * 6, {}, "has 4 patients"),
    ],
)
def test_questions_that_the_data_cannot_answer_are_states(time, event, groups, kwargs, reason):
    with pytest.raises(NotEstimable, match=reason) as state:
        hazard_ratio(Outcome.of(list(time), event, "days"), groups, **kwargs)
    assert state.value.remedy


def test_a_constant_a_missing_and_a_separating_number_are_states():
    follow_up = Outcome.of(np.arange(1, 21), [1, 0] * 10, "days")
    for values in (np.full(20, 7.0), np.full(20, np.nan)):
        with pytest.raises(NotEstimable):
            hazard_per_sd(follow_up, values)
    with pytest.raises(NotEstimable, match="no finite value"):
        hazard_per_sd(follow_up, -np.arange(20.0))


def test_tied_times_all_over_are_estimated():
    chance = np.random.default_rng(1)
    result = hazard_ratio(Outcome.of([5] * 30, chance.integers(0, 2, 30), "days"), ["a", "b"] * 15)
    assert np.isfinite(result.levels[1].estimate.ratio)


def test_a_rare_group_does_not_warn():
    time, event, _ = patients(n=300)
    group = np.where(np.arange(300) < 6, "rare", "common")
    event[:6] = [1, 0, 0, 0, 0, 0]
    assert hazard_ratio(Outcome.of(time, event, "months"), group).levels[1].estimate.ratio > 0


def test_a_first_step_that_overshoots_is_taken_again_in_smaller_ones():
    # One patient of b dies at the first time, together with six of a: finite because of Efron's ties.
    deaths = [6, 3, 2, 3, 3, 4, 3, 4, 2, 4]
    censored = [0, 6, 9]
    time = [0, *np.repeat(range(10), deaths), *censored]
    event = [1] * (1 + sum(deaths)) + [0] * len(censored)
    group = ["b"] + ["a"] * (len(time) - 1)
    result = hazard_ratio(Outcome.of(time, event, "months"), group)
    assert result.levels[1].note == "not estimated: fewer than 5 patients"
    assert 0 < result.overall_p < 1


def test_a_long_tailed_number_has_the_ratio_of_coxph_where_lifelines_stops_too_early():
    """lifelines ends at a log ratio of 1.36 here, with no more than a warning; the maximum is at 0.23."""
    frame, expected = reference("long_tailed.csv"), pd.read_csv(REFERENCE / "long_tailed_cox.csv", comment="#").iloc[0]
    found = hazard_per_sd(Outcome.of(frame["time"], frame["event"], "months"), frame["value"])
    assert found.sd == pytest.approx(1)
    assert np.log(found.estimate.ratio) == pytest.approx(expected["coefficient"], rel=1e-7)
    assert found.estimate.p == pytest.approx(expected["p"], rel=1e-6)

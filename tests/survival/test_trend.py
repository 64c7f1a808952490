import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute import generators
from core.errors import Abandoned, NotEstimable, Refused
from core.survival.linear_rank import PERMUTATION
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.trend import FALLS, LEVEL, RISES, logrank_trend
from core.survival.weighted import weighted_logrank
from tests.survival.cohorts import lung, outcome, reference
from tests.survival.test_weighted import SETS, agrees, karno, null, uniform


@pytest.mark.parametrize("name", SETS)
def test_agrees_with_observed_expected_and_variance_of_survdiff(name):
    frame = SETS[name]()
    table = reference("trend.csv").query("set == @name").reset_index(drop=True)
    size = table["group"].nunique()
    for start in range(0, len(table), size):
        expected = table.iloc[start : start + size]
        scores = dict(zip(expected["group"], expected["score"], strict=True))
        test = logrank_trend(outcome(frame), frame["group"], scores=scores)
        agrees(test, expected)
        assert test.scores == tuple(expected["score"])
        assert test.direction == (RISES if expected["u"].iloc[0] > 0 else FALLS)
        if test.scores == tuple(range(1, size + 1)):
            agrees(logrank_trend(outcome(frame), frame["group"], order=list(expected["group"])), expected)


def test_the_name_counts_the_groups_and_the_categorical_gives_the_order():
    frame = karno()
    labels = pd.Categorical(frame["group"], ["low", "middle", "high"], ordered=True)
    test = logrank_trend(outcome(frame), labels)
    assert test.method == "log-rank test for trend over 3 ordered groups"
    assert [group.group for group in test.groups] == ["low", "middle", "high"]
    assert test.direction == FALLS and test.dof == 1
    assert test == logrank_trend(outcome(frame), frame["group"], order=["low", "middle", "high"])


def test_with_two_groups_it_is_the_log_rank_test():
    plain = logrank(outcome(lung()), lung()["group"])
    for scores in ({"female": 1, "male": 2}, {"female": 2030, "male": 1990.5}):
        test = logrank_trend(outcome(lung()), lung()["group"], scores=scores)
        assert test.statistic == pytest.approx(plain.statistic, rel=1e-12)
        assert test.p == pytest.approx(plain.p, rel=1e-11)
    follow_up, groups = Outcome.of(np.arange(1, 31), [1, 1, 0] * 10, "days"), ["few"] * 6 + ["many"] * 24
    small = logrank_trend(follow_up, groups, order=["few", "many"], seed=5)
    assert (small.p, small.p_method) == (logrank(follow_up, groups, seed=5).p, PERMUTATION)
    assert "seed 5" in small.note


patients = st.lists(st.tuples(st.integers(0, 15), st.booleans(), st.integers(0, 2)), min_size=18, max_size=60)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(patients, st.floats(0.1, 50), st.floats(-1000, 1000))
def test_times_count_by_order_scores_by_spacing_and_direction_turns_with_the_order(rows, stretch, shift):
    time, event, code = map(np.array, zip(*rows, strict=True))
    groups, order = [f"g{c}" for c in code], ["g0", "g1", "g2"]
    try:
        test = logrank_trend(Outcome.of(time, event, "days"), groups, order, permutations=19)
    except NotEstimable:
        return
    later = logrank_trend(Outcome.of(np.exp(time / 3), event, "days"), groups, order, permutations=19)
    assert test == later
    present = [group.group for group in test.groups]
    scaled = {level: shift + stretch * int(level[1]) for level in order}
    # Levels that are absent keep their place among given scores, so only full sets compare.
    if present == order:
        moved = logrank_trend(Outcome.of(time, event, "days"), groups, scores=scaled, permutations=19)
        assert moved.statistic == pytest.approx(test.statistic, rel=1e-6, abs=1e-9)
    back = logrank_trend(Outcome.of(time, event, "days"), groups, order[::-1], permutations=19)
    assert back.statistic == pytest.approx(test.statistic, rel=1e-9, abs=1e-9)
    assert {test.direction, back.direction} in ({RISES, FALLS}, {LEVEL})


def test_it_is_at_most_the_overall_statistic():
    frame = karno()
    test = logrank_trend(outcome(frame), frame["group"], order=["low", "middle", "high"])
    overall = logrank(outcome(frame), frame["group"])
    assert 0.5 * overall.statistic < test.statistic <= overall.statistic


def test_all_events_in_one_group_get_a_permutation_p():
    chance = np.random.default_rng(0)
    groups = np.repeat(["i", "ii", "iii"], 15)
    follow_up = Outcome.of(chance.exponential(5, 45), groups == "iii", "months")
    test = logrank_trend(follow_up, groups, order=["i", "ii", "iii"])
    assert test.p_method == PERMUTATION and test.p < 0.01 and test.direction == RISES
    assert [group.n_events for group in test.groups] == [0, 0, 15]


def test_time_zero_and_ties_are_those_of_the_log_rank_test():
    chance = np.random.default_rng(1)
    follow_up = Outcome.of(chance.integers(0, 4, 60), chance.random(60) < 0.7, "months")
    assert follow_up.n_at_zero > 5
    test = logrank_trend(follow_up, ["a", "b"] * 30, order=["a", "b"])
    assert test.statistic == pytest.approx(logrank(follow_up, ["a", "b"] * 30).statistic, rel=1e-12)


def test_a_group_followed_only_before_the_first_event_keeps_the_scores_of_the_others():
    time = [*np.full(12, 0.5), *np.arange(1, 46)]
    follow_up = Outcome.of(time, [0] * 12 + [1] * 45, "days")
    test = logrank_trend(
        follow_up, ["i"] * 6 + ["iii"] * 6 + ["ii", "iv", "v"] * 15, order=["i", "ii", "iii", "iv", "v"]
    )
    assert test.scores == (2, 4, 5)
    assert "i, iii" in test.note and test.n == 45


@pytest.mark.parametrize(
    ("time", "event", "groups", "reason"),
    [
        (range(1, 11), [1] * 10, ["a"] * 10, "needs two groups"),
        (range(1, 11), [0] * 10, ["a", "b"] * 5, "No events"),
        ([4] * 10, [1] * 10, ["a", "b"] * 5, "never at risk together"),
        (range(1, 11), [1] * 10, ["a"] * 4 + ["b"] * 6, "'a' has 4 patients"),
        (range(1, 21), [1, 1] + [0] * 18, ["a", "b"] * 10, "the groups have 2 events"),
    ],
)
def test_questions_that_the_data_cannot_answer_are_states(time, event, groups, reason):
    with pytest.raises(NotEstimable, match=reason) as state:
        logrank_trend(Outcome.of(list(time), event, "days"), groups, order=["a", "b"])
    assert state.value.remedy


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "order is not known: female, male"),
        ({"order": ["male"]}, "order is not known: female"),
        ({"scores": {"male": 1}}, "no finite score: female"),
        ({"scores": {"male": 1, "female": float("inf")}}, "no finite score: female"),
        ({"scores": {"male": 1, "female": 1}}, "same score"),
    ],
)
def test_an_unknown_order_is_refused(given, reason):
    with pytest.raises(Refused, match=reason):
        logrank_trend(outcome(lung()), lung()["group"], **given)


def test_groups_left_with_one_score_are_a_state():
    time = [*np.full(12, 0.5), *np.arange(1, 31)]
    follow_up = Outcome.of(time, [0] * 12 + [1] * 30, "days")
    with pytest.raises(NotEstimable, match="same score"):
        logrank_trend(follow_up, ["c"] * 12 + ["a", "b"] * 15, scores={"a": 1, "b": 1, "c": 2})


def test_the_reader_can_abandon_the_permutations():
    def stop(share, text):
        raise Abandoned("stopped")

    with pytest.raises(Abandoned):
        logrank_trend(Outcome.of(range(12), [1] * 12, "days"), ["a", "b"] * 6, order=["a", "b"], progress=stop)


def test_p_is_uniform_when_nothing_differs():
    order = ["g0", "g1", "g2"]
    assert uniform([logrank_trend(*cohort, order).p for cohort in null(31, (40, 40, 40))])


def test_so_is_the_permutation_p_of_small_groups():
    order = ["g0", "g1", "g2"]
    assert uniform([logrank_trend(*cohort, order, permutations=199).p for cohort in null(32, (7, 12, 12))])


def test_a_gradual_difference_is_found_more_often_than_by_the_overall_test():
    found = []
    for chance in generators(6, 60):
        groups = np.arange(160) % 4
        time = chance.exponential(20 * 0.8**groups)
        follow_up = Outcome.of(np.minimum(time, 40), time <= 40, "months")
        labels = [f"g{group}" for group in groups]
        overall = weighted_logrank(follow_up, labels)
        found.append([logrank_trend(follow_up, labels, ["g0", "g1", "g2", "g3"]).p < 0.05, overall.p < 0.05])
    trend, overall = np.mean(found, axis=0)
    assert trend > overall

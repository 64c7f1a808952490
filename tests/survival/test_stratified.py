import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute import generators
from core.errors import Abandoned, NotEstimable
from core.survival.linear_rank import ASYMPTOTIC, PERMUTATION
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.stratified import stratified_logrank
from tests.survival.cohorts import lung, outcome, reference
from tests.survival.test_weighted import SETS, agrees, uniform


def placed(name: str, by: str) -> pd.DataFrame:
    frame = SETS[name]()
    if by == "place":
        known = frame["inst"].notna() & frame["ph.ecog"].notna()
        return frame.assign(place=(frame["inst"].astype(str) + " " + frame["ph.ecog"].astype(str)).where(known))
    return frame


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("lung_sex", "inst"),
        ("lung_sex", "place"),
        ("lung_ecog", "inst"),
        ("veteran_cell", "trt"),
        ("veteran_karno", "trt"),
    ],
)
def test_agrees_with_survdiff_with_strata(name, by):
    frame = placed(name, by)
    test = stratified_logrank(outcome(frame), frame["group"], frame[by])
    expected = reference("stratified.csv").query("set == @name and by == @by")
    agrees(test, expected)
    assert (test.n_strata, test.n_one_group) == (expected["strata"].iloc[0], expected["alone"].iloc[0])
    assert test.n == expected["n"].sum()
    assert test.n_no_stratum == int((frame[by].isna() & frame["group"].notna()).sum())
    assert test.n + test.n_no_stratum + test.n_no_group + test.n_excluded == len(frame)


def test_the_name_counts_the_strata_that_say_nothing():
    frame = placed("lung_sex", "place")
    test = stratified_logrank(outcome(frame), frame["group"], frame["place"], by="centre and ECOG")
    assert test.method == "log-rank stratified by centre and ECOG (51 strata, 21 without both groups)"
    assert test.n_informative < test.n
    assert test.n_informative == sum(stratum.n for stratum in test.strata if stratum.informative)


@pytest.mark.parametrize("name", SETS)
def test_with_one_stratum_it_is_the_log_rank_test(name):
    frame = SETS[name]()
    plain, test = (
        logrank(outcome(frame), frame["group"]),
        stratified_logrank(outcome(frame), frame["group"], ["x"] * len(frame)),
    )
    assert test.statistic == pytest.approx(plain.statistic, rel=1e-12)
    assert test.p == pytest.approx(plain.p, rel=1e-11)
    assert test.method == "log-rank stratified by centre (1 stratum)"
    for group, other in zip(test.groups, plain.groups, strict=True):
        assert (group.group, group.n, group.n_events) == (other.group, other.n, other.observed)
        assert group.expected == pytest.approx(other.expected, rel=1e-12)


def centres(seed=2, n=60, shares=(0.3, 0.7)):
    """Two centres, of different hazards and shares of group b, and no effect of the group."""
    chance = np.random.default_rng(seed)
    centre = np.repeat([0, 1], n // 2)
    groups = np.where(chance.random(n) < np.take(shares, centre), "b", "a")
    time = chance.exponential(np.where(centre == 0, 30, 8)).round(1)
    return Outcome.of(time, chance.random(n) < 0.8, "months"), groups, np.take(["one", "two"], centre)


def test_one_stratum_gives_the_permutations_of_the_log_rank_test_too():
    follow_up = Outcome.of(np.arange(1, 31), [1, 1, 0] * 10, "days")
    groups = ["few"] * 6 + ["many"] * 24
    plain, test = logrank(follow_up, groups, seed=3), stratified_logrank(follow_up, groups, ["x"] * 30, seed=3)
    assert test.p_method == PERMUTATION
    assert test.p == plain.p


def test_strata_of_one_group_without_events_and_missing_change_nothing():
    follow_up, groups, places = centres()
    alone = stratified_logrank(follow_up, groups, places)
    more = Outcome.of(
        [*follow_up.time, *[5.0] * 12, *[6.0] * 8, *[7.0] * 3],
        [*follow_up.event, *[True] * 12, *[False] * 8, *[True] * 3],
        "months",
    )
    added = stratified_logrank(
        more,
        [*groups, *["a"] * 12, *["a", "b"] * 4, *["a"] * 3],
        pd.Categorical(
            [*places, *["single"] * 12, *["no events"] * 8, *[None] * 3], ["empty", *set(places), "single", "no events"]
        ),
    )
    assert added.statistic == pytest.approx(alone.statistic, rel=1e-12)
    assert added.p == pytest.approx(alone.p, rel=1e-12)
    assert added.method == "log-rank stratified by centre (4 strata, 1 without both groups)"
    assert "Without an event while two groups were at risk: no events" in added.note
    assert (added.n_no_stratum, added.n, added.n_informative) == (3, 80, 60)
    assert {stratum.stratum: stratum.informative for stratum in added.strata} == {
        "no events": False,
        "one": True,
        "single": False,
        "two": True,
    }


def test_a_group_absent_from_a_stratum_is_compared_in_the_others():
    chance = np.random.default_rng(4)
    groups = ["a", "b"] * 20 + ["b", "c"] * 20
    follow_up = Outcome.of(chance.exponential(9, 80), chance.random(80) < 0.8, "months")
    test = stratified_logrank(follow_up, groups, ["one"] * 40 + ["two"] * 40)
    assert (test.dof, test.p_method) == (2, ASYMPTOTIC)
    # With b alone shared, the statistic is not the sum of those of the centres; with nothing shared it is.
    apart = stratified_logrank(follow_up, ["a", "b"] * 20 + ["d", "c"] * 20, ["one"] * 40 + ["two"] * 40)
    halves = [
        logrank(Outcome.of(follow_up.time[part], follow_up.event[part], "months"), ["x", "y"] * 20)
        for part in (slice(0, 40), slice(40, 80))
    ]
    assert apart.dof == 2
    assert apart.statistic == pytest.approx(sum(half.statistic for half in halves), rel=1e-10)


def test_a_group_never_beside_another_is_left_out_and_named():
    follow_up, groups, places = centres()
    more = Outcome.of([*follow_up.time, *range(1, 13)], [*follow_up.event, *[1] * 12], "months")
    test = stratified_logrank(more, [*groups, *["c"] * 12], [*places, *["three"] * 12])
    assert [group.group for group in test.groups] == ["a", "b"]
    assert test.n == 60
    assert "never at risk together with another group in a stratum: c" in test.note
    assert test.statistic == pytest.approx(stratified_logrank(follow_up, groups, places).statistic, rel=1e-12)


def test_all_events_in_one_group_get_a_permutation_p_within_strata():
    chance = np.random.default_rng(0)
    groups = np.array(["a", "b"] * 20)
    follow_up = Outcome.of(chance.exponential(5, 40), groups == "a", "months")
    test = stratified_logrank(follow_up, groups, ["one"] * 20 + ["two"] * 20)
    assert test.p_method == PERMUTATION and test.p < 0.01
    assert "within strata" in test.note
    assert test == stratified_logrank(follow_up, groups, ["one"] * 20 + ["two"] * 20)


def test_labels_are_exchanged_within_strata_only():
    time = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    groups = ["a", "b"] * 6
    follow_up = Outcome.of(time, [1] * 12, "days")
    pairs = [f"pair {i // 2}" for i in range(12)]
    test = stratified_logrank(follow_up, groups, pairs, permutations=4000)
    # The first of every pair dies first: of 2^6 labellings two are as extreme.
    assert test.p == pytest.approx(2 / 64, abs=0.01)


@pytest.mark.parametrize(
    ("groups", "places", "reason"),
    [
        (["a"] * 20, ["x", "y"] * 10, "needs two groups"),
        (["a", "b"] * 10, ["x", "y"] * 10, "never at risk together in a stratum"),
        (["a", "b"] * 10, [None] * 20, "both a group and a stratum"),
        ([None] * 20, ["x", "y"] * 10, "both a group and a stratum"),
        (["a"] * 10 + ["b"] * 10, ["x"] * 12 + ["y"] * 8, "'b' has 2 patients to compare"),
    ],
)
def test_questions_that_the_data_cannot_answer_are_states(groups, places, reason):
    with pytest.raises(NotEstimable, match=reason) as state:
        stratified_logrank(Outcome.of(range(20), [1] * 20, "days"), groups, places)
    assert state.value.remedy


def test_too_few_events_are_described_only():
    with pytest.raises(NotEstimable, match="the groups have 2 events"):
        stratified_logrank(Outcome.of(range(20), [1, 1] + [0] * 18, "days"), ["a", "b"] * 10, ["x"] * 20)


def test_time_zero_ties_and_monotone_times():
    follow_up, groups, places = centres(n=80)
    tied = Outcome.of(np.floor(follow_up.time / 8), follow_up.event, "months")
    assert tied.n_at_zero > 3
    test = stratified_logrank(tied, groups, places)
    later = stratified_logrank(Outcome.of(np.expm1(tied.time), tied.event, "months"), groups, places)
    assert test == later


rows = st.lists(
    st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 2), st.integers(0, 3)), min_size=20, max_size=60
)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(rows)
def test_observed_and_expected_add_up_in_every_stratum_and_names_do_not_matter(rows):
    time, event, code, place = map(np.array, zip(*rows, strict=True))
    follow_up = Outcome.of(time, event, "days")
    try:
        test = stratified_logrank(follow_up, [f"g{c}" for c in code], place, permutations=9)
    except NotEstimable:
        return
    renamed = stratified_logrank(follow_up, [f"g{2 - c}" for c in code], 9 - place, permutations=9)
    assert renamed.statistic == pytest.approx(test.statistic, rel=1e-6, abs=1e-9)
    assert sum(g.observed for g in test.groups) == pytest.approx(sum(g.expected for g in test.groups))
    assert sum(stratum.n for stratum in test.strata) == test.n


def test_the_reader_can_abandon_the_permutations():
    def stop(share, text):
        raise Abandoned("stopped")

    with pytest.raises(Abandoned):
        frame = lung().head(30)
        stratified_logrank(outcome(frame), frame["group"], frame["inst"], progress=stop)


def null(seed: int, n: int, share: float):
    """300 cohorts of three centres with their own hazards, and no effect of the group within them."""
    for chance in generators(seed, 300):
        centre = np.arange(n) % 3
        groups = np.where(chance.permutation(n) < share * n, "few", "many")
        time, limit = chance.exponential(np.take([5, 15, 40], centre)), chance.uniform(5, 60, n)
        yield Outcome.of(np.minimum(time, limit), time <= limit, "months"), groups, centre


def test_p_is_uniform_when_nothing_differs_within_centres():
    assert uniform([stratified_logrank(*cohort).p for cohort in null(21, 120, 0.5)])


def test_so_is_the_permutation_p_of_a_small_group():
    assert uniform([stratified_logrank(*cohort, permutations=199).p for cohort in null(22, 48, 9 / 48)])


def test_strata_remove_what_centres_make_of_groups():
    crossed = [centres(seed, 120, (0.2, 0.8)) for seed in range(40)]
    plain = np.mean([logrank(follow_up, groups).p < 0.05 for follow_up, groups, _ in crossed])
    within = np.mean([stratified_logrank(*cohort).p < 0.05 for cohort in crossed])
    assert plain > 0.5 and within < 0.2

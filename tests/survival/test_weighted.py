import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute import generators
from core.errors import Abandoned, NotEstimable, Refused
from core.survival.linear_rank import ASYMPTOTIC, PERMUTATION
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.weighted import peto_peto, weighted_logrank
from tests.survival.cohorts import lung, outcome, reference, veteran


def ecog() -> pd.DataFrame:
    frame = lung()
    return frame.assign(group=frame["ecog"].where(frame["ecog"] != "ecog3"))


def karno() -> pd.DataFrame:
    frame = veteran()
    thirds = np.quantile(frame["karno"], [1 / 3, 2 / 3])
    labels = ["low", "middle", "high"]
    return frame.assign(group=pd.cut(frame["karno"], [-np.inf, *thirds, np.inf], labels=labels).astype(str))


SETS = {"lung_sex": lung, "lung_ecog": ecog, "veteran_cell": veteran, "veteran_karno": karno}


def agrees(test, expected: pd.DataFrame) -> None:
    """Statistic, p and every group of `test` equal those of R."""
    assert test.p_method == ASYMPTOTIC
    assert test.statistic == pytest.approx(expected["statistic"].iloc[0], abs=1e-8)
    assert test.p == pytest.approx(expected["p"].iloc[0], rel=1e-8)
    assert test.dof == expected["dof"].iloc[0]
    rows = expected.set_index("group")
    assert {group.group for group in test.groups} == set(rows.index)
    for group in test.groups:
        assert group.n == rows["n"][group.group]
        assert group.observed == pytest.approx(rows["observed"][group.group], abs=1e-8)
        assert group.expected == pytest.approx(rows["expected"][group.group], abs=1e-8)


def uniform(p_values: list[float]) -> bool:
    """The largest distance from the uniform distribution is inside its 99 % band."""
    from scipy.stats import kstest, kstwo

    return kstest(p_values, "uniform").statistic < kstwo.ppf(0.99, len(p_values))


@pytest.mark.parametrize("name", SETS)
def test_agrees_with_survdiff_and_with_sums_by_hand(name):
    frame = SETS[name]()
    table = reference("weighted.csv").query("set == @name")
    for (rho, gamma), expected in table.groupby(["rho", "gamma"]):
        # survdiff's rho = 0.5 stands in the table twice, also by hand.
        for _, rows in expected.groupby("kind"):
            agrees(weighted_logrank(outcome(frame), frame["group"], rho, gamma), rows)


def test_peto_peto_is_survdiff_with_rho_one():
    test = peto_peto(outcome(lung()), lung()["group"])
    agrees(test, reference("weighted.csv").query("set == 'lung_sex' and rho == 1 and gamma == 0"))
    assert test.method == "Peto-Peto (Fleming-Harrington rho = 1, gamma = 0)"
    assert weighted_logrank(outcome(lung()), lung()["group"], 0, 1).method == "Fleming-Harrington rho = 0, gamma = 1"


@pytest.mark.parametrize("name", SETS)
def test_without_weights_it_is_the_log_rank_test(name):
    frame = SETS[name]()
    plain, test = logrank(outcome(frame), frame["group"]), weighted_logrank(outcome(frame), frame["group"])
    assert test.statistic == pytest.approx(plain.statistic, rel=1e-12, abs=1e-12)
    assert test.p == pytest.approx(plain.p, rel=1e-11, abs=1e-12)
    assert (test.dof, test.n, test.n_events, test.n_no_group) == (plain.dof, plain.n, plain.n_events, plain.n_no_group)


def small(seed=3, few=6, many=30):
    chance = np.random.default_rng(seed)
    time, event = chance.exponential(10, few + many).round(), chance.random(few + many) < 0.7
    return Outcome.of(time, event, "months"), ["few"] * few + ["many"] * many


def test_without_weights_the_permutations_are_those_of_the_log_rank_test_too():
    plain, test = logrank(*small(), seed=4), weighted_logrank(*small(), seed=4)
    assert test.p_method == PERMUTATION
    assert (test.p, test.permutations) == (plain.p, 2000)
    assert test.statistic == pytest.approx(plain.statistic, rel=1e-12)


def test_the_weights_of_a_case_by_hand():
    # Deaths at 1 (a), 2 (b), 3 (a), 4 (b), then six of each censored at 5: 16, 15, 14, 13 at risk.
    time, event = [1, 2, 3, 4] + [5] * 12, [1] * 4 + [0] * 12
    test = weighted_logrank(Outcome.of(time, event, "days"), ["a", "b"] * 8, rho=1, permutations=9)
    first = test.groups[0]
    assert (first.n, first.n_events) == (8, 2)
    assert first.observed == pytest.approx(1 + 14 / 16)
    assert first.expected == pytest.approx(8 / 16 + 15 / 16 * 7 / 15 + 14 / 16 * 7 / 14 + 13 / 16 * 6 / 13)


patients = st.lists(st.tuples(st.integers(0, 15), st.booleans(), st.integers(0, 2)), min_size=18, max_size=60)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(patients, st.sampled_from([(0, 0), (1, 0), (0, 1), (0.5, 2)]))
def test_only_the_order_of_the_times_matters_and_the_sums_agree(rows, weights):
    time, event, code = map(np.array, zip(*rows, strict=True))
    groups = [f"g{c}" for c in code]
    try:
        test = weighted_logrank(Outcome.of(time, event, "days"), groups, *weights, permutations=19)
    except NotEstimable:
        return
    later = weighted_logrank(Outcome.of(np.exp(time / 3), event, "days"), groups, *weights, permutations=19)
    assert (test.statistic, test.p, test.groups) == (later.statistic, later.p, later.groups)
    assert sum(g.observed for g in test.groups) == pytest.approx(sum(g.expected for g in test.groups))
    assert test.statistic >= -1e-9 and 0 < test.p <= 1


def test_time_zero_and_ties_count_as_in_the_log_rank_test():
    chance = np.random.default_rng(1)
    time = chance.integers(0, 4, 60)
    follow_up, groups = Outcome.of(time, chance.random(60) < 0.7, "months"), ["a", "b", "c"] * 20
    assert follow_up.n_at_zero > 5
    expected = logrank(follow_up, groups)
    assert weighted_logrank(follow_up, groups).statistic == pytest.approx(expected.statistic, rel=1e-12)


def test_all_events_in_one_group_get_a_permutation_p():
    chance = np.random.default_rng(0)
    follow_up = Outcome.of(chance.exponential(5, 40), np.r_[np.ones(20), np.zeros(20)], "months")
    for gamma in (0, 1):
        test = weighted_logrank(follow_up, ["a"] * 20 + ["b"] * 20, gamma=gamma)
        assert test.p_method == PERMUTATION and test.p < 0.02
        assert "fewer than 20 patients or 5 events" in test.note and "seed 0" in test.note
        assert test.groups[1].observed == 0


def test_a_group_followed_only_to_the_first_event_weighs_nothing_when_late_events_count():
    time = [*np.full(12, 1.0), *np.arange(1, 31)]
    follow_up = Outcome.of(time, [0] * 12 + [1] * 30, "days")
    groups = ["early"] * 12 + ["a", "b"] * 15
    early, late = weighted_logrank(follow_up, groups), weighted_logrank(follow_up, groups, gamma=1)
    assert (early.dof, late.dof) == (2, 1)
    assert "any weight to compare: early" in late.note and "any weight" not in early.note


@pytest.mark.parametrize(
    ("time", "event", "groups", "reason"),
    [
        (range(1, 11), [1] * 10, ["a"] * 10, "needs two groups"),
        (range(1, 11), [0] * 10, ["a", "b"] * 5, "No events"),
        ([4] * 10, [1] * 10, ["a", "b"] * 5, "never at risk together"),
        (range(1, 11), [1] * 10, ["a"] * 4 + ["b"] * 6, "'a' has 4 patients"),
        (range(1, 21), [1, 1] + [0] * 18, ["a", "b"] * 10, "the groups have 2 events"),
        ([1] * 10 + [2] * 10, [1] * 5 + [0] * 15, ["a", "b"] * 10, "no event with two groups at risk has a weight"),
    ],
)
def test_questions_that_the_data_cannot_answer_are_states(time, event, groups, reason):
    with pytest.raises(NotEstimable, match=reason) as state:
        weighted_logrank(Outcome.of(list(time), event, "days"), groups, gamma=1)
    assert state.value.remedy


def test_impossible_weights_are_refused():
    with pytest.raises(Refused, match="rho is -1") as refused:
        weighted_logrank(*small(), rho=-1, gamma=float("nan"))
    assert len(refused.value.problems) == 2


def test_the_reader_can_abandon_the_permutations():
    def stop(share, text):
        raise Abandoned("stopped")

    with pytest.raises(Abandoned):
        weighted_logrank(*small(), progress=stop)


def null(seed: int, sizes: tuple[int, ...]):
    """300 cohorts with the same hazard in every group."""
    n = sum(sizes)
    groups = np.repeat([f"g{i}" for i in range(len(sizes))], sizes)
    for chance in generators(seed, 300):
        time, limit = chance.exponential(20, n), chance.uniform(5, 60, n)
        yield Outcome.of(np.minimum(time, limit), time <= limit, "months"), groups


@pytest.mark.parametrize(("rho", "gamma"), [(1, 0), (0, 1)])
def test_p_is_uniform_when_nothing_differs(rho, gamma):
    assert uniform([weighted_logrank(*cohort, rho, gamma).p for cohort in null(11, (60, 60))])


def test_so_is_the_permutation_p_of_a_small_group():
    assert uniform([weighted_logrank(*cohort, 1, 0, permutations=199).p for cohort in null(12, (7, 30))])


def test_late_differences_are_found_by_late_weights():
    found = []
    for chance in generators(5, 40):
        common, extra = chance.exponential(20, 150), chance.exponential(10, 150)
        # The same hazard up to month 12; afterwards the second half of the patients has three times as much.
        time = np.where((np.arange(150) < 75) | (common < 12), common, np.minimum(common, 12 + extra))
        follow_up = Outcome.of(np.minimum(time, 48), time <= 48, "months")
        groups = ["a"] * 75 + ["b"] * 75
        found.append([weighted_logrank(follow_up, groups, *w).p < 0.05 for w in ((0, 1), (1, 0))])
    late, early = np.mean(found, axis=0)
    assert late > early + 0.2

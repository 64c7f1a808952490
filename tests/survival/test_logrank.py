import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute import generators
from core.errors import Abandoned, NotEstimable
from core.stats.multiplicity import benjamini_hochberg
from core.survival.compared import Compared, compared
from core.survival.linear_rank import ASYMPTOTIC, DESCRIPTIVE, PERMUTATION
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.pairs import pairwise
from core.survival.permutation import RiskSets, permutation_p
from tests.survival.cohorts import lung, outcome, reference, veteran


def all_pairs(frame, labels, adjustment="Holm"):
    follow_up = outcome(frame)
    levels = sorted(set(labels.dropna()))
    return pairwise(lambda two, told: logrank(follow_up, two, progress=told), labels, levels, adjustment)


@pytest.mark.parametrize(("name", "make"), [("lung_sex", lung), ("veteran_cell", veteran)])
def test_agrees_with_survdiff(name, make):
    frame = make()
    test = logrank(outcome(frame), frame["group"])
    expected = reference("logrank.csv").query("set == @name").set_index("group")
    assert test.p_method == ASYMPTOTIC
    assert test.statistic == pytest.approx(expected["statistic"].iloc[0], abs=1e-8)
    assert test.p == pytest.approx(expected["p"].iloc[0], rel=1e-8)
    assert test.dof == expected["dof"].iloc[0]
    for group in test.groups:
        row = expected.loc[group.group]
        assert (group.n, group.n_events) == (row["n"], row["observed"])
        assert group.observed == row["observed"]
        assert group.expected == pytest.approx(row["expected"], abs=1e-8)


def test_pairs_agree_with_survdiff_and_are_adjusted_by_holm():
    frame = veteran()
    pairs = all_pairs(frame, frame["group"])
    expected, holm = reference("logrank.csv"), reference("holm.csv").set_index("set")["p_holm"]
    assert len(pairs) == 6
    for pair in pairs:
        name = f"{pair.first}|{pair.second}"
        assert pair.p == pytest.approx(expected.loc[expected["set"] == name, "p"].iloc[0], rel=1e-8)
        assert pair.p_adjusted == pytest.approx(holm[name], rel=1e-8)


def test_pairs_can_be_adjusted_by_benjamini_and_hochberg_and_two_groups_have_none():
    frame = veteran()
    pairs = all_pairs(frame, frame["group"], "BH")
    expected = benjamini_hochberg([pair.p for pair in pairs])
    assert [pair.p_adjusted for pair in pairs] == pytest.approx(list(expected), rel=1e-14)
    assert all(pair.n == sum((frame["group"] == pair.first) | (frame["group"] == pair.second)) for pair in pairs)
    assert all_pairs(lung(), lung()["group"]) == ()


def test_the_array_statistic_agrees_with_survdiff_with_a_group_of_one():
    frame = lung()
    patients = compared(outcome(frame), frame["ecog"])
    sets = RiskSets.of(patients.time, patients.event)
    statistic = sets.statistics(patients.code[sets.order][None], 4)[0]
    expected = reference("logrank.csv").query("set == 'lung_ecog'")
    assert statistic == pytest.approx(expected["statistic"].iloc[0], abs=1e-8)


def test_a_group_below_five_has_no_p_while_larger_pairs_do():
    frame = lung()
    test = logrank(outcome(frame), frame["ecog"])
    assert test.p_method == DESCRIPTIVE
    assert test.p is None and test.statistic is None
    assert "a group has 1 patient" in test.note
    assert test.n == 227 and test.n_no_group == 1
    tested = {(pair.first, pair.second) for pair in all_pairs(frame, frame["ecog"]) if pair.p is not None}
    assert tested == {("ecog0", "ecog1"), ("ecog0", "ecog2"), ("ecog1", "ecog2")}
    assert all(pair.p_adjusted >= pair.p for pair in all_pairs(frame, frame["ecog"]) if pair.p is not None)


def test_fewer_than_three_events_are_described_only():
    test = logrank(Outcome.of(np.arange(1, 21), [1, 1] + [0] * 18, "days"), ["a", "b"] * 10)
    assert test.p_method == DESCRIPTIVE
    assert "the groups have 2 events" in test.note


def small(seed=3, few=6, many=30):
    chance = np.random.default_rng(seed)
    time, event = chance.exponential(10, few + many), chance.random(few + many) < 0.7
    return Outcome.of(time, event, "months"), ["few"] * few + ["many"] * many


def test_a_small_group_gets_a_seeded_permutation_p():
    follow_up, groups = small()
    test = logrank(follow_up, groups, seed=1)
    assert test.p_method == PERMUTATION
    assert test.permutations == 2000
    assert "seed 1" in test.note
    assert test == logrank(follow_up, groups, seed=1)
    assert test.p != logrank(follow_up, groups, seed=2).p
    assert test.p == pytest.approx(logrank(follow_up, groups, seed=2).p, abs=0.05)


def test_a_group_with_few_events_gets_a_permutation_p():
    chance = np.random.default_rng(0)
    event = np.r_[np.ones(20), np.zeros(20)]
    test = logrank(Outcome.of(chance.exponential(5, 40), event, "months"), ["a"] * 20 + ["b"] * 20)
    assert test.p_method == PERMUTATION
    assert test.p < 0.01


def test_the_permutation_p_equals_the_exact_one_by_enumeration():
    from itertools import combinations

    time, event = np.arange(1.0, 9), np.array([1, 1, 0, 1, 1, 1, 0, 1], dtype=bool)
    code = np.array([0, 0, 1, 0, 1, 1, 1, 1])
    patients = Compared(("a", "b"), code, time, event, 0)
    labellings = np.ones((56, 8), dtype=int)
    for row, chosen in enumerate(combinations(range(8), 3)):
        labellings[row, list(chosen)] = 0
    every = RiskSets.of(time, event).statistics(labellings, 2)
    found, p = permutation_p(patients, 20_000, seed=0)
    assert p == pytest.approx((every >= found - 1e-9).mean(), abs=0.01)


@pytest.mark.parametrize(
    ("time", "event", "groups", "reason"),
    [
        (range(1, 11), [1] * 10, ["a"] * 10, "needs two groups"),
        (range(1, 11), [0] * 10, ["a", "b"] * 5, "No events"),
        ([1] * 5 + [2] * 5, [0] * 5 + [1] * 5, ["a"] * 5 + ["b"] * 5, "never at risk together"),
        ([4] * 10, [1] * 10, ["a", "b"] * 5, "never at risk together"),
        (range(10), [1] * 10, [None] * 10, "group label"),
    ],
)
def test_questions_that_the_data_cannot_answer_are_states(time, event, groups, reason):
    with pytest.raises(NotEstimable, match=reason) as state:
        logrank(Outcome.of(list(time), event, "days"), groups)
    assert state.value.remedy


def test_a_group_followed_up_only_before_the_first_event_is_left_out():
    time = [*np.full(12, 0.5), *np.arange(1, 31)]
    test = logrank(Outcome.of(time, [0] * 12 + [1] * 30, "days"), ["early"] * 12 + ["a", "b"] * 15)
    assert test.dof == 1
    assert test.n == 30
    assert "early" in test.note


def test_the_reader_can_abandon_the_permutations():
    def stop(share, text):
        raise Abandoned("stopped")

    with pytest.raises(Abandoned):
        logrank(*small(), progress=stop)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 15), st.booleans(), st.integers(0, 2)), min_size=6, max_size=50))
def test_observed_and_expected_add_up_and_names_do_not_matter(patients):
    time, event, code = map(np.array, zip(*patients, strict=True))
    sets = RiskSets.of(time.astype(float), event)
    if not event.any():
        return
    labels = np.vstack([code[sets.order], (2 - code)[sets.order]])
    observed, expected, covariance = sets.counts(labels, 3)
    np.testing.assert_allclose(observed.sum(axis=1), event.sum())
    np.testing.assert_allclose(expected.sum(axis=1), event.sum())
    assert (np.linalg.eigvalsh(covariance) > -1e-9).all()
    statistics = sets.statistics(labels, 3)
    assert statistics[0] == pytest.approx(statistics[1], rel=1e-6, abs=1e-9)


def rejections(few: int, many: int, runs: int, test) -> int:
    found = 0
    for chance in generators(few, runs):
        n = few + many
        time, limit = chance.exponential(20, n), chance.uniform(5, 60, n)
        groups = ["few"] * few + ["many"] * many
        found += test(Outcome.of(np.minimum(time, limit), time <= limit, "months"), groups) < 0.05
    return found


def within_99_band(found: int, runs: int) -> bool:
    from scipy.stats import binom

    low, high = binom.ppf([0.005, 0.995], runs, 0.05)
    return low <= found <= high


def test_the_log_rank_test_rejects_a_true_null_hypothesis_in_five_per_cent():
    def chi_square(follow_up, groups):
        from scipy.stats import chi2

        patients = compared(follow_up, groups)
        sets = RiskSets.of(patients.time, patients.event)
        return chi2.sf(sets.statistics(patients.code[sets.order][None], 2)[0], 1)

    assert within_99_band(rejections(40, 40, 500, chi_square), 500)


def test_so_does_the_permutation_test_where_a_group_is_small():
    def permuted(follow_up, groups):
        return permutation_p(compared(follow_up, groups), 199)[1]

    assert within_99_band(rejections(6, 45, 500, permuted), 500)

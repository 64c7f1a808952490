import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import binom

from core.compute import generators
from core.errors import NotEstimable, Refused
from core.survival.limits import FEW_FOR_A_MEAN
from core.survival.outcome import Outcome
from core.survival.rmst import CHOSEN, LONGEST, SHORTEST, area_and_error, restricted_mean
from tests.survival.cohorts import lung, outcome, reference, veteran, zero

SETS = {"lung": lung, "veteran": veteran, "zero": zero}
MEANS = reference("rmst.csv")
LIMITS = sorted(set(zip(MEANS["set"], MEANS["until"], strict=True)))
follow_up = st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.sampled_from("ab")), min_size=1, max_size=50)


def means(name: str, until: float | None):
    frame = SETS[name]()
    return restricted_mean(outcome(frame), frame["group"], until=until)


@pytest.mark.parametrize(("name", "until"), LIMITS)
def test_means_agree_with_print_survfit(name, until):
    expected = MEANS.query("set == @name and until == @until").set_index("group")
    result = means(name, until)
    assert [group.group for group in result.groups] == list(expected.index)
    for group in result.groups:
        row = expected.loc[group.group]
        assert (group.n, group.n_events_by_limit) == (row["n"], row["events"])
        assert group.mean == pytest.approx(row["mean"], rel=1e-12)
        assert group.standard_error == pytest.approx(row["se"], rel=1e-10)


@pytest.mark.parametrize(("name", "until"), [limit for limit in LIMITS if limit[0] != "zero" and limit[1] > 3])
def test_differences_agree_with_r_by_hand(name, until):
    expected = reference("rmst_differences.csv").query("set == @name and until == @until").set_index("group")
    result = means(name, until)
    assert len(result.differences) == len(expected)
    for one in result.differences:
        row = expected.loc[one.group]
        assert one.reference == row["reference"]
        ours = (one.difference, one.standard_error)
        np.testing.assert_allclose(ours, row[["difference", "se"]].astype(float), rtol=1e-9)
        small = min(group.n for group in result.groups if group.group in (one.group, one.reference)) < FEW_FOR_A_MEAN
        assert small == (one.p is None)
        if not small:
            ours = (one.lower, one.upper, one.p)
            np.testing.assert_allclose(ours, row[["lower", "upper", "p"]].astype(float), rtol=1e-9)


def test_the_limit_is_the_shortest_of_the_longest_follow_ups_and_says_so():
    assert (means("lung", None).until, means("lung", None).until_chosen) == (965, SHORTEST)
    assert (means("lung", 365).until_chosen, means("lung", 365).until_largest) == (CHOSEN, 965)
    alone = restricted_mean(outcome(lung()))
    assert (alone.until, alone.until_chosen, alone.differences) == (1022, LONGEST, ())


def test_a_limit_beyond_the_follow_up_names_the_largest():
    with pytest.raises(NotEstimable, match="beyond the follow-up of 'female', which ends at 965 days") as state:
        means("lung", 965.5)
    assert "at most 965 days" in state.value.remedy
    largest = 150.2169
    with pytest.raises(NotEstimable) as state:
        restricted_mean(Outcome.of([largest, 3], [0, 1], "months"), until=160)
    assert "at most 150.21 months" in state.value.remedy, "rounded down: what is named is accepted"
    assert restricted_mean(Outcome.of([largest, 3], [0, 1], "months"), until=150.21).until == 150.21


@pytest.mark.parametrize("until", [0, -1, np.nan, np.inf])
def test_a_limit_that_is_no_positive_number_is_refused(until):
    with pytest.raises(Refused, match="not a positive number"):
        means("lung", until)


def test_a_group_without_follow_up_is_a_state():
    with pytest.raises(NotEstimable, match="Nobody in 'b'"):
        restricted_mean(Outcome.of([3, 4, 0], [1, 0, 1], "months"), ["a", "a", "b"])


def test_a_hand_computed_case():
    # Survival 3/4 from 1, 1/2 from 2, 1/4 from 3: the area up to 3.5 is 1 + 3/4 + 1/2 + 1/8.
    result = restricted_mean(Outcome.of([1, 2, 3, 4], [1, 1, 1, 1], "months"), until=3.5)
    group = result.groups[0]
    assert group.mean == pytest.approx(2.375)
    assert group.standard_error**2 == pytest.approx(1.375**2 / 12 + 0.625**2 / 6 + 0.125**2 / 2)
    assert (group.n_events, group.n_events_by_limit, result.unit, result.n) == (4, 3, "months", 4)


def test_without_events_there_is_no_interval():
    group = restricted_mean(Outcome.of([5, 6], [0, 0], "months")).groups[0]
    assert (group.mean, group.standard_error, group.lower, group.upper) == (6, 0, None, None)


def test_an_interval_stays_within_the_limit():
    group = restricted_mean(Outcome.of([1, 5, 6, 7], [1, 0, 0, 0], "months"), until=5).groups[0]
    assert group.mean + 1.9 * group.standard_error > 5 == group.upper


def test_small_groups_are_described_only():
    follow = Outcome.of(np.arange(1, 31), [1, 1, 0] * 10, "months")
    groups = ["few"] * 9 + ["many"] * 21
    (one,) = restricted_mean(follow, groups, until=9).differences
    assert (one.lower, one.upper, one.p, one.p_holm) == (None, None, None, None)
    assert "'many' has 21 patients and 0 events" in one.note
    frame = lung()
    (one,) = restricted_mean(outcome(frame), frame["group"], until=10).differences
    assert one.p is None and "events by then" in one.note


def test_more_than_two_groups_are_held_against_the_first_and_adjusted_by_holm():
    frame = pd.concat([veteran()] * 2, ignore_index=True)  # twice, so that no group is too small for an interval
    result = restricted_mean(outcome(frame), frame["group"], order=["squamous"])
    assert [one.reference for one in result.differences] == ["squamous"] * 3
    p = sorted(one.p for one in result.differences)
    adjusted = sorted(one.p_holm for one in result.differences)
    assert adjusted == pytest.approx(np.maximum.accumulate([3 * p[0], 2 * p[1], p[2]]))


def test_patients_left_out_are_counted():
    frame = lung()
    frame.loc[:4, "time"] = np.nan
    result = restricted_mean(outcome(frame), frame["ecog"].replace("ecog3", "ecog2"))
    assert (result.n, result.n_excluded, result.n_no_group) == (222, 5, 1)
    assert result.n_events == sum(group.n_events for group in result.groups)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(follow_up, st.floats(0.01, 1))
def test_means_lie_within_the_limit_and_grow_with_it(rows, share):
    time, event, group = zip(*rows, strict=True)
    follow = Outcome.of(time, event, "months")
    try:
        whole = restricted_mean(follow, group)
    except NotEstimable:
        return
    part = restricted_mean(follow, group, until=whole.until * share)
    for less, more in zip(part.groups, whole.groups, strict=True):
        assert 0 <= less.mean <= more.mean + 1e-12
        assert less.mean <= part.until + 1e-12
        assert less.mean >= more.mean * share - 1e-9  # survival falls, so the average over time does too
        if less.lower is not None:
            assert 0 <= less.lower <= less.mean <= less.upper + 1e-12 <= part.until + 1e-9


def drawn(chance: np.random.Generator, half: int, ratio: float = 1.0) -> tuple:
    group = np.repeat(["a", "b"], half)
    time, limit = chance.exponential(20 / np.where(group == "b", ratio, 1)), chance.uniform(20, 60, 2 * half)
    return np.minimum(time, limit), time <= limit, group


def quick_p(time: np.ndarray, event: np.ndarray, group: np.ndarray) -> float:
    """What `restricted_mean` does up to 18 months, quickly: without ties a curve is one product."""
    found = []
    for name in "ab":
        order = np.argsort(time[group == name])
        died, at_risk = event[group == name][order], np.arange(len(order), 0, -1)
        table = {"time": time[group == name][order], "at_risk": at_risk, "events": died}
        steps = pd.DataFrame({**table, "survival": np.cumprod(1 - died / at_risk)})
        start = pd.DataFrame({"time": [0.0], "at_risk": [len(order)], "events": [False], "survival": [1.0]})
        found.append(area_and_error(pd.concat([start, steps]), 18))
    (first, first_error), (second, second_error) = found
    return float(2 * ndtr(-abs(first - second) / np.hypot(first_error, second_error)))


def test_the_difference_rejects_a_true_null_hypothesis_in_five_per_cent_and_finds_a_planted_one():
    time, event, group = one = drawn(np.random.default_rng(1), 60)
    shown = restricted_mean(Outcome.of(time, event, "months"), group, until=18).differences[0].p
    assert quick_p(*one) == pytest.approx(shown, rel=1e-9)
    found = sum(quick_p(*drawn(chance, 75)) < 0.05 for chance in generators(8, 600))
    low, high = binom.ppf([0.005, 0.995], 600, 0.05)
    assert low <= found <= high
    assert np.mean([quick_p(*drawn(chance, 75, 2.5)) < 0.05 for chance in generators(9, 60)]) >= 0.9


def test_results_are_plain_values():
    result = means("veteran", 100)
    assert all(type(value) in (float, int, str, type(None)) for value in vars(result.groups[0]).values())
    assert all(type(value) in (float, int, str, type(None)) for value in vars(result.differences[0]).values())
    assert isinstance(pd.DataFrame(result.groups), pd.DataFrame)

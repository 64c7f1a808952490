import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable, Refused
from core.survival.compared import compared
from core.survival.outcome import Outcome


def test_patients_without_time_or_event_are_excluded_and_counted():
    outcome = Outcome.of([5, np.nan, 3, 0, None], [1, 1, np.nan, 0, None], "months", "diagnosis")
    assert (outcome.n, outcome.n_events, outcome.n_excluded, outcome.n_at_zero) == (2, 1, 3, 1)
    assert outcome.time.tolist() == [5, 0]
    assert outcome.event.tolist() == [True, False]
    assert (outcome.unit, outcome.origin) == ("months", "diagnosis")


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "float", object])
def test_events_may_come_in_any_pandas_type(dtype):
    outcome = Outcome.of(pd.Series([1.0, 2.0]), pd.Series([1, 0]).astype(dtype), "days")
    assert outcome.event.tolist() == [True, False]


def test_every_problem_is_listed_at_once():
    with pytest.raises(Refused) as refused:
        Outcome.of([-1, np.inf, 3, 4], [1, 2, 1, 0], "days")
    assert [problem.where for problem in refused.value.problems] == ["time", "time", "event"]
    assert "Use 1 for an event and 0 for censored" in str(refused.value)


def test_the_coding_1_and_2_of_r_is_refused():
    with pytest.raises(Refused, match="neither 0 nor 1"):
        Outcome.of([1, 2, 3], [1, 2, 2], "days")


def test_nobody_left_is_a_state_with_a_remedy():
    with pytest.raises(NotEstimable, match="Widen the cohort"):
        Outcome.of([np.nan, 2], [1, np.nan], "days")
    with pytest.raises(NotEstimable):
        Outcome.of([], [], "days")


def test_unequal_lengths_are_an_error_of_the_caller():
    with pytest.raises(ValueError, match="one of each per patient"):
        Outcome.of([1, 2], [1], "days")
    with pytest.raises(ValueError, match="2 values were given for 3 patients"):
        Outcome.of([1, 2, np.nan], [1, 0, 1], "days").take(["a", "b"])


def test_labels_follow_the_patients_who_are_in():
    outcome = Outcome.of([1, np.nan, 3, 4], [1, 1, 0, 1], "days")
    patients = compared(outcome, pd.Series(["b", "a", None, "c"], index=list("wxyz")))
    assert patients.levels == ("b", "c")
    assert patients.n_no_group == 1
    assert patients.sizes.tolist() == [1, 1]


def test_levels_come_in_the_order_asked_then_that_of_the_category_then_sorted():
    outcome = Outcome.of([1, 2, 3], [1, 1, 1], "days")
    assert compared(outcome, ["b", "a", "c"], order=("c",)).levels == ("c", "a", "b")
    category = pd.Categorical(["low", "high", "low"], categories=["low", "middle", "high"])
    assert compared(outcome, category).levels == ("low", "high")


def test_more_than_six_groups_and_none_are_states():
    outcome = Outcome.of(np.arange(7), np.ones(7), "days")
    with pytest.raises(NotEstimable, match="7 groups; at most 6"):
        compared(outcome, list("abcdefg"))
    with pytest.raises(NotEstimable, match="group label"):
        compared(outcome, [None] * 7)

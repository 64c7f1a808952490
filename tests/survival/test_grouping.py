from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable
from core.survival.grouping import category_groups, median_groups, tertile_groups


def test_a_value_at_the_median_belongs_below_it_and_that_is_said():
    groups = median_groups([1, 2, 3, 3, 4, np.nan], "mm")
    assert groups.levels == ("low (≤ 3 mm)", "high (> 3 mm)")
    assert groups.sizes == (4, 1)
    assert (groups.n, groups.n_missing, groups.n_at_cut) == (5, 1, 2)
    assert groups.cuts == (3.0,)
    assert groups.rule == "Cut at the median; 2 patients have exactly the value of a cut and belong below it."
    assert groups.labels.isna().tolist() == [False] * 5 + [True]


def test_thirds_have_three_named_spans():
    groups = tertile_groups(np.arange(1, 10))
    assert groups.levels == ("low (≤ 3.667)", "middle (3.667 to 6.333)", "high (> 6.333)")
    assert groups.sizes == (3, 3, 3)


def test_cuts_that_are_close_stay_distinct_in_the_names():
    groups = tertile_groups(1_000_000 + np.arange(9) / 10)
    assert len(set(groups.levels)) == 3
    assert "1e+06" not in groups.levels[1]


def test_a_share_that_would_be_empty_is_a_state():
    with pytest.raises(NotEstimable, match="share the same value"):
        median_groups([1, 2, 5, 5, 5])
    with pytest.raises(NotEstimable, match="treat the marker as a category"):
        tertile_groups([0, 0, 0, 0, 1])
    with pytest.raises(NotEstimable, match="No patient"):
        median_groups([np.nan, np.inf])


def test_levels_of_a_category_keep_their_order_and_number_six_at_most():
    groups = category_groups(["II", "I", None, "II"], order=("I", "II", "III"))
    assert groups.levels == ("I", "II")
    assert groups.sizes == (1, 2)
    assert groups.n_missing == 1
    assert category_groups(pd.Series([True, False, True])).levels == ("False", "True")
    with pytest.raises(NotEstimable, match="7 levels"):
        category_groups(list("abcdefg"))
    with pytest.raises(NotEstimable):
        category_groups([None, None])


@settings(deadline=None, derandomize=True)
@given(st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=1, max_size=40))
def test_groups_are_ordered_and_complete(values):
    numbers = pd.Series(values, dtype=float)
    for make in (median_groups, tertile_groups):
        try:
            groups = make(numbers)
        except NotEstimable:
            continue
        assert sum(groups.sizes) == groups.n == numbers.notna().sum()
        assert groups.n + groups.n_missing == len(numbers)
        parts = [numbers[groups.labels == level] for level in groups.levels]
        assert all(a.max() < b.min() for a, b in pairwise(parts))

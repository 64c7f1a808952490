import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.stats.differences import category_difference, largest_difference, number_difference


def counts(*values):
    return np.array(values, dtype=float)


def test_numbers_by_hand():
    # Means 2 and 4, variances 1 and 4.
    assert number_difference(np.array([1.0, 2, 3]), np.array([2.0, 4, 6])) == pytest.approx(2 / np.sqrt(2.5))
    assert np.isnan(number_difference(np.array([1.0]), np.array([2.0, 4])))
    assert number_difference(np.array([1.0, 1]), np.array([2.0, 2])) == np.inf
    assert number_difference(np.array([1.0, 1]), np.array([1.0, 1])) == 0


def test_two_levels_are_the_difference_of_shares_over_its_spread():
    p, q = 0.2, 0.7
    expected = abs(p - q) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert category_difference(counts(2, 8), counts(7, 3)) == pytest.approx(expected)


def test_groups_that_share_no_level_and_groups_that_are_empty():
    assert category_difference(counts(0, 3, 0), counts(6, 0, 9)) == np.inf
    assert np.isnan(category_difference(counts(0, 0), counts(6, 1)))
    assert category_difference(counts(3, 0), counts(9, 0)) == 0


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
    st.permutations(range(4)),
)
def test_neither_the_order_of_levels_nor_an_empty_level_matters(first, second, order):
    first, second = counts(*first), counts(*second)
    found = category_difference(first, second)
    other = category_difference(counts(0, *first[order]), counts(0, *second[order]))
    back = category_difference(second, first)
    assert found == pytest.approx(other, nan_ok=True, rel=1e-6)
    assert found == pytest.approx(back, nan_ok=True, rel=1e-6)


def test_the_largest_of_all_pairs_leaves_out_what_is_missing():
    values = pd.Series([1.0, 2, 3, 4, 5, 6, np.nan, 11, 12, 10])
    groups = pd.Series([*list("aaabbb"), "b", "c", "c", "c"])
    assert largest_difference(values, groups, "abc", category=False) == pytest.approx(9)
    assert largest_difference(values.where(groups == "a"), groups, "abc", category=False) is None

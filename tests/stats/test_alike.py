"""Rank correlations with one number, and columns that are another one in another unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from core.stats.alike import copies, spearman_with


def test_equals_scipy_with_ties_and_gaps():
    from scipy import stats

    rng = np.random.default_rng(0)
    values = np.round(rng.normal(size=(60, 5)), 1)
    other = np.round(values[:, 0] + rng.normal(size=60), 1)
    values[:7, 1], other[50:53] = np.nan, np.nan
    values[3, 2] = np.inf
    found = spearman_with(values, other)
    for column in range(5):
        known = np.isfinite(values[:, column]) & np.isfinite(other)
        expected = stats.spearmanr(values[known, column], other[known]).statistic
        assert abs(found[column] - expected) < 1e-12


def test_nothing_is_said_of_two_patients_or_a_constant():
    values = np.column_stack([np.ones(6), [1, 2, np.nan, np.nan, np.nan, np.nan], np.arange(6)])
    assert np.isnan(spearman_with(values, np.arange(6.0)))[:2].all()
    assert spearman_with(values, np.arange(6.0))[2] == 1
    assert np.isnan(spearman_with(values, np.ones(6))).all()


@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    scale=st.floats(1e-6, 1e9),
    sign=st.sampled_from([-1, 1]),
    shift=st.floats(-1e3, 1e3),
    order=st.permutations(range(6)),
)
def test_a_copy_is_found_in_any_unit_and_place_and_nothing_else_is(scale, sign, shift, order):
    rng = np.random.default_rng(1)
    values = pd.DataFrame(rng.normal(size=(40, 6)), columns=list("abcdef"))
    values.loc[:3, ["b", "e"]] = np.nan
    values["e"] = sign * scale * (values["b"] + shift)
    values = values[[values.columns[place] for place in order]]
    # What a unit does not change; here the same for all, so that only the values decide.
    found = copies(values.to_numpy(), np.ones(6))
    first, second = sorted(("b", "e"), key=list(values.columns).index)
    assert {values.columns[c]: values.columns[f] for c, f in found.items()} == {second: first}


def test_other_gaps_other_levels_and_columns_without_a_level_are_no_copies():
    x = np.arange(20.0)
    gap = np.where(x == 3, np.nan, x)
    assert copies(np.column_stack([x, gap]), [1.0, 1.0]) == {}
    assert copies(np.column_stack([x, x]), [1.0, 2.0]) == {}
    assert copies(np.column_stack([x, x]), [np.nan, np.nan]) == {}
    assert copies(np.column_stack([x, x, 2 * x, -x]), [1.0] * 4) == {1: 0, 2: 0, 3: 0}
    almost = x + 1e-3 * np.sin(x)
    assert copies(np.column_stack([x, almost]), [1.0, 1.0]) == {}

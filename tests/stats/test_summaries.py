"""Summaries of many features at once: the numbers of NumPy and SciPy, and what is missing or constant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import skew

from core.stats.summaries import by_family, skewness, summaries


def test_equals_numpy_and_scipy_one_by_one():
    chance = np.random.default_rng(0)
    values = pd.DataFrame(np.exp(chance.normal(size=(50, 6))), columns=list("abcdef"))
    values.iloc[:, 3:] = values.iloc[:, 3:].mask(chance.random((50, 3)) < 0.3)
    for name, row in summaries(values).set_index("feature").iterrows():
        known = values[name].dropna()
        expected = [len(known), 50 - len(known), *np.quantile(known, (0.5, 0.25, 0.75, 0, 1)), skew(known)]
        assert list(row[["n", "n_missing", "median", "q1", "q3", "lowest", "highest", "skewness"]]) == pytest.approx(
            expected, rel=1e-12
        )
        assert row["n_distinct"] == known.nunique()


def test_constants_gaps_and_large_numbers():
    table = np.column_stack(
        [np.full(5, 3.3), [np.nan] * 5, [1e200, 2e200, 9e200, 1e200, 3e200], [1, 2, np.nan] + [np.nan] * 2]
    )
    found = skewness(table)
    assert np.isnan(found[[0, 1, 3]]).all() and found[2] == pytest.approx(skew([1, 2, 9, 1, 3]))
    told = summaries(pd.DataFrame(table, columns=list("wxyz")))
    assert list(told["n"]) == [5, 0, 5, 2] and np.isnan(told["median"][1])
    families = by_family(told, pd.Series(["a", "a", "b", "b"])).set_index("family")
    assert list(families.loc["a", ["features", "features_with_gaps", "cells_missing", "constant"]]) == [2, 1, 5, 2]
    assert families.loc["b", "strongly_skewed"] == 1

"""Many columns against one grouping: the numbers of SciPy, column by column, and the right rate where nothing is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, kruskal

from core.errors import NotEstimable
from core.stats.multiplicity import benjamini_hochberg
from core.stats.rank_groups import rank_screen


def test_equals_scipy_with_ties_and_gaps():
    chance = np.random.default_rng(3)
    values = pd.DataFrame(chance.normal(size=(60, 12)).round(1), columns=[f"f{i}" for i in range(12)])
    values.iloc[:, 6:] = values.iloc[:, 6:].mask(chance.random((60, 6)) < 0.2)
    groups = chance.choice(["a", "b", "c"], 60).astype(object)
    groups[:4] = None
    screen = rank_screen(values, groups)
    for name, row in screen.table.set_index("feature").iterrows():
        parts = [values.loc[(groups == level) & values[name].notna(), name] for level in "abc"]
        found = kruskal(*parts)
        assert (row["statistic"], row["p"]) == pytest.approx((found.statistic, found.pvalue), rel=1e-12)
        assert row["n"] == sum(map(len, parts)) and row["epsilon_squared"] == row["statistic"] / (row["n"] - 1)
    np.testing.assert_array_equal(screen.table["q"], benjamini_hochberg(screen.table["p"]))
    assert screen.n_tests == 12 and screen.counts.sum() == 56


def test_what_cannot_be_tested_has_its_reason():
    values = pd.DataFrame({"one": 1.0, "gap": [np.nan] * 5 + [1.0, 2, 3, 4, 5, 6], "ok": np.arange(11.0)})
    screen = rank_screen(values, ["a"] * 5 + ["b"] * 6)
    assert list(screen.table["note"]) == ["one value", "a group without a value", ""] and screen.n_tests == 1
    small = rank_screen(values[["ok"]], ["a"] * 4 + ["b"] * 7)
    assert small.table["note"].item() == "a group of fewer than 5 patients" and small.n_tests == 0
    assert np.isfinite(small.table["epsilon_squared"].item())
    with pytest.raises(NotEstimable):
        rank_screen(values, ["a"] * 10 + [None])


def test_where_nothing_is_one_in_twenty_is_found():
    chance = np.random.default_rng(8)
    groups = np.repeat(["a", "b", "c"], (12, 15, 20))
    p = rank_screen(pd.DataFrame(chance.normal(size=(47, 2000))), groups).table["p"]
    low, high = binom.ppf((0.005, 0.995), 2000, 0.05)
    assert low <= (p < 0.05).sum() <= high

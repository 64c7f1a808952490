"""Redundant features: SciPy's correlations, a case by hand, and what holds for every list that is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from core.errors import NotEstimable
from core.stats.redundancy import redundancy, spearman_matrix


def test_correlations_are_those_of_scipy():
    values = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 7)).round(1))
    np.testing.assert_allclose(spearman_matrix(values), spearmanr(values.to_numpy()).statistic, atol=1e-12)
    for spoilt in (values.mask(values > 2), values.assign(c=1.0)):
        with pytest.raises(ValueError):
            spearman_matrix(spoilt)


def test_a_case_by_hand():
    """Two copies of one thing in other units, one feature of its own: the pair is named, one stands for the other."""
    x = np.arange(10.0)
    values = pd.DataFrame({"size": x, "minus size": -(x**3), "own": [3, 1, 4, 1.5, 9, 2, 6, 5, 3.5, 8]})
    found = redundancy(values, 0.9)
    assert found.pairs.to_numpy().tolist() == [["size", "minus size", -1.0]]
    assert found.kept == ("size", "own") and found.dropped.to_numpy().tolist() == [["minus size", "size", -1.0]]
    assert redundancy(values, 0.9, ("minus size",)).kept == ("minus size", "own")
    place = list(found.order)
    assert abs(place.index(0) - place.index(1)) == 1  # what says the same stands together
    with pytest.raises(NotEstimable):
        redundancy(values.head(3))


@settings(deadline=None, derandomize=True, max_examples=30)
@given(seed=st.integers(0, 9999), cut=st.floats(0.5, 1.0), first=st.integers(0, 11))
def test_no_two_that_are_kept_reach_the_cut_and_every_other_one_has_a_substitute(seed, cut, first):
    chance = np.random.default_rng(seed)
    values = pd.DataFrame(
        chance.normal(size=(30, 4)) @ chance.normal(size=(4, 12)), columns=[f"f{i}" for i in range(12)]
    )
    values.iloc[:, 5] = values.iloc[:, 2] * 3
    found = redundancy(values, cut, (f"f{first}",))
    names = list(values.columns)
    strength = np.abs(found.rho)
    kept = [names.index(name) for name in found.kept]
    between = strength[np.ix_(kept, kept)] - np.eye(len(kept))
    assert between.max(initial=0) < cut and f"f{first}" in found.kept
    assert len(kept) + len(found.dropped) == 12 and sorted(found.order) == list(range(12))
    for row in found.dropped.itertuples():
        assert abs(row.rho) >= cut - 1e-12 and row.stands_for_it in found.kept
    assert found.n_pairs == (strength[np.triu_indices(12, 1)] >= cut - 1e-12).sum()

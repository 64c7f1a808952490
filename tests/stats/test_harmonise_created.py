"""What harmonising does to patients outside the fit, and how often it makes something of nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable
from core.stats.harmonise import fit_combat
from core.stats.harmonise_created import false_finds
from core.stats.harmonise_folds import cross_harmonised


def made(seed, shares, n=(30, 30, 20), p=60, size=1.0):
    chance = np.random.default_rng(seed)
    batch = np.repeat(list("ABC"), n)
    code = np.repeat(range(3), n)
    values = chance.normal(size=(len(code), p)) + size * chance.normal(size=(3, p))[code]
    outcome = np.where(chance.random(len(code)) < np.array(shares)[code], "yes", "no").astype(object)
    return pd.DataFrame(values), batch, outcome


def test_an_uneven_outcome_is_found_too_often_when_it_is_protected_and_not_when_it_is_not():
    values, batch, outcome = made(0, (0.1, 0.5, 0.95))
    found = false_finds(values, batch, outcome, shuffles=25)
    assert found.as_it_came > 0.2  # the batch itself is found
    assert found.protected - 2 * found.errors[2] > 0.05 > found.unprotected
    assert found.n_tests == 25 * 60 and found.n == 80


def test_an_even_outcome_is_found_as_often_as_it_should_be():
    found = false_finds(*made(1, (0.5, 0.5, 0.5), n=(60, 60, 60)), shuffles=25, seed=3)
    for rate, error in zip((found.unprotected, found.protected), found.errors[1:], strict=True):
        assert abs(rate - 0.05) < 3 * error + 0.01


def test_held_out_patients_are_harmonised_by_a_fit_that_did_not_see_them():
    values, batch, _ = made(2, (0.5, 0.5, 0.5))
    found = cross_harmonised(values, batch, folds=5, seed=7)
    # The fold of the first patient, found by trying: his value is that of a fit without his whole fold.
    chance = np.random.default_rng(7)
    fold = np.empty(len(batch), dtype=int)
    for name in "ABC":
        rows = np.flatnonzero(batch == name)
        fold[chance.permutation(rows)] = (np.arange(len(rows)) + chance.integers(5)) % 5
    train = fold != fold[0]
    expected = fit_combat(values[train], batch[train]).transform(values.iloc[[0]], batch[:1])
    np.testing.assert_allclose(found.iloc[0], expected[0], rtol=1e-12)
    for name in "ABC":  # every fold has patients of every batch
        assert np.bincount(fold[batch == name]).min() >= 4
    spoilt = values.copy()
    spoilt.iloc[0] *= 100
    again = cross_harmonised(spoilt, batch, folds=5, seed=7)
    same = fold == fold[0]
    same[0] = False
    np.testing.assert_array_equal(again[same], found[same])  # who shares his fold never saw him


def test_a_batch_too_small_for_the_folds_is_a_state():
    values, batch, _ = made(3, (0.5, 0.5, 0.5), n=(30, 30, 2))
    with pytest.raises(NotEstimable, match="One patient has no spread: C"):
        cross_harmonised(values, batch)

"""How well a batch is told: scikit-learn's discriminant, planted batches, and chance where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.errors import NotEstimable
from core.stats.predictable import _nearest, ledoit_wolf, predictable, whitened


@pytest.mark.parametrize("sizes", [(50, 20), (30, 60, 25), (25, 30, 20, 40)])
def test_it_is_linear_discriminant_analysis_with_equal_prior_shares(sizes):
    chance = np.random.default_rng(0)
    k, n = len(sizes), sum(sizes)
    code = np.repeat(range(k), sizes)
    turn = chance.normal(size=(6, 6))
    values = (chance.normal(size=(n, 6)) + chance.normal(size=(k, 6))[code]) @ turn
    asked = 2 * chance.normal(size=(300, 6)) @ turn
    seen, turned, drawn = whitened(values, asked, shrinkage=0.0)
    told = _nearest(seen, np.eye(k)[code][None], turned, drawn)[0]
    expected = LinearDiscriminantAnalysis(priors=np.full(k, 1 / k)).fit(values, code).predict(asked)
    np.testing.assert_array_equal(told, expected)


@pytest.mark.parametrize("shape", [(40, 6), (20, 50)])
def test_the_shrinkage_is_that_of_scikit_learn(shape):
    values = np.random.default_rng(5).normal(size=shape) @ np.random.default_rng(6).normal(size=(shape[1], shape[1]))
    centred = (values - values.mean(axis=0)) / values.std(axis=0)
    found = ledoit_wolf(centred, np.linalg.svd(centred, compute_uv=False))
    assert found == pytest.approx(ledoit_wolf_shrinkage(centred, assume_centered=True), rel=1e-9)


def test_planted_batches_are_told_and_the_numbers_add_up():
    chance = np.random.default_rng(1)
    batch = np.repeat(["A", "B", "C", "D"], (40, 30, 25, 3)).astype(object)
    values = pd.DataFrame(chance.normal(size=(98, 10)) + 1.5 * (batch == "A")[:, None] - (batch == "C")[:, None])
    values = values.mask(chance.random(values.shape) < 0.05)
    found = predictable(values, batch, seed=4)
    assert found.balanced_accuracy > 0.85 and found.p == 1 / 200 and found.chance == 1 / 3
    assert found.left_out.to_dict() == {"D": 3} and found.n == 95
    assert found.balanced_accuracy == pytest.approx(found.table["recall"].mean())
    assert found.accuracy == pytest.approx(np.average(found.table["recall"], weights=found.table["n"]))
    assert found.lowest <= found.balanced_accuracy <= found.highest and found.largest == 40 / 95
    assert predictable(values, batch, seed=4).balanced_accuracy == found.balanced_accuracy
    assert predictable(values * 7 + 3, batch, seed=4).balanced_accuracy == pytest.approx(found.balanced_accuracy)


def test_where_there_is_no_batch_one_in_twenty_is_found():
    chance = np.random.default_rng(2)
    batch, runs = np.repeat(["A", "B"], (14, 18)), 300
    p = [
        predictable(pd.DataFrame(chance.normal(size=(32, 4))), batch, folds=4, repeats=1, permutations=19, seed=run).p
        for run in range(runs)
    ]
    low, high = binom.ppf((0.005, 0.995), runs, 0.05)
    assert low <= (np.array(p) <= 0.05).sum() <= high


def test_too_few_groups_are_a_state():
    with pytest.raises(NotEstimable, match=r"A \(20\), B \(4\)"):
        predictable(pd.DataFrame(np.ones((24, 3))), ["A"] * 20 + ["B"] * 4)

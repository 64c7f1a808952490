"""Correlation matrices and their repair, against R's Matrix::nearPD and scipy."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, rankdata

from core.network.correlation import correlation_matrix, nearest_correlation

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "network" / "networks.json").read_text())


@pytest.mark.parametrize("case", REFERENCE["nearest"], ids=["rank poor", "patched", "rough"])
def test_nearest_correlation_equals_r(case):
    repaired = nearest_correlation(np.array(case["S"], dtype=float))
    np.testing.assert_allclose(repaired, np.array(case["nearest"]), atol=1e-10)
    assert np.linalg.eigvalsh(repaired)[0] > 0
    np.testing.assert_array_equal(repaired, repaired.T)


def test_a_sound_matrix_is_left_alone():
    S = np.array([[1, 0.5, 0.2], [0.5, 1, -0.3], [0.2, -0.3, 1]])
    np.testing.assert_allclose(nearest_correlation(S), S, atol=1e-12)


def test_pearson_is_safe_at_any_scale():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 4)) @ rng.normal(size=(4, 4))
    scaled = pd.DataFrame(x * np.array([1e-12, 1.0, 1e12, 1e3]))
    np.testing.assert_allclose(correlation_matrix(scaled), np.corrcoef(x.T), atol=1e-12)


def test_nonparanormal_depends_on_the_order_only():
    rng = np.random.default_rng(1)
    x = pd.DataFrame(rng.normal(size=(30, 3)))
    np.testing.assert_allclose(
        correlation_matrix(np.exp(3 * x), "nonparanormal"), correlation_matrix(x, "nonparanormal"), atol=1e-12
    )
    scores = norm.ppf(rankdata(x.to_numpy(), axis=0) / 31)
    np.testing.assert_allclose(correlation_matrix(x, "nonparanormal"), np.corrcoef(scores.T), atol=1e-12)


def test_unknown_kind():
    with pytest.raises(ValueError, match="pearson"):
        correlation_matrix(pd.DataFrame(np.eye(3)), "kendall")

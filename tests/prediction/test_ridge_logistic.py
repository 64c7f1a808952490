"""Ridge logistic regression solved among the patients, against scikit-learn and against its own equations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from core.prediction.ridge import ridge_path
from tests.prediction.made import patients

STRENGTHS = np.array([1e-4, 1e-2, 0.1, 1.0])


@pytest.mark.parametrize(("n", "p"), [(50, 120), (80, 10)])
def test_equals_scikit_learn_with_more_and_with_fewer_columns_than_patients(n, p):
    table = patients(n, p)
    x = (table.x - table.x.mean(axis=0)) / table.x.std(axis=0)
    weights, levels = ridge_path(x, table.y.astype(float), STRENGTHS)
    for place, strength in enumerate(STRENGTHS):
        plain = LogisticRegression(C=strength, tol=1e-10, max_iter=10_000).fit(x, table.y)
        np.testing.assert_allclose(weights[place], plain.coef_[0], atol=2e-5)
        assert levels[place] == pytest.approx(plain.intercept_[0], abs=2e-5)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(4, 40),
    p=st.integers(1, 60),
    scale=st.sampled_from([1e-3, 1.0, 30.0]),
    strength=st.sampled_from([1e-5, 1e-2, 1.0, 100.0]),
)
def test_the_slope_of_the_penalised_likelihood_is_nought(seed, n, p, scale, strength):
    random = np.random.default_rng(seed)
    x, y = scale * random.normal(size=(n, p)), (np.arange(n) < max(1, n // 3)).astype(float)
    (weights,), (level,) = ridge_path(x, y, np.array([strength]))
    left = y - expit(x @ weights + level)
    assert abs(left.sum()) < 1e-4 * n
    np.testing.assert_allclose(x.T @ left, weights / strength, atol=1e-4 * (1 + np.abs(weights / strength).max()))


def test_a_class_that_is_parted_by_one_column_has_a_finite_fit_at_any_strength():
    x = np.linspace(-1, 1, 30)[:, None]
    y = (x[:, 0] > 0).astype(float)
    weights, levels = ridge_path(x, y, np.array([1.0, 1e4, 1e6]))
    assert np.isfinite(weights).all() and np.isfinite(levels).all() and (np.diff(weights[:, 0]) > 0).all()

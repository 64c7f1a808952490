"""The compiled graphical lasso, against scikit-learn and its own optimality conditions."""

import numpy as np
import pytest
from sklearn.covariance import graphical_lasso

from core.network.correlation import nearest_correlation
from core.network.glasso import precision, solve


def solved(S, penalty, tolerance=1e-9):
    W, B = np.eye(len(S)), np.zeros_like(S)
    steps = np.geomspace(np.abs(S - np.eye(len(S))).max(), penalty, 5)
    before = steps[0]
    for step in steps:
        W = np.ascontiguousarray((1 - step / before) * S + step / before * W)
        before = step
        assert solve(S, step, W, B, tolerance, 5000, lambda: None)
    return W, precision(W, B)


def correlated(p, n, seed, noise=0.5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) @ rng.normal(size=(3, p)) + noise * rng.normal(size=(n, p))
    return np.corrcoef(x.T)


@pytest.mark.parametrize("penalty", [0.5, 0.2, 0.1])
def test_equals_scikit_learn(penalty):
    S = correlated(12, 100, seed=1, noise=1.0)
    _, K = solved(S, penalty)
    _, oracle = graphical_lasso(S, alpha=penalty, tol=1e-8, enet_tol=1e-10, max_iter=2000)
    np.testing.assert_allclose(K, oracle, atol=1e-6)
    assert ((K != 0) == (np.abs(oracle) > 1e-8)).all()


def test_optimality_conditions_hold_with_fewer_patients_than_features_and_near_copies():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20, 15))
    x = np.column_stack([x, x + 1e-3 * rng.normal(size=x.shape)])
    S = nearest_correlation(np.corrcoef(x.T))
    penalty = 0.05
    W, K = solved(S, penalty)
    assert np.linalg.eigvalsh(K)[0] > 0
    np.testing.assert_allclose(W @ K, np.eye(len(S)), atol=1e-5)
    assert np.abs(W - S).max() <= penalty + 1e-8
    gap = np.sum(S * K) + penalty * (np.abs(K).sum() - np.trace(K)) - len(S)
    assert abs(gap) < 1e-5


def test_the_largest_correlation_as_penalty_leaves_nothing():
    S = correlated(8, 40, seed=3)
    _, K = solved(S, np.abs(S - np.eye(8)).max())
    np.testing.assert_array_equal(K, np.eye(8))


def test_says_when_it_did_not_settle_and_can_be_abandoned():
    S = correlated(20, 30, seed=4)
    assert not solve(S, 0.05, np.eye(20), np.zeros((20, 20)), 1e-12, 1, lambda: None)

    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        solve(S, 0.05, np.eye(20), np.zeros((20, 20)), 1e-12, 10, stop)

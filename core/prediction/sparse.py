"""Lasso and elastic-net logistic regression along a path of penalties, after the manner of glmnet."""

from __future__ import annotations

import numpy as np

from core.stats.quietly import quietly

#: Rounds of reweighting, and the move of the log odds that is none; probabilities may come so near to 0 and 1.
ROUNDS, SETTLED, LEAST_WEIGHT = 25, 1e-4, 1e-5
#: Smallest penalty as a share of the one that leaves no column in, and how many there are.
LAST, PENALTIES = 0.05, 12


def shares() -> np.ndarray:
    """(L,) penalties as shares of the smallest that leaves no column in, the largest first."""
    return np.geomspace(1.0, LAST, PENALTIES + 1)[1:]


def sparse_path(x: np.ndarray, y: np.ndarray, mixing: float) -> tuple[np.ndarray, np.ndarray]:
    """Which columns, with which coefficients, are in the model at each penalty?

    x (n, p) scaled, y (n,) 0 and 1; `mixing` of the penalty is on absolute, the rest on half the squared coefficients.
    Returns coefficients (L, p) and intercepts (L,). Reweighted least squares, each round solved by scikit-learn's
    coordinate descent (Friedman, Hastie and Tibshirani 2010, doi:10.18637/jss.v033.i01).
    """
    most = float(np.abs(x.T @ (y - y.mean())).max()) / len(y) / mixing
    beta, level = np.zeros(x.shape[1]), float(np.log(y.mean() / (1 - y.mean())))
    rows, levels = [], []
    before = most
    for penalty in most * shares():
        beta, level = _fit(x, y, penalty, before, mixing, beta, level)
        before = penalty
        rows.append(beta)
        levels.append(level)
    return np.array(rows), np.array(levels)


def _fit(x, y, penalty, before, mixing, beta, level) -> tuple[np.ndarray, float]:
    """The fit at one penalty from that at the one before, among columns that may be in; more are let in if they must.

    The strong rule leaves most columns out at once (Tibshirani et al. 2012, doi:10.1111/j.1467-9868.2011.01004.x).
    """
    from scipy.special import expit

    gradient = np.abs(x.T @ (y - expit(level + x @ beta))) / len(y)
    some = (gradient >= mixing * (2 * penalty - before)) | (beta != 0)
    while True:
        columns = np.flatnonzero(some)
        part, level = _reweighted(x[:, columns], y, penalty, mixing, beta[columns], level)
        beta = np.zeros(x.shape[1])
        beta[columns] = part
        gradient = np.abs(x.T @ (y - expit(level + x @ beta))) / len(y)
        more = (gradient > mixing * penalty * 1.01) & ~some
        if not more.any():
            return beta, level
        some |= more


def _reweighted(x, y, penalty, mixing, beta, level) -> tuple[np.ndarray, float]:
    from scipy.special import expit
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import enet_path

    if not x.shape[1]:
        return beta, float(np.log(y.mean() / (1 - y.mean())))
    odds = level + x @ beta
    for _ in range(ROUNDS):
        chance = expit(odds)
        weight = np.maximum(chance * (1 - chance), LEAST_WEIGHT)
        response = odds + (y - chance) / weight
        share = weight / weight.sum()
        middle, height = share @ x, share @ response
        root = np.sqrt(weight)
        scaled = np.asfortranarray((x - middle) * root[:, None])
        how = {"l1_ratio": mixing, "alphas": [penalty], "coef_init": beta, "tol": 1e-5, "max_iter": 2000}
        with quietly(ConvergenceWarning):
            _, found, _ = enet_path(scaled, (response - height) * root, precompute=False, **how)
        beta = found[:, 0]
        level = float(height - middle @ beta)
        moved = np.abs(level + x @ beta - odds).max()
        odds = level + x @ beta
        if moved < SETTLED:
            break
    return beta, level

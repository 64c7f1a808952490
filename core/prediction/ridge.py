"""Ridge logistic regression of many columns: solved among the patients, of whom there are fewer than columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: A fit has ended when no log odds move by more (steps are quadratic: what is left is far less); it has so many steps,
#: and halvings of a step, to get there.
SETTLED, STEPS, HALVINGS = 1e-4, 50, 20


@dataclass(frozen=True, eq=False)
class RidgePath:
    """Fits of the same n patients at L strengths: dual (L, n), intercept (L,).

    The coefficients at strength l are x.T @ dual[l], the log odds of new patients x_new @ x.T @ dual[l] + intercept[l].
    """

    dual: np.ndarray
    intercept: np.ndarray


def ridge_path(products: np.ndarray, y: np.ndarray, strengths: np.ndarray) -> RidgePath:
    """Ridge logistic fits at every strength, from one matrix of inner products.

    products  (n, n) x @ x.T of the training columns
    y         (n,) 0 and 1, both present
    strengths (L,) scikit-learn's C: the sum of the patients' negative log likelihoods plus the squared coefficients
              divided by 2 C is made least; the intercept is free. In rising order they start each other well

    The coefficients are weighted sums of the patients, so that each step of Newton's method solves n equations and not
    one per column (le Cessie and van Houwelingen 1992, doi:10.2307/2347628, for ridge logistic regression; Hastie and
    Tibshirani 2004, doi:10.1093/biostatistics/kxh010, for n unknowns in place of p).
    """
    n, share = len(y), float(y.mean())
    dual, level = np.zeros(n), float(np.log(share / (1 - share)))
    duals, intercepts = np.empty((len(strengths), n)), np.empty(len(strengths))
    for place, strength in enumerate(strengths):
        # At the optimum `dual` is what the fit leaves of y, whatever the strength: the last is a start for the next.
        dual, level = _fit(strength * products, y, dual, level)
        duals[place], intercepts[place] = strength * dual, level
    return RidgePath(duals, intercepts)


def _fit(covariance: np.ndarray, y: np.ndarray, dual: np.ndarray, level: float) -> tuple[np.ndarray, float]:
    """What makes the penalised likelihood greatest: Newton's method, a step halved until it is none downhill."""
    slope = covariance @ dual
    odds, value = slope + level, _loss(y, slope + level, dual @ slope)
    for _ in range(STEPS):
        new, new_level = _newton(covariance, y, odds)
        slope = covariance @ new
        tried = _loss(y, slope + new_level, new @ slope)
        for _ in range(HALVINGS):
            if tried <= value + 1e-10 * (1 + abs(value)):
                break
            new, new_level = (new + dual) / 2, (new_level + level) / 2
            slope = covariance @ new
            tried = _loss(y, slope + new_level, new @ slope)
        moved = float(np.abs(slope + new_level - odds).max())
        dual, level, odds, value = new, new_level, slope + new_level, tried
        if moved < SETTLED:
            break
    return dual, level


def _newton(covariance: np.ndarray, y: np.ndarray, odds: np.ndarray) -> tuple[np.ndarray, float]:
    """One step: weighted least squares of the working response, solved by a Cholesky factor of n x n."""
    from scipy.linalg.lapack import dpotrf, dpotrs
    from scipy.special import expit

    chance = expit(odds)
    weight = np.maximum(chance * (1 - chance), 1e-12)
    root = np.sqrt(weight)
    system = root[:, None] * covariance * root
    system.flat[:: len(y) + 1] += 1.0
    lower, _ = dpotrf(system, lower=1, overwrite_a=1)
    sides = np.column_stack([root * odds + (y - chance) / root, root])
    solved, _ = dpotrs(lower, sides, lower=1)
    response, one = (root[:, None] * solved).T
    level = float(response.sum() / one.sum())
    return response - level * one, level


def _loss(y: np.ndarray, odds: np.ndarray, size: float) -> float:
    return float((np.logaddexp(0.0, odds) - y * odds).sum() + size / 2)

"""Ridge logistic regression, solved among the patients or among the columns, whichever are fewer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: A fit has ended when no log odds move by more (steps are quadratic: what is left is far less); it has so many steps,
#: and halvings of a step, to get there.
SETTLED, STEPS, HALVINGS = 1e-4, 50, 20


def ridge_path(x: np.ndarray, y: np.ndarray, strengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ridge logistic fits at every strength: coefficients (L, p) and intercepts (L,).

    x         (n, p) columns of like spread
    y         (n,) 0 and 1, both present
    strengths (L,) scikit-learn's C: the sum of the patients' negative log likelihoods plus the squared coefficients
              divided by 2 C is made least; the intercept is free. In rising order they start each other well

    The coefficients are weighted sums of the patients, so that with fewer patients than columns each step of Newton's
    method solves n equations and not p (le Cessie and van Houwelingen 1992, doi:10.2307/2347628, for ridge logistic
    regression; Hastie and Tibshirani 2004, doi:10.1093/biostatistics/kxh010, for n unknowns in place of p).
    """
    n, p = x.shape
    share = float(y.mean())
    level = float(np.log(share / (1 - share)))
    weights, levels = np.empty((len(strengths), p)), np.empty(len(strengths))
    products = x @ x.T if n <= p else None
    known = np.zeros(n if n <= p else p)
    for place, strength in enumerate(strengths):
        system = _columns(x, strength) if products is None else _patients(strength * products)
        # Among the patients the unknowns at the optimum are what the fit leaves of y: a good start at any strength.
        known, level = _fit(system, y, known, level)
        weights[place] = known if products is None else strength * (known @ x)
        levels[place] = level
    return weights, levels


class _System(NamedTuple):
    """slope: the log odds, less the intercept, of some unknowns; size: their penalty, doubled; step: from log odds,
    weights and weighted residuals of the patients to better unknowns and intercept."""

    slope: Callable[[np.ndarray], np.ndarray]
    size: Callable[[np.ndarray, np.ndarray], float]
    step: Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, float]]


def _patients(covariance: np.ndarray) -> _System:
    """Unknowns are one per patient; covariance (n, n) of their log odds under the prior."""

    def step(odds: np.ndarray, weight: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, float]:
        root = np.sqrt(weight)
        system = root[:, None] * covariance * root
        system.flat[:: len(odds) + 1] += 1.0
        solved = _solved(system, np.column_stack([root * odds + left / root, root]))
        response, one = (root[:, None] * solved).T
        level = float(response.sum() / one.sum())
        return response - level * one, level

    return _System(lambda known: covariance @ known, lambda known, slope: float(known @ slope), step)


def _columns(x: np.ndarray, strength: float) -> _System:
    """Unknowns are one per column: the coefficients."""

    def step(odds: np.ndarray, weight: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, float]:
        share = weight / weight.sum()
        response = odds + left / weight
        middle, height = share @ x, float(share @ response)
        centred = x - middle
        weighted = centred * weight[:, None]
        system = weighted.T @ centred
        system.flat[:: x.shape[1] + 1] += 1 / strength
        known = _solved(system, weighted.T @ (response - height))
        return known, height - float(middle @ known)

    return _System(lambda known: x @ known, lambda known, slope: float(known @ known) / strength, step)


def _solved(system: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Of symmetric, positive definite equations, by Cholesky's factor; `system` is used up."""
    from scipy.linalg.lapack import dposv

    return dposv(system, sides, lower=1, overwrite_a=1)[1]


def _fit(system: _System, y: np.ndarray, known: np.ndarray, level: float) -> tuple[np.ndarray, float]:
    """What makes the penalised likelihood greatest: Newton's method, a step halved until it is none downhill."""
    from scipy.special import expit

    slope = system.slope(known)
    odds = slope + level
    value = _loss(y, odds, system.size(known, slope))
    for _ in range(STEPS):
        chance = expit(odds)
        weight = np.maximum(chance * (1 - chance), 1e-12)
        new, new_level = system.step(odds, weight, y - chance)
        slope = system.slope(new)
        tried = _loss(y, slope + new_level, system.size(new, slope))
        for _ in range(HALVINGS):
            if tried <= value + 1e-10 * (1 + abs(value)):
                break
            new, new_level = (new + known) / 2, (new_level + level) / 2
            slope = system.slope(new)
            tried = _loss(y, slope + new_level, system.size(new, slope))
        moved = float(np.abs(slope + new_level - odds).max())
        known, level, odds, value = new, new_level, slope + new_level, tried
        if moved < SETTLED:
            break
    return known, level


def _loss(y: np.ndarray, odds: np.ndarray, size: float) -> float:
    return float((np.logaddexp(0.0, odds) - y * odds).sum() + size / 2)

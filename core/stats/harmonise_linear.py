"""Least squares of many features on one design, each feature with its own gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: The least eigenvalue of the scaled normal equations with which they are still solved.
SINGULAR = 1e-10
#: Sums of squares this small beside those of the values themselves are rounding.
ROUNDING = 1e-24


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """p features on k columns.

    coefficients  (k, p), NaN for a feature whose known patients do not determine them
    residual      (p,) sum of squares left, exactly 0 where it is rounding alone
    n             (p,) patients known
    """

    coefficients: np.ndarray
    residual: np.ndarray
    n: np.ndarray

    @property
    def estimable(self) -> np.ndarray:
        return ~np.isnan(self.residual)


def least_squares(design: np.ndarray, values: np.ndarray) -> LeastSquares:
    """Fit every column of `values` (n, p), NaN where missing, on `design` (n, k), whose columns are of one scale."""
    known = ~np.isnan(values)
    # From its own mean a feature has no digits to lose; the design holds a constant, so the mean is put back below.
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    level = filled.sum(axis=0) / np.maximum(count, 1)
    centred = np.where(known, filled - level, 0.0)
    solved, estimable = _solve(design, known, centred)
    left = np.where(known, centred - design @ solved, 0.0)
    residual = (left**2).sum(axis=0)
    residual[residual <= ROUNDING * (filled**2).sum(axis=0)] = 0.0
    constant = np.linalg.lstsq(design, np.ones(len(design)), rcond=None)[0]
    coefficients = solved + constant[:, None] * level
    return LeastSquares(
        np.where(estimable, coefficients, np.nan), np.where(estimable, residual, np.nan), count.astype(int)
    )


def _solve(design: np.ndarray, known: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (k, p), 0 where singular, and which features are not; one system where nothing is missing."""
    k, p = design.shape[1], values.shape[1]
    if known.all():
        normal = np.broadcast_to(design.T @ design, (p, k, k))
        systems = normal[:1]
    else:
        products = (design[:, :, None] * design[:, None, :]).reshape(len(design), k * k)
        systems = normal = (known.T.astype(float) @ products).reshape(p, k, k)
    length = np.sqrt(np.maximum(np.diagonal(systems, axis1=1, axis2=2), 1e-300))
    scaled = systems / length[:, :, None] / length[:, None, :]
    estimable = np.broadcast_to(np.linalg.eigvalsh(scaled)[:, 0] > SINGULAR, p) if p else np.zeros(0, dtype=bool)
    coefficients = np.zeros((k, p))
    right = (design.T @ values).T[estimable]
    coefficients[:, estimable] = np.linalg.solve(normal[estimable], right[:, :, None])[:, :, 0].T
    return coefficients, estimable

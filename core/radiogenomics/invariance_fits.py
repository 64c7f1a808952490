"""Logistic models of every subset of a few variables at once, and which of them have no finite answer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

#: Steps of iteratively reweighted least squares, as the published analysis allowed.
STEPS = 10
#: A fit has settled when its deviance changes by less than this share. The package that was used stops at 1e-6, where
#: a fit that rises for ever can look settled.
SETTLED = 1e-12
#: Directions of the scaled information below this share of the largest are none: columns that depend on each other.
NOTHING = 1e-11
#: How far a separating direction must carry the patients, on average, to count.
CARRIED = 1e-6


@dataclass(frozen=True, eq=False)
class SubsetFits:
    """One logistic model with intercept per subset (a row of `members`, (sets, k)).

    coefficients, errors  (sets, k) log odds ratios per unit of the columns given and their standard errors; NaN outside
                          the subset and where columns depend on each other
    residuals   (sets, n) outcome less fitted probability
    converged   (sets,) settled within ten steps
    separated   (sets,) the classes can be told apart without error (or all but ties): no finite maximum exists and the
                numbers are those after ten steps
    dependent   (sets,) a column is a combination of others; fitted probabilities stand, coefficients do not
    """

    members: np.ndarray
    coefficients: np.ndarray
    errors: np.ndarray
    residuals: np.ndarray
    converged: np.ndarray
    separated: np.ndarray
    dependent: np.ndarray


def subsets(k: int) -> np.ndarray:
    """(2^k, k) members of every subset of k columns, the empty one first, then by size."""
    found = np.zeros((2**k, k), dtype=bool)
    chosen = (columns for size in range(k + 1) for columns in combinations(range(k), size))
    for row, columns in zip(found, chosen, strict=True):
        row[list(columns)] = True
    return found


def subset_fits(outcome: np.ndarray, values: np.ndarray, members: np.ndarray) -> SubsetFits:
    """How well does each subset of columns explain a class? outcome (n,) 0 or 1, both present; values (n, k) finite.

    Iteratively reweighted least squares from the start that R's glm takes, at most ten steps and no step halved, for
    all subsets (sets, k) at once. Columns should have mean 0 and comparable sizes. Source: McCullagh and Nelder 1989,
    doi:10.1007/978-1-4899-3242-6, section 2.5.
    """
    y = np.asarray(outcome, dtype=float)
    x = np.column_stack((np.ones(len(y)), values))
    inside = np.column_stack((np.ones(len(members), dtype=bool), members))
    beta, covariance, dependent, converged = _reweighted(y, x, inside)
    outside = ~members | dependent[:, None]
    return SubsetFits(
        members=members,
        coefficients=np.where(outside, np.nan, beta[:, 1:]),
        errors=np.where(outside, np.nan, np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)[:, 1:])),
        residuals=y - _probability(beta @ x.T),
        converged=converged,
        separated=_separated(y, x, inside, ~converged),
        dependent=dependent,
    )


def _reweighted(y: np.ndarray, x: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, ...]:
    """Coefficients (sets, 1 + k), their covariance, whether columns depend on each other, and whether it settled."""
    sets, width = inside.shape
    products = (x[:, :, None] * x[:, None, :]).reshape(len(y), -1)
    beta, covariance = np.zeros((sets, width)), np.zeros((sets, width, width))
    dependent, converged = np.zeros(sets, dtype=bool), np.zeros(sets, dtype=bool)
    going = np.arange(sets)
    fitted = np.broadcast_to((y + 0.5) / 2, (sets, len(y)))
    linear, deviance = np.log(fitted / (1 - fitted)), _deviance(y, fitted)
    for step in range(STEPS):
        weight = np.maximum(fitted * (1 - fitted), np.finfo(float).eps)
        information = (weight @ products).reshape(-1, width, width)
        covariance[going], cut = _inverse(information, inside[going])
        if step == 0:
            dependent = cut
        beta[going] = np.einsum("sij,sj->si", covariance[going], (weight * linear + y - fitted) @ x)
        linear = beta[going] @ x.T
        fitted = _probability(linear)
        before, deviance = deviance, _deviance(y, fitted)
        settled = np.abs(deviance - before) < SETTLED * (np.abs(deviance) + 0.1)
        converged[going[settled]] = True
        going, linear, fitted, deviance = (each[~settled] for each in (going, linear, fitted, deviance))
        if not len(going):
            break
    return beta, covariance, dependent, converged


def _probability(linear: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    smallest = np.finfo(float).eps
    return np.clip(expit(linear), smallest, 1 - smallest)


def _deviance(y: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    return -2 * np.log(np.where(y == 1, fitted, 1 - fitted)).sum(axis=-1)


def _inverse(information: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses of (sets, 1 + k, 1 + k) within the columns inside, and whether a direction had to be left out."""
    both = inside[:, :, None] & inside[:, None, :]
    matrix = np.where(both, information, np.eye(inside.shape[1]))
    scale = np.sqrt(np.diagonal(matrix, axis1=1, axis2=2))
    scale = np.where(scale > 0, scale, 1.0)
    lengths, directions = np.linalg.eigh(matrix / (scale[:, :, None] * scale[:, None, :]))
    kept = lengths > NOTHING * lengths[:, -1:]
    inverted = np.where(kept, 1 / np.where(kept, lengths, 1.0), 0.0)
    inverse = (directions * inverted[:, None, :]) @ directions.transpose(0, 2, 1)
    return np.where(both, inverse / (scale[:, :, None] * scale[:, None, :]), 0.0), ~kept.all(axis=1)


def _separated(y: np.ndarray, x: np.ndarray, inside: np.ndarray, suspects: np.ndarray) -> np.ndarray:
    """Which of the sets that did not settle have no maximum; what separates a set separates all that hold it."""
    found = np.zeros(len(inside), dtype=bool)
    for place in np.flatnonzero(suspects):  # by size, so the smallest come first
        held = (inside[found] <= inside[place]).all(axis=1)
        found[place] = held.any() or _separable(y, x[:, inside[place]])
    return found


def _separable(y: np.ndarray, x: np.ndarray) -> bool:
    """Is there a direction along which no patient lies on the wrong side, and some on the right one?

    Albert and Anderson 1984, doi:10.1093/biomet/71.1.1: complete or quasi-complete separation.
    """
    from scipy.optimize import linprog

    size = np.abs(x).max(axis=0)
    ahead = np.where(y == 1, 1.0, -1.0)[:, None] * x / np.where(size > 0, size, 1.0)
    found = linprog(-ahead.sum(axis=0), A_ub=-ahead, b_ub=np.zeros(len(y)), bounds=[(-1, 1)] * x.shape[1])
    return found.x is not None and -found.fun > CARRIED * len(y)

"""The empirical Bayes part of ComBat: batch effects of each feature shrunk towards those of all features."""

from __future__ import annotations

import numpy as np

from core.errors import NotEstimable

#: Relative change at which a batch's iteration stops, as in sva; each batch stops by itself.
CONVERGED = 1e-4
MOST_STEPS = 10_000


def adjustments(
    standard: np.ndarray, code: np.ndarray, parametric: bool, mean_only: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Shift and variance ratio (b, p) of each batch, from standardised values (n, p) with NaN where missing.

    `code` (n,) counts the batches from 0. Raises `NotEstimable` when the spread of all features is the same in a
    batch, so that there is no distribution to learn from.
    """
    found = [_batch(standard[code == place], parametric, mean_only) for place in range(code.max() + 1)]
    return np.array([shift for shift, _ in found]), np.array([ratio for _, ratio in found])


def _batch(rows: np.ndarray, parametric: bool, mean_only: bool) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(rows)
    n = known.sum(axis=0)
    sums = np.where(known, rows, 0.0).sum(axis=0)
    squares = (np.where(known, rows, 0.0) ** 2).sum(axis=0)
    mean = sums / n
    deviations = np.where(known, rows - mean, 0.0)
    variance = np.ones(len(n)) if mean_only else (deviations**2).sum(axis=0) / (n - 1)
    if not parametric:
        shift, ratio = _by_likelihood(n, sums, squares, mean, variance)
        return shift, variance if mean_only else ratio
    centre, width = mean.mean(), mean.var(ddof=1)
    if mean_only:
        # sva gives each mean the weight of one patient here, however many there are.
        return (width * mean + centre) / (width + 1), variance
    return _iterated(n, rows, mean, variance, centre, width)


def _iterated(n, rows, mean, variance, centre, width) -> tuple[np.ndarray, np.ndarray]:
    """Posterior means of shift and variance in turn: normal prior, inverse gamma prior by the method of moments."""
    m, s2 = variance.mean(), variance.var(ddof=1)
    if s2 <= 1e-24 * m**2:
        raise NotEstimable(
            f"All {len(mean)} features have the same spread in one batch, as copies of each other have.",
            "Give features that differ, or harmonise the means only.",
        )
    a, b = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
    shift, ratio = mean, variance
    for _ in range(MOST_STEPS):
        new_shift = (width * n * mean + ratio * centre) / (width * n + ratio)
        new_ratio = (0.5 * np.nansum((rows - new_shift) ** 2, axis=0) + b) / (n / 2 + a - 1)
        change = max(_change(new_shift, shift), _change(new_ratio, ratio))
        shift, ratio = new_shift, new_ratio
        if not change > CONVERGED:
            return shift, ratio
    raise NotEstimable(
        f"The batch effects did not settle in {MOST_STEPS} steps.",
        "Harmonise the means only, or leave out odd features.",
    )


def _change(new: np.ndarray, old: np.ndarray) -> float:
    """sva divides by the old value with its sign, so that a negative shift never prolongs the iteration."""
    difference = np.abs(new - old)
    return float(np.divide(difference, old, out=difference.copy(), where=old != 0).max())


def _by_likelihood(n, sums, squares, mean, variance) -> tuple[np.ndarray, np.ndarray]:
    """Means over all other features' (shift, variance), each weighted by how well it explains this feature's values.

    Weights are taken from the best one, where sva's own underflow to 0 / 0 in batches of several hundred patients.
    """
    distance = squares[:, None] - 2 * sums[:, None] * mean + n[:, None] * mean**2
    log = -n[:, None] / 2 * np.log(variance) - distance / (2 * variance)
    np.fill_diagonal(log, -np.inf)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    return weight @ mean, weight @ variance

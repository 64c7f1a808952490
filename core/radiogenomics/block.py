"""All features against all genes that are known for the same patients: one matrix product of ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.radiogenomics import screened as how_
from core.radiogenomics.few import SMALL, exact_p, permuted_p
from core.radiogenomics.ranks import average_ranks, freed


@dataclass(frozen=True, eq=False)
class Block:
    """(p, g) statistics, effects, p-values, and how each pair was tested or why not (`screened.HOW`)."""

    statistic: np.ndarray
    effect: np.ndarray
    p: np.ndarray
    how: np.ndarray


def mann_whitney(x: np.ndarray, y: np.ndarray, fewest: int, draws: int, seed: int) -> Block:
    """Are features x (p, n), NaN where missing, larger in patients with y (g, n) of 1 than in those with 0?

    Normal approximation with corrections for ties and continuity, as SciPy's `mannwhitneyu(method="asymptotic")`; exact
    or permuted where a group has fewer than 8 patients. Groups of fewer than `fewest` are not tested.
    """
    from scipy.special import ndtr

    ranks, ties = average_ranks(x)
    known = (ranks > 0).astype(float)
    n, ones = known.sum(axis=1)[:, None], known @ y.T
    zeros = n - ones
    varied = ties < n[:, 0] ** 3 - n[:, 0]
    how = np.full(ones.shape, how_.NORMAL, dtype=np.int8)
    how[~varied] = how_.CONSTANT_FEATURE
    _too_few(how, ones, zeros, fewest)
    testable = how == how_.NORMAL
    pairs = np.where(testable, ones * zeros, np.nan)
    u = ranks @ y.T - ones * (ones + 1) / 2
    distance = np.abs(u - pairs / 2)
    with np.errstate(divide="ignore", invalid="ignore"):  # fewer than two patients: not testable, hence NaN
        z = (distance - 0.5) / np.sqrt(pairs / 12 * ((n + 1) - ties[:, None] / (n * (n - 1))))
    p = np.minimum(2 * ndtr(-z), 1.0)
    small = np.minimum(ones, zeros)
    rows, genes = np.nonzero(testable & (small < SMALL))
    for size, total in np.unique(np.column_stack([small[rows, genes], n[rows, 0]]), axis=0).astype(int):
        alike = (small[rows, genes] == size) & (n[rows, 0] == total)
        for tied in (False, True):
            mine = alike & ((ties[rows] > 0) == tied)
            pair = rows[mine], genes[mine]
            if not tied:
                # Without ties U is a whole number.
                p[pair], how[pair] = exact_p(size, total - size)[u[pair].astype(int)], how_.EXACT
            elif mine.any():
                p[pair], complete = permuted_p(ranks, pair[0], distance[pair], (size, total), draws, seed)
                how[pair] = how_.EXACT if complete else how_.PERMUTED
    return Block(u, np.clip(2 * u / pairs - 1, -1.0, 1.0), p, how)


def adjusted_mutations(x: np.ndarray, y: np.ndarray, basis: np.ndarray, fewest: int) -> Block:
    """Do features x (p, n) differ with mutations y (g, n), beside what `basis` (n, k) stands for? Partial ranks."""
    ones = y.sum(axis=1)
    block = _correlated(average_ranks(x)[0], y - y.mean(axis=1, keepdims=True), basis)
    _too_few(block.how, ones, x.shape[1] - ones, fewest)
    return block


def rank_correlation(x: np.ndarray, y: np.ndarray, basis: np.ndarray) -> Block:
    """Spearman's rho of features x (p, n) and expression y (g, n), partial where `basis` (n, k) has columns."""
    return _correlated(average_ranks(x)[0], average_ranks(y)[0] - (y.shape[1] + 1) / 2, basis)


def _correlated(ranks: np.ndarray, centred: np.ndarray, basis: np.ndarray) -> Block:
    """Correlation of what is left beside `basis`, with Student's t on n - 2 - k degrees of freedom."""
    from scipy.special import stdtr

    n = ranks.shape[1]
    x, y = ranks - (n + 1) / 2, centred
    (x_left, x_some), (y_left, y_some) = freed(x, basis), freed(y, basis)
    r = np.clip(x_left @ y_left.T, -1.0, 1.0)
    freedom = n - 2 - basis.shape[1]
    with np.errstate(divide="ignore"):  # a correlation of 1 has an infinite t and p = 0
        t = r * np.sqrt(freedom / ((1 - r) * (1 + r)))
    how = np.full(r.shape, how_.STUDENT, dtype=np.int8)
    how[:, ~y_some], how[~x_some] = how_.GIVEN_GENE, how_.GIVEN_FEATURE
    how[:, ~y.any(axis=1)], how[~x.any(axis=1)] = how_.CONSTANT_GENE, how_.CONSTANT_FEATURE
    return Block(t, r, 2 * stdtr(freedom, -np.abs(t)), how)


def _too_few(how: np.ndarray, ones: np.ndarray, zeros: np.ndarray, fewest: int) -> None:
    how[np.broadcast_to(zeros < fewest, how.shape)] = how_.FEW_WILD
    how[np.broadcast_to(ones < fewest, how.shape)] = how_.FEW_MUTATED

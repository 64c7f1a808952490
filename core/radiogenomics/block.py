"""All features against all genes that are known for the same patients: one matrix product of ranks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.radiogenomics import screened as how_
from core.radiogenomics.few import SMALL, exact_p, permuted_p
from core.radiogenomics.student import student_p
from core.stats.ranks import average_ranks, freed


@dataclass(frozen=True, eq=False)
class Block:
    """(p, g) statistics, effects, p-values, and how each pair was tested or why not (`screened.HOW`)."""

    statistic: np.ndarray
    effect: np.ndarray
    p: np.ndarray
    how: np.ndarray


#: Answers for features (p, n) of the patients that it was made for.
Test = Callable[[np.ndarray], Block]


def mann_whitney(x: np.ndarray, y: np.ndarray, fewest: int, draws: int, seed: int) -> Block:
    """Are features x (p, n), NaN where missing, larger in patients with y (g, n) of 1 than in those with 0?

    Normal approximation with corrections for ties and continuity, as SciPy's `mannwhitneyu(method="asymptotic")`; exact
    or permuted where a group has fewer than 8 patients. Groups of fewer than `fewest` are not tested.
    """
    from scipy.special import ndtr

    ranks, ties = average_ranks(x)
    known = ranks > 0
    n = known.sum(axis=1)[:, None].astype(float)
    ones = known.astype(float) @ y.T if not known.all() else np.repeat(y.sum(axis=1)[None], len(x), axis=0)
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
    block = Block(u, np.clip(2 * u / pairs - 1, -1.0, 1.0), p, how)
    _small_groups(block, ranks, ties, n[:, 0], np.minimum(ones, zeros), (draws, seed))
    return block


def _small_groups(
    block: Block, ranks: np.ndarray, ties: np.ndarray, n: np.ndarray, small: np.ndarray, drawn: tuple[int, int]
) -> None:
    """Put exact or permuted p in the place of the normal ones, of pairs whose smaller group has `small` (p, g)."""
    rows, genes = np.nonzero((block.how == how_.NORMAL) & (small < SMALL))
    sizes = (SMALL * n[rows] + small[rows, genes]).astype(int)
    for both in np.unique(sizes):
        total, size = divmod(int(both), SMALL)
        alike, tied = sizes == both, ties[rows] > 0
        pair = rows[alike & ~tied], genes[alike & ~tied]
        # Without ties U is a whole number.
        block.p[pair] = exact_p(size, total - size)[block.statistic[pair].astype(int)]
        block.how[pair] = how_.EXACT
        pair = rows[alike & tied], genes[alike & tied]
        if len(pair[0]):
            distance = np.abs(block.statistic[pair] - size * (total - size) / 2)
            block.p[pair], exact = permuted_p(ranks, pair[0], distance, (size, total), *drawn)
            block.how[pair] = np.where(exact, how_.EXACT, how_.PERMUTED)


def adjusted_mutations(y: np.ndarray, basis: np.ndarray, fewest: int) -> Test:
    """A test of whether features differ with mutations y (g, n), beside what `basis` (n, k) stands for, by ranks."""
    ones = y.sum(axis=1)
    correlated = _correlation(y - y.mean(axis=1, keepdims=True), basis)

    def test(x: np.ndarray) -> Block:
        block = correlated(x)
        _too_few(block.how, ones, x.shape[1] - ones, fewest)
        return block

    return test


def rank_correlation(y: np.ndarray, basis: np.ndarray) -> Test:
    """A test of Spearman's rho with expression y (g, n), the partial one where `basis` (n, k) has columns."""
    return _correlation(average_ranks(y)[0] - (y.shape[1] + 1) / 2, basis)


def _correlation(y: np.ndarray, basis: np.ndarray) -> Test:
    """Correlation of a feature's ranks with rows y of mean 0, of what is left of both beside `basis`.

    Student's t on n - 2 - k degrees of freedom.
    """
    y_left, y_some = freed(y, basis)
    y_varies = y.any(axis=1)
    freedom = y.shape[1] - 2 - basis.shape[1]

    def test(x: np.ndarray) -> Block:
        ranks = average_ranks(x)[0] - (x.shape[1] + 1) / 2
        x_left, x_some = freed(ranks, basis)
        r = np.clip(x_left @ y_left.T, -1.0, 1.0)
        with np.errstate(divide="ignore"):  # a correlation of 1 has an infinite t and p = 0
            t = r * np.sqrt(freedom / ((1 - r) * (1 + r)))
        how = np.full(r.shape, how_.STUDENT, dtype=np.int8)
        how[:, ~y_some], how[~x_some] = how_.GIVEN_GENE, how_.GIVEN_FEATURE
        how[:, ~y_varies], how[~ranks.any(axis=1)] = how_.CONSTANT_GENE, how_.CONSTANT_FEATURE
        return Block(t, r, student_p(t, freedom), how)

    return test


def _too_few(how: np.ndarray, ones: np.ndarray, zeros: np.ndarray, fewest: int) -> None:
    how[np.broadcast_to(zeros < fewest, how.shape)] = how_.FEW_WILD
    how[np.broadcast_to(ones < fewest, how.shape)] = how_.FEW_MUTATED

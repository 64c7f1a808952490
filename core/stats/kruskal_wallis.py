"""Does the level of a number differ between groups? The test of Kruskal and Wallis for many numbers at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.stats.ranks import average_ranks


@dataclass(frozen=True, eq=False)
class KruskalWallis:
    """Of each row: counts (rows, k) patients of each group with a value, whether all values are `constant`, the
    `statistic` (chi-square on k - 1 degrees of freedom where nothing differs), p, and epsilon squared, the share of the
    ranks' variation that lies between groups (0 none, 1 all). NaN where a group has no value or nothing varies.
    """

    counts: np.ndarray
    constant: np.ndarray
    statistic: np.ndarray
    p: np.ndarray
    epsilon_squared: np.ndarray


def kruskal_wallis(values: np.ndarray, codes: np.ndarray, k: int) -> KruskalWallis:
    """The test with its correction for ties and the chi-square approximation, which small groups do not bear out.

    values (rows, n), NaN where missing (out of that row only); codes (n,) whole numbers from 0 to k - 1, k at least 2.
    Kruskal and Wallis 1952, doi:10.1080/01621459.1952.10483441; epsilon squared: Tomczak and Tomczak 2014 (Trends in
    Sport Sciences 1(21), 19-25).
    """
    from scipy.special import chdtrc

    member = np.eye(k)[codes]
    ranks, ties = average_ranks(values)
    known = ranks > 0
    counts = known.astype(float) @ member
    n = counts.sum(axis=1)
    constant = ties >= n**3 - n
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = (np.where(known, ranks - (n[:, None] + 1) / 2, 0.0) @ member) ** 2 / counts
        statistic = 12 / (n * (n + 1)) * sums.sum(axis=1) / (1 - ties / (n**3 - n))
    statistic[constant | (counts == 0).any(axis=1)] = np.nan
    return KruskalWallis(counts.astype(int), constant, statistic, chdtrc(k - 1, statistic), statistic / (n - 1))

"""Many numbers against one grouping at once: Kruskal-Wallis for every column, with the false discoveries counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.stats.association import FEW
from core.stats.multiplicity import benjamini_hochberg


@dataclass(frozen=True, eq=False)
class RankScreen:
    """table    a row per column: feature, n, statistic, epsilon_squared, p, q, note (why there is no p, else empty)
    counts   patients of each group; n_tests columns with a p, over which q is adjusted
    """

    table: pd.DataFrame
    counts: pd.Series
    n_tests: int


def rank_screen(values: pd.DataFrame, groups: Sequence) -> RankScreen:
    """In which columns do the groups differ in level?

    values (n, p), NaN where missing; groups (n,), None where unknown. The statistic has its correction for ties, p is
    that of the chi-square distribution, the effect is epsilon squared: the share of the ranks' variation that lies
    between groups. No p where a group has fewer than 5 patients with a value, because the approximation is not honest
    there. Raises `NotEstimable` for fewer than two groups.

    Kruskal and Wallis 1952, doi:10.1080/01621459.1952.10483441.
    """
    from scipy.stats import chi2

    label = pd.Series(np.asarray(groups, dtype=object))
    known = label.notna().to_numpy()
    names, code = np.unique(label[known].astype(str).to_numpy(dtype=str), return_inverse=True)
    if len(names) < 2:
        raise NotEstimable("There are no two groups to compare.", "Choose another grouping or widen the cohort.")
    table = values.to_numpy(dtype=float)[known]
    ranks, ties = _ranks(table)
    present = ~np.isnan(table)
    indicators = np.eye(len(names))[code]
    sizes = indicators.T @ present
    n = present.sum(axis=0)
    sums = indicators.T @ np.where(present, ranks - (n + 1) / 2, 0.0)
    raw = 12 / np.maximum(n * (n + 1), 1) * (sums**2 / np.maximum(sizes, 1)).sum(axis=0)
    varied = 1 - ties / np.maximum(n.astype(float) ** 3 - n, 1)
    sound = (varied > 1e-12) & (sizes > 0).all(axis=0) & (n > len(names))
    statistic = np.where(sound, raw / np.where(varied > 1e-12, varied, 1), np.nan)
    enough = sizes.min(axis=0) >= FEW
    p = np.where(sound & enough, chi2.sf(statistic, len(names) - 1), np.nan)
    rows = {
        "feature": [str(name) for name in values.columns],
        "n": n,
        "statistic": statistic,
        "epsilon_squared": statistic / np.maximum(n - 1, 1),
        "p": p,
        "q": benjamini_hochberg(p),
        "note": np.select(
            [varied <= 1e-12, ~sound, ~enough],
            ["one value", "a group without a value", f"a group of fewer than {FEW} patients"],
            "",
        ),
    }
    counts = pd.Series(np.bincount(code), index=list(names))
    return RankScreen(pd.DataFrame(rows), counts, int(np.isfinite(p).sum()))


def _ranks(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean ranks of each column (NaN where missing), and the sum of t^3 - t over its ties."""
    ranks = np.full(table.shape, np.nan)
    ties = np.zeros(table.shape[1])
    for column in range(table.shape[1]):
        known = ~np.isnan(table[:, column])
        _, place, counts = np.unique(table[known, column], return_inverse=True, return_counts=True)
        ranks[known, column] = (np.cumsum(counts) - (counts - 1) / 2)[place]
        counts = counts.astype(float)
        ties[column] = (counts**3 - counts).sum()
    return ranks, ties

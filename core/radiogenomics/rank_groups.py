"""Many numbers at once between groups of patients: Mann-Whitney for two, Kruskal-Wallis for more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.radiogenomics.block import mann_whitney
from core.radiogenomics.screened import FEW, HOW, TESTED
from core.stats.kruskal_wallis import kruskal_wallis

MANN_WHITNEY, KRUSKAL = "Mann-Whitney", "Kruskal-Wallis"
BISERIAL, EPSILON = "rank-biserial correlation", "epsilon squared"
#: Random labellings where a group is small and values are tied.
DRAWS = 10_000


@dataclass(frozen=True, eq=False)
class RankTests:
    """p, effect and why (rows,), "" where there is a test; counts (rows, k) patients of each group with a value.

    effect  of two groups the rank-biserial correlation, above 0 where the second group is higher; of more epsilon
            squared, 0 (none) to 1
    """

    test: str
    effect_name: str
    p: np.ndarray
    effect: np.ndarray
    counts: np.ndarray
    why: tuple[str, ...]


def rank_tests(values: np.ndarray, codes: np.ndarray, k: int, fewest: int = 5, seed: int = 0) -> RankTests:
    """Is each number distributed differently between the groups?

    values (rows, n), NaN where missing (out of that row only); codes (n,) from 0 to k - 1, k at least 2. A row in which
    a group has fewer than `fewest` values, or all are equal, has no test. Two groups: Mann-Whitney as in
    `mutation_screen`. More: Kruskal-Wallis with its correction for ties and the chi-square approximation.
    Kruskal and Wallis 1952, doi:10.1080/01621459.1952.10483441; epsilon squared: Tomczak and Tomczak 2014 (Trends in
    Sport Sciences 1(21), 19-25).
    """
    several = kruskal_wallis(values, codes, k)
    why = np.full(len(values), "", dtype=object)
    why[several.constant] = "the same in everybody"
    why[(several.counts < fewest).any(axis=1)] = f"fewer than {fewest} in a group"
    if k == 2:
        block = mann_whitney(values, (codes == 1).astype(float)[None], max(fewest, 1), DRAWS, seed)
        untested = block.how[:, 0] >= len(TESTED)
        why[untested & (why == "")] = HOW[FEW]
        p, effect, names = block.p[:, 0], block.effect[:, 0], (MANN_WHITNEY, BISERIAL)
    else:
        p, effect, names = several.p, several.epsilon_squared, (KRUSKAL, EPSILON)
    lost = why != ""
    p, effect = np.where(lost, np.nan, p), np.where(lost, np.nan, effect)
    return RankTests(*names, p, effect, several.counts, tuple(why))

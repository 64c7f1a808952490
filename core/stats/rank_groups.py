"""Many numbers against one grouping at once: Kruskal-Wallis for every column, with the false discoveries counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.stats.association import FEW
from core.stats.kruskal_wallis import kruskal_wallis
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
    label = pd.Series(np.asarray(groups, dtype=object))
    known = label.notna().to_numpy()
    names, code = np.unique(label[known].astype(str).to_numpy(dtype=str), return_inverse=True)
    if len(names) < 2:
        raise NotEstimable("There are no two groups to compare.", "Choose another grouping or widen the cohort.")
    found = kruskal_wallis(values.to_numpy(dtype=float)[known].T, code, len(names))
    enough = (found.counts >= FEW).all(axis=1)
    p = np.where(enough, found.p, np.nan)
    rows = {
        "feature": [str(name) for name in values.columns],
        "n": found.counts.sum(axis=1),
        "statistic": found.statistic,
        "epsilon_squared": found.epsilon_squared,
        "p": p,
        "q": benjamini_hochberg(p),
        "note": np.select(
            [found.constant, np.isnan(found.statistic), ~enough],
            ["one value", "a group without a value", f"a group of fewer than {FEW} patients"],
            "",
        ),
    }
    counts = pd.Series(np.bincount(code), index=list(names))
    return RankScreen(pd.DataFrame(rows), counts, int(np.isfinite(p).sum()))

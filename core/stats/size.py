"""How much of a grouping of patients is the size of their tumours?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable, Problem, Refused


@dataclass(frozen=True)
class SizeShare:
    """A grouping of `n` patients against their volume.

    `rank_correlation` 0 to 1: with two groups the absolute rank-biserial correlation (the share of pairs of patients,
    one of each group, in which the first is larger, less the share in which it is smaller); with more the square root
    of epsilon squared, that is the share of the variation of the ranks that lies between the groups, as a
    correlation. `mutual_information` is the adjusted mutual information of the grouping with as many groups of equal
    numbers by volume alone: 1 the same groups, about 0 by chance.
    """

    n: int
    groups: int
    rank_correlation: float
    mutual_information: float


def size_share(labels: Sequence, volume: Sequence[float]) -> SizeShare:
    """How much of this grouping is volume? (n,) labels and (n,) volumes without gaps.

    Raises `NotEstimable` for fewer than two groups or volumes that cannot be cut into as many groups. Sources: Kerby
    2014, doi:10.2466/11.IT.3.1 (rank-biserial correlation); Vinh et al. 2010, JMLR 11 (mutual information).
    """
    from sklearn.metrics import adjusted_mutual_info_score

    names, group = np.unique(np.asarray(labels), return_inverse=True)
    if len(names) < 2:
        raise NotEstimable("A grouping of one group has nothing to do with volume.", "Choose another grouping.")
    by_volume = quantile_groups(volume, len(names))
    return SizeShare(
        n=len(group),
        groups=len(names),
        rank_correlation=_rank_correlation(group, np.asarray(volume, dtype=float)),
        mutual_information=float(adjusted_mutual_info_score(group, by_volume)),
    )


def quantile_groups(values: Sequence[float], k: int) -> np.ndarray:
    """(n,) labels 1 (low) to `k` (high): groups of equal numbers by value alone, a value at a cut in the lower one.

    Raises `Refused` for missing values, `NotEstimable` when equal values leave a group empty.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values) or not np.all(np.isfinite(values)):
        raise Refused([Problem("A value is missing or infinite.", "volume", "Leave those patients out.")])
    codes = np.searchsorted(np.quantile(values, np.arange(1, k) / k), values, "left")
    if len(np.unique(codes)) < k:
        raise NotEstimable(
            f"{len(values)} patients with {len(np.unique(values))} different volumes do not make {k} groups.",
            "Ask for fewer clusters or widen the cohort.",
        )
    return codes + 1


def _rank_correlation(group: np.ndarray, values: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(values)
    sizes = np.bincount(group)
    means = np.bincount(group, weights=ranks) / sizes
    if len(sizes) == 2:
        return float(abs(means[0] - means[1]) * 2 / len(ranks))
    between = (sizes * (means - ranks.mean()) ** 2).sum()
    return float(np.sqrt(between / ((ranks - ranks.mean()) ** 2).sum()))

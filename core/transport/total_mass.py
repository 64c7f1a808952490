"""Do clusters merely sort the patients by how much mass they have altogether?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable, Problem, Refused
from core.transport.comparator import euclidean_kmeans, label_agreement

#: Clusters merely sort by total mass from this adjusted Rand index with groups of total mass alone, or where this
#: share of the unbalanced costs is gamma times the difference of two patients' totals.
SAME_GROUPS, SAME_COST = 0.8, 0.9
RULE = (
    f"the adjusted Rand index with groups made of the total mass alone is at least {SAME_GROUPS:g}, or at least "
    f"{100 * SAME_COST:.0f} % of the cost between patients is the price of the difference of their totals"
)


@dataclass(frozen=True)
class MassGroups:
    """How `n` patients' `k` clusters compare with groups made of their total mass alone.

    Adjusted Rand index with k-means of the totals (`rand_kmeans`, NaN when fewer than k totals differ) and with the
    totals cut into groups of the clusters' own sizes (`rand_cut`: 1 when each cluster is a range of totals; NaN when
    all are equal).
    `totals_share` of the cost between patients is gamma times the difference of their totals, where transport is
    unbalanced.
    """

    n: int
    k: int
    rand_kmeans: float
    rand_cut: float
    totals_share: float | None

    @property
    def rand(self) -> float:
        """The larger of both agreements."""
        return float(np.fmax(self.rand_kmeans, self.rand_cut))

    @property
    def _counts_totals(self) -> bool:
        return self.totals_share is not None and self.totals_share >= SAME_COST

    @property
    def merely_sorted(self) -> bool:
        """Whether the clusters merely sort by total mass, by `RULE`."""
        return self.rand >= SAME_GROUPS or self._counts_totals

    @property
    def says(self) -> str:
        """A sentence when the clusters merely sort by total mass, with the numbers; else empty."""
        told = []
        if self.rand >= SAME_GROUPS:
            told.append(f"groups made of the total mass alone agree with them (adjusted Rand {self.rand:.2f})")
        if self._counts_totals:
            told.append(f"{_percent(self.totals_share)} of the cost between patients is the difference of their totals")
        return f"These clusters merely sort the patients by total mass: {', and '.join(told)}." if told else ""


def mass_groups(labels: np.ndarray, totals: np.ndarray, totals_share: float | None = None, seed: int = 0) -> MassGroups:
    """Would the total mass alone give the same groups?

    `labels` (n,) of the clusters, `totals` (n,) the mass of each patient before any division. Raises `Refused` for
    different lengths.
    """
    labels, totals = np.asarray(labels), np.asarray(totals, dtype=float)
    if labels.shape != totals.shape:
        raise Refused([Problem(f"{len(labels)} labels, {len(totals)} totals.", "totals", "Give both per patient.")])
    names, member = np.unique(labels, return_inverse=True)
    sizes = np.bincount(member)
    try:
        alone = euclidean_kmeans(totals[:, None], len(names), restarts=10, seed=seed)
        rand_kmeans = label_agreement(labels, alone.labels).adjusted_rand
    except (NotEstimable, Refused):  # all totals alike, or one cluster: nothing to group by
        rand_kmeans = float("nan")
    by_mean = np.argsort(np.bincount(member, totals) / sizes, kind="stable")
    cut = np.empty(len(labels), dtype=int)
    chance = np.random.default_rng(seed).permutation(len(totals))  # equal totals must not come in the clusters' order
    cut[np.lexsort((chance, totals))] = np.repeat(by_mean, sizes[by_mean])
    rand_cut = label_agreement(member, cut).adjusted_rand if np.ptp(totals) > 0 else float("nan")
    return MassGroups(len(labels), len(names), rand_kmeans, rand_cut, totals_share)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share <= 0.99 else "more than 99 %"

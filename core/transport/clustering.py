"""What every clustering of patients reports, whatever made it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable, Problem, Refused

#: Two starts found the same optimum when their objectives differ by no more than this share.
_SAME = 1e-9


@dataclass(frozen=True)
class Restart:
    """How one start ended: its objective, rounds of updating, and whether it came to rest.

    `cycled` says that a grouping came back and the rounds would have gone on for ever; a restart that neither
    converged nor cycled met the cap. `reseeded` counts empty clusters refilled with the farthest patient.
    """

    objective: float
    rounds: int
    converged: bool
    cycled: bool = False
    reseeded: int = 0


@dataclass(frozen=True)
class Clustering:
    """`n` patients in clusters 1 to `k`, the largest first (of equal ones, the one with the first patient).

    `labels` (n,); `centroids` (k, m) on the nodes; `distances` (n, k) to every centroid; `objective` what the method
    minimises, for the best of `restarts` (number `best_restart`); `medoids` the row of each central patient, where
    patients are centroids. `share_at_best` of the restarts found that objective. `distance` is "wasserstein", or
    "euclidean" for the comparator, whose objective is the sum of *squared* distances. `gap`, where the centroids are
    barycentres, is certified: at most this share of the objective could better centroids of the same groups save.
    """

    distance: str
    centroid: str
    k: int
    n: int
    labels: np.ndarray
    sizes: tuple[int, ...]
    centroids: np.ndarray
    distances: np.ndarray
    objective: float
    converged: bool
    restarts: tuple[Restart, ...]
    best_restart: int
    share_at_best: float
    seed: int
    medoids: tuple[int, ...] | None = None
    gap: float | None = None


def order_by_size(labels: np.ndarray, k: int) -> np.ndarray:
    """-> (k,) the clusters 0 to k-1 from largest to smallest, of equal ones that with the first patient first."""
    sizes = np.bincount(labels, minlength=k)
    first = np.array([np.flatnonzero(labels == c)[0] if sizes[c] else len(labels) for c in range(k)])
    return np.lexsort((first, -sizes))


def number_from_one(labels: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Labels 0 to k-1 -> 1 to k in the given order."""
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(1, len(order) + 1)
    return rank[labels]


def without_centroids(
    matrix: np.ndarray,
    densities: np.ndarray,
    labels: np.ndarray,
    k: int,
    *,
    centroid: str,
    restarts: tuple[Restart, ...],
    best: int,
    seed: int,
) -> Clustering:
    """A clustering made from the (n, n) distances alone, with `labels` 0 to k-1 of the best restart.

    Its `distances` (n, k) are mean distances to the members of each group, the patient aside (0 for one alone); its
    `centroids` are the groups' mean densities, for display and for assigning new patients.
    """
    labels = number_from_one(labels, order_by_size(labels, k))
    member = np.eye(k)[labels - 1]
    sizes = member.sum(axis=0)
    return Clustering(
        distance="wasserstein",
        centroid=centroid,
        k=k,
        n=len(densities),
        labels=labels,
        sizes=tuple(sizes.astype(int).tolist()),
        centroids=(member.T @ densities) / sizes[:, None],
        distances=matrix @ member / np.maximum(sizes - member, 1),
        objective=restarts[best].objective,
        converged=restarts[best].converged,
        restarts=restarts,
        best_restart=best,
        share_at_best=share_at_best(restarts, best),
        seed=seed,
    )


def within_groups(cost: np.ndarray, labels: np.ndarray, k: int) -> float:
    """The sum over groups G (`labels` 0 to k-1) of sum_{i<j in G} cost_ij / |G|, for (n, n) symmetric `cost`."""
    member = np.eye(k)[labels]
    return float((np.einsum("ik,ik->k", member, cost @ member) / (2 * member.sum(axis=0))).sum())


def share_at_best(restarts: tuple[Restart, ...], best: int) -> float:
    """Share of the starts that found the best objective."""
    lowest = restarts[best].objective
    return float(np.mean([one.objective <= lowest * (1 + _SAME) + _SAME for one in restarts]))


def require_groups(values: np.ndarray, k: int, restarts: int, cap: int = 1) -> None:
    """Raise `Refused` for a senseless number, `NotEstimable` when (n, m) `values` cannot form `k` clusters."""
    problems = [
        Problem(f"{number} is too few.", name, f"Give at least {least}.")
        for name, number, least in (("k", k, 2), ("restarts", restarts, 1), ("cap", cap, 1))
        if number < least
    ]
    if problems:
        raise Refused(problems)
    distinct = len(np.unique(np.round(values, 12), axis=0))
    if distinct < k:
        raise NotEstimable(
            f"{k} clusters need {k} different profiles; the {len(values)} patients here have {distinct}.",
            "Ask for fewer clusters or widen the cohort.",
        )

"""How many clusters do the distances themselves suggest?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from core.compute import Progress, part, quiet
from core.errors import NotEstimable, Problem, Refused
from core.transport.clustering import Clustering
from core.transport.kmeans import Centroid, Start, wasserstein_kmeans
from core.transport.metric import Ground
from core.transport.wasserstein import w1_matrix


@dataclass(frozen=True)
class Silhouette:
    """How much nearer `n` patients are to their own cluster than to the next: 1 well apart, 0 between, below 0 astray.

    `per_patient` (n,); `per_cluster` the mean in each cluster, in order of its label.
    """

    k: int
    n: int
    mean: float
    per_patient: np.ndarray
    per_cluster: tuple[float, ...]


@dataclass(frozen=True)
class ChoiceOfK:
    """The silhouette for each number of clusters, and the number with the highest mean (`best_k`).

    `table` has a row per k: k, n, silhouette_mean, objective, sizes, smallest, converged, share_at_best. The
    clusterings and the (n, n) `distance_matrix` behind it are kept. `not_tried` are numbers too large for the patients
    that differ.
    """

    n: int
    best_k: int
    table: pd.DataFrame
    silhouettes: tuple[Silhouette, ...]
    clusterings: tuple[Clustering, ...]
    distance_matrix: np.ndarray
    not_tried: tuple[int, ...]


def silhouettes(distance_matrix: np.ndarray, labels_by_k: Mapping[int, np.ndarray]) -> tuple[Silhouette, ...]:
    """Silhouettes of several groupings of the same patients (Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7).

    `distance_matrix` (n, n); `labels_by_k` maps k to (n,) labels. With a the mean distance to the other members of
    the own cluster and b the least mean distance to another cluster, s = (b - a) / max(a, b), and 0 for a patient
    alone in a cluster. Raises `Refused` for a grouping of the wrong length or with fewer than two clusters.
    """
    return tuple(
        _silhouette(np.asarray(distance_matrix, dtype=float), k, np.asarray(labels_by_k[k])) for k in labels_by_k
    )


def choose_k(
    densities: np.ndarray,
    ground: Ground,
    ks: Sequence[int] = (2, 3, 4, 5, 6),
    *,
    centroid: Centroid = "mean",
    restarts: int = 20,
    seed: int = 0,
    cap: int = 100,
    start: Start = "k-means++",
    pairwise: np.ndarray | None = None,
    given: Mapping[int, Clustering] = MappingProxyType({}),
    progress: Progress = quiet,
) -> ChoiceOfK:
    """Which number of clusters separates the patients best, by the mean silhouette on the W1 distances?

    Parameters as for `wasserstein_kmeans`. The distances between patients are worked out once, and clusterings that are
    `given` for a k are taken as they are. Outcome plays no part.
    Raises `NotEstimable` when the patients are too few or too alike for any of `ks`.
    """
    if not ks or min(ks) < 2:
        raise Refused([Problem("Numbers of clusters start at 2.", "ks", "Give at least one, such as 2 to 6.")])
    distinct = len(np.unique(np.round(densities, 12), axis=0))
    possible = [k for k in ks if k < distinct]
    if not possible:
        raise NotEstimable(
            f"{len(densities)} patients with {distinct} different profiles are too few for {min(ks)} clusters or more.",
            "Widen the cohort.",
        )
    if pairwise is None:
        pairwise = w1_matrix(densities, ground, part(progress, 0.0, 0.3))
    clusterings = []
    for done, k in enumerate(possible):
        width = 0.7 / len(possible)
        tell = part(progress, 0.3 + width * done, width)
        if k in given:
            clusterings.append(given[k])
            tell(1.0, f"Clustering into {k}")
            continue
        clusterings.append(
            wasserstein_kmeans(
                densities, ground, k,
                centroid=centroid, restarts=restarts, seed=seed, cap=cap, start=start, pairwise=pairwise, progress=tell,
            )
        )  # fmt: skip
    found = silhouettes(pairwise, {one.k: one.labels for one in clusterings})
    table = pd.DataFrame(
        {
            "k": [one.k for one in clusterings],
            "n": [one.n for one in clusterings],
            "silhouette_mean": [one.mean for one in found],
            "objective": [one.objective for one in clusterings],
            "sizes": [one.sizes for one in clusterings],
            "smallest": [min(one.sizes) for one in clusterings],
            "converged": [one.converged for one in clusterings],
            "share_at_best": [one.share_at_best for one in clusterings],
        }
    )
    return ChoiceOfK(
        n=len(densities),
        best_k=int(table["k"].iloc[int(np.argmax(table["silhouette_mean"]))]),
        table=table,
        silhouettes=found,
        clusterings=tuple(clusterings),
        distance_matrix=pairwise,
        not_tried=tuple(k for k in ks if k not in possible),
    )


def _silhouette(matrix: np.ndarray, k: int, labels: np.ndarray) -> Silhouette:
    groups, member = np.unique(labels, return_inverse=True)
    if len(labels) != len(matrix) or len(groups) < 2:
        raise Refused([Problem("A silhouette needs every patient's cluster and two clusters.", f"k = {k}")])
    n = len(labels)
    indicator = np.eye(len(groups))[member]
    sizes = indicator.sum(axis=0)
    totals = matrix @ indicator
    own_size = sizes[member]
    own = totals[np.arange(n), member] / np.maximum(own_size - 1, 1)
    others = totals / sizes
    others[np.arange(n), member] = np.inf
    next_best = others.min(axis=1)
    larger = np.maximum(own, next_best)
    value = np.where((own_size > 1) & (larger > 0), (next_best - own) / np.where(larger > 0, larger, 1.0), 0.0)
    per_cluster = tuple(float(value[member == g].mean()) for g in range(len(groups)))
    return Silhouette(k, n, float(value.mean()), value, per_cluster)

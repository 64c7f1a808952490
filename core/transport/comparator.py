"""The plain alternative on the same features, and how far two groupings agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, generators, quiet
from core.errors import NotEstimable, Problem, Refused
from core.transport.clustering import (
    Clustering,
    Restart,
    number_from_one,
    order_by_size,
    require_groups,
    share_at_best,
)


@dataclass(frozen=True)
class LabelAgreement:
    """How far two groupings of the same `n` patients agree beyond chance: 1 the same, 0 as two random ones.

    `table` counts patients by the first grouping (rows) and the second (columns).
    """

    n: int
    adjusted_rand: float
    adjusted_mutual_information: float
    table: pd.DataFrame


def euclidean_kmeans(
    features: np.ndarray,
    k: int,
    *,
    restarts: int = 20,
    seed: int = 0,
    cap: int = 300,
    progress: Progress = quiet,
) -> Clustering:
    """Which `k` groups does ordinary k-means find in the same features, brought to mean 0 and standard deviation 1?

    `features` (n, m) without gaps, such as the raw values on the network's nodes; constant features say nothing and
    take no part in the distances. scikit-learn's k-means from `restarts` k-means++ starts (Arthur and Vassilvitskii
    2007). Centroids and distances are in standard deviations. Raises `Refused` for missing values, `NotEstimable`
    with fewer than `k` different patients.
    """
    from sklearn.cluster import KMeans

    values = np.asarray(features, dtype=float)
    if values.ndim != 2 or not np.all(np.isfinite(values)):
        raise Refused([Problem("A feature value is missing or infinite.", "features", "Leave those patients out.")])
    spread = values.std(axis=0)
    values = np.where(spread > 0, (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0), 0.0)
    require_groups(values, k, restarts, cap)
    models, ends = [], []
    for done, rng in enumerate(generators(seed, restarts), 1):
        model = KMeans(k, n_init=1, max_iter=cap, random_state=int(rng.integers(2**31 - 1))).fit(values)
        models.append(model)
        ends.append(Restart(float(model.inertia_), int(model.n_iter_), model.n_iter_ < cap))
        progress(done / restarts, f"Euclidean k-means with {k} clusters")
    best = int(np.argmin([end.objective for end in ends]))
    order = order_by_size(models[best].labels_, k)
    labels = number_from_one(models[best].labels_, order)
    centroids = models[best].cluster_centers_[order]
    return Clustering(
        distance="euclidean",
        centroid="mean",
        k=k,
        n=len(values),
        labels=labels,
        sizes=tuple(np.bincount(labels, minlength=k + 1)[1:].tolist()),
        centroids=centroids,
        distances=np.linalg.norm(values[:, None, :] - centroids[None], axis=2),
        objective=ends[best].objective,
        converged=ends[best].converged,
        restarts=tuple(ends),
        best_restart=best,
        share_at_best=share_at_best(tuple(ends), best),
        seed=seed,
    )


def label_agreement(first: np.ndarray, second: np.ndarray) -> LabelAgreement:
    """Do two groupings of the same patients agree? (n,) labels each, any names.

    Adjusted Rand index (Hubert and Arabie 1985, doi:10.1007/BF01908075) and adjusted mutual information (Vinh et al.
    2010, JMLR 11). Raises `Refused` for different lengths, `NotEstimable` for fewer than two patients.
    """
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    first, second = np.asarray(first), np.asarray(second)
    if first.shape != second.shape:
        raise Refused(
            [Problem(f"{len(first)} and {len(second)} labels.", "labels", "Give both for the same patients.")]
        )
    if len(first) < 2:
        raise NotEstimable("Agreement of groupings needs two patients.", "Widen the cohort.")
    return LabelAgreement(
        len(first),
        float(adjusted_rand_score(first, second)),
        float(adjusted_mutual_info_score(first, second)),
        pd.crosstab(pd.Series(first, name="first"), pd.Series(second, name="second")),
    )

"""Groups of patients whose distributions on a network are close in Wasserstein distance."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

import numpy as np

from core.compute import Progress, generators, part, quiet, spread
from core.errors import Problem, Refused
from core.transport.barycentre_kmeans import with_barycentres
from core.transport.beat import Beat
from core.transport.clustering import Clustering, number_from_one, order_by_size, require_groups, share_at_best
from core.transport.distance_kmeans import distance_kmeans
from core.transport.hierarchy import METHODS, linkage_clusters
from core.transport.lloyd import Run, descend, mean_start, mean_step, medoid_start, medoid_step
from core.transport.metric import Ground
from core.transport.nearest import NearestCentroids
from core.transport.wasserstein import checked, to_centroids, w1_matrix

Centroid = Literal["mean", "barycentre", "medoid", "distance", "ward", "average"]
Start = Literal["k-means++", "random"]


def wasserstein_kmeans(
    densities: np.ndarray,
    ground: Ground,
    k: int,
    *,
    centroid: Centroid = "mean",
    restarts: int = 20,
    seed: int = 0,
    cap: int = 100,
    start: Start = "k-means++",
    pairwise: np.ndarray | None = None,
    progress: Progress = quiet,
) -> Clustering:
    """Which `k` groups of patients make the sum of W1 distances to their group's centroid small?

    `densities` (n, m) rows summing to 1, `ground` the network. Every patient goes to the nearest centroid (W1, not
    squared; ties to the first); a centroid is the mean density of its members, as in Oh et al. 2021 (PMC8085581), or
    the member with the least sum of distances ("medoid"). A start ends when no patient moves or the objective changes
    by at most 1e-5, after at most `cap` rounds; the best of `restarts` is kept. An empty cluster is refilled with the
    patient farthest from its centroid. `pairwise` (n, n), when at hand, saves the medoids their distances.

    "barycentre" goes on from where the means came to rest, with centroids that make the sum of distances least
    (`with_barycentres`). There are no centroids with "distance", which makes squared distances within groups small
    (`distance_kmeans`), nor with "ward" and "average", which join groups (`linkage_clusters`); all from `pairwise`.

    The mean does not minimise the sum of W1, so a start may cycle (reported, lowest round kept), and no start is sure
    to be the optimum. Raises `NotEstimable` with fewer than `k` different patients, `Refused` for bad parameters.
    """
    values = checked(densities, ground)
    require_groups(values, k, restarts, cap)
    _require_known(centroid, start)
    plus_plus, matrix, gap, whole = start == "k-means++", pairwise, None, progress
    if centroid not in ("mean", "barycentre") and matrix is None:
        matrix = w1_matrix(values, ground, part(progress, 0.0, 0.9))
        progress = part(progress, 0.9, 0.1)
    if centroid == "distance":
        return distance_kmeans(
            matrix, k, densities=values, restarts=restarts, seed=seed, cap=cap, start=start, progress=progress
        )
    if centroid in METHODS:
        return linkage_clusters(matrix, k, densities=values, method=centroid)
    if centroid == "medoid":
        run = partial(_around_medoids, matrix, k, plus_plus, cap)
    else:
        beat = Beat(part(whole, 0.0, 0.3) if centroid == "barycentre" else whole)
        progress = beat.tell
        run = partial(_around_means, values, ground, k, plus_plus, cap, beat)
    runs = spread(run, generators(seed, restarts), progress, f"Clustering into {k}")
    if centroid == "barycentre":
        runs, gap = with_barycentres(values, ground, runs, cap, part(whole, 0.3, 0.7))
    return _best(runs, values, ground, centroid, seed, gap)


def as_published(
    densities: np.ndarray, ground: Ground, k: int = 2, *, seed: int = 0, progress: Progress = quiet
) -> Clustering:
    """The clustering of Oh et al. 2021 as its code runs it: one random start and mean centroids, here with a seed."""
    return wasserstein_kmeans(densities, ground, k, restarts=1, start="random", seed=seed, progress=progress)


def assign_to(
    densities: np.ndarray, clustering: Clustering, ground: Ground, progress: Progress = quiet
) -> tuple[np.ndarray, np.ndarray]:
    """Which frozen centroid is nearest to each new patient? -> (n,) labels from 1, (n, k) distances."""
    distances = to_centroids(densities, clustering.centroids, ground, progress)
    return distances.argmin(axis=1) + 1, distances


def _around_means(
    values: np.ndarray, ground: Ground, k: int, plus_plus: bool, cap: int, beat: Beat, rng: np.random.Generator
) -> Run:
    near = NearestCentroids(values, ground, k, beat)
    return descend(mean_start(near, k, plus_plus, rng), partial(mean_step, near), cap)


def _around_medoids(matrix: np.ndarray, k: int, plus_plus: bool, cap: int, rng: np.random.Generator) -> Run:
    return descend(medoid_start(matrix, k, plus_plus, rng), partial(medoid_step, matrix), cap)


def _best(
    runs: list[Run], values: np.ndarray, ground: Ground, centroid: str, seed: int, gap: float | None
) -> Clustering:
    restarts = tuple(run.restart for run in runs)
    best = int(np.argmin([restart.objective for restart in restarts]))
    state = runs[best].state
    k = len(state.centroids)
    order = order_by_size(state.labels, k)
    labels = number_from_one(state.labels, order)
    medoids = tuple(int(row) for row in state.centroids[order]) if centroid == "medoid" else None
    centroids = values[list(medoids)] if medoids is not None else state.centroids[order]
    return Clustering(
        distance="wasserstein",
        centroid=centroid,
        k=k,
        n=len(values),
        labels=labels,
        sizes=tuple(np.bincount(labels, minlength=k + 1)[1:].tolist()),
        centroids=centroids,
        distances=to_centroids(values, centroids, ground),
        objective=restarts[best].objective,
        converged=restarts[best].converged,
        restarts=restarts,
        best_restart=best,
        share_at_best=share_at_best(restarts, best),
        seed=seed,
        medoids=medoids,
        gap=gap,
    )


def _require_known(centroid: str, start: str) -> None:
    known = (("centroid", centroid, get_args(Centroid)), ("start", start, ("k-means++", "random")))
    problems = [
        Problem(f"Unknown {name} {given!r}.", name, f"Choose {' or '.join(choices)}.")
        for name, given, choices in known
        if given not in choices
    ]
    if problems:
        raise Refused(problems)

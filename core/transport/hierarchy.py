"""Clusters by joining the nearest groups again and again, from the distances between patients alone."""

from __future__ import annotations

import numpy as np

from core.errors import Problem, Refused
from core.transport.clustering import Clustering, Restart, require_groups, within_groups, without_centroids

METHODS = ("ward", "average")


def linkage_clusters(matrix: np.ndarray, k: int, *, densities: np.ndarray, method: str = "ward") -> Clustering:
    """Which `k` groups remain when every patient starts alone and the two nearest groups are joined until k are left?

    `matrix` (n, n) of W1 between patients with `densities` (n, m). "ward" joins the two groups whose union adds least
    to the sum of squared distances, by Ward's formula (1963, doi:10.1080/01621459.1963.10500845) as aWCluster does
    (Pouryahya et al. 2022, PMC9518829): W1 is not a straight-line distance, so this is Ward-like. "average" joins those
    with the least mean distance. Nothing is left to chance, and no join is undone.

    The result has one "restart" of n - k joins, whose objective is the sum over groups of squared distances within,
    divided by size, as `distance_kmeans` has it; the rest is as for `without_centroids`. Raises `Refused` for bad
    parameters, `NotEstimable` with fewer than `k` different patients.
    """
    from scipy.cluster.hierarchy import cut_tree, linkage
    from scipy.spatial.distance import squareform

    distances, values = np.asarray(matrix, dtype=float), np.asarray(densities, dtype=float)
    if method not in METHODS:
        raise Refused([Problem(f"Unknown linkage {method!r}.", "method", f"Choose {' or '.join(METHODS)}.")])
    if distances.shape != (len(values), len(values)) or not np.all(np.isfinite(distances)):
        raise Refused([Problem("This is no matrix of distances between these patients.", "matrix", "Use `w1_matrix`.")])
    require_groups(values, k, 1)
    joins = linkage(squareform((distances + distances.T) / 2, checks=False), method)
    labels = cut_tree(joins, n_clusters=k)[:, 0]
    end = Restart(within_groups(distances**2, labels, k), len(values) - k, True)
    return without_centroids(distances, values, labels, k, centroid=method, restarts=(end,), best=0, seed=0)

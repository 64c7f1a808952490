"""Which centroid is nearest to each patient, found with as few exact distances as can be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.transport.metric import Ground
from core.transport.wasserstein import w1, w1_dual

#: Bounds are trusted to this share of the network's diameter; closer calls are solved.
_TRUST = 1e-10


class NearestCentroids:
    """Exact assignments to `k` centroids that move, as k-means needs them round after round.

    Each distance solved leaves a lower bound for later rounds, so that most distances to far centroids are never
    solved (`solves` counts those that are). The answers are those of solving all of them, to the last bit:

    * tangent: the potential f of a solved pair (patient x, centroid c) gives f . (x - c') <= W1(x, c') at any later c';
    * triangle: W1(c, c') - W1(x, c) <= W1(x, c') between centroids (Elkan 2003, ICML);
    * node: |distances_j . (x - c)| <= W1(x, c), since the distance to a node j is itself a potential.

    `densities` (n, m) as from `checked`, on `ground`; `beat` is called before every solve.
    """

    def __init__(self, densities: np.ndarray, ground: Ground, k: int, beat: Callable[[], None]):
        n, m = densities.shape
        self.densities, self.ground, self.beat = densities, ground, beat
        self.to_nodes = densities @ ground.distances
        self.trust = _TRUST * ground.distances.max()
        self.centroids = np.full((k, m), np.nan)
        self.distances = np.zeros((n, k))
        self.solved = np.zeros((n, k), dtype=bool)
        self.lower = np.full((n, k), np.inf)
        self.potentials = np.zeros((n, k, m))
        self.placed = 0
        self.solves = 0

    def place(self, c: int, centroid: np.ndarray) -> None:
        """Put centroid `c` somewhere; one that stays keeps its solved distances. The first time, in order from 0."""
        if np.array_equal(centroid, self.centroids[c]):
            return
        potentials = self.potentials[:, c]
        tangent = np.einsum("nm,nm->n", potentials, self.densities) - potentials @ centroid
        node = np.abs(self.to_nodes - centroid @ self.ground.distances).max(axis=1)
        self.lower[:, c] = np.maximum(tangent, node)
        self.solved[:, c] = False
        self.centroids[c] = centroid
        self.placed = max(self.placed, c + 1)

    def assign(self, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """-> (n,) number of the nearest centroid placed so far, ties to the first, and (n,) distance to it.

        `guess` (n,) is where to look first: the previous answer.
        """
        everyone = np.arange(len(self.densities))
        self._solve(everyone, guess)
        best = self.distances[everyone, guess]
        self._bound_by_triangle(guess, best)
        while True:
            unsolved = np.where(self.solved, np.inf, self.lower)
            candidate = unsolved.argmin(axis=1)
            near = np.flatnonzero(unsolved[everyone, candidate] <= best + self.trust)
            if not len(near):
                break
            self._solve(near, candidate[near])
            best[near] = np.minimum(best[near], self.distances[near, candidate[near]])
        known = np.where(self.solved, self.distances, np.inf)
        labels = known.argmin(axis=1)
        return labels, known[everyone, labels]

    def _bound_by_triangle(self, nearest: np.ndarray, best: np.ndarray) -> None:
        between = np.zeros((self.placed, self.placed))
        for a in range(self.placed):
            for b in range(a):
                between[a, b] = between[b, a] = w1(self.centroids[a], self.centroids[b], self.ground)
        lower = self.lower[:, : self.placed]
        np.maximum(lower, between[nearest] - best[:, None], out=lower)

    def _solve(self, patients: np.ndarray, centroids: np.ndarray) -> None:
        for i, c in zip(patients, centroids, strict=True):
            if not self.solved[i, c]:
                self.beat()
                distance, self.potentials[i, c] = w1_dual(self.densities[i], self.centroids[c], self.ground)
                self.distances[i, c] = self.lower[i, c] = distance
                self.solved[i, c] = True
                self.solves += 1

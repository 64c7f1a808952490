"""Which centroid is nearest to each patient, found with as few exact distances as can be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.transport.metric import Ground
from core.transport.wasserstein import TRUST, Trees, as_alone_where_close, solve_pairs

#: So many patients are solved against every new centroid before all others, for what their potentials tell of them.
_SCOUTS = 16
#: Potentials kept for everybody, beside those of the nodes.
_POOL = 256


class NearestCentroids:
    """Exact assignments to `k` centroids that move, as k-means needs them round after round.

    A potential f of any solved pair bounds every other: |f . (x - c)| <= W1(x, c) (Kantorovich and Rubinstein). So
    most distances to far centroids are never solved (`solves` counts those that are):

    * pool: the distances to each node are a potential, and so are those of the first patients solved against each
      centroid, the scouts;
    * tangent: the potential of the last solve of the same patient and centroid, nearly exact when the centroid has
      moved a little.

    The labels are those of solving every pair by itself, ties to the first centroid included; distances agree with
    `w1` up to rounding. `densities` (n, m) as from `checked`, on `ground`; `beat` is called several times a second.
    """

    def __init__(self, densities: np.ndarray, ground: Ground, k: int, beat: Callable[[], None]):
        n, m = densities.shape
        self.densities, self.ground, self.beat = densities, ground, beat
        self.trust = TRUST * ground.distances.max()
        self.centroids = np.full((k, m), np.nan)
        self.distances = np.zeros((n, k))
        self.solved = np.zeros((n, k), dtype=bool)
        self.lower = np.full((n, k), np.inf)
        self.potentials = np.zeros((n, k, m))
        self.pool = ground.distances
        self.in_pool = densities @ self.pool.T
        self.trees = Trees(n, k, ground)
        self.placed = self.scouted = 0
        self.solves = 0

    def place(self, c: int, centroid: np.ndarray) -> None:
        """Put centroid `c` somewhere; one that stays keeps its solved distances. The first time, in order from 0."""
        if np.array_equal(centroid, self.centroids[c]):
            return
        potentials = self.potentials[:, c]
        tangent = np.einsum("nm,nm->n", potentials, self.densities) - potentials @ centroid
        self.lower[:, c] = np.maximum(tangent, np.abs(self.in_pool - self.pool @ centroid).max(axis=1))
        self.solved[:, c] = False
        self.centroids[c] = centroid
        self.placed = max(self.placed, c + 1)

    def assign(self, guess: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """-> (n,) number of the nearest centroid placed so far, ties to the first, and (n,) distance to it.

        `guess` (n,) is where to look first: the previous answer.
        """
        everyone = np.arange(len(self.densities))
        while self.scouted < self.placed:
            self._scout(self.scouted)
            self.scouted += 1
        if guess is None:
            guess = self.lower.argmin(axis=1)
        self._solve(everyone, guess)
        best = self.distances[everyone, guess]
        while True:
            unsolved = np.where(self.solved, np.inf, self.lower)
            candidate = unsolved.argmin(axis=1)
            near = np.flatnonzero(unsolved[everyone, candidate] <= best + self.trust)
            if not len(near):
                break
            self._solve(near, candidate[near])
            best[near] = np.minimum(best[near], self.distances[near, candidate[near]])
        known = np.where(self.solved, self.distances, np.inf)
        as_alone_where_close(known, self.densities, self.centroids, self.ground)
        labels = known.argmin(axis=1)
        return labels, known[everyone, labels]

    def _scout(self, c: int) -> None:
        """Learn about a new centroid from patients spread over the cohort, for all patients."""
        n, room = len(self.densities), _POOL + self.ground.m - len(self.pool)
        scouts = np.unique(np.linspace(0, n - 1, min(n, _SCOUTS, max(room, 0)), dtype=np.intp))
        self._solve(scouts, np.full(len(scouts), c))
        found = self.potentials[scouts, c]
        in_found = self.densities @ found.T
        self.pool, self.in_pool = np.concatenate([self.pool, found]), np.concatenate([self.in_pool, in_found], axis=1)
        told = np.abs(in_found - found @ self.centroids[c]).max(axis=1, initial=0.0)
        np.maximum(self.lower[:, c], told, out=self.lower[:, c], where=~self.solved[:, c])

    def _solve(self, patients: np.ndarray, centroids: np.ndarray) -> None:
        new = ~self.solved[patients, centroids]
        i, c = patients[new], centroids[new]
        distances, potentials, _ = solve_pairs(
            self.densities, self.centroids, i, c, self.ground, potentials=True, trees=self.trees, beat=self.beat
        )
        self.distances[i, c] = self.lower[i, c] = distances
        self.potentials[i, c] = potentials
        self.solved[i, c] = True
        self.solves += len(i)

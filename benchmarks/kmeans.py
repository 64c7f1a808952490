"""Wasserstein k-means: 321 patients on a network of about 60 features, three clusters, POT alone."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from benchmarks.claim import Row, faster, in_turns, seconds, within
from benchmarks.studies import library_with
from core.cohort.expression import EVERYBODY
from core.compute import generators, in_threads
from core.network.graph import largest_component
from core.network.sparse import ebic_network
from core.transport.density import densities, learn_scaling
from core.transport.kmeans import wasserstein_kmeans
from core.transport.lloyd import descend, mean_start, mean_step
from core.transport.metric import Ground, hop_ground

K, RESTARTS, FEW, SEED = 3, 20, 2, 0
#: With this cut the largest component of the network of hn_tcia has about 60 features.
EDGE = 0.19


@cache
def patients_on_network() -> tuple[np.ndarray, Ground]:
    """Densities (321, about 60) of the patients of hn_tcia on their own network, and the network."""
    table = library_with("hn_tcia").open("hn_tcia").features(EVERYBODY, "features")
    graph = largest_component(ebic_network(table, gamma=0.25, threshold=False, edge=EDGE).graph)
    nodes = table[list(graph.names)]
    return densities(nodes, learn_scaling(nodes, "unit")).values, hop_ground(len(graph.names), graph.edges)


def twenty_restarts(claim: str) -> Row:
    """Seconds for 20 restarts from k-means++ starts."""
    values, ground = patients_on_network()
    wasserstein_kmeans(values[:30], ground, K, restarts=1)  # loads POT
    taken = seconds(lambda: wasserstein_kmeans(values, ground, K, restarts=RESTARTS, seed=SEED))
    return within(claim, taken, 20, "s", f"n = {len(values)}, {ground.m} nodes")


class EveryDistance:
    """What `NearestCentroids` does, without its bounds: `ot.emd2` for every patient and centroid in every round."""

    def __init__(self, values: np.ndarray, ground: Ground, k: int):
        self.densities, self.ground = values, ground
        self.centroids = np.full((k, values.shape[1]), np.nan)
        self.placed = 0

    def place(self, c: int, centroid: np.ndarray) -> None:
        self.centroids[c] = centroid
        self.placed = max(self.placed, c + 1)

    def assign(self, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        import ot

        placed = self.centroids[: self.placed]
        distances = np.array(
            [[ot.emd2(density, centre, self.ground.distances) for centre in placed] for density in self.densities]
        )
        return distances.argmin(axis=1), distances.min(axis=1)


def against_plain_loop(claim: str) -> Row:
    """Both ways from the same starts, in as many threads; they must end at the same sums of distances."""
    values, ground = patients_on_network()
    sums: dict[str, list[float]] = {}

    def plain() -> None:
        def run(rng: np.random.Generator) -> float:
            near = EveryDistance(values, ground, K)
            return descend(mean_start(near, K, True, rng), partial(mean_step, near), 100).restart.objective

        sums["plain"] = in_threads(run, generators(SEED, FEW))

    def ours() -> None:
        found = wasserstein_kmeans(values, ground, K, restarts=FEW, seed=SEED)
        sums["ours"] = [restart.objective for restart in found.restarts]

    baseline, candidate = in_turns(plain, ours, 2)
    if not np.allclose(sums["plain"], sums["ours"], rtol=1e-9):
        raise ValueError(f"the two ways end at different sums: {sums}")
    return faster(claim, baseline, candidate, 2, f"{FEW} restarts each; equal sums of distances to 1e-9")


CLAIMS = {
    "W1 k-means of 321 patients (hn_tcia), k = 3, 20 restarts": twenty_restarts,
    "the same k-means against a plain loop of ot.emd2": against_plain_loop,
}

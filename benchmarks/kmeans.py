"""Wasserstein k-means of a real study: 321 patients on a network of about 60 features, three clusters."""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.claim import Row, seconds, within
from benchmarks.studies import library_with
from benchmarks.transport import against_plain, ready
from core.cohort.expression import EVERYBODY
from core.network.graph import largest_component
from core.network.sparse import ebic_network
from core.transport.density import densities, learn_scaling
from core.transport.kmeans import wasserstein_kmeans
from core.transport.metric import Ground, hop_ground

K, RESTARTS, SEED = 3, 20, 0
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
    ready()
    taken = seconds(lambda: wasserstein_kmeans(values, ground, K, restarts=RESTARTS, seed=SEED))
    return within(claim, taken, 10, "s", f"n = {len(values)}, {ground.m} nodes, E = {len(ground.edges)}")


def single_run(claim: str) -> Row:
    """One start, one thread each."""
    return against_plain(claim, *patients_on_network(), K, 10)


CLAIMS = {
    "W1 k-means of 321 patients (hn_tcia), k = 3, 20 restarts": twenty_restarts,
    "the same k-means, one start, against a plain loop of ot.emd2": single_run,
}

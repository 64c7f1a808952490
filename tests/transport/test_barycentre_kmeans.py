from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import random_densities, random_network

from core.compute import quiet
from core.errors import Abandoned
from core.transport.barycentre import EXACT_BELOW, barycentre
from core.transport.barycentre_kmeans import descend
from core.transport.beat import Beat
from core.transport.comparator import label_agreement
from core.transport.kmeans import wasserstein_kmeans
from core.transport.metric import hop_ground, weighted_ground
from core.transport.wasserstein import to_centroids

few = settings(deadline=None, derandomize=True, max_examples=8)


def world(seed, n, m, groups=3, weighted=False):
    rng = np.random.default_rng(seed)
    edges = random_network(rng, m, m // 2)
    ground = weighted_ground(m, edges, rng.uniform(0.1, 0.9, len(edges))) if weighted else hop_ground(m, edges)
    return random_densities(rng, n, m, groups), ground


@few
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([0, EXACT_BELOW]))
def test_no_round_raises_the_sum_of_distances(seed, weighted, exact_below):
    densities, ground = world(seed, 18, 7, weighted=weighted)
    labels = np.random.default_rng(seed).permutation(np.arange(18) % 3)
    go = partial(descend, densities, ground, beat=Beat(quiet), exact_below=exact_below, tolerance=0.05)
    ends = [go(labels, cap=cap) for cap in range(1, 6)]
    sums = [end.state.objective for end in ends]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(sums))
    assert ends[-1].rested or ends[-1].rounds == 5
    for end in ends:
        assert end.state.objective == pytest.approx(
            to_centroids(densities, end.state.centroids, ground).min(axis=1).sum()
        )
        assert end.state.objective <= sum(centre.value for centre in end.centres) + 1e-12


@few
@given(st.integers(0, 10_000), st.integers(2, 3))
def test_every_start_ends_at_or_below_the_means(seed, k):
    densities, ground = world(seed, 20, 6)
    means = wasserstein_kmeans(densities, ground, k, restarts=3, seed=seed)
    found = wasserstein_kmeans(densities, ground, k, centroid="barycentre", restarts=3, seed=seed)
    assert len(found.restarts) == 3
    for mean, barycentric in zip(means.restarts, found.restarts, strict=True):
        assert barycentric.objective <= mean.objective + 1e-12


def test_a_clustering_is_consistent_and_its_gap_is_certified():
    densities, ground = world(3, 40, 9)
    found = wasserstein_kmeans(densities, ground, 3, centroid="barycentre", restarts=5, seed=1)
    assert found.centroid == "barycentre" and found.converged and found.medoids is None
    assert found.gap < 1e-7, "small enough for the linear program"
    assert found.objective == pytest.approx(found.distances.min(axis=1).sum(), abs=1e-12)
    np.testing.assert_allclose(found.distances[np.arange(40), found.labels - 1], found.distances.min(axis=1), atol=1e-9)
    own = [barycentre(densities[found.labels == label], ground).value for label in (1, 2, 3)]
    assert sum(own) == pytest.approx(found.objective, rel=1e-7)
    assert found.share_at_best == np.mean([r.objective <= found.objective * (1 + 1e-9) for r in found.restarts])


def test_planted_groups_are_found_and_the_seed_decides():
    densities, ground = world(8, 45, 10)
    one, two = (wasserstein_kmeans(densities, ground, 3, centroid="barycentre", restarts=4, seed=2) for _ in range(2))
    assert one.restarts == two.restarts and np.array_equal(one.labels, two.labels)
    mean = wasserstein_kmeans(densities, ground, 3, restarts=4, seed=2)
    assert label_agreement(one.labels, mean.labels).adjusted_rand > 0.5


def test_a_group_that_comes_out_empty_is_refilled():
    ground = hop_ground(4, np.array([[0, 1], [1, 2], [2, 3]]))
    densities = np.array([[1.0, 0, 0, 0]] * 9 + [[0, 0, 0.5, 0.5], [0, 0, 0, 1], [0, 1, 0, 0]])
    labels = np.array([0, 1] * 4 + [0] + [2, 2, 2])
    end = descend(densities, ground, labels, cap=20, beat=Beat(quiet), exact_below=EXACT_BELOW, tolerance=1e-3)
    assert end.rested and len(set(end.state.labels)) == 3
    assert end.state.objective <= 1.0 + 1e-9


def test_it_can_be_abandoned():
    densities, ground = world(9, 30, 8)

    def impatient(share, text=""):
        if share > 0.3:
            raise Abandoned("enough")

    with pytest.raises(Abandoned):
        wasserstein_kmeans(densities, ground, 3, centroid="barycentre", restarts=3, progress=impatient)

from itertools import product

import numpy as np
import pytest
from sklearn.cluster import KMeans
from small_networks import random_densities, random_network

from core.errors import NotEstimable, Refused
from core.transport.comparator import label_agreement
from core.transport.distance_kmeans import distance_kmeans
from core.transport.metric import hop_ground
from core.transport.wasserstein import w1_matrix


def world(seed, n, m, groups=2):
    rng = np.random.default_rng(seed)
    ground = hop_ground(m, random_network(rng, m, m // 2))
    densities = random_densities(rng, n, m, groups)
    return densities, w1_matrix(densities, ground)


def within(matrix, labels, power):
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return sum((matrix[np.ix_(own, own)] ** power).sum() / (2 * len(own)) for own in groups)


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize(("seed", "n", "k"), [(1, 8, 2), (2, 8, 3), (3, 7, 3), (4, 9, 2)])
def test_the_optimum_over_all_groupings_is_found(seed, n, k, power):
    densities, matrix = world(seed, n, 6)
    every = (np.array((0, *rest)) for rest in product(range(k), repeat=n - 1))
    least = min(within(matrix, labels, power) for labels in every if len(set(labels)) == k)
    found = distance_kmeans(matrix, k, densities=densities, power=power, restarts=20)
    assert found.objective == pytest.approx(least) == pytest.approx(within(matrix, found.labels, power))


def test_on_straight_line_distances_it_is_ordinary_kmeans():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 3)) + rng.normal(size=(4, 3))[np.arange(60) % 4] * 3
    matrix = np.linalg.norm(points[:, None] - points[None], axis=2)
    ours = distance_kmeans(matrix, 4, densities=points)
    theirs = KMeans(4, n_init=20, random_state=0).fit(points)
    assert ours.objective == pytest.approx(theirs.inertia_)
    assert label_agreement(ours.labels, theirs.labels_).adjusted_rand == 1


def test_no_single_move_helps_and_every_start_is_kept():
    densities, matrix = world(5, 40, 10, 3)
    found = distance_kmeans(matrix, 3, densities=densities, restarts=6, seed=2)
    assert found.converged and len(found.restarts) == 6 and found.objective == min(r.objective for r in found.restarts)
    for patient, label in product(range(40), (1, 2, 3)):
        moved = found.labels.copy()
        moved[patient] = label
        assert within(matrix, moved, 2) >= found.objective - 1e-9


def test_what_the_result_says():
    densities, matrix = world(6, 25, 8, 2)
    found = distance_kmeans(matrix, 2, densities=densities, seed=1)
    assert found.centroid == "distance" and found.medoids is None and sum(found.sizes) == 25
    for label in (1, 2):
        own = found.labels == label
        np.testing.assert_allclose(found.centroids[label - 1], densities[own].mean(axis=0))
        for patient in range(25):
            others = own & (np.arange(25) != patient)
            assert found.distances[patient, label - 1] == pytest.approx(matrix[patient, others].mean())


def test_the_seed_decides():
    densities, matrix = world(7, 30, 8, 3)
    one, two = (distance_kmeans(matrix, 3, densities=densities, restarts=3, seed=9) for _ in range(2))
    assert one.restarts == two.restarts and np.array_equal(one.labels, two.labels)
    other = distance_kmeans(matrix, 3, densities=densities, restarts=3, seed=9, start="random")
    assert other.objective == pytest.approx(within(matrix, other.labels, 2))


def test_copies_leave_no_group_empty():
    densities = np.array([[1.0, 0, 0]] * 9 + [[0, 1, 0], [0, 0, 1]])
    matrix = w1_matrix(densities, hop_ground(3, np.array([[0, 1], [1, 2]])))
    found = distance_kmeans(matrix, 3, densities=densities, start="random", restarts=8)
    assert found.sizes == (9, 1, 1) and found.objective == 0
    assert any(restart.reseeded for restart in found.restarts)


def test_refusals():
    densities, matrix = world(8, 6, 5)
    with pytest.raises(Refused, match="no matrix"):
        distance_kmeans(matrix[:5], 2, densities=densities)
    with pytest.raises(Refused, match="power") as caught:
        distance_kmeans(matrix, 2, densities=densities, power=0, start="middle")
    assert len(caught.value.problems) == 2
    with pytest.raises(NotEstimable, match="different profiles"):
        distance_kmeans(np.zeros((3, 3)), 2, densities=np.ones((3, 2)) / 2)

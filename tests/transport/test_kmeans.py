import pickle

import numpy as np
import pytest
from small_networks import random_densities, random_network

from core import compute
from core.compute import generators
from core.errors import Abandoned, NotEstimable, Refused
from core.transport import kmeans, wasserstein
from core.transport.clustering import Restart
from core.transport.comparator import label_agreement
from core.transport.kmeans import as_published, assign_to, wasserstein_kmeans
from core.transport.lloyd import State, descend
from core.transport.metric import hop_ground, weighted_ground
from core.transport.nearest import NearestCentroids
from core.transport.wasserstein import w1, w1_matrix


def plain_distances(densities, centroids, ground):
    return np.array([[w1(density, centroid, ground) for centroid in centroids] for density in densities])


def plain_start(densities, ground, k, plus_plus, rng):
    n = len(densities)
    if not plus_plus:
        return densities[rng.choice(n, k, replace=False)]
    chosen = [rng.integers(n)]
    while len(chosen) < k:
        best = plain_distances(densities, densities[chosen], ground).min(axis=1)
        chosen.append(rng.choice(n, p=best / best.sum()))
    return densities[chosen]


def plain_kmeans(densities, ground, k, plus_plus, rng, cap=100):
    """k-means as written down: every distance solved in every round; for starts that leave no cluster empty."""
    centroids = plain_start(densities, ground, k, plus_plus, rng)
    labels, last, final, lowest, seen = None, np.inf, False, (np.inf, None), set()
    for rounds in range(cap + 1):
        distances = plain_distances(densities, centroids, ground)
        before, labels = labels, distances.argmin(axis=1)
        objective = distances.min(axis=1).sum()
        if final or (rounds and np.array_equal(labels, before)):
            return objective, labels, True, rounds
        lowest = min(lowest, (objective, labels.tolist()))
        final = abs(last - objective) <= 1e-5
        if not final and labels.tobytes() in seen:
            break
        seen.add(labels.tobytes())
        last = objective
        assert len(set(labels)) == k, "this start leaves a cluster empty"
        centroids = np.array([densities[labels == c].mean(axis=0) for c in range(k)])
    return lowest[0], np.array(lowest[1]), False, rounds


def world(seed, n, m, groups, weighted=False):
    rng = np.random.default_rng(seed)
    edges = random_network(rng, m, m // 2)
    ground = weighted_ground(m, edges, rng.uniform(0.1, 0.9, len(edges))) if weighted else hop_ground(m, edges)
    return random_densities(rng, n, m, groups), ground


@pytest.mark.parametrize("start", ["k-means++", "random"])
@pytest.mark.parametrize(
    ("seed", "n", "m", "k", "weighted"), [(1, 40, 12, 3, False), (2, 60, 8, 4, True), (3, 30, 20, 2, False)]
)
def test_the_shortcuts_change_nothing(seed, n, m, k, weighted, start):
    densities, ground = world(seed, n, m, k, weighted)
    found = wasserstein_kmeans(densities, ground, k, restarts=5, seed=seed, start=start)
    plain = [plain_kmeans(densities, ground, k, start == "k-means++", rng) for rng in generators(seed, 5)]
    assert [one.objective for one in found.restarts] == pytest.approx([one[0] for one in plain], abs=1e-12)
    assert [one.converged for one in found.restarts] == [one[2] for one in plain]
    assert [one.rounds for one in found.restarts] == [one[3] for one in plain]
    best = plain[found.best_restart][1]
    assert found.objective == pytest.approx(min(one[0] for one in plain), abs=1e-12)
    assert len(set(zip(best, found.labels, strict=True))) == k, "the same groups, whatever their numbers"


def test_most_distances_are_never_solved():
    densities, ground = world(5, 80, 12, 4)
    near = NearestCentroids(densities, ground, 4, lambda: None)
    labels = np.zeros(80, dtype=int)
    for c in range(4):
        near.place(c, densities[c])
    labels, _ = near.assign(labels)
    near.solves = 0
    for _ in range(4):
        for c in range(4):
            near.place(c, densities[labels == c].mean(axis=0))
        labels, best = near.assign(labels)
        full = plain_distances(densities, near.centroids, ground)
        assert np.array_equal(labels, full.argmin(axis=1))
        np.testing.assert_allclose(best, full.min(axis=1), rtol=0, atol=1e-13)
    assert near.solves < 0.5 * 4 * 80 * 4


@pytest.mark.parametrize("by_pot", [False, True])
def test_ties_go_to_the_first_centroid_as_when_every_pair_is_solved(monkeypatch, by_pot):
    """A few patterns on a ring, so that most patients are as far from one centroid as from another."""
    if by_pot:
        monkeypatch.setattr(wasserstein, "compiled", lambda: None)
    rng = np.random.default_rng(3)
    ground = hop_ground(6, np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 0]]))
    densities = rng.multinomial(3, np.full(6, 1 / 6), size=50) / 3
    near, labels, ties = NearestCentroids(densities, ground, 3, lambda: None), None, 0
    for _ in range(4):
        for c, centroid in enumerate(densities[rng.choice(50, 3, replace=False)]):
            near.place(c, centroid)
        labels, best = near.assign(labels)
        full = plain_distances(densities, near.centroids, ground)
        assert np.array_equal(labels, full.argmin(axis=1)) and np.array_equal(near.assign(labels)[0], labels)
        np.testing.assert_allclose(best, full.min(axis=1), atol=1e-13)
        ties += np.sum(np.sum(full <= full.min(axis=1, keepdims=True) + 1e-12, axis=1) > 1)
    assert ties > 20


def test_a_clustering_is_consistent_and_numbered_by_size():
    densities, ground = world(7, 45, 10, 3)
    found = wasserstein_kmeans(densities, ground, 3, restarts=6, seed=1)
    assert found.n == 45 and sum(found.sizes) == 45 and list(found.sizes) == sorted(found.sizes, reverse=True)
    assert np.array_equal(found.labels, found.distances.argmin(axis=1) + 1)
    assert found.objective == pytest.approx(found.distances.min(axis=1).sum(), abs=1e-12)
    for cluster in (1, 2, 3):
        np.testing.assert_allclose(
            found.centroids[cluster - 1], densities[found.labels == cluster].mean(axis=0), atol=1e-15
        )
    labels, distances = assign_to(densities, found, ground)
    assert np.array_equal(labels, found.labels) and np.array_equal(distances, found.distances)
    assert len(found.restarts) == 6 and 0 < found.share_at_best <= 1


def test_planted_groups_are_found():
    rng = np.random.default_rng(0)
    ground = hop_ground(6, np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]))
    truth = np.repeat([0, 1], 10)
    mass = np.where(truth[:, None] == 0, [6, 4, 1, 0.2, 0.1, 0.1], [0.1, 0.1, 0.2, 1, 4, 6]) * rng.uniform(
        0.5, 1.5, (20, 6)
    )
    densities = mass / mass.sum(axis=1, keepdims=True)
    for centroid in ("mean", "medoid"):
        found = wasserstein_kmeans(densities, ground, 2, centroid=centroid, restarts=3)
        assert label_agreement(found.labels, truth).adjusted_rand == 1


def test_the_same_whatever_the_threads(monkeypatch):
    densities, ground = world(9, 30, 9, 2)
    one = wasserstein_kmeans(densities, ground, 2, restarts=4, seed=3)
    monkeypatch.setattr(compute, "workers", lambda: 1)
    two = wasserstein_kmeans(densities, ground, 2, restarts=4, seed=3)
    assert one.restarts == two.restarts and np.array_equal(one.labels, two.labels)
    assert np.array_equal(one.centroids, two.centroids)


def test_a_start_can_be_worked_out_in_another_process():
    """What `spread` sends to a cluster: the whole work of one start, and its answer."""
    densities, ground = world(9, 30, 9, 2)
    sent = []

    def sending(function, items, progress, text):
        for rng in items:
            work, own = pickle.loads(pickle.dumps((function, rng)))
            sent.append(pickle.loads(pickle.dumps(work(own))))
        return sent

    here = wasserstein_kmeans(densities, ground, 2, restarts=3, seed=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kmeans, "spread", sending)
        there = wasserstein_kmeans(densities, ground, 2, restarts=3, seed=3)
    assert len(sent) == 3 and there.restarts == here.restarts and np.array_equal(there.labels, here.labels)


def test_the_same_clusters_where_pot_solves(monkeypatch):
    densities, ground = world(21, 30, 9, 3, weighted=True)
    compiled = wasserstein_kmeans(densities, ground, 3, restarts=3, seed=5)
    monkeypatch.setattr(wasserstein, "compiled", lambda: None)
    by_pot = wasserstein_kmeans(densities, ground, 3, restarts=3, seed=5)
    assert np.array_equal(by_pot.labels, compiled.labels)
    assert by_pot.objective == pytest.approx(compiled.objective, abs=1e-12)


def test_medoids_are_patients_and_equal_a_plain_alternation():
    densities, ground = world(11, 25, 8, 3)
    matrix = w1_matrix(densities, ground)
    found = wasserstein_kmeans(densities, ground, 3, centroid="medoid", restarts=4, seed=2)
    again = wasserstein_kmeans(densities, ground, 3, centroid="medoid", restarts=4, seed=2, pairwise=matrix)
    assert np.array_equal(found.labels, again.labels) and found.medoids == again.medoids
    assert np.array_equal(found.centroids, densities[list(found.medoids)])
    for cluster, medoid in enumerate(found.medoids, 1):
        own = np.flatnonzero(found.labels == cluster)
        sums = matrix[np.ix_(own, own)].sum(axis=0)
        assert medoid in own and sums.min() == pytest.approx(matrix[own, medoid].sum())


def test_as_published_is_one_random_start():
    densities, ground = world(13, 20, 7, 2)
    found = as_published(densities, ground, seed=4)
    assert (found.k, found.centroid, len(found.restarts)) == (2, "mean", 1)
    plain = plain_kmeans(densities, ground, 2, False, generators(4, 1)[0])
    assert found.objective == pytest.approx(plain[0], abs=1e-12)


@pytest.mark.parametrize("centroid", ["mean", "medoid"])
def test_an_empty_cluster_gets_the_farthest_patient(centroid):
    """Nine of twelve patients are the same one, so random starts put centroids on top of each other."""
    ground = hop_ground(4, np.array([[0, 1], [1, 2], [2, 3]]))
    densities = np.array([[1.0, 0, 0, 0]] * 9 + [[0, 0, 0.5, 0.5], [0, 0, 0, 1], [0, 1, 0, 0]])
    found = wasserstein_kmeans(densities, ground, 3, restarts=8, start="random", centroid=centroid)
    assert any(one.reseeded for one in found.restarts)
    assert min(found.sizes) >= 1 and found.converged
    assert np.array_equal(found.labels, found.distances.argmin(axis=1) + 1)


def test_a_grouping_that_comes_back_ends_the_run_at_its_lowest_round():
    states = [State(np.array(labels), np.zeros((2, 1)), objective, 0) for labels, objective in
              (([0, 0, 1], 9.0), ([0, 1, 1], 5.0), ([1, 0, 1], 6.0))]  # fmt: skip
    following = {0: 1, 1: 2, 2: 1}

    def step(state):
        return states[following[next(i for i, one in enumerate(states) if one is state)]]

    run = descend(states[0], step, cap=100)
    assert run.restart == Restart(5.0, 3, converged=False, cycled=True) and run.state is states[1]
    assert descend(states[0], step, cap=1).restart == Restart(5.0, 1, converged=False, cycled=False)


def test_a_standstill_of_the_objective_ends_after_one_more_round():
    made = []

    def step(state):
        made.append(State(np.array([len(made), 1]), np.zeros((2, 1)), 4.0 + 1e-6 * len(made), 0))
        return made[-1]

    run = descend(State(np.array([7, 7]), np.zeros((2, 1)), 4.0, 0), step, cap=100)
    assert run.restart.converged and len(made) == 2 and run.state is made[1]


def test_too_few_patients_and_senseless_parameters():
    densities, ground = world(15, 10, 6, 1)
    with pytest.raises(NotEstimable, match="3 clusters need 3 different"):
        wasserstein_kmeans(np.repeat(densities[:2], 5, axis=0), ground, 3)
    for wrong in (
        {"k": 1},
        {"k": 2, "restarts": 0},
        {"k": 2, "cap": 0},
        {"k": 2, "centroid": "mode"},
        {"k": 2, "start": "x"},
    ):
        with pytest.raises(Refused):
            wasserstein_kmeans(densities, ground, **wrong)


@pytest.mark.parametrize("threads", [1, 2])
def test_abandoning_ends_the_work(monkeypatch, threads):
    densities, ground = world(17, 60, 15, 3)
    monkeypatch.setattr(compute, "workers", lambda: threads)

    def enough(share, text):
        raise Abandoned("enough")

    with pytest.raises(Abandoned):
        wasserstein_kmeans(densities, ground, 3, restarts=50, progress=enough)

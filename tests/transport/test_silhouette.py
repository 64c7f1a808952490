import numpy as np
import pytest
from small_networks import random_densities, random_network, reference

from core.errors import NotEstimable, Refused
from core.transport.metric import hop_ground
from core.transport.silhouette import choose_k, silhouettes


def test_equals_r_cluster():
    values = reference("silhouettes.csv")
    labels = {2: values[:, 0], 3: values[:, 1], 4: values[:, 2]}
    for column, one in enumerate(silhouettes(reference("w1_hop.csv"), labels), 3):
        np.testing.assert_allclose(one.per_patient, values[:, column], atol=1e-12)
        assert one.mean == pytest.approx(values[:, column].mean()) and one.n == 14


def test_per_cluster_means_and_identical_patients():
    matrix = np.kron(1 - np.eye(2), np.ones((3, 3)))
    (one,) = silhouettes(matrix, {2: np.array([1, 1, 1, 2, 2, 2])})
    assert one.per_cluster == (1.0, 1.0)
    (same,) = silhouettes(np.zeros((4, 4)), {2: np.array([1, 1, 2, 2])})
    assert same.mean == 0


@pytest.mark.parametrize("labels", [[1, 1, 1], [1, 2]])
def test_refused_groupings(labels):
    with pytest.raises(Refused):
        silhouettes(np.ones((3, 3)), {2: np.array(labels)})


def planted(groups, n):
    rng = np.random.default_rng(1)
    ground = hop_ground(9, random_network(rng, 9, 2))
    centre = np.eye(9)[[0, 4, 8]][np.arange(n) % groups] * 8 + 0.3
    mass = centre * rng.uniform(0.5, 1.5, (n, 9))
    return mass / mass.sum(axis=1, keepdims=True), ground


def test_the_planted_number_is_chosen_and_nothing_is_hidden():
    densities, ground = planted(3, 24)
    told = []
    choice = choose_k(densities, ground, (2, 3, 4), restarts=4, progress=lambda share, text: told.append(share))
    assert choice.best_k == 3 and choice.n == 24
    assert list(choice.table["k"]) == [2, 3, 4] == [one.k for one in choice.clusterings]
    assert choice.table["silhouette_mean"].tolist() == [one.mean for one in choice.silhouettes]
    assert all(sum(sizes) == 24 for sizes in choice.table["sizes"])
    assert told == sorted(told) and told[-1] == pytest.approx(1)
    assert choose_k(densities, ground, (3,), restarts=4, centroid="medoid").best_k == 3


def test_numbers_too_large_for_the_patients_are_named():
    rng = np.random.default_rng(2)
    densities, ground = random_densities(rng, 4, 9), planted(3, 9)[1]
    assert choose_k(densities, ground, (2, 3, 4, 5), restarts=2).not_tried == (4, 5)
    with pytest.raises(NotEstimable, match="too few"):
        choose_k(densities[:2], ground, (2, 3))
    with pytest.raises(Refused):
        choose_k(densities, ground, (1, 2))

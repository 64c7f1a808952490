import numpy as np
import pytest
from small_networks import reference

from core.errors import NotEstimable, Refused
from core.transport.comparator import euclidean_kmeans, label_agreement


def blobs():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [20, 14, 8])
    return truth, np.array([[0, 0], [9, 0], [0, 9]])[truth] * [1, 1000] + rng.normal(size=(42, 2)) * [1, 1000]


def test_planted_groups_are_found_on_any_scale_and_numbered_by_size():
    truth, values = blobs()
    found = euclidean_kmeans(values, 3, restarts=5, seed=1)
    assert np.array_equal(found.labels, truth + 1) and found.sizes == (20, 14, 8)
    assert found.distance == "euclidean" and found.converged and len(found.restarts) == 5
    assert found.objective == pytest.approx((found.distances.min(axis=1) ** 2).sum())
    assert np.array_equal(found.labels, euclidean_kmeans(values, 3, restarts=5, seed=1).labels)


def test_a_constant_feature_changes_nothing():
    _, values = blobs()
    with_constant = np.column_stack([values, np.full(len(values), 3.0)])
    assert euclidean_kmeans(with_constant, 3, restarts=3).objective == pytest.approx(
        euclidean_kmeans(values, 3, restarts=3).objective
    )


def test_refusals():
    with pytest.raises(Refused, match="missing"):
        euclidean_kmeans(np.array([[1.0], [np.nan]]), 2)
    with pytest.raises(NotEstimable, match="3 different"):
        euclidean_kmeans(np.array([[1.0], [1.0], [2.0]]), 3)


def test_agreement_equals_r_mclust():
    labels = reference("silhouettes.csv")
    rand = reference("adjusted_rand.csv")[0]
    two_three, two_alone = label_agreement(labels[:, 0], labels[:, 1]), label_agreement(labels[:, 0], labels[:, 2])
    assert [two_three.adjusted_rand, two_alone.adjusted_rand] == pytest.approx(rand.tolist())
    assert two_three.n == 14 and two_three.table.to_numpy().sum() == 14


def test_the_same_groups_under_other_names_agree_fully():
    found = label_agreement(np.array([1, 1, 2, 2]), np.array(["b", "b", "a", "a"]))
    assert found.adjusted_rand == 1 and found.adjusted_mutual_information == pytest.approx(1)
    with pytest.raises(Refused):
        label_agreement(np.array([1]), np.array([1, 2]))
    with pytest.raises(NotEstimable):
        label_agreement(np.array([1]), np.array([1]))

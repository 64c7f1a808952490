import numpy as np
import pytest
from small_networks import reference

from core.errors import NotEstimable, Refused
from core.transport.comparator import label_agreement
from core.transport.distance_kmeans import distance_kmeans
from core.transport.hierarchy import linkage_clusters


def world():
    return reference("w1_hop.csv"), reference("densities.csv")


@pytest.mark.parametrize(("method", "first"), [("ward", 0), ("average", 4)])
def test_equals_r_hclust(method, first):
    matrix, densities = world()
    for k, theirs in enumerate(reference("hierarchy.csv")[:, first : first + 4].T, 2):
        found = linkage_clusters(matrix, k, densities=densities, method=method)
        assert label_agreement(found.labels, theirs).adjusted_rand == 1
        assert found.n == 14 and sum(found.sizes) == 14 and list(found.sizes) == sorted(found.sizes, reverse=True)


def test_what_the_result_says():
    matrix, densities = world()
    found = linkage_clusters(matrix, 3, densities=densities)
    groups = [np.flatnonzero(found.labels == label) for label in (1, 2, 3)]
    within = sum((matrix[np.ix_(own, own)] ** 2).sum() / (2 * len(own)) for own in groups)
    assert found.objective == pytest.approx(within) and found.centroid == "ward"
    assert found.objective >= distance_kmeans(matrix, 3, densities=densities).objective - 1e-12
    for label, own in enumerate(groups):
        np.testing.assert_allclose(found.centroids[label], densities[own].mean(axis=0))
        others = np.setdiff1d(own, [0])
        assert found.distances[0, label] == pytest.approx(matrix[0, others].mean())
    assert found.restarts[0].rounds == 11 and found.share_at_best == 1


def test_refusals():
    matrix, densities = world()
    with pytest.raises(Refused, match="linkage"):
        linkage_clusters(matrix, 2, densities=densities, method="single")
    with pytest.raises(Refused, match="no matrix"):
        linkage_clusters(matrix[:4], 2, densities=densities)
    with pytest.raises(Refused, match="too few"):
        linkage_clusters(matrix, 1, densities=densities)
    with pytest.raises(NotEstimable, match="different profiles"):
        linkage_clusters(np.zeros((3, 3)), 2, densities=np.ones((3, 2)) / 2)

import numpy as np
import pytest
from small_networks import reference

from core.errors import NotEstimable, Refused
from core.transport.metric import edge_lengths, hop_ground, weighted_ground


def test_hops_on_a_square_with_a_tail():
    metric = hop_ground(5, np.array([[0, 1], [1, 2], [2, 3], [0, 3], [3, 4]])).distances
    assert metric.tolist() == [
        [0, 1, 2, 1, 2],
        [1, 0, 1, 2, 3],
        [2, 1, 0, 1, 2],
        [1, 2, 1, 0, 1],
        [2, 3, 2, 1, 0],
    ]
    assert metric.dtype == float and metric.flags.c_contiguous


def test_weighted_ground_equals_igraph():
    edges = reference("edges.csv")
    np.testing.assert_allclose(
        weighted_ground(9, edges[:, :2].astype(int), edges[:, 2]).distances,
        reference("weighted_metric.csv"),
        atol=1e-13,
    )


def test_a_strong_tie_is_short_and_the_median_edge_is_one():
    lengths = edge_lengths(np.array([0.2, -0.4, 0.8]))
    np.testing.assert_allclose(lengths, [2, 1, 0.5])


def test_a_network_in_parts_is_refused_with_the_remedy():
    with pytest.raises(NotEstimable, match=r"2 parts \(largest: 3 of 5 nodes\).*Take the largest connected part"):
        hop_ground(5, np.array([[0, 1], [1, 2], [3, 4]]))


@pytest.mark.parametrize("m", [0, 1])
def test_too_few_nodes(m):
    with pytest.raises(NotEstimable, match="no distances"):
        hop_ground(m, np.empty((0, 2), dtype=int))


@pytest.mark.parametrize("edges", [[[0, 0], [0, 1]], [[0, 1], [1, 0]], [[0, 2]], [[-1, 1]]])
def test_edges_that_make_no_simple_graph(edges):
    with pytest.raises(Refused):
        hop_ground(2, np.array(edges))


@pytest.mark.parametrize("weights", [[0.0], [np.nan], [0.3, 0.4]])
def test_weights_that_make_no_length(weights):
    with pytest.raises(Refused, match="weights"):
        weighted_ground(2, np.array([[0, 1]]), np.array(weights))

"""The graph that distances travel on."""

import numpy as np
import pytest

from core.network.graph import Graph, connected_parts, largest_component, layout


def example():
    #   b - a - d     e - c     f
    return Graph(tuple("abcdef"), np.array([[0, 1], [0, 3], [2, 4]]), np.array([0.5, 0.25, 0.9]))


def test_adjacency():
    adjacency = example().adjacency()
    assert adjacency.sum() == 6
    assert (adjacency == adjacency.T).all()
    assert example().adjacency(weighted=True)[3, 0] == 0.25


def test_parts_are_ordered_by_size_then_name():
    assert connected_parts(example()) == (("a", "b", "d"), ("c", "e"))
    even = Graph(("z", "y", "b", "c", "alone"), np.array([[0, 1], [2, 3]]), np.ones(2))
    assert connected_parts(even) == (("b", "c"), ("y", "z"))


def test_largest_component_keeps_its_edges_and_weights():
    largest = largest_component(example())
    assert largest.names == ("a", "b", "d")
    assert largest.edges.tolist() == [[0, 1], [0, 2]]
    assert largest.weights.tolist() == [0.5, 0.25]


def test_a_graph_without_edges():
    empty = Graph(("a", "b"), np.empty((0, 2)), np.empty(0))
    assert connected_parts(empty) == ()
    assert largest_component(empty).names == ()
    assert not empty.adjacency().any()
    assert layout(empty).shape == (2, 2)
    assert layout(largest_component(empty)).shape == (0, 2)


def test_subgraph_keeps_the_order_of_the_graph():
    part = example().subgraph(["d", "e", "c"])
    assert part.names == ("c", "d", "e")
    assert part.edges.tolist() == [[0, 2]]
    with pytest.raises(ValueError, match="Not in the graph: q"):
        example().subgraph(["a", "q"])


@pytest.mark.parametrize(
    ("names", "edges", "weights"),
    [(("a", "a"), [[0, 1]], [1]), (("a", "b"), [[1, 0]], [1]), (("a", "b"), [[0, 2]], [1]), (("a", "b"), [[0, 1]], [])],
)
def test_a_bad_graph_is_refused(names, edges, weights):
    with pytest.raises(ValueError, match=r"graph|edge"):
        Graph(names, np.array(edges), np.array(weights))


def test_layout_is_the_same_for_the_same_seed_and_keeps_parts_apart():
    graph = example()
    first, again = layout(graph, seed=3), layout(graph, seed=3)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first).max() <= 1
    distances = np.linalg.norm(first[:, None] - first[None, :], axis=-1)[np.triu_indices(6, 1)]
    assert distances.min() > 0.05

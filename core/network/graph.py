"""An undirected graph of features: what the distances between patients travel on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

#: Connected parts with more features are laid out from a coarser start, for the finer one takes minutes.
LARGE = 250


@dataclass(frozen=True)
class Graph:
    """Features and the undirected edges between them.

    `edges` holds index pairs into `names` (E x 2, each pair once, the smaller index first); `weights` the strength
    of each edge, positive (for a network of features the absolute partial correlation, 0 to 1).
    """

    names: tuple[str, ...]
    edges: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        edges = np.asarray(self.edges, dtype=np.intp).reshape(-1, 2)
        weights = np.asarray(self.weights, dtype=float).reshape(-1)
        if len(set(self.names)) != len(self.names):
            raise ValueError("The features of a graph have different names.")
        if len(edges) != len(weights):
            raise ValueError("A graph has one weight per edge.")
        if len(edges) and (edges.min() < 0 or edges.max() >= len(self.names) or (edges[:, 0] >= edges[:, 1]).any()):
            raise ValueError("An edge is a pair of different indices into the names, the smaller one first.")
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "weights", weights)

    def adjacency(self, weighted: bool = False) -> np.ndarray:
        """The symmetric p x p matrix of edges: 1 for an edge, or its weight; 0 for none."""
        matrix = np.zeros((len(self.names), len(self.names)))
        i, j = self.edges.T
        matrix[i, j] = matrix[j, i] = self.weights if weighted else 1.0
        return matrix

    def subgraph(self, names: Iterable[str]) -> Graph:
        """The graph of these features only (in this graph's order), with every edge between two of them."""
        wanted = set(names)
        unknown = sorted(wanted - set(self.names))
        if unknown:
            raise ValueError(f"Not in the graph: {', '.join(unknown)}.")
        inside = np.array([name in wanted for name in self.names], dtype=bool)
        position = np.cumsum(inside) - 1
        kept = inside[self.edges].all(axis=1)
        names = tuple(name for name, chosen in zip(self.names, inside, strict=True) if chosen)
        return Graph(names, position[self.edges[kept]], self.weights[kept])


def connected_parts(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """The sets of features that hang together, largest first; a feature without an edge is in none of them.

    Parts of equal size are ordered by their first name; names within a part are sorted.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    p = len(graph.names)
    i, j = graph.edges.T
    count, labels = connected_components(coo_array((np.ones(len(i)), (i, j)), shape=(p, p)), directed=False)
    members: list[list[str]] = [[] for _ in range(count)]
    for name, label in zip(graph.names, labels, strict=True):
        members[label].append(name)
    parts = [tuple(sorted(part)) for part in members if len(part) > 1]
    return tuple(sorted(parts, key=lambda part: (-len(part), part)))


def largest_component(graph: Graph) -> Graph:
    """The largest connected part of the graph with its edges; a graph without features when there is no edge."""
    parts = connected_parts(graph)
    return graph.subgraph(parts[0] if parts else ())


def layout(graph: Graph, seed: int = 0) -> np.ndarray:
    """Where to draw the features (p x 2, in the order of `names`, within -1 to 1): the same for the same seed.

    Each connected part is laid out by itself with springs that pull more where the weight is larger, starting from
    the distances along its edges; the parts are then packed in rows, the largest first, so that they never overlap.
    Features without an edge stand in the last rows.
    """
    place = {name: index for index, name in enumerate(graph.names)}
    parts = [*connected_parts(graph)]
    alone = sorted(set(graph.names).difference(*parts))
    blocks = [(part, _springs(graph.subgraph(part), seed) * np.sqrt(len(part))) for part in parts]
    blocks += [((name,), np.zeros((1, 2))) for name in alone]
    positions = np.zeros((len(graph.names), 2))
    widths = [1.0 + np.ptp(block[:, 0]) for _, block in blocks]
    row = max([*widths[:1], np.sqrt(sum(width * width for width in widths))], default=1.0)
    left = top = height = 0.0
    for (names, block), width in zip(blocks, widths, strict=True):
        if left and left + width > row:
            left, top, height = 0.0, top - height, 0.0
        corner = np.array([left + 0.5 - block[:, 0].min(), top - 0.5 - block[:, 1].max()])
        positions[[place[name] for name in names]] = block + corner
        left, height = left + width, max(height, 1.0 + np.ptp(block[:, 1]))
    if len(positions):
        positions -= (positions.max(axis=0) + positions.min(axis=0)) / 2
        positions /= max(np.abs(positions).max(), 1e-12)
    return positions


def _springs(graph: Graph, seed: int) -> np.ndarray:
    """Coordinates of one connected graph in the order of its names."""
    import networkx

    drawn = networkx.Graph()
    drawn.add_nodes_from(range(len(graph.names)))
    drawn.add_weighted_edges_from(
        (int(i), int(j), float(weight)) for (i, j), weight in zip(graph.edges, graph.weights, strict=True)
    )
    start = networkx.kamada_kawai_layout(drawn, weight=None) if len(graph.names) <= LARGE else _scaled(graph)
    spread = networkx.spring_layout(drawn, pos=start, seed=seed, iterations=30, method="force")
    block = np.array([spread[index] for index in range(len(graph.names))])
    return block - block.mean(axis=0)


def _scaled(graph: Graph) -> dict[int, np.ndarray]:
    """Places by classical scaling of the distances along the edges: for parts too large for anything finer."""
    from scipy.linalg import eigh
    from scipy.sparse.csgraph import shortest_path

    squared = shortest_path(graph.adjacency(), directed=False, unweighted=True) ** 2
    centred = -0.5 * (squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean())
    p = len(centred)
    values, vectors = eigh(centred, subset_by_index=[p - 2, p - 1])
    signs = np.where(vectors[np.abs(vectors).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    places = vectors * signs * np.sqrt(np.maximum(values, 0.0))
    return dict(enumerate(places / max(np.abs(places).max(), 1e-12)))

"""How far apart two features lie on a network: the ground on which patients are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable, Problem, Refused


@dataclass(frozen=True)
class Ground:
    """A connected network as the ground that mass travels on.

    `edges` (E, 2) are pairs of node numbers, the smaller first; `lengths` (E,) what a unit of mass pays to cross each;
    `distances` (m, m) the lengths of the shortest roads between nodes.
    """

    edges: np.ndarray
    lengths: np.ndarray
    distances: np.ndarray

    @property
    def m(self) -> int:
        """The number of nodes."""
        return len(self.distances)


def hop_ground(m: int, edges: np.ndarray) -> Ground:
    """How many edges lie between every two of `m` nodes? Each edge has length 1.

    `edges` is (E, 2) of node numbers. Raises `Refused` for edges that are not a simple graph, `NotEstimable` for a
    network in several parts. The metric of Oh et al. 2021 (PMC8085581).
    """
    edges = _checked(m, edges)
    return _ground(m, edges, np.ones(len(edges)))


def weighted_ground(m: int, edges: np.ndarray, weights: np.ndarray) -> Ground:
    """How far apart are the nodes when a strong tie is a short road?

    `edges` (E, 2) and `weights` (E,) as for `edge_lengths`; raises as `hop_ground` does.
    """
    edges = _checked(m, edges)
    return _ground(m, edges, edge_lengths(weights, len(edges)))


def edge_lengths(weights: np.ndarray, count: int | None = None) -> np.ndarray:
    """Lengths of edges from their partial correlations: 1/|partial|, divided by the median -> (E,).

    The median edge has length 1, so distances are on the scale of hops. Raises `Refused` for a weight that is zero
    or not a number, or for a number of weights other than `count`.
    """
    weights = np.abs(np.asarray(weights, dtype=float))
    if weights.ndim != 1 or (count is not None and len(weights) != count):
        raise Refused([Problem(f"{weights.size} weights for {count} edges.", "weights", "Give one per edge.")])
    if not np.all(np.isfinite(weights) & (weights > 0)):
        raise Refused([Problem("An edge has no partial correlation.", "weights", "Leave out edges of weight zero.")])
    lengths = 1 / weights
    return lengths / np.median(lengths) if len(lengths) else lengths


def _checked(m: int, edges: np.ndarray) -> np.ndarray:
    edges = np.asarray(edges).reshape(-1, 2)
    if m < 2:
        raise NotEstimable(
            f"A network of {m} node{'s' * (m != 1)} has no distances.",
            "Lower the edge threshold or choose another part.",
        )
    if len(edges) and (edges.min() < 0 or edges.max() >= m):
        raise Refused([Problem(f"An edge names a node outside 0 to {m - 1}.", "edges", "Number nodes from 0.")])
    ordered = np.sort(edges, axis=1)
    if np.any(ordered[:, 0] == ordered[:, 1]) or len(np.unique(ordered, axis=0)) != len(ordered):
        raise Refused([Problem("An edge is a loop or is given twice.", "edges", "Give each pair of nodes once.")])
    return ordered.astype(np.intp)


def _ground(m: int, edges: np.ndarray, lengths: np.ndarray) -> Ground:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components, shortest_path

    graph = coo_array((lengths, (edges[:, 0], edges[:, 1])), shape=(m, m)).tocsr()
    parts, member = connected_components(graph, directed=False)
    if parts > 1:
        sizes = np.sort(np.bincount(member))[::-1]
        raise NotEstimable(
            f"The network is in {parts} parts (largest: {sizes[0]} of {m} nodes) and no road joins them.",
            "Take the largest connected part.",
        )
    distances = np.ascontiguousarray(shortest_path(graph, directed=False))
    return Ground(edges, lengths, (distances + distances.T) / 2)

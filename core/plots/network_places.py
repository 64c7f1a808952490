"""Where the features of a network stand in a picture: laid out along their edges, then moved apart to be told apart."""

from __future__ import annotations

import numpy as np

from core.network.graph import Graph, layout

#: The least distance of two features, in units of the distance of as many features on a square grid.
LEAST = 0.72
#: Edges longer than this many least distances pull their ends together.
LONG = 1.9
STEPS = 200


def places(graph: Graph) -> dict[str, tuple[float, float]]:
    """Where each feature stands (0 to 1 across and upwards): the same for the same graph."""
    if not graph.names:
        return {}
    spread = apart(layout(graph), graph.edges)
    return {name: (float(x), float(y)) for name, (x, y) in zip(graph.names, spread, strict=True)}


def apart(points: np.ndarray, edges: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """The points (p x 2) moved apart until hardly any two are closer than `nearest(p)`, filling the unit square.

    Springs let features with the same neighbours fall on one another; here those that are too close push each other
    away, step by step, while long edges hold their ends together, so that the layout keeps its shape.
    """
    from scipy.spatial import cKDTree

    points = _filled(points)
    least = nearest(len(points))
    i, j = edges.T
    # Two features at the very same place leave it in different directions.
    points = points + 1e-3 * least * np.column_stack([np.cos(np.arange(len(points))), np.sin(np.arange(len(points)))])
    for _ in range(steps):
        close = cKDTree(points).query_pairs(least, output_type="ndarray")
        between = points[close[:, 0]] - points[close[:, 1]]
        far = np.sqrt((between**2).sum(axis=1)) + 1e-9
        along = points[j] - points[i]
        length = np.sqrt((along**2).sum(axis=1)) + 1e-9
        push = between * (0.35 * (least - far) / far)[:, None]
        pull = along * (0.06 * np.clip(length - LONG * least, 0, None) / length)[:, None]
        moves = np.concatenate([push, -push, pull, -pull])
        who = np.concatenate([close[:, 0], close[:, 1], i, j])
        points = points + np.column_stack([np.bincount(who, moves[:, k], len(points)) for k in (0, 1)])
    return _filled(points)


def nearest(count: int) -> float:
    """The distance that so many features keep in the unit square."""
    return LEAST / np.sqrt(max(count, 1))


def _filled(points: np.ndarray) -> np.ndarray:
    """Moved and stretched to fill the unit square; what has no extent stands in its middle."""
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    return np.where(size > 1e-9, (points - low) / np.where(size > 1e-9, size, 1.0), 0.5)

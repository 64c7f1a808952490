"""Wasserstein-1 by POT's solver of the transport between all pairs of nodes: for machines without numba."""

from __future__ import annotations

import numpy as np

from core.errors import NotEstimable
from core.transport.metric import Ground

_MOST_PIVOTS = 10_000_000
_OPTIMAL = 1


def transport_plan(p: np.ndarray, q: np.ndarray, ground: Ground) -> tuple[float, np.ndarray, np.ndarray]:
    """Cost, potential (m,) and flow along the edges (E,) of turning `p` into `q`, both (m,) with equal sums.

    min <distances, T> over plans T >= 0 with margins p and q, by POT's network simplex (Flamary et al. 2021, JMLR
    22(78)). Since the cost is a metric, mass common to both stays where it is, so only the differences are transported:
    the same optimum from a quarter of the variables. Each part of the plan takes one shortest road. Raises
    `NotEstimable` if the solver gives up.
    """
    # `ot.emd2` checks what is known to be right, and that takes longer than the solve at tens of nodes.
    from ot.lp.emd_wrap import emd_c

    difference = p - q
    if not np.all(np.isfinite(difference)):
        raise NotEstimable("A distribution has a value that is no number.", "Leave that patient out.")
    more, less = (difference > 0).nonzero()[0], (difference < 0).nonzero()[0]
    if not len(more) or not len(less):
        return 0.0, np.zeros(len(difference)), np.zeros(len(ground.edges))
    sign = 1.0
    if less[0] < more[0]:
        difference, more, less, sign = -difference, less, more, -1.0
    supply, demand = difference[more], -difference[less]
    mass = supply.sum()
    prices = ground.distances.take(more, axis=0).take(less, axis=1)
    plan, cost, _, at_less, code = emd_c(
        supply / mass, demand / demand.sum(), prices, _MOST_PIVOTS, 1, None, None
    )  # fmt: skip
    if code != _OPTIMAL or not np.isfinite(cost):
        raise NotEstimable("The transport between two distributions could not be solved.", "Check for extreme values.")
    potential = (ground.distances.take(less, axis=0) - at_less[:, None]).min(axis=0)
    return float(cost * mass), sign * potential, sign * mass * _along(plan, more, less, ground)


def _along(plan: np.ndarray, more: np.ndarray, less: np.ndarray, ground: Ground) -> np.ndarray:
    """What crosses each edge, counted from its first node to its second, when the plan takes shortest roads."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    i, j = ground.edges.T
    network = coo_array((ground.lengths, (i, j)), shape=(ground.m, ground.m)).tocsr()
    before = dijkstra(network, directed=False, indices=more, return_predecessors=True)[1]
    number = {}
    for e, (a, b) in enumerate(ground.edges.tolist()):
        number[a, b], number[b, a] = (e, 1.0), (e, -1.0)
    along = np.zeros(len(ground.edges))
    for row, column in zip(*plan.nonzero(), strict=True):
        node = int(less[column])
        while node != more[row]:
            previous = int(before[row, node])
            e, way = number[previous, node]
            along[e] += way * plan[row, column]
            node = previous
    return along

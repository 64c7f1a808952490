"""The distribution with the least sum of Wasserstein distances to given ones: the median of a cluster on a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from core.errors import NotEstimable
from core.transport.metric import Ground
from core.transport.wasserstein import checked, to_centroids

#: Up to so many variables the linear program is solved exactly.
EXACT_BELOW = 50_000
#: Rounds of the first-order method between two looks at its gap, and at most in all.
_WINDOW, _MOST = 100, 3_000
#: A distance below this share of the network's diameter is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True)
class Barycentre:
    """The centre of `n` distributions: `centroid` (m,), and the sum of W1 from it to all of them (`value`).

    No distribution whatever has a sum below `bound`, so `value` is at most `gap` (a share of it) above the least one.
    `method` is "linear program" or "primal-dual"; `converged` says that the gap asked for was reached.
    """

    centroid: np.ndarray
    value: float
    bound: float
    gap: float
    method: str
    converged: bool
    n: int


def barycentre(
    densities: np.ndarray,
    ground: Ground,
    *,
    tolerance: float = 1e-3,
    exact_below: int = EXACT_BELOW,
    start: np.ndarray | None = None,
    beat: Callable[[], None] = lambda: None,
) -> Barycentre:
    """Which distribution c on the network makes the sum of W1(c, rho_i) least?

    `densities` (n, m) are the rho_i. By the flow form of W1 (Beckmann 1952, doi:10.2307/1907646) this is the linear
    program min sum_i lengths.|u_i| subject to c + D u_i = rho_i, c >= 0, sum c = 1, with D the incidence matrix: solved
    by the interior-point method of HiGHS while it has fewer than `exact_below` variables, else by the primal-dual
    method of Chambolle and Pock (2011, doi:10.1007/s10851-010-0251-1) until the gap is at most `tolerance`.

    Both are certified alike, whatever the solver believes: `value` is the sum of exact distances, and `bound` is
    sum_i <f_i, rho_i> - max_j (sum_i f_i)_j for potentials f_i whose slope along no edge exceeds 1. The answer is never
    worse than the mean of the densities, nor than `start` (m,), a distribution from which the first-order method sets
    out. `beat` is called every few rounds. Raises `Refused` for rows that are no distributions, `NotEstimable` where
    nothing can solve it.
    """
    values = checked(densities, ground)
    candidates = [values.mean(axis=0)] + ([] if start is None else [np.asarray(start, dtype=float)])
    sums = [_sum(c, values, ground) for c in candidates]
    best = int(np.argmin(sums))
    centroid, value, scale = candidates[best], sums[best], _NOTHING * len(values) * float(ground.distances.max())
    if value <= scale:
        return Barycentre(centroid, value, 0.0, 0.0, "linear program", True, len(values))
    program, kernel = None, _compiled()
    if kernel is None or len(values) * 2 * len(ground.edges) < exact_below:
        program = _linear_program(values, ground)
    if program is None and kernel is None:
        raise NotEstimable("The barycentre of a cluster could not be solved.", "Take the mean as centroid.")
    rounds = [program] if program is not None else _primal_dual(values, ground, candidates[-1], kernel)
    bound = 0.0
    for c, potentials in rounds:
        beat()
        found = _sum(c, values, ground)
        if found < value:
            centroid, value = c, found
        bound = max(bound, _bound(potentials, c, values, ground))
        gap = max(0.0, value - bound) / value
        if gap <= tolerance:
            break
    method = "linear program" if program is not None else "primal-dual"
    return Barycentre(centroid, value, bound, gap, method, gap <= tolerance, len(values))


def _sum(centroid: np.ndarray, values: np.ndarray, ground: Ground) -> float:
    return float(to_centroids(values, centroid[None], ground).sum())


def _bound(potentials: np.ndarray, centroid: np.ndarray, values: np.ndarray, ground: Ground) -> float:
    """What (m, n) potentials prove, once made 1-Lipschitz; then again with the peaks of their sum taken down.

    Where the sum of the potentials rises above its mean under the centroid, each is lowered by its part of the
    excess: at the optimum nothing is, before it this proves about twice as much.
    """
    steep = _lipschitz(potentials, ground)
    proved = []
    for _ in range(2):
        total = steep.sum(axis=1)
        proved.append(float((steep * values.T).sum() - total.max()))
        excess = np.maximum(total - centroid @ total, 0.0)
        steep = _lipschitz(steep - excess[:, None] / len(values), ground)
    return max(proved)


def _lipschitz(potentials: np.ndarray, ground: Ground) -> np.ndarray:
    """The largest functions below (m, n) `potentials` that differ between nodes by no more than their distance."""
    return np.stack([(potentials + row[:, None]).min(axis=0) for row in ground.distances])


def _incidence(ground: Ground):
    """(m, E): an edge leaves its first node (1) and enters its second (-1)."""
    from scipy.sparse import coo_array

    count = len(ground.edges)
    ends = (ground.edges.T.ravel(), np.tile(np.arange(count), 2))
    return coo_array((np.repeat([1.0, -1.0], count), ends), shape=(ground.m, count)).tocsr()


def _linear_program(values: np.ndarray, ground: Ground) -> tuple[np.ndarray, np.ndarray] | None:
    """-> centroid (m,) and potentials (m, n) of the linear program; None when HiGHS gives up.

    The balance at the last node follows from the others and is left out, so that no row is redundant.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

    n, m = values.shape
    along = _incidence(ground)[:-1]
    flows = kron(eye_array(n), hstack([along, -along]))
    shared = kron(np.ones((n, 1)), eye_array(m).tocsr()[:-1])
    whole = csr_array(np.concatenate([np.zeros(flows.shape[1]), np.ones(m)])[None])
    answer = linprog(
        np.concatenate([np.tile(ground.lengths, 2 * n), np.zeros(m)]),
        A_eq=vstack([hstack([flows, shared]), whole]).tocsc(),
        b_eq=np.concatenate([values[:, :-1].ravel(), [1.0]]),
        method="highs-ipm",
    )
    if answer.status != 0:
        return None
    centroid = np.maximum(answer.x[-m:], 0.0)
    potentials = np.zeros((m, n))
    potentials[:-1] = answer.eqlin.marginals[:-1].reshape(n, m - 1).T
    return centroid / centroid.sum(), potentials


def _primal_dual(values: np.ndarray, ground: Ground, start: np.ndarray, kernel: ModuleType):
    """Yield centroids (m,) and potentials (m, n) that come nearer and nearer: means over windows of rounds.

    Steps are preconditioned by the number of entries in each row and column (Pock and Chambolle 2011,
    doi:10.1109/ICCV.2011.6126441), weighed by the sizes of costs and masses.
    """
    n, m = values.shape
    tail, head = (np.ascontiguousarray(ends, dtype=np.int64) for ends in ground.edges.T)
    degree = np.bincount(ground.edges.ravel(), minlength=m).astype(float)
    lengths = np.ascontiguousarray(ground.lengths, dtype=float)
    weight = float(np.sqrt(n * (lengths**2).sum()) / np.linalg.norm(values))
    flow, dual, centroid = np.zeros((n, len(lengths))), np.zeros((n, m)), np.array(start, dtype=float)
    for _ in range(_MOST // _WINDOW):
        mean, duals = kernel.rounds(tail, head, lengths, values, degree, weight, flow, dual, centroid, _WINDOW)
        yield mean / mean.sum(), duals.T


def _compiled() -> ModuleType | None:
    """The compiled rounds, or None where numba cannot be imported: the linear program then serves every size."""
    try:
        from core.transport import primal_dual
    except ImportError:
        return None
    return primal_dual

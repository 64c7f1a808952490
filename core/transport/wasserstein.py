"""The least work that turns one patient's distribution on a network into another's: the Wasserstein-1 distance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.compute import Progress, in_threads, quiet
from core.errors import NotEstimable, Problem, Refused
from core.transport.metric import Ground

_MOST_PIVOTS = 10_000_000
_OPTIMAL = 1


def w1(p: np.ndarray, q: np.ndarray, ground: Ground) -> float:
    """How much mass times distance must be moved to turn `p` into `q`?

    `p` and `q` are (m,) with equal sums, `ground` the network. W1 = min <distances, T> over plans
    T >= 0 with margins p and q, solved exactly by POT's network simplex (Flamary et al. 2021, JMLR 22(78)). Since the cost is a
    metric, mass common to both stays where it is, so only the differences are transported: the same optimum from a
    quarter of the variables. w1(p, q) is w1(q, p) to the last bit. Raises `NotEstimable` if the solver gives up.
    """
    difference = p - q
    more, less = (difference > 0).nonzero()[0], (difference < 0).nonzero()[0]
    if not len(more) or not len(less):
        return 0.0
    if less[0] < more[0]:
        difference, more, less = -difference, less, more
    return _transport(difference, more, less, ground)[0]


def w1_dual(p: np.ndarray, q: np.ndarray, ground: Ground) -> tuple[float, np.ndarray]:
    """`w1` with a potential f (m,) that proves it: |f_i - f_j| <= distances_ij and f . (p - q) = w1(p, q).

    For any other pair of distributions |f . (r - s)| <= w1(r, s) (Kantorovich and Rubinstein), a bound that costs
    no solve.
    """
    difference = p - q
    more, less = (difference > 0).nonzero()[0], (difference < 0).nonzero()[0]
    if not len(more) or not len(less):
        return 0.0, np.zeros(len(difference))
    sign = 1.0
    if less[0] < more[0]:
        difference, more, less, sign = -difference, less, more, -1.0
    cost, at_less = _transport(difference, more, less, ground)
    return cost, sign * (ground.distances.take(less, axis=0) - at_less[:, None]).min(axis=0)


def w1_matrix(densities: np.ndarray, ground: Ground, progress: Progress = quiet) -> np.ndarray:
    """How far is every patient from every other? (n, m) densities -> (n, n) symmetric, zero diagonal."""
    values = checked(densities, ground)
    n = len(values)

    def row(i: int) -> list[float]:
        return [w1(values[i], values[j], ground) for j in range(i + 1, n)]

    matrix = np.zeros((n, n))
    for i, distances in enumerate(in_threads(row, range(n), progress, "Distances between patients")):
        matrix[i, i + 1 :] = distances
    return matrix + matrix.T


def to_centroids(
    densities: np.ndarray, centroids: np.ndarray, ground: Ground, progress: Progress = quiet
) -> np.ndarray:
    """How far is every patient from every centroid? (n, m) and (k, m) -> (n, k)."""
    values = checked(densities, ground)
    centres = checked(centroids, ground)

    def row(density: np.ndarray) -> list[float]:
        return [w1(density, centre, ground) for centre in centres]

    return np.array(in_threads(row, values, progress, "Distances to centroids")).reshape(len(values), len(centres))


def w1_flow(p: np.ndarray, q: np.ndarray, edges: np.ndarray, lengths: np.ndarray) -> float:
    """`w1` by its other form, to check it: the cheapest flow along the edges that carries p - q away.

    min sum_e lengths_e |u_e| subject to D u = p - q, with D the (m, E) signed incidence matrix (Beckmann 1952,
    doi:10.2307/1907646), a linear program for HiGHS. The difference is re-centred against rounding.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, hstack

    edges, lengths = np.asarray(edges), np.asarray(lengths, dtype=float)
    number = np.arange(len(edges))
    incidence = coo_array(
        (
            np.repeat([1.0, -1.0], len(edges)),
            (np.concatenate([edges[:, 0], edges[:, 1]]), np.concatenate([number, number])),
        ),
        shape=(len(p), len(edges)),
    ).tocsc()
    difference = p - q
    answer = linprog(
        np.concatenate([lengths, lengths]),
        A_eq=hstack([incidence, -incidence]).tocsc(),
        b_eq=difference - difference.mean(),
        method="highs",
    )
    if answer.status != 0:
        raise NotEstimable(f"The flow could not be solved: {answer.message}", "Check that the network is connected.")
    return float(answer.fun)


def checked(densities: np.ndarray, ground: Ground) -> np.ndarray:
    """Densities (n, m) as the solver wants them; raises `Refused` naming what is wrong."""
    values = np.ascontiguousarray(densities, dtype=float)
    problems = []
    if values.ndim != 2 or values.shape[-1] != ground.m:
        problems.append(Problem(f"Densities of shape {values.shape} on a network of {ground.m} nodes.", "densities"))
    elif not np.all(np.isfinite(values)) or np.any(values < 0):
        problems.append(Problem("A density is negative or missing.", "densities", "Make them with `densities`."))
    elif not np.allclose(values.sum(axis=1), 1, atol=1e-9):
        problems.append(Problem("A density does not sum to 1.", "densities", "Make them with `densities`."))
    if problems:
        raise Refused(problems)
    return values


def _transport(difference: np.ndarray, more: np.ndarray, less: np.ndarray, ground: Ground) -> tuple[float, np.ndarray]:
    """Cost and the sinks' potentials of moving the surplus at `more` to the lack at `less`, as a unit of mass."""
    supply, demand = difference[more], -difference[less]
    mass = supply.sum()
    cost_matrix = ground.distances.take(more, axis=0).take(less, axis=1)
    _, cost, _, at_less, code = _solver()(
        supply / mass, demand / demand.sum(), cost_matrix, _MOST_PIVOTS, 1, None, None
    )
    if code != _OPTIMAL:
        raise NotEstimable("The transport between two distributions could not be solved.", "Check for extreme values.")
    return float(cost * mass), at_less


def _solver() -> Callable:
    """POT's simplex without the checks of `ot.emd2`, which cost more than the solve at tens of nodes."""
    from ot.lp.emd_wrap import emd_c

    return emd_c

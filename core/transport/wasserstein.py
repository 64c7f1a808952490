"""The least work that turns one patient's distribution on a network into another's: the Wasserstein-1 distance."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from core.compute import Progress, in_threads, quiet
from core.errors import Problem, Refused
from core.transport.beat import Beat
from core.transport.metric import Ground
from core.transport.plan import transport_plan

#: Distances that differ by less than this share of the network's diameter may differ by rounding alone.
TRUST = 1e-10
#: Far more pivots than any pair was seen to take (about as many as the network has nodes).
_MOST_PIVOTS = 1_000_000
#: Compiled work that cannot be abandoned is handed out in portions of about this many seconds.
_PORTION = 0.05


@dataclass(frozen=True)
class Flow:
    """What moves where when one distribution on a network turns into another.

    `along` (E,) is the mass that crosses each edge of the ground, from edges[:, 0] to edges[:, 1] where positive;
    `cost` = sum of lengths times |along|. Mass runs down the `potential` (m,), which proves that no flow is cheaper:
    along an edge it falls by at most its length, by exactly that where mass crosses, and potential . (p - q) = cost.
    """

    cost: float
    along: np.ndarray
    potential: np.ndarray


class Trees:
    """Where the simplex ended for each of `n` times `k` pairs on a ground, to start from there the next time.

    After a small change of masses the last tree is often still the best. Such distances agree with those of `w1` up
    to rounding, not to the last bit.
    """

    def __init__(self, n: int, k: int, ground: Ground):
        fits = len(ground.edges) < np.iinfo(np.int16).max
        self.k, self.planted = k, np.zeros(n * k, dtype=bool)
        self.kept = np.zeros((n * k if fits else 0, 3, ground.m), dtype=np.int16)


def w1(p: np.ndarray, q: np.ndarray, ground: Ground) -> float:
    """How much mass times distance must be moved to turn `p` into `q`?

    `p` and `q` are (m,) with equal sums, `ground` the network. W1 is the cost of the cheapest flow along the edges that
    carries p - q away (Beckmann 1952, doi:10.2307/1907646), solved exactly; it equals the cheapest transport plan for
    the distances between nodes. w1(p, q) is w1(q, p) to the last bit. Raises `NotEstimable` if it cannot be solved.
    """
    return float(solve_pairs(*_pair(p, q), ground)[0][0])


def w1_dual(p: np.ndarray, q: np.ndarray, ground: Ground) -> tuple[float, np.ndarray]:
    """`w1` with a potential f (m,) that proves it: |f_i - f_j| <= distances_ij and f . (p - q) = w1(p, q).

    For any other pair of distributions |f . (r - s)| <= w1(r, s) (Kantorovich and Rubinstein), a bound that costs
    no solve.
    """
    cost, potential, _ = solve_pairs(*_pair(p, q), ground, potentials=True)
    return float(cost[0]), potential[0]


def flow(p: np.ndarray, q: np.ndarray, ground: Ground) -> Flow:
    """What mass moves along which edge when `p` turns into `q` in the cheapest way? (m,) each, with equal sums.

    Where several flows are equally cheap, one of them; q to p is the same one backwards.
    """
    cost, potential, along = solve_pairs(*_pair(p, q), ground, potentials=True, along=True)
    return Flow(float(cost[0]), along[0], potential[0])


def w1_matrix(densities: np.ndarray, ground: Ground, progress: Progress = quiet) -> np.ndarray:
    """How far is every patient from every other? (n, m) densities -> (n, n) symmetric, zero diagonal."""
    values = checked(densities, ground)
    n, beat = len(values), Beat(progress)

    def row(i: int) -> np.ndarray:
        others = np.arange(i + 1, n)
        return solve_pairs(values, values, np.full(len(others), i), others, ground, beat=beat)[0]

    matrix = np.zeros((n, n))
    for i, distances in enumerate(in_threads(row, range(n), beat.tell, "Distances between patients")):
        matrix[i, i + 1 :] = distances
    return matrix + matrix.T


def to_centroids(
    densities: np.ndarray, centroids: np.ndarray, ground: Ground, progress: Progress = quiet
) -> np.ndarray:
    """How far is every patient from every centroid? (n, m) and (k, m) -> (n, k)."""
    values, centres = checked(densities, ground), checked(centroids, ground)
    n, beat = len(values), Beat(progress)

    def column(c: int) -> np.ndarray:
        return solve_pairs(values, centres, np.arange(n), np.full(n, c), ground, beat=beat)[0]

    return np.array(in_threads(column, range(len(centres)), beat.tell, "Distances to centroids")).reshape(-1, n).T


def as_alone_where_close(distances: np.ndarray, densities: np.ndarray, centroids: np.ndarray, ground: Ground) -> None:
    """Solve again, each pair by itself, what rounding might decide: several centroids that are nearest to a patient.

    `distances` (n, k), in place. Then their order is that of `w1`, to the last bit.
    """
    close = distances <= distances.min(axis=1, keepdims=True) + TRUST * ground.distances.max()
    patients, near = np.nonzero(close & (close.sum(axis=1, keepdims=True) > 1))
    if len(patients):
        distances[patients, near] = solve_pairs(densities, centroids, patients, near, ground)[0]


def solve_pairs(
    a: np.ndarray,
    b: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    ground: Ground,
    *,
    potentials: bool = False,
    along: bool = False,
    trees: Trees | None = None,
    beat: Callable[[], None] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Many pairs at once: row left[k] of `a` against row right[k] of `b`, for k up to K.

    -> costs (K,); potentials (K, m) and flows along the edges (K, E) when asked for, else without rows. Rows that come
    again with small changes are solved faster from `trees` of n = len(a) and k = len(b). `beat` is called several times
    a second; what it raises ends the work. A pair that the simplex gives up is solved by POT.
    """
    count, kernel = len(left), compiled()
    cost = np.full(count, np.nan)
    dual = np.zeros((count if potentials else 0, ground.m))
    crossing = np.zeros((count if along else 0, len(ground.edges)))
    if trees is None:
        trees = Trees(0, 0, ground)
    slot = left * trees.k + right
    done, portion = 0, 16
    while kernel is not None and done < count:
        if beat is not None:
            beat()
        begun, here = time.monotonic(), slice(done, done + portion)
        kernel.transport(
            *_prepared(a, b, left[here], right[here], ground),
            *(cost[here], dual[here], crossing[here]),
            *(trees.kept, trees.planted, np.require(slot[here], np.int64, "CW")),
            _MOST_PIVOTS,
        )
        done += portion
        portion = max(1, min(4 * portion, int(portion * _PORTION / (time.monotonic() - begun + 1e-9))))
    for k in np.flatnonzero(np.isnan(cost)):
        if beat is not None:
            beat()
        cost[k], one_dual, one_crossing = transport_plan(a[left[k]], b[right[k]], ground)
        if potentials:
            dual[k] = one_dual
        if along:
            crossing[k] = one_crossing
    return cost, dual, crossing


def compiled() -> ModuleType | None:
    """The compiled network simplex, or None where numba cannot be imported: POT then solves every pair."""
    try:
        from core.transport import simplex
    except (ImportError, RuntimeError):  # numba raises the second when it finds no folder to keep compiled code in
        return None
    return simplex


def warm_up() -> None:
    """Compile the simplex, or load it compiled, before somebody waits for it; for a thread in the background."""
    ends = np.eye(2)
    flow(ends[0], ends[1], Ground(np.array([[0, 1]]), np.ones(1), 1 - ends))


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


def _prepared(a: np.ndarray, b: np.ndarray, left: np.ndarray, right: np.ndarray, ground: Ground) -> tuple:
    """Arrays of the types that the kernel is compiled for."""
    numbers = [np.require(one, np.int64, "CW") for one in (ground.edges[:, 0], ground.edges[:, 1], left, right)]
    reals = [np.require(one, np.float64, "CW") for one in (ground.lengths, ground.distances, a, b)]
    return *numbers[:2], *reals, *numbers[2:]


def _pair(p: np.ndarray, q: np.ndarray) -> tuple:
    one = np.zeros(1, np.int64)
    return np.asarray(p)[None], np.asarray(q)[None], one, one

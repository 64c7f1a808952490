"""Transport between patients whose totals differ: mass is moved along the network, or created and destroyed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, in_threads, quiet
from core.errors import NotEstimable, Problem, Refused
from core.transport.beat import Beat
from core.transport.metric import Ground
from core.transport.wasserstein import flow, solve_pairs

#: Where moving and making cost the same, this share makes mass the dearer, so that it is moved.
_TILT = 1e-7


@dataclass(frozen=True)
class Unbalanced:
    """The cheapest way from one patient's masses to another's, at `gamma` per unit of mass made or taken away.

    `cost` is `transport_term` (mass times distance moved) plus `mass_term` (gamma times the mass created and
    destroyed). `flow` (E,) along the edges, positive from the first node to the second; `created` (m,) at each node,
    negative where mass is destroyed: second = first - D flow + created.
    """

    gamma: float
    cost: float
    transport_term: float
    mass_term: float
    flow: np.ndarray
    created: np.ndarray


@dataclass(frozen=True)
class PairTerms:
    """(n, n) matrices over `n` patients: `transport_term` and `mass_term`, whose sum is the unbalanced cost.

    `totals_term`, gamma times the difference of the patients' total masses, is the part of the mass term that no
    movement could save.
    """

    n: int
    gamma: float
    transport_term: np.ndarray
    mass_term: np.ndarray
    totals_term: np.ndarray

    @property
    def cost(self) -> np.ndarray:
        return self.transport_term + self.mass_term

    @property
    def mass_share(self) -> float:
        """The part of the sum of all costs that is mass created and destroyed; near 1 also when gamma is tiny."""
        return self._share(self.mass_term)

    @property
    def totals_share(self) -> float:
        """The part of the sum of all costs that is nothing but the difference of totals."""
        return self._share(self.totals_term)

    def _share(self, term: np.ndarray) -> float:
        whole = float(self.cost.sum())
        return float(term.sum()) / whole if whole > 0 else 0.0


def with_ghost(ground: Ground, gamma: float, total: float = 1.0) -> Ground:
    """The network with one node more, the last, at `gamma` from every other: the store of what a patient lacks.

    Balanced W1 between `ghosted` masses on it is unbalanced transport between the masses themselves: an edge to the
    ghost carries what is destroyed, one from it what is created. With `total` as `ghosted` gives it, lengths are per
    unit of density, so that W1 is the cost itself and all that is made for balanced transport (matrix, k-means,
    barycentres, medoids) serves unchanged. Raises `Refused` for a `gamma` that is not above 0.
    """
    if not (np.isfinite(gamma) and gamma > 0):
        raise Refused([Problem(f"A price of {gamma} for mass.", "gamma", "Give a number above 0.")])
    m = ground.m
    to_ghost = np.column_stack([np.arange(m), np.full(m, m)]).astype(ground.edges.dtype)
    distances = np.full((m + 1, m + 1), float(gamma))
    distances[:m, :m] = np.minimum(ground.distances, 2 * gamma)
    distances[m, m] = 0.0
    return Ground(
        edges=np.concatenate([ground.edges, to_ghost]),
        lengths=np.concatenate([ground.lengths, np.full(m, float(gamma))]) * total,
        distances=distances * total,
    )


def ghosted(masses: np.ndarray, total: float | None = None) -> tuple[np.ndarray, float]:
    """(n, m) masses -> (n, m + 1) rows summing to 1 for `with_ghost`, and the `total` that 1 stands for.

    The last node holds what a patient lacks to the largest total, or to the `total` given, such as that of a first
    cohort. Which one it is changes no cost. Raises `Refused` for a mass that is negative or missing or a `total` that
    a patient exceeds, `NotEstimable` when nobody has any mass.
    """
    values = np.asarray(masses, dtype=float)
    if values.ndim != 2 or not np.all(np.isfinite(values)) or np.any(values < 0):
        raise Refused([Problem("A mass is negative or missing.", "masses", "Make them with `masses`.")])
    sums = values.sum(axis=1)
    most = float(sums.max(initial=0.0))
    if most == 0:
        raise NotEstimable(f"None of {len(values)} patients has mass on the nodes.", "Choose other features.")
    if total is None:
        total = most
    elif most > total * (1 + 1e-12):
        raise Refused([Problem(f"A patient has mass {most:g}, above {total:g}.", "total", "Give a larger total.")])
    lacking = np.maximum(total - sums, 0.0)
    densities = np.column_stack([values, lacking])
    return np.ascontiguousarray(densities / densities.sum(axis=1, keepdims=True)), float(total)


def unbalanced(p: np.ndarray, q: np.ndarray, ground: Ground, gamma: float) -> Unbalanced:
    """What does it take to turn masses `p` into `q`, which need not have the same total?

    `p` and `q` (m,) from 0 up, on `ground`. min sum lengths.|u| + gamma.sum|s| subject to D u + s = p - q, as in the
    code of Oh et al. (UnbalancedOMT): mass goes no farther than 2 gamma, for then it is cheaper to destroy it here and
    create it there. Where both cost the same, mass is moved. The cost is within 1e-7 of the least. Raises `Refused`
    for negative or missing masses or a `gamma` that is not above 0.
    """
    if not np.any(p) and not np.any(q):
        nothing = np.zeros(len(ground.edges)), np.zeros(ground.m)
        with_ghost(ground, gamma)
        return Unbalanced(gamma, 0.0, 0.0, 0.0, *nothing)
    (first, second), total = ghosted(np.stack([p, q]))
    along = flow(first, second, with_ghost(ground, gamma * (1 + _TILT))).along * total
    count = len(ground.edges)
    moved, destroyed = along[:count], along[count:]
    transport = float(ground.lengths @ np.abs(moved))
    made = float(gamma * np.abs(destroyed).sum())
    return Unbalanced(float(gamma), transport + made, transport, made, moved, -destroyed)


def pair_terms(masses: np.ndarray, ground: Ground, gamma: float, progress: Progress = quiet) -> PairTerms:
    """How much of the cost between any two patients is movement, and how much is mass made or taken away?

    `masses` (n, m); each pair as in `unbalanced`. Raises as `unbalanced` does.
    """
    densities, total = ghosted(masses)
    tilted, count, n = with_ghost(ground, gamma * (1 + _TILT)), len(ground.edges), len(densities)
    beat = Beat(progress)

    def row(i: int) -> tuple[np.ndarray, np.ndarray]:
        others = np.arange(i + 1, n)
        _, _, along = solve_pairs(densities, densities, np.full(len(others), i), others, tilted, along=True, beat=beat)
        carried = np.abs(along)
        return carried[:, :count] @ ground.lengths, gamma * carried[:, count:].sum(axis=1)

    terms = np.zeros((2, n, n))
    for i, found in enumerate(in_threads(row, range(n), beat.tell, f"Unbalanced transport at gamma {gamma:g}")):
        terms[:, i, i + 1 :] = total * np.array(found)
    terms += terms.transpose(0, 2, 1)
    totals = np.asarray(masses, dtype=float).sum(axis=1)
    return PairTerms(n, float(gamma), terms[0], terms[1], gamma * np.abs(totals[:, None] - totals))

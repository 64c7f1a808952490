"""Wasserstein distances and k-means on made-up cohorts, one thread each, against plain loops of POT."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from statistics import median

import numpy as np

from benchmarks.claim import Row, faster, in_turns
from core.compute import alone
from core.transport.lloyd import Run, descend, mean_start, mean_step
from core.transport.metric import Ground, hop_ground
from core.transport.nearest import NearestCentroids
from core.transport.wasserstein import solve_pairs, to_centroids, warm_up

SEED, CAP = 0, 100


@dataclass(frozen=True)
class World:
    """`n` made-up patients around `k` profiles on a connected network of `m` nodes and about 2.4 m edges."""

    n: int
    m: int
    k: int
    apart: float
    noise: float

    def make(self) -> tuple[np.ndarray, Ground]:
        rng = np.random.default_rng([SEED, self.n, self.m])
        tree = {(int(rng.integers(j)), j) for j in range(1, self.m)}
        more = np.sort(rng.integers(self.m, size=(int(1.5 * self.m), 2)), axis=1)
        edges = np.array(sorted(tree | {(int(i), int(j)) for i, j in more if i < j}))
        profiles = rng.gamma(2.0, size=self.m) * np.exp(self.apart * rng.normal(size=(self.k, self.m)))
        mass = profiles[np.arange(self.n) % self.k] * np.exp(self.noise * rng.normal(size=(self.n, self.m)))
        return mass / mass.sum(axis=1, keepdims=True), hop_ground(self.m, edges)


class EveryDistance:
    """What `NearestCentroids` does, without its bounds: `ot.emd2` for every patient and centroid in every round."""

    def __init__(self, values: np.ndarray, ground: Ground, k: int):
        self.densities, self.ground = values, ground
        self.centroids = np.full((k, values.shape[1]), np.nan)
        self.placed = 0

    def place(self, c: int, centroid: np.ndarray) -> None:
        self.centroids[c] = centroid
        self.placed = max(self.placed, c + 1)

    def assign(self, guess: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        import ot

        placed = self.centroids[: self.placed]
        distances = np.array(
            [[ot.emd2(density, centre, self.ground.distances) for centre in placed] for density in self.densities]
        )
        return distances.argmin(axis=1), distances.min(axis=1)


@cache
def ready() -> None:
    """Import POT and load the compiled code, which is not measured."""
    import ot

    ot.emd2(np.array([0.5, 0.5]), np.array([1.0, 0.0]), 1 - np.eye(2))
    warm_up()


def once(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds of this thread's processor time, which other work on the machine hardly changes, and the answer."""
    begun = time.thread_time()
    answer = work()
    return time.thread_time() - begun, answer


def one_run(near, k: int) -> Run:
    """k-means from `k` patients at random, the same for every `near` of the same cohort."""
    return descend(mean_start(near, k, False, np.random.default_rng(SEED)), partial(mean_step, near), CAP)


def against_plain(claim: str, values: np.ndarray, ground: Ground, k: int, goal: float) -> Row:
    """One run both ways from the same start; they must end with the same labels and sum of distances."""
    ready()
    nears = []

    def ours() -> Run:
        nears.append(NearestCentroids(values, ground, k, lambda: None))
        return one_run(nears[-1], k)

    plain_seconds, plain = once(lambda: one_run(EveryDistance(values, ground, k), k))
    runs = [once(ours) for _ in range(5)]
    our_seconds, found = median(taken for taken, _ in runs), runs[0][1]
    off = abs(plain.restart.objective - found.restart.objective) / plain.restart.objective
    if not np.array_equal(plain.state.labels, found.state.labels) or off > 1e-12:
        raise ValueError(f"the two ways end differently: sums {off:.1e} apart")
    with alone():
        table_seconds, _ = once(lambda: to_centroids(values, found.state.centroids, ground))
    total = len(values) * k * (found.restart.rounds + 1)
    return faster(
        claim, plain_seconds, our_seconds, goal,
        f"E = {len(ground.edges)}, {found.restart.rounds} rounds, {1 - nears[0].solves / total:.0%} of {total} solves "
        f"avoided; same labels, sums {off:.0e} apart; processor time; "
        f"{plain_seconds / (our_seconds + table_seconds):.3g}x with all final distances",
    )  # fmt: skip


def clustering(n: int, m: int, apart: float, noise: float, goal: float) -> Callable[[str], Row]:
    return lambda claim: against_plain(claim, *World(n, m, 4, apart, noise).make(), 4, goal)


def solves(m: int, goal: float) -> Callable[[str], Row]:
    """Single distances between patients, in turns."""

    def measure(claim: str) -> Row:
        import ot

        ready()
        values, ground = World(40, m, 4, 0.6, 0.5).make()
        left, right = (each[:300] for each in np.triu_indices(40, 1))
        answers = {}

        def theirs() -> None:
            answers["POT"] = [ot.emd2(values[i], values[j], ground.distances) for i, j in zip(left, right, strict=True)]

        def ours() -> None:
            answers["ours"] = solve_pairs(values, values, left, right, ground)[0]

        baseline, candidate = in_turns(theirs, ours, 5)
        off = float(np.abs(answers["ours"] - np.array(answers["POT"])).max())
        note = f"E = {len(ground.edges)}, {candidate / len(left) * 1e6:.0f} us each, at most {off:.0e} apart"
        return faster(claim, baseline, candidate, goal if off < 1e-12 else np.inf, note)

    return measure


CLAIMS = {
    "300 distances W1, 30 nodes, against ot.emd2": solves(30, 8),
    "300 distances W1, 100 nodes, against ot.emd2": solves(100, 4),
    "300 distances W1, 300 nodes, against ot.emd2": solves(300, 4),
    "W1 k-means, n = 300, m = 30, k = 4, overlapping": clustering(300, 30, 0.6, 0.5, 25),
    "W1 k-means, n = 300, m = 30, k = 4, separated": clustering(300, 30, 1.0, 0.3, 25),
    "W1 k-means, n = 300, m = 100, k = 4, overlapping": clustering(300, 100, 0.6, 0.5, 10),
    "W1 k-means, n = 300, m = 100, k = 4, separated": clustering(300, 100, 1.0, 0.3, 10),
    "W1 k-means, n = 1000, m = 100, k = 4, overlapping": clustering(1000, 100, 0.6, 0.5, 12),
    "W1 k-means, n = 1000, m = 100, k = 4, separated": clustering(1000, 100, 1.0, 0.3, 12),
}

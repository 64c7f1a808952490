"""Rounds of assigning patients and updating centroids, until nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.transport.clustering import Restart
from core.transport.nearest import NearestCentroids

#: A round that changes the objective by no more than this is the last (the value in force in the published code).
STANDSTILL = 1e-5


@dataclass(frozen=True)
class State:
    """After a round: who belongs where, around which centroids, at what sum of distances.

    `centroids` are (k, m) densities or (k,) numbers of patients; `reseeded` clusters came out empty and were given
    a patient each, so that `labels` is not yet the assignment to `centroids`.
    """

    labels: np.ndarray
    centroids: np.ndarray
    objective: float
    reseeded: int


@dataclass(frozen=True)
class Run:
    """Where one start ended and how."""

    state: State
    restart: Restart


def descend(first: State, step: Callable[[State], State], cap: int) -> Run:
    """Repeat `step` until no patient changes cluster, or the objective stands still, or a grouping comes back.

    When the objective stands still while patients change, one more step is taken, as in the published code. Updates
    by the mean need not descend: a run that does not come to rest hands back its lowest state.
    """
    state = lowest = first
    reseeded, cycled, rounds = first.reseeded, False, 0
    seen = {first.labels.tobytes()}
    for rounds in range(1, cap + 1):
        before, state = state, step(state)
        reseeded += state.reseeded
        if not state.reseeded and np.array_equal(state.labels, before.labels):
            return Run(state, Restart(state.objective, rounds, True, False, reseeded))
        if not state.reseeded and abs(state.objective - before.objective) <= STANDSTILL:
            state = step(state)
            if not state.reseeded:
                return Run(state, Restart(state.objective, rounds + 1, True, False, reseeded))
            reseeded += state.reseeded
        lowest = min(lowest, state, key=lambda one: (one.reseeded > 0, one.objective))
        key = state.labels.tobytes()
        if key in seen:
            cycled = True
            break
        seen.add(key)
    return Run(lowest, Restart(lowest.objective, rounds, False, cycled, reseeded))


def mean_start(near: NearestCentroids, k: int, plus_plus: bool, rng: np.random.Generator) -> State:
    """Patients as first centroids: `k` at random, or each next one with chance proportional to its distance.

    That is k-means++ for a sum of distances rather than of squares (Arthur and Vassilvitskii 2007, section 5).
    """
    n = len(near.densities)
    labels, best = np.zeros(n, dtype=np.intp), np.ones(n)
    if plus_plus:
        for c in range(k):
            chosen = rng.integers(n) if c == 0 else rng.choice(n, p=best / best.sum())
            near.place(c, near.densities[chosen])
            labels, best = near.assign(labels)
    else:
        for c, chosen in enumerate(rng.choice(n, k, replace=False)):
            near.place(c, near.densities[chosen])
        labels, best = near.assign()
    return _state(labels, best, near.centroids)


def mean_step(near: NearestCentroids, state: State) -> State:
    """Centroids to the mean density of their members, then every patient to the nearest."""
    for c in range(len(state.centroids)):
        near.place(c, near.densities[state.labels == c].mean(axis=0))
    return _state(*near.assign(state.labels), near.centroids)


def medoid_start(matrix: np.ndarray, k: int, plus_plus: bool, rng: np.random.Generator) -> State:
    """As `mean_start`, from the (n, n) distances between patients."""
    n = len(matrix)
    if plus_plus:
        chosen = [int(rng.integers(n))]
        while len(chosen) < k:
            best = matrix[:, chosen].min(axis=1)
            chosen.append(int(rng.choice(n, p=best / best.sum())))
    else:
        chosen = rng.choice(n, k, replace=False)
    return _to_medoids(matrix, np.array(chosen))


def medoid_step(matrix: np.ndarray, state: State) -> State:
    """Each medoid to the member with the least sum of distances to the others, then every patient to the nearest."""
    members = [np.flatnonzero(state.labels == c) for c in range(len(state.centroids))]
    return _to_medoids(matrix, np.array([own[matrix[np.ix_(own, own)].sum(axis=0).argmin()] for own in members]))


def _to_medoids(matrix: np.ndarray, medoids: np.ndarray) -> State:
    distances = matrix[:, medoids]
    labels = distances.argmin(axis=1)
    return _state(labels, distances[np.arange(len(matrix)), labels], medoids)


def _state(labels: np.ndarray, best: np.ndarray, centroids: np.ndarray) -> State:
    """Refill each empty cluster with the patient farthest from its centroid (not one who is alone in a cluster)."""
    labels, objective = labels.copy(), float(best.sum())
    sizes = np.bincount(labels, minlength=len(centroids))
    empty = np.flatnonzero(sizes == 0)
    farthest = iter(np.argsort(-best, kind="stable"))
    for c in empty:
        patient = next(i for i in farthest if sizes[labels[i]] > 1)
        sizes[labels[patient]] -= 1
        sizes[c] += 1
        labels[patient] = c
    return State(labels, np.array(centroids), objective, len(empty))

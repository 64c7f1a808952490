"""Clusters from the distances between patients alone: no centroid, which on a network may resemble nobody."""

from __future__ import annotations

from functools import partial

import numpy as np

from core.compute import Progress, generators, quiet, spread
from core.errors import Problem, Refused
from core.transport.clustering import Clustering, Restart, require_groups, within_groups, without_centroids

#: A move must lower the objective by more than this share of it.
_GAIN = 1e-12


def distance_kmeans(
    matrix: np.ndarray,
    k: int,
    *,
    densities: np.ndarray,
    power: float = 2,
    restarts: int = 20,
    seed: int = 0,
    cap: int = 100,
    start: str = "k-means++",
    progress: Progress = quiet,
) -> Clustering:
    """Which `k` groups make the distances within them small, without any centre?

    `matrix` (n, n) of W1 between patients with `densities` (n, m). Minimises the sum over groups G of
    sum_{i<j in G} d_ij^power / |G|: with power 2 on straight-line distances that is ordinary k-means, while on others
    it is not (Zhuang, Chen and Yang 2022, arXiv:2209.06975, who take squared W2; here squared W1). As they do, patients
    are put to the group with the smallest mean of d^power to its members, at most `cap` times, from `restarts` starts
    by k-means++ on d^power (or "random"). Since that need not lower the objective, the lowest round is then improved
    by moving one patient at a time, as long as a move helps (Hartigan 1975, Clustering Algorithms, chapter 4).

    The rest of the result is as for `without_centroids`. Empty groups are refilled
    with the patient farthest from its own. Raises `Refused` for bad parameters, `NotEstimable` with fewer than `k`
    different patients.
    """
    distances = np.asarray(matrix, dtype=float)
    values = np.asarray(densities, dtype=float)
    _require(distances, values, power, start)
    require_groups(values, k, restarts, cap)
    cost = distances**power

    run = partial(_run, cost, k, start, cap)
    runs = spread(run, generators(seed, restarts), progress, f"Clustering into {k} without centroids")
    restarts_made = tuple(restart for _, restart in runs)
    best = int(np.argmin([restart.objective for restart in restarts_made]))
    return without_centroids(
        distances, values, runs[best][0], k, centroid="distance", restarts=restarts_made, best=best, seed=seed
    )


def _require(matrix: np.ndarray, values: np.ndarray, power: float, start: str) -> None:
    problems = []
    if matrix.shape != (len(values), len(values)) or not np.all(np.isfinite(matrix)) or np.any(matrix < 0):
        problems.append(Problem("This is no matrix of distances between these patients.", "matrix", "Use `w1_matrix`."))
    if not power > 0:
        problems.append(Problem(f"A power of {power}.", "power", "Take 2, or 1 for the distances themselves."))
    if start not in ("k-means++", "random"):
        problems.append(Problem(f"Unknown start {start!r}.", "start", "Choose k-means++ or random."))
    if problems:
        raise Refused(problems)


def _run(cost: np.ndarray, k: int, start: str, cap: int, rng: np.random.Generator) -> tuple[np.ndarray, Restart]:
    first, refilled = _refilled(cost[:, _seeds(cost, k, start, rng)], k)
    labels, rounds, again = _rounds(cost, first, k, cap)
    labels, moves = _moves(cost, labels, k, cap * len(cost))
    rested = moves < cap * len(cost)
    return labels, Restart(within_groups(cost, labels, k), rounds, rested, False, refilled + again)


def _seeds(cost: np.ndarray, k: int, start: str, rng: np.random.Generator) -> list[int]:
    """Patients to start from: each next with chance proportional to its cost to the nearest of those before."""
    if start == "random":
        return [int(i) for i in rng.choice(len(cost), k, replace=False)]
    chosen = [int(rng.integers(len(cost)))]
    while len(chosen) < k:
        nearest = cost[:, chosen].min(axis=1)
        chosen.append(int(rng.choice(len(cost), p=nearest / nearest.sum())))
    return chosen


def _rounds(cost: np.ndarray, labels: np.ndarray, k: int, cap: int) -> tuple[np.ndarray, int, int]:
    """Reassign everybody by mean cost until nothing changes or a grouping comes back -> lowest, rounds, refills."""
    lowest, least, seen, refilled, rounds = labels, within_groups(cost, labels, k), {labels.tobytes()}, 0, 0
    while rounds < cap:
        rounds += 1
        member = np.eye(k)[labels]
        labels, again = _refilled(cost @ member / member.sum(axis=0), k)
        refilled += again
        objective = within_groups(cost, labels, k)
        if objective < least:
            lowest, least = labels, objective
        if labels.tobytes() in seen:
            break
        seen.add(labels.tobytes())
    return lowest, rounds, refilled


def _refilled(to_groups: np.ndarray, k: int) -> tuple[np.ndarray, int]:
    """(n, k) costs -> the cheapest group of each patient, ties to the first; an empty one gets the farthest patient."""
    labels = to_groups.argmin(axis=1)
    sizes = np.bincount(labels, minlength=k)
    farthest = iter(np.argsort(-to_groups.min(axis=1), kind="stable"))
    empty = np.flatnonzero(sizes == 0)
    for c in empty:
        patient = next(i for i in farthest if sizes[labels[i]] > 1)
        sizes[labels[patient]] -= 1
        labels[patient], sizes[c] = c, 1
    return labels, len(empty)


def _moves(cost: np.ndarray, labels: np.ndarray, k: int, most: int) -> tuple[np.ndarray, int]:
    """Make the single move that helps most, again and again -> the labels and how many moves it took.

    With S_ic the sum of costs from patient i to group c and W_c the sum within it, leaving group a for c changes the
    objective by (W_c + S_ic) / (|c| + 1) - W_c / |c| + (W_a - S_ia) / (|a| - 1) - W_a / |a|.
    """
    labels, everyone = labels.copy(), np.arange(len(labels))
    member = np.eye(k)[labels]
    sums, sizes = cost @ member, member.sum(axis=0)
    smallest = _GAIN * within_groups(cost, labels, k)
    for moves in range(most):
        within = np.array([sums[labels == c, c].sum() / 2 for c in range(k)])
        joining = (within + sums) / (sizes + 1) - within / sizes
        own, left = within[labels], np.maximum(sizes[labels] - 1, 1)
        leaving = (own - sums[everyone, labels]) / left - own / sizes[labels]
        change = joining + leaving[:, None]
        change[everyone, labels] = 0.0
        change[sizes[labels] == 1] = 0.0
        patient, to = np.unravel_index(change.argmin(), change.shape)
        if change[patient, to] >= -smallest:
            return labels, moves
        away = labels[patient]
        sums[:, away] -= cost[:, patient]
        sums[:, to] += cost[:, patient]
        sizes[away] -= 1
        sizes[to] += 1
        labels[patient] = to
    return labels, most

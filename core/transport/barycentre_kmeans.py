"""k-means whose centroids are barycentres: every update then lowers the very sum that the assignment lowers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from core.compute import Progress, part, quiet, spread
from core.transport.barycentre import EXACT_BELOW, Barycentre, barycentre
from core.transport.beat import Beat
from core.transport.clustering import Restart
from core.transport.lloyd import Run, State
from core.transport.metric import Ground
from core.transport.wasserstein import solve_pairs

#: So many different groupings of the means are followed, the lowest first.
_FOLLOWED = 8
#: The certified gap at which the first-order method stops, on the way and for centroids too large for the program.
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Descent:
    """Where barycentres led from one grouping: the last state, `rounds` of updating, and the `centres` themselves.

    `centroids` of the state are the `centres`, which are those of the labels when `rested`.
    """

    state: State
    centres: tuple[Barycentre, ...]
    rounds: int
    rested: bool

    @property
    def gap(self) -> float:
        """At most this share of the sum of distances could other centroids of the same groups save."""
        value = sum(centre.value for centre in self.centres)
        return max(0.0, value - sum(centre.bound for centre in self.centres)) / value if value > 0 else 0.0


def with_barycentres(
    densities: np.ndarray, ground: Ground, runs: list[Run], cap: int, progress: Progress = quiet
) -> tuple[list[Run], float]:
    """Where do these runs of k-means lead when the centroids become barycentres? -> the runs, and the best one's gap.

    `runs` are those of mean centroids at rest; each goes on from its grouping, and groupings that several starts found
    are followed once. No round raises the sum of distances, so every run ends at or below where it was. Those as low
    as the best, up to the tolerance, are followed once more with centroids solved exactly where the linear program is
    small enough; the gap says how much, at most, better centroids of the same groups could save. Only runs that ended
    in one of the eight lowest groupings go on, and the others are left out.
    """
    lowest = sorted(runs, key=lambda run: run.restart.objective)
    distinct = {_canonical(run.state.labels).tobytes(): _canonical(run.state.labels) for run in lowest}
    distinct = dict(list(distinct.items())[:_FOLLOWED])
    runs = [run for run in runs if _canonical(run.state.labels).tobytes() in distinct]
    groups = [_canonical(run.state.labels) for run in runs]
    beat = Beat(part(progress, 0.0, 0.7))
    follow = partial(descend, densities, ground, cap=cap, beat=beat, exact_below=0)
    found = spread(follow, distinct.values(), beat.tell, "Barycentres")
    near = min(end.state.objective for end in found) * (1 + _TOLERANCE)
    ends = {_canonical(end.state.labels).tobytes(): end for end in found if end.state.objective <= near}
    last = Beat(part(progress, 0.7, 0.3))
    again = [end.state.labels for end in ends.values()]
    exactly = partial(descend, densities, ground, cap=cap, beat=last, exact_below=EXACT_BELOW)
    solved = spread(exactly, again, last.tell, "Barycentres of the best groupings")
    ends = {key: _lower(one, ends[key]) for key, one in zip(ends, solved, strict=True)}
    by_start = dict(zip(distinct, found, strict=True))
    answers = []
    for run, group in zip(runs, groups, strict=True):
        first = by_start[group.tobytes()]
        end = ends.get(_canonical(first.state.labels).tobytes(), first)
        answers.append(_run(run, replace(end, rounds=first.rounds)))
    return answers, min(ends.values(), key=lambda end: end.state.objective).gap


def descend(
    densities: np.ndarray,
    ground: Ground,
    labels: np.ndarray,
    *,
    cap: int,
    beat: Beat,
    exact_below: int,
    tolerance: float = _TOLERANCE,
) -> Descent:
    """Barycentres of the groups (n,), then everybody to the nearest, until nobody moves; the sum never rises."""
    k, centroids, last = int(labels.max()) + 1, None, np.inf
    refilled, rounds, rested, kept = 0, 0, False, {}
    solve = partial(barycentre, ground=ground, tolerance=tolerance, exact_below=exact_below, beat=beat)
    while rounds < cap and not rested:
        rounds += 1
        groups = [labels == c for c in range(k)]
        for c, own in enumerate(groups):
            if own.tobytes() not in kept:
                kept[own.tobytes()] = solve(densities[own], start=None if centroids is None else centroids[c])
        centres = tuple(kept[own.tobytes()] for own in groups)
        centroids = np.stack([centre.centroid for centre in centres])
        distances = _distances(densities, centroids, ground, beat)
        before, (labels, empty) = labels, _assigned(distances)
        refilled += empty
        objective = float(distances.min(axis=1).sum())
        rested = not empty and bool(np.array_equal(labels, before) or last - objective <= 1e-12 * objective)
        last = objective
    return Descent(State(labels, centroids, objective, refilled), centres, rounds, rested)


def _distances(densities: np.ndarray, centroids: np.ndarray, ground: Ground, beat: Beat) -> np.ndarray:
    """(n, k), in this thread: the descents are in threads of their own."""
    everyone = np.arange(len(densities))
    columns = [np.full(len(densities), c) for c in range(len(centroids))]
    solved = [solve_pairs(densities, centroids, everyone, column, ground, beat=beat)[0] for column in columns]
    return np.column_stack(solved)


def _assigned(distances: np.ndarray) -> tuple[np.ndarray, int]:
    """The nearest centroid of each patient, of equal ones the first; an empty group gets the farthest patient."""
    nearest, labels = distances.min(axis=1), distances.argmin(axis=1)
    sizes = np.bincount(labels, minlength=distances.shape[1])
    farthest = iter(np.argsort(-nearest, kind="stable"))
    empty = np.flatnonzero(sizes == 0)
    for c in empty:
        patient = next(i for i in farthest if sizes[labels[i]] > 1)
        sizes[labels[patient]] -= 1
        labels[patient], sizes[c] = c, 1
    return labels, len(empty)


def _canonical(labels: np.ndarray) -> np.ndarray:
    """The same groups, numbered in the order in which patients meet them."""
    _, first, member = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[member]


def _lower(one: Descent, other: Descent) -> Descent:
    return one if one.state.objective <= other.state.objective else other


def _run(before: Run, end: Descent) -> Run:
    restart = Restart(
        objective=end.state.objective,
        rounds=before.restart.rounds + end.rounds,
        converged=end.rested,
        cycled=False,
        reseeded=before.restart.reseeded + end.state.reseeded,
    )
    return Run(end.state, restart)

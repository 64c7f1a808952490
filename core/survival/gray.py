"""Do groups differ in how often one event happens when others may happen first? Gray's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.survival.compared import Compared
from core.survival.competing import competing_patients, untied
from core.survival.limits import FEW_EVENTS, FEW_PATIENTS, FEWEST_EVENTS, FEWEST_PATIENTS
from core.survival.linear_rank import ASYMPTOTIC, PERMUTATION
from core.vocabulary import counted

METHOD = "Gray (rho = 0)"


@dataclass(frozen=True)
class GrayGroup:
    """One group of the test: patients, events of the cause tested, and events of all other causes."""

    group: str
    n: int
    n_events: int
    n_competing: int


@dataclass(frozen=True)
class GrayTest:
    """Two-sided test that the cumulative incidence of cause `of` is the same in all groups.

    p_method               "chi-square" or "permutation"; permutations: how many exchanges of labels, 0 if none
    n_events, n_competing  events of the cause tested, and of all others
    n_no_group             patients with time and cause and no label; n_excluded: without time or cause
    """

    of: int
    statistic: float
    dof: int
    p: float
    method: str
    p_method: str
    permutations: int
    groups: tuple[GrayGroup, ...]
    note: str
    n: int
    n_events: int
    n_competing: int
    n_excluded: int
    n_no_group: int


def gray_test(
    time: Sequence[float],
    cause: Sequence[int],
    groups: Sequence,
    *,
    of: int,
    order: Sequence[str] = (),
    seed: int = 0,
    permutations: int = 1000,
    progress: Progress = quiet,
) -> GrayTest:
    """Do the groups differ in the cumulative incidence of cause `of`, the other causes being allowed to rule it out?

    time, cause, groups  (N,) each, as for `cumulative_incidence`; patients lacking one are left out and counted.
    A seeded permutation p serves when a group has fewer than 10 patients or 5 events of the cause; it supposes equal
    censoring in the groups. Raises `NotEstimable` for fewer than two groups or more than six, a group below 5 patients,
    fewer than 3 events of the cause, or groups that leave the statistic without a variance; `Refused` for bad times and
    codes. Source: Gray 1988, doi:10.1214/aos/1176350951, rho = 0, with the variance of the R package cmprsk.
    """
    if of < 1:
        raise ValueError("The cause tested has a code of 1 or more; 0 is censored.")
    outcome, patients, codes = competing_patients(time, cause, groups, order=order)
    own = codes == of
    dof = len(patients.levels) - 1
    _enough(patients, int(own.sum()))
    statistic = _statistic(patients, own)
    if np.isnan(statistic):
        raise NotEstimable(
            "The groups were not at risk together in a way that lets Gray's test compare them.",
            "Describe the curves, choose another grouping, or an endpoint with longer follow-up.",
        )
    events = np.bincount(patients.code[own], minlength=dof + 1)
    few = patients.sizes.min() < FEW_PATIENTS or events.min() < FEW_EVENTS
    table = zip(patients.levels, patients.sizes, events, patients.events - events, strict=True)
    if few:
        p, note = _exchanged(patients, own, statistic, seed, permutations, progress)
    else:
        from scipy.stats import chi2

        p, note = float(chi2.sf(statistic, dof)), ""
    return GrayTest(
        of=int(of),
        statistic=statistic,
        dof=dof,
        p=p,
        method=METHOD,
        p_method=PERMUTATION if few else ASYMPTOTIC,
        permutations=permutations if few else 0,
        groups=tuple(GrayGroup(level, *map(int, counts)) for level, *counts in table),
        note=note,
        n=len(patients.time),
        n_events=int(own.sum()),
        n_competing=int((patients.event & ~own).sum()),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
    )


def _statistic(patients: Compared, own: np.ndarray) -> float:
    """Gray's statistic; NaN where the groups leave it without a variance."""
    score, covariance = _score(patients, own)
    sound = np.isfinite(score).all() and np.isfinite(covariance).all()
    if not sound or np.linalg.matrix_rank(covariance, hermitian=True) < len(score):
        return float("nan")
    return float(score @ np.linalg.solve(covariance, score))


def _exchanged(
    patients: Compared, own: np.ndarray, found: float, seed: int, permutations: int, progress: Progress
) -> tuple[float, str]:
    """p = (1 + permuted statistics at least as large) / (1 + permutations), and why it is one."""
    chance, reached = np.random.default_rng(seed), 0
    for done in range(permutations):
        drawn = _statistic(replace(patients, code=chance.permutation(patients.code)), own)
        # Equal statistics may differ in the last digits, which must not count as smaller; NaN counts as none.
        reached += drawn >= found * (1 - 1e-9)
        progress((done + 1) / permutations, "Permuting the group labels")
    note = (
        f"Permutation p ({permutations:,} exchanges of labels, seed {seed}), because a group has fewer than "
        f"{FEW_PATIENTS} patients or {FEW_EVENTS} events; it supposes equal censoring in the groups."
    )
    return (1 + reached) / (1 + permutations), note


def _enough(patients: Compared, events: int) -> None:
    """Raise where only a description is honest."""
    if len(patients.levels) < 2:
        raise NotEstimable(
            f"A comparison needs two groups; all {len(patients.time)} patients are in '{patients.levels[0]}'.",
            "Widen the cohort or choose another grouping.",
        )
    smallest = int(patients.sizes.min())
    if smallest < FEWEST_PATIENTS or events < FEWEST_EVENTS:
        small = smallest < FEWEST_PATIENTS
        few = f"a group has {counted(smallest, 'patient')}" if small else f"the cause has {counted(events, 'event')}"
        raise NotEstimable(
            f"No test: {few}; it takes {FEWEST_PATIENTS} patients per group and {FEWEST_EVENTS} events of the cause.",
            "Describe the curves without a p, join small groups, or widen the cohort.",
        )


@dataclass(frozen=True, eq=False)
class _Course:
    """At each of J times with any event, for each of K groups: (K, J) arrays.

    own, other     events of the cause tested and of the other causes; at_risk: patients at risk, T >= time
    before, after  Kaplan-Meier survival free of every event, just before and just after
    had            incidence of the cause tested just before
    weight         patients that would be at risk had nobody left but by censoring: at_risk / before
    """

    own: np.ndarray
    other: np.ndarray
    at_risk: np.ndarray
    before: np.ndarray
    after: np.ndarray
    had: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, patients: Compared, chosen: np.ndarray) -> _Course:
        moments, count = np.unique(patients.time[patients.event]), len(patients.levels)
        place = np.searchsorted(moments, patients.time, "right")  # at how many of the times a patient was at risk

        def counts(which: np.ndarray) -> np.ndarray:
            table = np.zeros((count, len(moments) + 1), dtype=int)
            np.add.at(table, (patients.code[which], place[which]), 1)
            return table

        own, other = counts(chosen)[:, 1:], counts(patients.event & ~chosen)[:, 1:]
        at_risk = patients.sizes[:, None] - counts(np.ones_like(chosen))[:, :-1].cumsum(axis=1)
        alive = np.maximum(at_risk, 1)
        after = np.cumprod(1 - (own + other) / alive, axis=1)
        before = np.hstack([np.ones((count, 1)), after[:, :-1]])
        gained = np.cumsum(before * own / alive, axis=1)
        had = np.hstack([np.zeros((count, 1)), gained[:, :-1]])
        return cls(own, other, at_risk, before, after, had, at_risk / np.where(at_risk > 0, before, 1))


def _score(patients: Compared, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Score (K-1,) and covariance (K-1, K-1) of the groups but the last; not finite where they are not defined.

    Under the null hypothesis the groups share one incidence, whose increments are estimated from all of them.
    """
    course = _Course.of(patients, own)
    total, events = course.weight.sum(axis=0), course.own.sum(axis=0)
    pooled = np.cumsum(events / total)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Patients who had a competing event stay at risk of this cause, as long as they would have been followed up.
        still = course.weight * (1 - course.had)
        expected = np.where(events > 0, events * still / still.sum(axis=0), 0)
        # With one group left nothing is compared; the shared incidence, which may then pass 1, is not needed.
        free = 1 - np.r_[0, pooled[:-1]]
        needed = (events > 0) & ((course.at_risk > 0).sum(axis=0) > 1)
        increments = np.where(needed, events / (total * np.where(np.abs(free) > 1e-9, free, np.nan)), 0)
        covariance = _covariance(course, total, pooled, increments)
    return (course.own - expected).sum(axis=1)[:-1], covariance[:-1, :-1]


def _covariance(course: _Course, total: np.ndarray, pooled: np.ndarray, increments: np.ndarray) -> np.ndarray:
    """(K, K): what an event in group k at time j moves in score i, squared, times the variance of such events."""
    events = course.own.sum(axis=0)
    now = course.weight[:, None] * (np.eye(len(course.own))[:, :, None] - course.weight / total)
    upto = np.cumsum(now * increments, axis=2)
    later = upto[:, :, -1:] - upto
    left = np.where(course.after > 0, (1 - pooled) / course.after, 0)
    alive = np.maximum(course.at_risk, 1)
    own = untied(events, total * course.before) * course.before * events / (total * alive) * (course.at_risk > 0)
    other = untied(course.other, alive) * (course.before / alive) ** 2 * course.other * (course.after > 0)
    covariance = 0
    for moved, spread in ((now + (1 - left) * later, own), (left * later, other)):
        covariance = covariance + np.einsum("ikj,lkj,kj->il", moved, moved, spread)
    return covariance

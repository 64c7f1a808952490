"""Do the groups differ in survival? The log-rank test, with what it may claim when groups are small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.survival.compared import Compared, compared
from core.survival.outcome import Outcome
from core.survival.permutation import RiskSets, permutation_p

#: Below these nothing is tested; below the others the chi-square approximation is replaced by permutation.
FEWEST_PATIENTS, FEWEST_EVENTS = 5, 3
FEW_PATIENTS, FEW_EVENTS = 10, 5
ASYMPTOTIC, PERMUTATION, DESCRIPTIVE = "chi-square", "permutation", "descriptive only"


@dataclass(frozen=True)
class LogRankGroup:
    """One group: patients, events observed, and events expected if all groups had the same hazard."""

    group: str
    n: int
    observed: int
    expected: float


@dataclass(frozen=True)
class Pair:
    """Two of the groups tested against each other; `p_holm` is adjusted over all pairs that could be tested."""

    first: str
    second: str
    statistic: float | None
    p: float | None
    p_holm: float | None
    method: str
    note: str


@dataclass(frozen=True)
class LogRank:
    """Two-sided log-rank test (rho = 0, R's `survdiff`); `p` is None where only a description is honest.

    method        "chi-square", "permutation" or "descriptive only"; permutations: how many, 0 if none
    n_no_group    patients with an outcome and no label; n_excluded: without time or event
    """

    statistic: float | None
    dof: int
    p: float | None
    method: str
    permutations: int
    groups: tuple[LogRankGroup, ...]
    pairs: tuple[Pair, ...]
    note: str
    n: int
    n_events: int
    n_excluded: int
    n_no_group: int


def logrank(
    outcome: Outcome,
    groups: Sequence,
    order: Sequence[str] = (),
    seed: int = 0,
    permutations: int = 2000,
    progress: Progress = quiet,
) -> LogRank:
    """Do the groups differ in survival?

    groups  one label per patient given to `Outcome.of`, missing ones left out and counted. No p when a group has fewer
    than 5 patients or there are fewer than 3 events; a seeded permutation p when a group has fewer than 10 patients or
    5 events. With more than two groups every pair is tested too, adjusted by Holm (1979, jstor:4615733).
    Raises `NotEstimable` for one group, no events, or groups never at risk together. Source: Mantel 1966; by lifelines.
    """
    patients, note = _comparable(compared(outcome, groups, order))
    pairs = ()
    tests = len(patients.levels) * (len(patients.levels) - 1) // 2 if len(patients.levels) > 2 else 0

    def part(done: int) -> Progress:
        return lambda share, text="": progress((done + share) / (1 + tests), text)

    statistic, p, method, reason = _test(patients, seed, permutations, part(0))
    if tests:
        pairs = _holm(
            _pair(patients.only(pair), seed, permutations, part(done))
            for done, pair in enumerate(combinations(range(len(patients.levels)), 2), 1)
        )
    return LogRank(
        statistic=statistic,
        dof=len(patients.levels) - 1,
        p=p,
        method=method,
        permutations=permutations if method == PERMUTATION else 0,
        groups=_groups(patients),
        pairs=pairs,
        note=" ".join(filter(None, (note, reason))),
        n=len(patients.time),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
    )


def _comparable(patients: Compared) -> tuple[Compared, str]:
    """The groups that were at risk when an event happened; a group censored before the first event says nothing."""
    if len(patients.levels) < 2:
        raise NotEstimable(
            f"A comparison needs two groups; all {len(patients.time)} patients are in '{patients.levels[0]}'.",
            "Widen the cohort or choose another grouping.",
        )
    if not patients.event.any():
        raise NotEstimable("No events happened in these groups.", "Choose another endpoint or widen the cohort.")
    first = patients.time[patients.event].min()
    followed = [i for i in range(len(patients.levels)) if patients.time[patients.code == i].max() >= first]
    lost = [level for i, level in enumerate(patients.levels) if i not in followed]
    if len(followed) < 2 or np.all(
        patients.event[patients.time >= first] & (patients.time[patients.time >= first] == first)
    ):
        raise NotEstimable(
            "The groups were never at risk together in a way that lets them differ.",
            "Choose another grouping or an endpoint with longer follow-up.",
        )
    note = f"Left out, as followed up only until before the first event: {', '.join(lost)}." if lost else ""
    return patients.only(followed), note


def _test(patients: Compared, seed: int, permutations: int, progress: Progress):
    """Statistic, p, method and the reason for the method."""
    smallest, events = int(patients.sizes.min()), int(patients.event.sum())
    if smallest < FEWEST_PATIENTS or events < FEWEST_EVENTS:
        few = f"a group has {smallest} patients" if smallest < FEWEST_PATIENTS else f"there are {events} events in all"
        return (
            None,
            None,
            DESCRIPTIVE,
            f"No test: {few}; it takes {FEWEST_PATIENTS} patients per group and {FEWEST_EVENTS} events.",
        )
    if smallest < FEW_PATIENTS or patients.events.min() < FEW_EVENTS:
        statistic, p = permutation_p(patients, permutations, seed, progress)
        return (
            statistic,
            p,
            PERMUTATION,
            f"Permutation p ({permutations:,} exchanges of labels, seed {seed}), because a group has fewer than "
            f"{FEW_PATIENTS} patients or {FEW_EVENTS} events; it supposes equal censoring in the groups.",
        )
    from lifelines.statistics import multivariate_logrank_test

    with np.errstate():  # lifelines switches numpy's warnings off for good
        test = multivariate_logrank_test(patients.time, patients.code, patients.event)
    progress(1.0, "Log-rank test")
    return float(test.test_statistic), float(test.p_value), ASYMPTOTIC, ""


def _groups(patients: Compared) -> tuple[LogRankGroup, ...]:
    sets = RiskSets.of(patients.time, patients.event)
    observed, expected, _ = sets.counts(patients.code[sets.order][None], len(patients.levels))
    return tuple(
        LogRankGroup(level, int(size), int(seen), float(due))
        for level, size, seen, due in zip(patients.levels, patients.sizes, observed[0], expected[0], strict=True)
    )


def _pair(two: Compared, seed: int, permutations: int, progress: Progress) -> Pair:
    try:
        two, _ = _comparable(two)
        statistic, p, method, note = _test(two, seed, permutations, progress)
    except NotEstimable as state:
        statistic, p, method, note = None, None, DESCRIPTIVE, str(state)
    return Pair(*two.levels, statistic, p, None, method, note)


def _holm(pairs) -> tuple[Pair, ...]:
    """Step-down adjustment over the pairs that have a p."""
    pairs = list(pairs)
    tested = sorted((pair.p, position) for position, pair in enumerate(pairs) if pair.p is not None)
    largest = 0.0
    for rank, (p, position) in enumerate(tested):
        largest = max(largest, min(1.0, p * (len(tested) - rank)))
        pairs[position] = replace(pairs[position], p_holm=largest)
    return tuple(pairs)

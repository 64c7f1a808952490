"""Do the groups differ in survival? The log-rank test, with what it may claim when groups are small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.survival.compared import Compared, comparable, compared
from core.survival.limits import FEW_EVENTS, FEWEST_EVENTS, FEWEST_PATIENTS, few_patients
from core.survival.linear_rank import ASYMPTOTIC, DESCRIPTIVE, PERMUTATION, RankTest, Stratum, described, equal, total
from core.survival.outcome import Outcome
from core.survival.permutation import permutation_p
from core.vocabulary import counted

METHOD = "log-rank"


@dataclass(frozen=True, kw_only=True)
class LogRank(RankTest):
    """Two-sided log-rank test (rho = 0, R's `survdiff`); `statistic` and `p` are None where only a description is
    honest, and `p_method` says so.
    """


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
    than 5 patients or there are fewer than 3 events; a seeded permutation p when a group has fewer than 5 events or
    20 patients (30 where there are more than four groups). Raises `NotEstimable` for one group, no events, or groups
    never at risk together.
    Source: Mantel 1966, PMID 5910392; by lifelines.
    """
    patients, lost = comparable(compared(outcome, groups, order))
    statistic, p, p_method, reason = _test(patients, seed, permutations, progress)
    strata = (Stratum.of(patients, np.arange(len(patients.time)), equal),)
    return LogRank(
        statistic=statistic,
        dof=len(patients.levels) - 1,
        p=p,
        method=METHOD,
        p_method=p_method,
        permutations=permutations if p_method == PERMUTATION else 0,
        groups=described(patients, total(strata, patients.code, len(patients.levels))),
        note=" ".join(filter(None, (lost, reason))),
        n=len(patients.time),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
    )


def _test(patients: Compared, seed: int, permutations: int, progress: Progress):
    """Statistic, p, method and the reason for the method."""
    smallest, events = int(patients.sizes.min()), int(patients.event.sum())
    if smallest < FEWEST_PATIENTS or events < FEWEST_EVENTS:
        small = smallest < FEWEST_PATIENTS
        few = f"a group has {counted(smallest, 'patient')}" if small else f"the groups have {counted(events, 'event')}"
        return (
            None,
            None,
            DESCRIPTIVE,
            f"No test: {few}; it takes {FEWEST_PATIENTS} patients per group and {FEWEST_EVENTS} events.",
        )
    few = few_patients(len(patients.levels))
    if smallest < few or patients.events.min() < FEW_EVENTS:
        statistic, p = permutation_p(patients, permutations, seed, progress)
        return (
            statistic,
            p,
            PERMUTATION,
            f"Permutation p ({permutations:,} exchanges of labels, seed {seed}), because a group has fewer than "
            f"{few} patients or {FEW_EVENTS} events; it supposes equal censoring in the groups.",
        )
    from lifelines.statistics import multivariate_logrank_test

    with np.errstate():  # lifelines switches numpy's warnings off for good
        test = multivariate_logrank_test(patients.time, patients.code, patients.event)
    progress(1.0, "Log-rank test")
    return float(test.test_statistic), float(test.p_value), ASYMPTOTIC, ""

"""Do the groups differ early or late? The log-rank test with weights of Fleming and Harrington."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.survival.compared import comparable, compared
from core.survival.linear_rank import RankTest, Stratum, described, total, verdict
from core.survival.outcome import Outcome
from core.survival.permutation import RiskSets


@dataclass(frozen=True, kw_only=True)
class WeightedLogRank(RankTest):
    """Two-sided test; an event at time t counts S(t-)^rho (1 - S(t-))^gamma, S pooled over the groups.

    groups  their observed and expected events are weighted, `n_events` is the plain number
    """

    rho: float
    gamma: float


def weighted_logrank(
    outcome: Outcome,
    groups: Sequence,
    rho: float = 0.0,
    gamma: float = 0.0,
    order: Sequence[str] = (),
    seed: int = 0,
    permutations: int = 2000,
    progress: Progress = quiet,
) -> WeightedLogRank:
    """Do the groups differ in survival, when early (rho > 0) or late (gamma > 0) events count more?

    groups  one label per patient given to `Outcome.of`, missing ones left out and counted. The weights use the curve
    just before each event time, exactly as R's `survdiff(rho =)` does; rho = gamma = 0 is the log-rank test.
    Choose the weights before looking at the curves. A seeded permutation p serves where groups are small, as for
    `logrank`. Raises `Refused` for a negative rho or gamma; `NotEstimable` for one group, no events, groups
    never at risk together, a group below 5 patients, fewer than 3 events, or weights that are all zero.
    Source: Harrington and Fleming 1982, doi:10.1093/biomet/69.3.553; gamma: 1991, doi:10.1002/9781118150672.
    """
    _check(rho, gamma)
    patients, lost = comparable(compared(outcome, groups, order))
    everyone = np.arange(len(patients.time))
    strata = (Stratum.of(patients, everyone, lambda sets: fleming_harrington(sets, rho, gamma)),)
    sums = total(strata, patients.code, len(patients.levels))
    dof = sums.dof()
    if not dof:
        raise NotEstimable(
            f"With rho = {rho:g} and gamma = {gamma:g} no event with two groups at risk has a weight.",
            "Choose gamma = 0, or an endpoint with longer follow-up.",
        )
    # A group followed up only to the first event weighs nothing when late events alone count.
    idle = [level for level, own in zip(patients.levels, np.diagonal(sums.covariance[0]), strict=True) if own <= 0]
    unweighted = f"Without an event of any weight to compare: {', '.join(idle)}." if idle else ""
    found = verdict(
        strata,
        patients,
        np.ones(len(everyone), bool),
        lambda sums: sums.chi_square(),
        dof,
        seed,
        permutations,
        progress,
    )
    return WeightedLogRank(
        statistic=found.statistic,
        dof=found.dof,
        p=found.p,
        method=f"Fleming-Harrington rho = {rho:g}, gamma = {gamma:g}",
        p_method=found.p_method,
        permutations=found.permutations,
        rho=float(rho),
        gamma=float(gamma),
        groups=described(patients, sums),
        note=" ".join(filter(None, (lost, unweighted, found.note))),
        n=len(patients.time),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
    )


def peto_peto(
    outcome: Outcome,
    groups: Sequence,
    order: Sequence[str] = (),
    seed: int = 0,
    permutations: int = 2000,
    progress: Progress = quiet,
) -> WeightedLogRank:
    """Do the groups differ in survival, when early events count more, each by the share of patients still free of it?

    This is rho = 1 and gamma = 0: R's `survdiff(rho = 1)`, with the Kaplan-Meier curve just before each event. The
    variant with the curve prod(1 - d / (n + 1)) that other programs call Peto-Peto differs slightly. Arguments and
    errors as in `weighted_logrank`. Source: Peto and Peto 1972, doi:10.2307/2344317.
    """
    test = weighted_logrank(outcome, groups, 1.0, 0.0, order, seed, permutations, progress)
    return replace(test, method=f"Peto-Peto ({test.method})")


def fleming_harrington(sets: RiskSets, rho: float, gamma: float) -> np.ndarray:
    """(J,) weights S(t-)^rho (1 - S(t-))^gamma at the event times, from the Kaplan-Meier curve of all patients."""
    after = np.cumprod((sets.at_risk - sets.deaths) / sets.at_risk)
    before = np.concatenate([np.ones(min(1, len(after))), after[:-1]])
    return before**rho * (1 - before) ** gamma


def _check(rho: float, gamma: float) -> None:
    wrong = [
        Problem(f"{name} is {value}.", name, "Give a finite number, zero or more.")
        for name, value in (("rho", rho), ("gamma", gamma))
        if not (math.isfinite(value) and value >= 0)
    ]
    if wrong:
        raise Refused(wrong)

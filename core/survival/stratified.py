"""Do the groups differ in survival within centres? The log-rank test summed over strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.survival.compared import Compared, comparable, compared
from core.survival.linear_rank import RankTest, Stratum, described, equal, total, verdict
from core.survival.outcome import Outcome


@dataclass(frozen=True)
class StratumCount:
    """One stratum: patients, events, how many of the groups are in it, and whether it has a say in the test."""

    stratum: str
    n: int
    n_events: int
    n_groups: int
    informative: bool


@dataclass(frozen=True, kw_only=True)
class StratifiedLogRank(RankTest):
    """Two-sided log-rank test, stratified as R's `survdiff(~ group + strata(by))`.

    n, groups      all patients with group and stratum; n_informative: those in strata that have a say
    n_one_group    strata with patients of one group only: they contribute nothing, like those never at risk together
    n_no_stratum   patients with an outcome and a group and no stratum
    """

    strata: tuple[StratumCount, ...]
    n_informative: int
    n_strata: int
    n_one_group: int
    n_no_stratum: int


def stratified_logrank(
    outcome: Outcome,
    groups: Sequence,
    strata: Sequence,
    by: str = "centre",
    order: Sequence[str] = (),
    seed: int = 0,
    permutations: int = 2000,
    progress: Progress = quiet,
) -> StratifiedLogRank:
    """Do the groups differ in survival when patients are compared only within their own stratum, such as a centre?

    groups, strata  one label each per patient given to `Outcome.of`, missing ones left out and counted; by: what the
    strata are, for the name of the test. Observed, expected and covariance are added over the strata. The smallest
    sizes are counted in the strata that have a say; where groups are small there, as for `logrank`, the p
    comes from seeded exchanges of labels within strata. Raises `NotEstimable` for no known stratum, one group, no
    events, groups never at risk together in a stratum, a group below 5 patients or fewer than 3 events.
    Source: Mantel 1966; Peto et al. 1977, doi:10.1038/bjc.1977.1.
    """
    patients, places, n_no_stratum = _placed(outcome, groups, strata, by, order)
    comparable(patients)
    patients, places, lost = _linked(patients, places, by)
    parts = _strata(patients, places)
    sums = total(tuple(parts.values()), patients.code, len(patients.levels))
    counts = tuple(_count(name, part, patients) for name, part in parts.items())
    informative = np.isin(places, [count.stratum for count in counts if count.informative])
    found = verdict(
        tuple(parts.values()),
        patients,
        informative,
        lambda sums: sums.chi_square(),
        sums.dof(),
        seed,
        permutations,
        progress,
    )
    return StratifiedLogRank(
        statistic=found.statistic,
        dof=found.dof,
        p=found.p,
        method=_method(by, counts, len(patients.levels)),
        p_method=found.p_method,
        permutations=found.permutations,
        groups=described(patients, sums),
        strata=counts,
        note=" ".join(filter(None, (lost, _silent(counts), found.note))),
        n=len(patients.time),
        n_events=int(patients.event.sum()),
        n_informative=int(informative.sum()),
        n_strata=len(counts),
        n_one_group=sum(count.n_groups == 1 for count in counts),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group - n_no_stratum,
        n_no_stratum=n_no_stratum,
    )


def _placed(
    outcome: Outcome, groups: Sequence, strata: Sequence, by: str, order: Sequence[str]
) -> tuple[Compared, np.ndarray, int]:
    """The patients with a group and a stratum, their strata (n,) as text, and how many had a group alone."""
    labels, places = outcome.take(groups), outcome.take(strata)
    placed = places.notna()
    if not (labels.notna() & placed).any():
        raise NotEstimable(
            f"No patient with an outcome has both a group and a stratum ({by}).",
            f"Choose another stratification than {by}, or widen the cohort.",
        )
    # Labels are taken for all patients again, hence those without a stratum lose theirs in the full list.
    given = pd.Series(groups).reset_index(drop=True)
    given = given.where(pd.Series(strata).reset_index(drop=True).notna())
    in_test = (labels.notna() & placed).to_numpy()
    return (
        compared(outcome, given, order),
        places[in_test].astype(str).to_numpy(dtype=object),
        int((labels.notna() & ~placed).sum()),
    )


def _linked(patients: Compared, places: np.ndarray, by: str) -> tuple[Compared, np.ndarray, str]:
    """Without the groups that were never at risk together with another one in any stratum."""
    parts = tuple(_strata(patients, places).values())
    variances = np.diagonal(total(parts, patients.code, len(patients.levels)).covariance[0])
    linked = np.flatnonzero(variances > 0).tolist()
    if len(linked) < 2:
        raise NotEstimable(
            f"The groups were never at risk together in a stratum ({by}) in a way that lets them differ.",
            "Choose coarser strata, or compare the groups without strata.",
        )
    lost = [level for i, level in enumerate(patients.levels) if i not in linked]
    note = f"Left out, as never at risk together with another group in a stratum: {', '.join(lost)}." if lost else ""
    return patients.only(linked), places[np.isin(patients.code, linked)], note


def _strata(patients: Compared, places: np.ndarray) -> dict[str, Stratum]:
    return {name: Stratum.of(patients, np.flatnonzero(places == name), equal) for name in sorted(set(places))}


def _count(name: str, part: Stratum, patients: Compared) -> StratumCount:
    codes = patients.code[part.members]
    covariance = part.sums(codes[None], len(patients.levels)).covariance[0]
    return StratumCount(
        stratum=name,
        n=len(codes),
        n_events=int(part.sets.event.sum()),
        n_groups=len(set(codes.tolist())),
        informative=bool(np.diagonal(covariance).max() > 0),
    )


def _method(by: str, counts: tuple[StratumCount, ...], groups: int) -> str:
    alone = sum(count.n_groups == 1 for count in counts)
    size = f"{len(counts)} {'stratum' if len(counts) == 1 else 'strata'}"
    without = f", {alone} {'without both groups' if groups == 2 else 'with one group only'}" if alone else ""
    return f"log-rank stratified by {by} ({size}{without})"


def _silent(counts: tuple[StratumCount, ...]) -> str:
    """Strata with several groups that nevertheless say nothing, in words."""
    silent = [count.stratum for count in counts if count.n_groups > 1 and not count.informative]
    return f"Without an event while two groups were at risk: {', '.join(silent)}." if silent else ""

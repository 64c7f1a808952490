"""Observed against expected events with weights and strata, for one labelling of the patients or for thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.survival.compared import Compared
from core.survival.limits import FEW_EVENTS, FEWEST_EVENTS, FEWEST_PATIENTS, few_patients
from core.survival.permutation import CELLS, RiskSets
from core.vocabulary import counted

ASYMPTOTIC, PERMUTATION, DESCRIPTIVE = "chi-square", "permutation", "descriptive only"
#: Eigenvalues of the covariance below this share of the largest are rounding: its rows add up to zero.
ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Sums:
    """Weighted observed (B, K) and expected (B, K) events and their covariance (B, K, K) under B labellings."""

    observed: np.ndarray
    expected: np.ndarray
    covariance: np.ndarray

    def chi_square(self) -> np.ndarray:
        """(B,) the overall statistic; 0 where a labelling leaves nothing to compare."""
        surplus = self.observed - self.expected
        inverse = np.linalg.pinv(self.covariance, rcond=ROUNDING, hermitian=True)
        return np.einsum("bg,bgh,bh->b", surplus, inverse, surplus)

    def dof(self) -> int:
        """Degrees of freedom of the first labelling: K less the sets of groups that were ever at risk together."""
        values = np.linalg.eigvalsh(self.covariance[0])
        return int((values > ROUNDING * values.max()).sum()) if values.max() > 0 else 0


Statistic = Callable[[Sums], np.ndarray]


@dataclass(frozen=True, eq=False)
class Stratum:
    """Patients compared with each other only: `members` (n,) are their positions in the cohort, sorted by time.

    weight (J,) is what an event counts at each of the J event times of the stratum.
    """

    members: np.ndarray
    sets: RiskSets
    weight: np.ndarray

    @classmethod
    def of(cls, patients: Compared, members: np.ndarray, weigh: Callable[[RiskSets], np.ndarray]) -> Stratum:
        sets = RiskSets.of(patients.time[members], patients.event[members])
        return cls(members[sets.order], sets, weigh(sets))

    def sums(self, codes: np.ndarray, groups: int) -> Sums:
        """For labels (B, n) of the members in sorted order."""
        sets, shape = self.sets, (len(codes), groups)
        share, observed = np.empty((*shape, len(sets.first))), np.empty(shape)
        # The last event time at or before each patient; for an event that is its own.
        worth = np.zeros(len(sets.order))
        worth[sets.event] = self.weight[np.searchsorted(sets.first, np.flatnonzero(sets.event), "right") - 1]
        for group in range(groups):
            member = codes == group
            before = np.cumsum(member, axis=1) - member
            share[:, group] = (member.sum(axis=1)[:, None] - before[:, sets.first]) / sets.at_risk
            observed[:, group] = member @ worth
        # The hypergeometric variance; with one patient left at risk there is no chance, hence no variance.
        chance = self.weight**2 * sets.deaths * (sets.at_risk - sets.deaths) / np.maximum(sets.at_risk - 1, 1)
        covariance = -np.einsum("bgj,bhj,j->bgh", share, share, chance, optimize=True)
        diagonal = np.arange(groups)
        # Written so that a group that is alone, or absent, has a variance of exactly zero.
        covariance[:, diagonal, diagonal] = (share * (1 - share)) @ chance
        return Sums(observed, share @ (self.weight * sets.deaths), covariance)


@dataclass(frozen=True)
class RankGroup:
    """One group: patients, events, and the observed and expected events of the test (weighted where it weights)."""

    group: str
    n: int
    n_events: int
    observed: float
    expected: float


@dataclass(frozen=True, kw_only=True)
class RankTest:
    """What every two-sided test of this family says.

    method        the test in words; p_method: "chi-square", "permutation" or "descriptive only"
    permutations  how many exchanges of labels, 0 if none; note: why, and which groups were left out
    n_no_group    patients with an outcome and no label; n_excluded: without time or event
    """

    statistic: float | None
    dof: int
    p: float | None
    method: str
    p_method: str
    permutations: int
    groups: tuple[RankGroup, ...]
    note: str
    n: int
    n_events: int
    n_excluded: int
    n_no_group: int


@dataclass(frozen=True)
class Verdict:
    """p_method  "chi-square" or "permutation"; note: why it is a permutation; permutations: how many, 0 if none."""

    statistic: float
    dof: int
    p: float
    p_method: str
    permutations: int
    note: str


def equal(sets: RiskSets) -> np.ndarray:
    """(J,) ones: every event counts the same, as in the log-rank test."""
    return np.ones(len(sets.first))


def total(strata: Sequence[Stratum], codes: np.ndarray, groups: int) -> Sums:
    """The strata added up, for one labelling `codes` (n,) of the cohort."""
    return _added([stratum.sums(codes[stratum.members][None], groups) for stratum in strata])


def described(patients: Compared, sums: Sums) -> tuple[RankGroup, ...]:
    """The groups of the first labelling in words and numbers."""
    columns = (patients.levels, patients.sizes, patients.events, sums.observed[0], sums.expected[0])
    return tuple(
        RankGroup(level, int(size), int(events), float(seen), float(due))
        for level, size, events, seen, due in zip(*columns, strict=True)
    )


def verdict(
    strata: Sequence[Stratum],
    patients: Compared,
    informative: np.ndarray,
    statistic: Statistic,
    dof: int,
    seed: int,
    permutations: int,
    progress: Progress = quiet,
) -> Verdict:
    """Statistic and p, with the thresholds of the log-rank test counted over the `informative` (n,) patients.

    Raises `NotEstimable` when a group has fewer than 5 patients or there are fewer than 3 events in all. The p comes
    from exchanging labels within the strata when a group has fewer than `few_patients` patients or 5 events.
    """
    found = float(statistic(total(strata, patients.code, len(patients.levels)))[0])
    few = _few(patients, informative)
    if few:
        p = _exchanged(strata, patients, statistic, found, permutations, seed, progress)
        place = " within strata" if len(strata) > 1 else ""
        reason = (
            f"Permutation p ({permutations:,} exchanges of labels{place}, seed {seed}), because {few}; "
            "it supposes equal censoring in the groups."
        )
        return Verdict(found, dof, p, PERMUTATION, permutations, reason)
    from scipy.stats import chi2

    progress(1.0, "Comparing the groups")
    return Verdict(found, dof, float(chi2.sf(found, dof)), ASYMPTOTIC, 0, "")


def _few(patients: Compared, informative: np.ndarray) -> str:
    """What makes the groups too small for chi-square; empty when they are not."""
    count = len(patients.levels)
    sizes = np.bincount(patients.code[informative], minlength=count)
    events = np.bincount(patients.code[informative & patients.event], minlength=count)
    if sizes.min() < FEWEST_PATIENTS or events.sum() < FEWEST_EVENTS:
        few = (
            f"the group '{patients.levels[sizes.argmin()]}' has {counted(int(sizes.min()), 'patient')} to compare"
            if sizes.min() < FEWEST_PATIENTS
            else f"the groups have {counted(int(events.sum()), 'event')}"
        )
        raise NotEstimable(
            f"Descriptive only, no test: {few}; it takes {FEWEST_PATIENTS} patients per group and {FEWEST_EVENTS} "
            "events.",
            "Join small groups, widen the cohort, or choose an endpoint with more events.",
        )
    small = sizes.min() < few_patients(count) or events.min() < FEW_EVENTS
    return f"a group has fewer than {few_patients(count)} patients or {FEW_EVENTS} events" if small else ""


def _exchanged(
    strata: Sequence[Stratum],
    patients: Compared,
    statistic: Statistic,
    found: float,
    permutations: int,
    seed: int,
    progress: Progress,
) -> float:
    """p = (1 + permuted statistics at least as large) / (1 + permutations), labels exchanged within each stratum."""
    groups, chance = len(patients.levels), np.random.default_rng(seed)
    labels = [patients.code[stratum.members] for stratum in strata]
    rows = max(1, min(permutations, CELLS // (len(patients.code) * groups)))
    reached = done = 0
    while done < permutations:
        count = min(rows, permutations - done)
        parts = []
        for position, (stratum, codes) in enumerate(zip(strata, labels, strict=True)):
            shuffled = chance.permuted(np.broadcast_to(codes, (count, len(codes))), axis=1)
            parts.append(stratum.sums(shuffled, groups))
            progress((done + count * position / len(strata)) / permutations, "Permuting the group labels")
        # Equal statistics may differ in the last digits, which must not count as smaller.
        reached += int((statistic(_added(parts)) >= found * (1 - 1e-9)).sum())
        done += count
        progress(done / permutations, "Permuting the group labels")
    return (1 + reached) / (1 + permutations)


def _added(parts: Sequence[Sums]) -> Sums:
    return Sums(
        sum(part.observed for part in parts),
        sum(part.expected for part in parts),
        sum(part.covariance for part in parts),
    )

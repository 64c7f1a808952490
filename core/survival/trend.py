"""Does survival worsen or improve step by step over ordered groups? The log-rank test for trend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.survival.compared import Compared, comparable, compared
from core.survival.linear_rank import RankTest, Statistic, Stratum, Sums, described, equal, total, verdict
from core.survival.outcome import Outcome

RISES, FALLS, LEVEL = "hazard rises with the score", "hazard falls with the score", "no direction"


@dataclass(frozen=True, kw_only=True)
class Trend(RankTest):
    """Two-sided log-rank test for trend, always with one degree of freedom.

    scores  one per group of `groups`, in their order; direction: which way the excess of events goes
    """

    direction: str
    scores: tuple[float, ...]


def logrank_trend(
    outcome: Outcome,
    groups: Sequence,
    order: Sequence[str] = (),
    scores: Mapping[str, float] | None = None,
    seed: int = 0,
    permutations: int = 2000,
    progress: Progress = quiet,
) -> Trend:
    """Does the hazard rise or fall over ordered groups?

    groups  one label per patient given to `Outcome.of`, missing ones left out and counted. Their order is `order`, that
    of an ordered pandas Categorical, or that of `scores` (a number for every group; 1, 2, ... when not given).
    The statistic is (s'(O - E))^2 / s'Vs; with two groups it is the log-rank test. A seeded permutation p serves where
    groups are small, as for `logrank`. Raises `Refused` for an unknown order or scores that are missing,
    infinite or all equal; `NotEstimable` for one group, no events, groups never at risk together, a group below 5
    patients or fewer than 3 events. Source: Tarone 1975, doi:10.1093/biomet/62.3.679.
    """
    named = {} if scores is None else {str(level): float(score) for level, score in scores.items()}
    everyone = compared(outcome, groups, order or sorted(named, key=named.get))
    score = _scores(everyone, groups, order, named)
    patients, lost = comparable(everyone)
    scale = np.array([score[level] for level in patients.levels])
    if np.ptp(scale) == 0:
        raise NotEstimable("The groups that can be compared all have the same score.", "Choose other scores or groups.")
    strata = (Stratum.of(patients, np.arange(len(patients.time)), equal),)
    sums = total(strata, patients.code, len(patients.levels))
    all_patients = np.ones(len(patients.time), bool)
    found = verdict(strata, patients, all_patients, _statistic(scale), 1, seed, permutations, progress)
    return Trend(
        statistic=found.statistic,
        dof=found.dof,
        p=found.p,
        method=f"log-rank test for trend over {len(patients.levels)} ordered groups",
        p_method=found.p_method,
        permutations=found.permutations,
        direction=_direction(scale, sums),
        groups=described(patients, sums),
        scores=tuple(scale.tolist()),
        note=" ".join(filter(None, (lost, found.note))),
        n=len(patients.time),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
    )


def _scores(patients: Compared, groups: Sequence, order: Sequence[str], named: Mapping[str, float]) -> dict[str, float]:
    """The score of each level; refuses when nothing says how the levels are ordered."""
    if named:
        missing = [level for level in patients.levels if not math.isfinite(named.get(level, math.nan))]
        if missing:
            problem = f"These groups have no finite score: {', '.join(missing)}."
            raise Refused([Problem(problem, "scores", "Give a number for each group.")])
        if len(patients.levels) > 1 and len({named[level] for level in patients.levels}) == 1:
            raise Refused([Problem("All groups have the same score.", "scores", "Give different numbers.")])
        return {level: named[level] for level in patients.levels}
    dtype = getattr(groups, "dtype", None)
    ordered = isinstance(dtype, pd.CategoricalDtype) and dtype.ordered
    unplaced = [level for level in patients.levels if level not in set(map(str, order))]
    if unplaced and len(patients.levels) > 1 and not (ordered and not order):
        problem = f"The place of these groups in the order is not known: {', '.join(unplaced)}."
        raise Refused([Problem(problem, "order", "Name all groups from first to last, or give their scores.")])
    return {level: float(place) for place, level in enumerate(patients.levels, 1)}


def _statistic(scale: np.ndarray) -> Statistic:
    # Centred, because the sums are over groups that add up to zero: large scores such as years lose no digits.
    centred = scale - scale.mean()

    def statistic(sums: Sums) -> np.ndarray:
        surplus = (sums.observed - sums.expected) @ centred
        variance = np.einsum("g,bgh,h->b", centred, sums.covariance, centred)
        apart = variance > 0
        return np.where(apart, surplus**2, 0.0) / np.where(apart, variance, 1.0)

    return statistic


def _direction(scale: np.ndarray, sums: Sums) -> str:
    surplus = float((sums.observed - sums.expected)[0] @ (scale - scale.mean()))
    # Differences of this size are rounding of sums over events.
    if abs(surplus) < 1e-9 * np.ptp(scale):
        return LEVEL
    return RISES if surplus > 0 else FALLS

"""Several groupings of the same patients tried against survival: what the best p is worth then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.survival.limits import FEW_EVENTS, FEWEST_EVENTS, FEWEST_PATIENTS, all_at_once, few_patients
from core.survival.linear_rank import ASYMPTOTIC, PERMUTATION
from core.survival.outcome import Outcome
from core.survival.permutation import CELLS, RiskSets

NO_TEST = f"a group has fewer than {FEWEST_PATIENTS} patients"
NEVER_TOGETHER = "the groups were never at risk together in a way that lets them differ"


@dataclass(frozen=True)
class Tried:
    """Log-rank tests of several groupings of `n` patients with `n_events`, corrected for there being several.

    `table` has a row per grouping: tried (its name), groups, smallest (patients in the smallest group), statistic,
    dof, p (as the log-rank test of that grouping alone gives it), method, p_permutation (by exchanging the patients'
    outcomes) and p_corrected (that, corrected for the `n_tests` groupings with a test); `note` says why there is none.
    """

    n: int
    n_events: int
    n_tests: int
    permutations: int
    seed: int
    table: pd.DataFrame


@dataclass(frozen=True)
class _Try:
    """A grouping: group of each patient in the order of the risk sets, and the test it gets alone."""

    codes: np.ndarray
    groups: int
    statistic: float
    dof: int
    approximate: bool


def tried_groupings(
    outcome: Outcome,
    groupings: Mapping[str, Sequence],
    permutations: int = 2000,
    seed: int = 0,
    progress: Progress = quiet,
) -> Tried:
    """If the reader tries several groupings, which p-values still hold?

    `groupings` has labels, one per patient given to `Outcome.of` and none missing, by the name of the try. The
    outcomes are exchanged between the patients in the same way for every grouping, so that the correction knows how
    much the groupings resemble each other: the same grouping twice costs nothing, unlike with Bonferroni. Step-down
    adjustment of the smallest p (Westfall and Young 1993, ISBN 0-471-55761-7; algorithm of Ge et al. 2003,
    doi:10.1007/BF02595811). It supposes, as every permutation of survival, that follow-up would have been the same in
    all groups. A grouping with a group of fewer than 5 patients, or whose groups were never at risk together, has no
    test and so is no try.

    Raises `Refused` for no grouping or missing labels, `NotEstimable` for fewer than 3 events.
    """
    if not groupings:
        raise Refused([Problem("No grouping was given.", "groupings", "Give at least one.")])
    if outcome.n_events < FEWEST_EVENTS:
        raise NotEstimable(
            f"There are {outcome.n_events} events in all; a test takes {FEWEST_EVENTS}.",
            "Choose another endpoint or widen the cohort.",
        )
    sets = RiskSets.of(outcome.time, outcome.event)
    rows, tests = [], {}
    for name, labels in groupings.items():
        row, test = _alone(str(name), labels, outcome, sets)
        rows.append(row)
        if test is not None:
            tests[str(name)] = test
    table = pd.DataFrame(rows)
    statistics = np.array([test.statistic for test in tests.values()])
    drawn = _permuted(list(tests.values()), sets, permutations, seed, progress)
    alone, corrected = _westfall_young(statistics, drawn)
    by_permutation, by_correction = dict(zip(tests, alone, strict=True)), dict(zip(tests, corrected, strict=True))
    table["p_permutation"] = table["tried"].map(by_permutation).astype(float)
    table["p_corrected"] = table["tried"].map(by_correction).astype(float)
    table["p"] = table["p"].where(table["method"] != PERMUTATION, table["p_permutation"])
    return Tried(outcome.n, outcome.n_events, len(tests), permutations, seed, table)


def _alone(name: str, labels: Sequence, outcome: Outcome, sets: RiskSets) -> tuple[dict, _Try | None]:
    """The row of one grouping, and its test where it can have one."""
    taken = outcome.take(labels)
    if taken.isna().any():
        raise Refused([Problem("A patient has no group.", name, "Give every patient a group.")])
    levels, codes = np.unique(taken.astype(str), return_inverse=True)
    sizes = np.bincount(codes)
    # A group followed up only until before the first event is never at risk when one happens.
    first = outcome.time[outcome.event].min()
    at_risk = len(np.unique(codes[outcome.time >= first]))
    note = ""
    if len(levels) < 2 or sizes.min() < FEWEST_PATIENTS:
        note = NO_TEST if len(levels) > 1 else "all patients are in one group"
    elif at_risk < 2 or all_at_once(outcome.time, outcome.event):
        note = NEVER_TOGETHER
    row = {"tried": name, "groups": len(levels), "smallest": int(sizes.min())}
    if note:
        return row | {"statistic": np.nan, "dof": 0, "p": np.nan, "method": "", "note": note}, None
    ordered = codes[sets.order]
    statistic = float(sets.statistics(ordered[None], len(levels))[0])
    events = np.bincount(codes[outcome.event], minlength=len(levels))
    enough = sizes.min() >= few_patients(len(levels)) and events.min() >= FEW_EVENTS
    approximate = enough and at_risk == len(levels)
    test = _Try(ordered, len(levels), statistic, max(at_risk - 1, 1), bool(approximate))
    numbers = {"statistic": statistic, "dof": test.dof, "p": _chi_square_p(test)}
    return row | numbers | {"method": ASYMPTOTIC if approximate else PERMUTATION, "note": ""}, test


def _chi_square_p(test: _Try) -> float:
    from scipy.stats import chi2

    return float(chi2.sf(test.statistic, test.dof)) if test.approximate else float("nan")


def _permuted(tests: list[_Try], sets: RiskSets, permutations: int, seed: int, progress: Progress) -> np.ndarray:
    """(permutations, tries) statistics after the same exchanges of patients for every grouping."""
    n = len(sets.order)
    most = max((test.groups for test in tests), default=2)
    size = max(1, min(permutations, CELLS // (n * most)))
    chance = np.random.default_rng(seed)
    drawn = np.empty((permutations, len(tests)))
    done = 0
    while done < permutations and tests:
        count = min(size, permutations - done)
        exchanged = chance.permuted(np.broadcast_to(np.arange(n), (count, n)), axis=1)
        for place, test in enumerate(tests):
            drawn[done : done + count, place] = sets.statistics(test.codes[exchanged], test.groups)
            progress((done + count * (place + 1) / len(tests)) / permutations, "Exchanging outcomes of patients")
        done += count
    return drawn


def _westfall_young(found: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(tries,) statistics and (permutations, tries) of them by chance -> p of each alone, p corrected for all.

    Each statistic is put on the scale of p by its own permutations, so that groupings of 2 and of 6 groups compare.
    """
    # What was found is one of the labellings that chance could have given, so it is counted among them.
    everything = np.vstack([found, drawn])
    p_values = np.empty(everything.shape)
    for place, column in enumerate(everything.T):
        # Equal statistics may differ in the last digits, which must not count as smaller.
        below = np.searchsorted(np.sort(column), column * (1 - 1e-9), "left")
        p_values[:, place] = (len(column) - below) / len(column)
    alone = p_values[0]
    corrected, largest = np.empty(len(found)), 0.0
    order = np.argsort(alone, kind="stable")
    for rank, place in enumerate(order):
        smallest = p_values[:, order[rank:]].min(axis=1)
        largest = max(largest, float(np.mean(smallest <= alone[place])))
        corrected[place] = largest
    return alone, corrected

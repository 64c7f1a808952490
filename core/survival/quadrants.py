"""Do two indices together part the patients? Groups by both, made out of fold, and a test of the whole procedure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, generators, quiet, spread
from core.errors import NotEstimable
from core.survival.blocks import Block
from core.survival.limits import FEWEST_PATIENTS
from core.survival.out_of_bag import cox_of
from core.survival.out_of_fold import OutOfFold, Part, dealt, out_of_fold, parts_of
from core.survival.partial import Patients
from core.survival.permutation import RiskSets
from core.vocabulary import counted

#: A group by both indices, the first one's half first.
QUARTERS = ((False, False), (False, True), (True, False), (True, True))


@dataclass(frozen=True, eq=False)
class Quadrants:
    """code (n,) is the place in QUARTERS. statistic: log-rank over the groups that have patients; p: of the whole
    procedure, from `permutations`; None, with the reason in `note`, where groups are too small.
    """

    first: str
    second: str
    code: np.ndarray
    indices: tuple[np.ndarray, np.ndarray]
    statistic: float | None
    p: float | None
    permutations: int
    folds: int
    seed: int
    note: str
    n: int
    n_events: int


def quadrants(
    patients: Patients,
    first: Block,
    second: Block,
    *,
    folds: int = 5,
    permutations: int = 199,
    seed: int = 0,
    progress: Progress = quiet,
) -> Quadrants:
    """Do patients high on one index, on the other, on both or on neither fare differently?

    Each index is a Cox model of its block alone, fitted without the patient's fold and cut at the median of those who
    made it. Groups made out of fold are not independent of each other, so the chi-square of the log-rank test does not
    hold. Instead the covariates are exchanged between patients, and folds, fits, cuts and statistic made anew: the p is
    exact for the question whether outcome has anything to do with either block. Raises `NotEstimable` for too few
    events, or a fold without a fit. Source: Simon et al. 2011, doi:10.1093/bib/bbr001.
    """
    chance, *chances = generators(seed, 1 + permutations)
    fold = dealt(patients, folds, chance)
    parts = parts_of(patients, fold)
    found = _out(parts, (first, second), chance)
    if found is None:
        raise NotEstimable(
            "An index cannot be fitted without one of the folds: a level is too rare there, or it separates.",
            "Choose fewer covariates, or join rare levels.",
        )
    code = _code(found)
    sizes = np.bincount(code, minlength=4)
    statistic = p = None
    note = ""
    if sizes[sizes > 0].min() < FEWEST_PATIENTS or (sizes > 0).sum() < 2:
        smallest = int(sizes[sizes > 0].min())
        note = f"No test: a group has {counted(smallest, 'patient')}; it takes {FEWEST_PATIENTS} in each."
    else:
        sets = RiskSets.of(patients.time, patients.event)
        statistic = _statistic(sets, code)
        p, permutations, note = _whole(patients, (first, second), parts, sets, statistic, chances, seed, progress)
    return Quadrants(
        first=first.name,
        second=second.name,
        code=code,
        indices=(found[0].index, found[1].index),
        statistic=statistic,
        p=p,
        permutations=permutations if p is not None else 0,
        folds=folds,
        seed=seed,
        note=note,
        n=len(code),
        n_events=int(patients.event.sum()),
    )


def _out(parts: Sequence[Part], pair: Sequence[Block], chance) -> tuple[OutOfFold, OutOfFold] | None:
    found = tuple(out_of_fold(parts, cox_of((block,)), np.empty(0), chance) for block in pair)
    return None if any(each is None for each in found) else found


def _code(found: Sequence[OutOfFold]) -> np.ndarray:
    return 2 * found[0].high.astype(int) + found[1].high.astype(int)


def _statistic(sets: RiskSets, code: np.ndarray) -> float:
    dense = np.unique(code, return_inverse=True)[1]
    return float(sets.statistics(dense[sets.order][None], dense.max() + 1)[0]) if dense.max() else 0.0


def _whole(patients: Patients, pair, parts, sets: RiskSets, found: float, chances, seed: int, progress: Progress):
    """p of the whole procedure: (1 + statistics at least as large) / (1 + permutations that allowed all fits)."""

    def once(chance: np.random.Generator) -> float:
        rows = chance.permutation(len(patients.time))
        mixed = [Block(block.name, block.columns[rows], block.names, (), block.most) for block in pair]
        made = _out(parts, mixed, chance)
        return np.nan if made is None else _statistic(sets, _code(made))

    made = np.array(spread(once, chances, progress, "Exchanging the covariates between patients"))
    used = int(np.isfinite(made).sum())
    if used < len(made) / 2 or not used:
        return None, 0, f"No test: {len(made) - used} of {len(made)} permutations allowed no fit."
    # Equal statistics may differ in the last digits, which must not count as smaller. One without a fit counts as one
    # that reaches it.
    reached = int((made[np.isfinite(made)] >= found * (1 - 1e-9)).sum()) + len(made) - used
    note = f"Permutation p of the whole procedure ({len(made):,} exchanges of the covariates, seed {seed})."
    return (1 + reached) / (1 + len(made)), len(made), note

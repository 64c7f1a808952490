"""Where should kinds of data be joined: early, in one penalised model, or late, in a model of their indices?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.survival.blocks import Block, learn, with_baseline
from core.survival.limits import refuse_all_at_once
from core.survival.out_of_bag import BRIER, HARRELL, UNO, Estimate, Recipe, out_of_bag
from core.survival.partial import Patients
from core.survival.ridge import FEWEST_EVENTS
from core.survival.ridge_fit import likelihood, path_of, those
from core.vocabulary import counted

STACKED, AVERAGED = "stacked", "average"
EARLY, LATE = "early", "late"
PLUS = " + "
#: Penalties tried, as in core.survival.ridge_fit: 1 is a prior standard deviation of 1, 10,000 one of 0.01.
PENALTIES = tuple(float(f"{10**each:.3g}") for each in np.linspace(0, 4, 7))
#: Inner folds that choose the penalty and make the indices that late fusion stacks.
FOLDS = 5


@dataclass(frozen=True)
class Model:
    """One model on patients left out: what it is, its blocks and columns, and how it ranks and predicts them."""

    name: str
    blocks: tuple[str, ...]
    n_columns: int
    harrell: Estimate
    uno: Estimate
    brier: Estimate


@dataclass(frozen=True)
class Difference:
    """One model less another, on the same patients left out, sample by sample."""

    name: str
    below: str
    harrell: Estimate
    uno: Estimate
    brier: Estimate


@dataclass(frozen=True, eq=False)
class Fusion:
    """Each block alone, then early and late fusion; every model against the base block, and late against early."""

    models: tuple[Model, ...]
    differences: tuple[Difference, ...]
    brier_without: Estimate
    combined: str
    until: float
    samples: int
    seed: int
    n: int
    n_events: int


def fusion(
    patients: Patients,
    blocks: Sequence[Block],
    until: float,
    *,
    combined: str = STACKED,
    samples: int = 50,
    seed: int = 0,
    progress: Progress = quiet,
) -> Fusion:
    """Does joining kinds of data early or late tell more about patients left out than the first block alone?

    blocks    the first is the one to beat; every column of each enters, however many
    combined  late fusion by a Cox model of the blocks' indices ("stacked"), or by their average in standard deviations

    All models are ridge-penalised Cox models; scaling, penalty (cross-validated partial likelihood) and stacking are
    worked out within each bootstrap sample, on folds that keep a patient's copies together. Raises `NotEstimable` for
    fewer than 10 events. Sources: Verweij and van Houwelingen 1994, doi:10.1002/sim.4780132307; Breiman 1996, stacked
    regressions, doi:10.1007/BF00117832.
    """
    events = int(patients.event.sum())
    if events < FEWEST_EVENTS:
        raise NotEstimable(
            f"There are {counted(events, 'event')}; fusion takes at least {FEWEST_EVENTS}.",
            "Widen the cohort or choose another endpoint.",
        )
    refuse_all_at_once(patients.time, patients.event, patients.stratum)
    sizes = {block.name: block.columns.shape[1] for block in blocks} | {
        each: sum(block.columns.shape[1] for block in blocks) for each in (EARLY, LATE)
    }
    fits = Fits()
    recipes = {block.name: early((block,), fits) for block in blocks}
    recipes |= {EARLY: early(blocks, fits), LATE: late(blocks, combined, fits)}
    bag = out_of_bag(patients, recipes, (), until, samples=samples, seed=seed, progress=progress)
    of = {name: (name,) if name not in (EARLY, LATE) else tuple(b.name for b in blocks) for name in recipes}
    pairs = [(name, blocks[0].name) for name in recipes if name != blocks[0].name] + [(LATE, EARLY)]
    measures = (HARRELL, UNO, BRIER)
    return Fusion(
        models=tuple(
            Model(name, of[name], sizes[name], *(bag.of(name, each) for each in measures)) for name in recipes
        ),
        differences=tuple(Difference(*pair, *(bag.gain(*pair, each) for each in measures)) for pair in pairs),
        brier_without=bag.brier_without(),
        combined=combined,
        until=until,
        samples=samples,
        seed=seed,
        n=len(patients.time),
        n_events=events,
    )


class Fits:
    """The inner folds and penalised fits of each sample, worked out once for all models that share them."""

    def __init__(self):
        self._kept: dict[bytes, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
        self._folds: dict[bytes, np.ndarray] = {}

    def of(self, name: str, columns: np.ndarray, training: Patients, rows: np.ndarray, chance: np.random.Generator):
        """What `penalised` gives for these columns, which `name` names, and this sample."""
        sample = rows.tobytes()
        if sample not in self._folds:
            self._folds[sample] = grouped_folds(training, rows, chance)
        kept = self._kept.setdefault(sample, {})
        if name not in kept:
            kept[name] = penalised(training, columns, rows, self._folds[sample])
        return kept[name]

    def forget(self, rows: np.ndarray) -> None:
        """Free what was kept of a sample."""
        self._kept.pop(rows.tobytes(), None)
        self._folds.pop(rows.tobytes(), None)


def early(blocks: Sequence[Block], fits: Fits | None = None) -> Recipe:
    """One penalised model of all columns side by side."""
    columns, name = np.column_stack([block.columns for block in blocks]), PLUS.join(block.name for block in blocks)
    fits = fits or Fits()

    def recipe(training: Patients, rows: np.ndarray, chance: np.random.Generator):
        every, _ = fits.of(name, columns, training, rows, chance)
        return every, with_baseline(training, every[rows], np.empty(0)), {}

    return recipe


def late(blocks: Sequence[Block], combined: str = STACKED, fits: Fits | None = None) -> Recipe:
    """A penalised model per block, then a Cox model of their indices, made for patients left out within the training
    set; or the average of the indices. It is the last to need the fits of a sample, which are then forgotten.
    """
    fits = fits or Fits()

    def recipe(training: Patients, rows: np.ndarray, chance: np.random.Generator):
        made = [fits.of(block.name, block.columns, training, rows, chance) for block in blocks]
        fits.forget(rows)
        every = np.column_stack([index for index, _ in made])
        if combined == AVERAGED:
            sd = every[rows].std(axis=0)
            slopes = np.where(sd > 1e-9, 1 / np.where(sd > 1e-9, sd, 1.0), 0.0)
        else:
            stacked = learn(training, np.column_stack([left for _, left in made]))
            if stacked is None:
                return None
            slopes = stacked.slopes
        index = every @ slopes
        if combined == AVERAGED:  # a sum of scaled indices ranks; how steep it is, the training patients say
            scaled = learn(training, index[rows][:, None])
            if scaled is None:
                return None
            index = index * abs(scaled.slopes[0])
        return index, with_baseline(training, index[rows], np.empty(0)), {}

    return recipe


def grouped_folds(training: Patients, rows: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """(m,) inner folds, events dealt out evenly; copies of a patient, whom a bootstrap may draw twice, in one fold."""
    _, first, back = np.unique(rows, return_index=True, return_inverse=True)
    fold = np.empty(len(first), dtype=int)
    for group in (training.event[first], ~training.event[first]):
        who = chance.permutation(np.flatnonzero(group))
        fold[who] = np.arange(len(who)) % FOLDS
    return fold[back]


def penalised(
    training: Patients, columns: np.ndarray, rows: np.ndarray, fold: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Linear predictors of a ridge model for everybody (n,), and for the training patients from the other inner folds.

    columns (n, p), rows (m,) where the training patients are; the penalty is the best of PENALTIES by cross-validated
    partial likelihood over `fold` (m,).
    """
    z = rotated(columns, rows)
    own, order = z[rows], training.sums.order
    folds = np.unique(fold)
    gains, left = np.zeros(len(PENALTIES)), np.zeros((len(PENALTIES), len(rows)))
    for place in folds:
        inside = fold != place
        part = those(training, inside)
        rest = own[inside][part.sums.order]
        for at, (_, beta, level, _) in enumerate(path_of(part.sums, rest, PENALTIES)):
            gains[at] += likelihood(training.sums, own[order], beta) - level
            left[at, ~inside] = own[~inside] @ beta
    best = int(np.argmax(gains))
    ((_, beta, _, _),) = path_of(training.sums, own[order], [PENALTIES[best]])
    return z @ beta, left[best]


def rotated(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(n, r) the columns, of unit standard deviation among the training rows, turned so that no more are left than
    those rows span: a ridge fit does not notice, and hundreds of features become manageable.
    """
    training = columns[rows]
    sd = training.std(axis=0, ddof=1)
    varies = sd > 1e-12 * np.abs(training).max(axis=0, initial=0)
    z = (columns[:, varies] - training[:, varies].mean(axis=0)) / sd[varies]
    if z.shape[1] < 2:
        return z if z.shape[1] else np.zeros((len(columns), 1))
    _, sizes, turn = np.linalg.svd(z[rows], full_matrices=False)
    return z @ turn[sizes > 1e-9 * sizes[0]].T

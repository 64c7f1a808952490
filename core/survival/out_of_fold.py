"""What does a model say of patients whom it was not fitted to? Each of them once, in one of several folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable
from core.survival.out_of_bag import Recipe
from core.survival.partial import Patients
from core.survival.ridge_fit import folds_of, those
from core.vocabulary import counted


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Per patient, from the model of the other folds: index (n,), survival (n, k) at the times asked for, and whether
    the index lies above the median of the patients who made it.
    """

    index: np.ndarray
    survival: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class Part:
    """One fold: where its patients and the others are, and the others as training patients."""

    rows: np.ndarray
    left: np.ndarray
    training: Patients


def parts_of(patients: Patients, fold: np.ndarray) -> tuple[Part, ...]:
    """The folds of (n,) `fold`, made once for however many fits."""
    parts = []
    for place in np.unique(fold):
        rows = np.flatnonzero(fold != place)
        parts.append(Part(rows, np.flatnonzero(fold == place), those(patients, rows)))
    return tuple(parts)


def fewest_per_fold(patients: Patients, folds: int) -> None:
    """Raise `NotEstimable` where there are too few events to be dealt out over the folds."""
    events = int(patients.event.sum())
    if events < 2 * folds:
        raise NotEstimable(
            f"There are {counted(events, 'event')} for {folds} folds; it takes 2 in each.",
            "Choose fewer folds, widen the cohort, or choose an endpoint with more events.",
        )


def out_of_fold(parts: Sequence[Part], recipe: Recipe, at: np.ndarray, chance: np.random.Generator) -> OutOfFold | None:
    """Fit the recipe without each fold in turn; None where a fold allows no fit.

    parts  as `parts_of` makes them of the folds that `dealt` deals; at: (k,) times of the predicted survival
    """
    n = sum(len(part.left) for part in parts)
    index, survival, high = np.empty(n), np.empty((n, len(at))), np.empty(n, dtype=bool)
    for part in parts:
        rows, left = part.rows, part.left
        found = recipe(part.training, rows, chance)
        if found is None:
            return None
        every, learned, _ = found
        index[left] = every[left] - learned.centre  # each fold's model has its own origin
        survival[left] = learned.survival(every[left], at)
        high[left] = above(every[rows], every[left])
    return OutOfFold(index, survival, high)


def above(training: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """Which of the tested lie above the training median; at or above it where no training value lies above."""
    cut = np.median(training)
    # Of a gene that most have mutated the median is the high value.
    return tested > cut if (training > cut).any() else tested >= cut


def dealt(patients: Patients, folds: int, chance: np.random.Generator) -> np.ndarray:
    """(n,) the fold of each patient, events dealt out evenly; raises `NotEstimable` for too few of them."""
    fewest_per_fold(patients, folds)
    return folds_of(patients, folds, chance)

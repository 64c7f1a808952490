"""Who trains and who tests: a centre left out at a time, splits with all centres on both sides, and folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Patients of each class that a training set needs: one per fold.
FOLDS = 3


@dataclass(frozen=True, eq=False)
class Split:
    """`name` of the centre left out or of the split; places of the patients who train and who test."""

    name: str
    train: np.ndarray
    test: np.ndarray


def centre_splits(environment: np.ndarray) -> list[Split]:
    """One per centre, by name: it tests, all others train."""
    everybody = np.arange(len(environment))
    return [
        Split(str(name), everybody[environment != name], everybody[environment == name])
        for name in np.unique(environment.astype(str))
    ]


def mixed_splits(y: np.ndarray, environment: np.ndarray, count: int, seed: int, share: float = 0.3) -> list[Split]:
    """`count` random splits in which every centre and class has about `share` of its patients in the test set.

    The patients are put in a random order within centre and class, strata one after the other, and every 1/share-th
    tests, from a random start: so a stratum of two patients is not always on one side.
    """
    strata = np.char.add(environment.astype(str), np.where(y == 1, "\x001", "\x000"))
    splits = []
    for place in range(count):
        chance = np.random.default_rng([seed, place])
        order = np.lexsort((chance.random(len(y)), strata))
        steps = np.floor(np.arange(len(y) + 1) * share + chance.random())
        tests = np.sort(order[np.diff(steps) > 0])
        splits.append(Split(f"split {place + 1}", np.setdiff1d(np.arange(len(y)), tests), tests))
    return splits


def stratified_folds(y: np.ndarray, chance: np.random.Generator, count: int = FOLDS) -> list[tuple]:
    """Pairs (train, test) of places: patients of each class are dealt to the folds in a random order."""
    order = np.lexsort((chance.random(len(y)), y))
    fold = np.empty(len(y), dtype=int)
    fold[order] = np.arange(len(y)) % count
    return [(np.flatnonzero(fold != each), np.flatnonzero(fold == each)) for each in range(count)]

"""Folds that every model shares: what is held out is looked at once, at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.radiogenomics.expression_target import CLASSES, NUMBER, Target


@dataclass(frozen=True, eq=False)
class Fold:
    """Places of the patients that a model is fitted on and of those it is then tried on; `number` counts from 0."""

    number: int
    train: np.ndarray
    test: np.ndarray


def sealed_folds(target: Target, folds: int, seed: int) -> tuple[Fold, ...]:
    """Each patient is held out once. Classes (and the sides of the median) have about the same share in every fold."""
    from sklearn.model_selection import KFold, StratifiedKFold

    place = np.zeros((target.n, 1))
    if target.kind == NUMBER:
        found = KFold(folds, shuffle=True, random_state=seed).split(place)
    else:
        values = target.values
        side = values if target.kind == CLASSES else (values > np.median(values)).astype(float)
        found = StratifiedKFold(folds, shuffle=True, random_state=seed).split(place, side.astype(int))
    return tuple(Fold(number, train, test) for number, (train, test) in enumerate(found))


def whole(n: int) -> tuple[Fold, ...]:
    """One fold that is tried on the patients it was fitted on: how published scores were made, and not honest."""
    everybody = np.arange(n)
    return (Fold(0, everybody, everybody),)


def learned_in(target: Target, folds: tuple[Fold, ...]) -> np.ndarray:
    """(n,) what was to be predicted of each patient, as the training patients of the fold that held it out say."""
    learned = np.empty(target.n)
    for fold in folds:
        learned[fold.test] = target.learned(fold.train)[fold.test]
    return learned


def fold_of(folds: tuple[Fold, ...], n: int) -> np.ndarray:
    """(n,) the number of the fold that holds each patient out."""
    number = np.empty(n, dtype=int)
    for fold in folds:
        number[fold.test] = fold.number
    return number

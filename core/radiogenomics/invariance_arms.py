"""Which features each way of selecting hands to a classifier, learned from training patients alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable
from core.radiogenomics.invariance import FEWEST, INTERSECTION, MODES, SCREEN, UNION, invariant_sets
from core.radiogenomics.invariance_environments import BONFERRONI
from core.radiogenomics.invariance_screening import LASSO, MOST, screened

#: Beside the three ways of using invariance: the screen without any test, and no selection before the classifier.
SCREENED, PLAIN = "screened", "plain"
ARMS = (SCREEN, UNION, INTERSECTION, SCREENED, PLAIN)
PATH, PUBLISHED_GRID = "path", "published"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How features are selected and the classifier is tuned.

    inside     the selection is made anew in every fold of the tuning; if not, once per training set (as published),
               so that the folds that tune have been seen by it
    repeats    of the three folds; `grid` the penalties tried: glmnet's path, or 100 draws of 2^U(-10, 3) as published
    everybody  gaps, constant columns and scale are learned from all patients before the split (as published)
    """

    arms: tuple[str, ...] = ARMS
    selection: str = LASSO
    most: int = MOST
    halves: int = 20
    alpha: float = 0.05
    factor: str = BONFERRONI
    inside: bool = True
    repeats: int = 10
    grid: str = PATH
    everybody: bool = False


@dataclass(frozen=True, eq=False)
class Chosen:
    """Places of the columns that an arm hands on; `why` there are none, or what could not be tested."""

    columns: np.ndarray
    why: str = ""


def chosen(recipe: Recipe, y: np.ndarray, z: np.ndarray, environment: np.ndarray, seed: int) -> dict[str, Chosen]:
    """What each arm of the recipe selects: y (n,) 0 and 1, z (n, p) standardised, environment (n,) names."""
    nothing = np.zeros(0, dtype=int)
    found = {PLAIN: Chosen(np.arange(z.shape[1]))}
    if set(recipe.arms) - {PLAIN}:
        try:
            screen = screened(y, z, selection=recipe.selection, most=recipe.most, halves=recipe.halves, seed=seed)
            columns = np.array(screen.columns, dtype=int)
            found |= {SCREENED: Chosen(columns)} | _by_invariance(recipe, y, z, environment, columns)
        except NotEstimable as state:
            found |= {arm: Chosen(nothing, state.reason) for arm in (SCREENED, *MODES)}
    return {arm: found[arm] for arm in recipe.arms}


def _by_invariance(recipe: Recipe, y, z, environment, columns: np.ndarray) -> dict[str, Chosen]:
    """Each way of using the test; environments with fewer than three of these patients sit the test out."""
    if not set(recipe.arms) & set(MODES):
        return {}
    names, counts = np.unique(environment, return_counts=True)
    large = np.isin(environment, names[counts >= FEWEST])
    try:
        sets = invariant_sets(
            y[large],
            z[np.ix_(large, columns)],
            [str(column) for column in columns],
            environment[large],
            alpha=recipe.alpha,
            factor=recipe.factor,
        )
    except NotEstimable as state:
        return {mode: Chosen(columns[:0], f"invariance cannot be tested: {state.reason}") for mode in MODES}
    closed = f"the model is rejected (largest p = {sets.best_p:.2g}), so nothing goes on" if sets.rejected else ""
    empty = closed or "no feature is in every accepted set"
    kept = {mode: columns[np.isin(columns, [int(name) for name in sets.chosen(mode)])] for mode in MODES}
    return {mode: Chosen(places, "" if len(places) else empty) for mode, places in kept.items()}

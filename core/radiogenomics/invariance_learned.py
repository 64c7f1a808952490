"""A lasso logistic classifier per way of selecting features, tuned by Matthews' correlation within the training set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.invariance_arms import PLAIN, PUBLISHED_GRID, Chosen, Recipe, chosen
from core.radiogenomics.invariance_folds import FOLDS, stratified_folds
from core.radiogenomics.invariance_path import PENALTIES, fitted, penalties
from core.radiogenomics.mcc import matthews_of
from core.radiogenomics.trained import Ready, ready

#: A patient is called positive from this probability on, as published.
THRESHOLD = 0.5
#: How little Newton's last step may move a coefficient: probabilities are then right to the sixth digit and better.
SETTLED = 1e-6
#: glmnet ends a path when this share of the deviance is explained, or a step adds less than this share to it.
EXPLAINED, GAINED = 0.999, 1e-5


@dataclass(frozen=True, eq=False)
class Learned:
    """A classifier of one arm. With no column the probability is the share of positives, for everybody.

    columns, coefficients  (k,) places among all columns that the arm selected, and log odds ratios per training
                           standard deviation (zero where the penalty keeps a column out)
    penalty, mcc           the penalty chosen and its mean correlation over the tuning folds, which is the largest of
                           many and so no estimate of performance; NaN without columns
    why                    why there is no column, or ""
    """

    arm: str
    columns: np.ndarray
    coefficients: np.ndarray
    intercept: float
    penalty: float
    mcc: float
    n: int
    n_positive: int
    n_folds: int
    why: str
    prepared: Ready

    @property
    def used(self) -> np.ndarray:
        """Places of the columns with a coefficient other than zero."""
        return self.columns[self.coefficients != 0]

    def score(self, values: np.ndarray) -> np.ndarray:
        """(n,) probability of the positive class for the rows of values (n, p)."""
        from scipy.special import expit

        place = np.searchsorted(self.prepared.columns, self.columns)
        return expit(self.intercept + self.prepared.of(values)[:, place] @ self.coefficients)


def learned(
    recipe: Recipe,
    y: np.ndarray,
    values: np.ndarray,
    environment: np.ndarray,
    seed: int,
    progress: Progress = quiet,
) -> dict[str, Learned]:
    """A classifier for each arm, from these patients alone: y (n,) 0 and 1, values (n, p) with NaN, environment (n,).

    Repeated three-fold cross-validation: in each fold gaps, scale and (with `recipe.inside`) the selection are learned
    anew, the path of penalties is fitted and Matthews' correlation of the calls at probability 0.5 taken; the penalty
    with the highest mean goes to the fit on everybody, the larger of equal ones. Source: Santinha et al. 2021,
    PMC8082292. Raises `NotEstimable` with fewer than three patients of a class or no usable column.
    """
    few = int(min(y.sum(), len(y) - y.sum()))
    if few < FOLDS:
        raise NotEstimable(
            f"{len(y)} patients train, {int(y.sum())} of them positive; {FOLDS} folds need {FOLDS} of each class.",
            "Widen the cohort.",
        )
    prepared = ready(values)
    z = prepared.of(values)
    picks = chosen(recipe, y, z, environment, seed)
    grids = _grids(recipe, y, z, picks, seed)
    scores = _tuned(recipe, y, values, environment, seed, prepared, picks, grids, progress)
    return {arm: _final(arm, y, z, prepared, pick, grids[arm], scores[arm]) for arm, pick in picks.items()}


def _grids(recipe: Recipe, y, z, picks: dict[str, Chosen], seed: int) -> dict[str, np.ndarray]:
    """The penalties of each arm, falling; those after a screen share the path of all its columns."""
    if recipe.grid == PUBLISHED_GRID:
        drawn = np.sort(2.0 ** np.random.default_rng([seed, 1]).uniform(-10, 3, PENALTIES))[::-1]
        return dict.fromkeys(picks, drawn)
    after = [pick.columns for arm, pick in picks.items() if arm != PLAIN]
    widest = max(after, key=len) if after else np.zeros(0, dtype=int)
    own = penalties(y, z[:, widest]) if len(widest) else np.zeros(0)
    return {arm: penalties(y, z) if arm == PLAIN else own for arm in picks}


def _tuned(recipe, y, values, environment, seed, prepared, picks, grids, progress) -> dict[str, np.ndarray]:
    """Per arm Matthews' correlation, (folds, penalties)."""
    found: dict[str, list[np.ndarray]] = {arm: [] for arm in picks}
    chance = np.random.default_rng([seed, 2])
    for repeat in range(recipe.repeats):
        for fold, (train, test) in enumerate(stratified_folds(y, chance)):
            progress((FOLDS * repeat + fold) / (FOLDS * recipe.repeats), "")
            inner = ready(values[train])
            z, held = inner.of(values[train]), inner.of(values[test])
            if recipe.inside:
                inside = chosen(recipe, y[train], z, environment[train], seed + 1 + FOLDS * repeat + fold)
                columns = {arm: pick.columns for arm, pick in inside.items()}
            else:
                columns = {arm: _places(prepared.columns[pick.columns], inner) for arm, pick in picks.items()}
            known: dict[tuple, np.ndarray] = {}
            for arm, places in columns.items():
                if not len(picks[arm].columns):
                    continue  # nothing is to be tuned
                key = (arm == PLAIN, tuple(places))
                if key not in known:
                    known[key] = _calls(y[train], z[:, places], held[:, places], grids[arm])
                found[arm].append(matthews_of(y[test], known[key]))
    return {arm: np.array(scores) for arm, scores in found.items()}


def _places(columns: np.ndarray, inner: Ready) -> np.ndarray:
    """Where these columns stand among those that are usable within a fold."""
    return np.flatnonzero(np.isin(inner.columns, columns))


def _calls(y: np.ndarray, z: np.ndarray, held: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """(penalties, patients held out): who is called positive. The path ends where R's glmnet ends it: there the calls
    of the last penalty stand for those of smaller ones.
    """
    edge = np.log(THRESHOLD / (1 - THRESHOLD))
    calls = np.empty((len(grid), len(held)), dtype=bool)
    none = -np.log(y.mean()) * y.mean() - np.log(1 - y.mean()) * (1 - y.mean())
    sign, explained = 1 - 2 * y, 0.0
    for place, (beta, intercept) in enumerate(fitted(y, z, grid, SETTLED)):
        calls[place:] = intercept + held @ beta >= edge
        before, explained = explained, 1 - np.logaddexp(0, sign * (intercept + z @ beta)).mean() / none
        if explained > EXPLAINED or (beta.any() and explained - before < GAINED * explained):
            break
    return calls


def _final(arm: str, y, z, prepared: Ready, pick: Chosen, grid: np.ndarray, scores: np.ndarray) -> Learned:
    columns, beta, intercept = pick.columns, np.zeros(0), float(np.log(y.mean() / (1 - y.mean())))
    penalty = mcc = np.nan
    if len(columns):
        mean = scores.mean(axis=0)
        best = int(mean.argmax())
        penalty, mcc = float(grid[best]), float(mean[best])
        *_, (beta, intercept) = fitted(y, z[:, columns], grid[: best + 1], SETTLED)
    return Learned(
        arm=arm,
        columns=prepared.columns[columns],
        coefficients=beta,
        intercept=intercept,
        penalty=penalty,
        mcc=mcc,
        n=len(y),
        n_positive=int(y.sum()),
        n_folds=len(scores),
        why=pick.why,
        prepared=prepared,
    )

"""Does it hold in a centre that it has not seen? Each centre in turn is left out of everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.prediction.nested import Table, enough, learn
from core.prediction.recipe import Recipe
from core.stats.roc import ESTIMATED, WIDTH, Auc, auc

#: Patients of a class in a centre below which it has no AUC of its own.
FEWEST = 5


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Predictions of each centre by a model of all the others.

    table        a row per centre: centre, n, n_positive, n_train, n_train_positive, auc with its 95 % interval lower
                 and upper (DeLong, logit), state ("estimated" or why there is none), mean (of the probabilities)
    probability  (n,) of every patient; NaN in a centre without which nothing could be learnt
    pooled       of all of them together, pairs of patients from two centres included; None with the reason in
                 `no_pooled`
    within       mean of the centres' AUCs weighted by their pairs of a positive and a negative patient: pairs of one
                 centre only. None where no centre has an AUC; lower, upper as above (normal on the logit scale)
    """

    table: pd.DataFrame
    probability: np.ndarray
    pooled: Auc | None
    no_pooled: str
    within: float | None
    within_lower: float | None
    within_upper: float | None
    n_centres: int
    n_estimated: int


def leave_one_centre_out(
    table: Table, centre: Sequence, recipe: Recipe, progress: Progress = quiet, fewest: int = FEWEST
) -> LeftOut:
    """How well does a model of the other centres rank the patients of each centre?

    centre (n,) labels. In every turn the whole recipe is learnt on the others, its setting chosen in their inner folds.
    Raises `NotEstimable` for a single centre, too few patients in all, or a recipe that harmonises over centres: the
    effects of a centre that was not seen are not known.
    """
    labels = np.asarray(centre, dtype=object)
    names = sorted(set(labels), key=str)
    if len(names) < 2:
        raise NotEstimable(
            f"All {len(labels)} patients are of one centre.", "Widen the cohort, or choose another group."
        )
    if table.batch is not None:
        raise NotEstimable(
            "The effects of a batch that the model has not seen cannot be taken out.",
            "Switch harmonisation off for this test.",
        )
    enough(table.y)
    probability, rows = np.full(len(labels), np.nan), []
    for place, name in enumerate(names):
        held = labels == name
        probability[held], row = _one(table, held, recipe, fewest)
        rows.append({"centre": str(name), **row})
        progress((place + 1) / len(names), f"without {name}")
    frame = pd.DataFrame(rows)
    pooled, why = _pooled(table.y, probability)
    within = _within(frame)
    frame = frame.drop(columns="variance")
    return LeftOut(frame, probability, pooled, why, *within, len(names), int((frame["state"] == ESTIMATED).sum()))


def _one(table: Table, held: np.ndarray, recipe: Recipe, fewest: int) -> tuple[np.ndarray, dict]:
    train, test = table.of(~held), table.of(held)
    n, positive = len(test.y), int(test.y.sum())
    row = {
        **{"n": n, "n_positive": positive, "n_train": len(train.y), "n_train_positive": int(train.y.sum())},
        **{"auc": np.nan, "lower": np.nan, "upper": np.nan, "variance": np.nan, "mean": np.nan},
    }
    try:
        enough(train.y)
        found = learn(train, recipe, recipe.seed).probability(test)
    except NotEstimable as state:
        return np.full(n, np.nan), row | {"state": f"nothing could be learnt without it: {state.reason}"}
    row["mean"] = float(found.mean())
    if positive in (0, n):
        return found, row | {"state": f"one class only ({'all' if positive else 'none'} positive)"}
    if min(positive, n - positive) < fewest:
        return found, row | {"state": f"too few of a class (at least {fewest} are needed)"}
    area = auc(
        test.y,
        found,
    )
    limits = {"lower": area.lower, "upper": area.upper} if area.state == ESTIMATED else {}
    return found, row | {"auc": area.auc, "variance": area.variance, "state": area.state, **limits}


def _pooled(y: np.ndarray, probability: np.ndarray) -> tuple[Auc | None, str]:
    try:
        return auc(y, probability), ""
    except NotEstimable as state:
        return None, str(state)


def _within(frame: pd.DataFrame) -> tuple[float | None, float | None, float | None]:
    some = frame[frame["auc"].notna()]
    if some.empty:
        return None, None, None
    pairs = (some["n_positive"] * (some["n"] - some["n_positive"])).to_numpy(dtype=float)
    share = pairs / pairs.sum()
    mean = float(share @ some["auc"].to_numpy())
    variance = float(share**2 @ some["variance"].to_numpy())
    if not 0 < mean < 1 or variance <= 0:
        return mean, None, None
    half = WIDTH * variance**0.5 / (mean * (1 - mean))
    odds = np.log(mean / (1 - mean))
    lower, upper = (float(1 / (1 + np.exp(-each))) for each in (odds - half, odds + half))
    return mean, lower, upper

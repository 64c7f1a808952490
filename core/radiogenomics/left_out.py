"""How well does a model with a selected order predict patients who had no part in the selection?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.radiogenomics.logistic import log_likelihood, logistic, probability


@dataclass(frozen=True)
class HeldOut:
    """Predictions for `n` patients, each made by the patients of the other parts, who chose order and terms anew.

    auc                     pairs within a part only: the parts have different models, whose levels do not compare
    brier, brier_null       mean squared error, and that of predicting the share of events of the other parts
    log_likelihood, log_likelihood_null     per patient, likewise
    calibration_slope, calibration_intercept    of the outcome on the predicted log odds, 1 and 0 where they are right;
                            None where everybody in a part has the same prediction, or no slope is finite
    orders                  the order chosen in each part
    """

    auc: float
    brier: float
    brier_null: float
    log_likelihood: float
    log_likelihood_null: float
    calibration_slope: float | None
    calibration_intercept: float | None
    orders: tuple[int, ...]
    n: int
    n_events: int


#: Fits the patients of a mask: their order, and the log odds (n,) of all patients by their model.
Fitting = Callable[[np.ndarray, int, Progress], tuple[int, np.ndarray]]


def held_out(y: np.ndarray, parts: int, seed: int, fit: Fitting, progress: Progress = quiet) -> HeldOut:
    """Leave out each of `parts` in turn; y (n,) 0 or 1. `fit` gets who stays, the number of the part, a progress."""
    dealt = deal(y, parts, np.random.default_rng(seed))
    log_odds, null, orders = np.empty(len(y)), np.empty(len(y)), []
    for place in range(parts):
        inside = dealt != place
        order, found = fit(inside, place, part(progress, place / parts, 1 / parts))
        orders.append(order)
        log_odds[~inside] = found[~inside]
        share = y[inside].mean()
        null[~inside] = np.log(share / (1 - share))
    slope, intercept = _calibration(log_odds, y) if any(orders) else (None, None)
    ones = np.ones(len(y))
    return HeldOut(
        auc=auc(log_odds, y, dealt),
        brier=float(np.mean((probability(log_odds) - y) ** 2)),
        brier_null=float(np.mean((probability(null) - y) ** 2)),
        log_likelihood=log_likelihood(log_odds, y, ones) / len(y),
        log_likelihood_null=log_likelihood(null, y, ones) / len(y),
        calibration_slope=slope,
        calibration_intercept=intercept,
        orders=tuple(orders),
        n=len(y),
        n_events=int(y.sum()),
    )


def deal(y: np.ndarray, parts: int, chance: np.random.Generator) -> np.ndarray:
    """(n,) a part for each patient, with as equal numbers of either outcome as can be; y (n,) 0 or 1."""
    dealt, start = np.empty(len(y), int), 0
    for outcome in (1, 0):
        members = chance.permutation(np.flatnonzero(y == outcome))
        dealt[members] = (start + np.arange(len(members))) % parts
        start += len(members)
    return dealt


def auc(score: np.ndarray, y: np.ndarray, stratum: np.ndarray) -> float:
    """The share of pairs, one patient with and one without the event, that the score ranks rightly; ties count half.

    Pairs within a stratum only; NaN without any. Source: Hanley and McNeil 1982,
    doi:10.1148/radiology.143.1.7063747.
    """
    right = pairs = 0.0
    for each in np.unique(stratum):
        events, others = score[(stratum == each) & (y == 1)], score[(stratum == each) & (y == 0)]
        others = np.sort(others)
        right += (np.searchsorted(others, events, "left") + np.searchsorted(others, events, "right")).sum() / 2
        pairs += len(events) * len(others)
    return float(right / pairs) if pairs else np.nan


def _calibration(log_odds: np.ndarray, y: np.ndarray) -> tuple[float | None, float | None]:
    try:
        found = logistic(log_odds[:, None], y == 1)
    except NotEstimable:
        return None, None
    return float(found.coefficients[1]), float(found.coefficients[0])

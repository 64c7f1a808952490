"""Would acting on a predicted probability do more good than treating everybody, or nobody?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import Problem, Refused
from core.stats.calibration import probabilities
from core.stats.roc import FEWEST, resampled

THRESHOLDS = tuple(percent / 100 for percent in range(1, 100))


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """table  a row per threshold probability:
              threshold, n_treated, true_positives, false_positives
              net_benefit, lower, upper         of treating those at or above the threshold: true positives per patient,
                                                less the false positives that the threshold says one of them is worth
              treat_all, treat_none             of treating everybody, and nobody (0 by definition)
              over_all, over_all_lower, _upper  net benefit less that of treating everybody, compared within resamples

    All limits are 95 % percentiles of the same resamples of patients, each for its threshold alone: a curve that rises
    above a default somewhere among many thresholds is no test. They are missing where they would rest on fewer than 5
    positive patients, or above a threshold of 0.5, where a negative one weighs more, 5 negative: treated ones for the
    net benefit, untreated ones for what it is over treating all. (Resamples of so few know too little of chance:
    in simulations 87 % of such bands hold the true value with 2 of them on average, 70 % with 0.6.)
    """

    table: pd.DataFrame
    n: int
    n_positive: int
    n_left_out: int
    resamples: int
    seed: int


def decision_curve(
    outcome: Sequence,
    probability: Sequence,
    thresholds: Sequence[float] = THRESHOLDS,
    resamples: int = 1000,
    seed: int = 0,
    progress: Progress = quiet,
) -> DecisionCurve:
    """How much net benefit does a model give at the thresholds at which a patient would choose treatment?

    outcome (n,) 1 or 0; probability (n,) of 1, made without these patients. Net benefit, TP / n - FP / n * t / (1 - t),
    holds at this share of positives, and suffers where probabilities are miscalibrated. Raises as `probabilities`, and
    `Refused` for thresholds outside 0 to 1. Sources: Vickers and Elkin 2006, doi:10.1177/0272989X06295361; the band as
    Vickers et al. 2008, doi:10.1186/1472-6947-8-53.
    """
    data, t = probabilities(outcome, probability), np.asarray(thresholds, dtype=float)
    if not len(t) or not ((t > 0) & (t < 1)).all():
        raise Refused([Problem("a threshold is not between 0 and 1.", "thresholds", "Give probabilities.")])
    truth, treated = data.outcome[:, None], data.scores[0][:, None] >= t
    # What each patient adds when treated: one, or minus what one true positive is worth in false ones.
    worth = np.where(truth, 1.0, -t / (1 - t))
    gains = np.hstack([worth * treated, worth * treated - worth])
    limits = _limits(gains, resamples, seed, progress).reshape(2, 2, len(t))
    for side, chosen in enumerate((treated, ~treated)):
        few = ((chosen & truth).sum(axis=0) < FEWEST) | ((t > 0.5) & ((chosen & ~truth).sum(axis=0) < FEWEST))
        limits[:, side, few] = np.nan
    true = (treated & truth).sum(axis=0)
    net = (worth * treated).mean(axis=0)
    table = pd.DataFrame(
        {
            "threshold": t,
            "n_treated": treated.sum(axis=0),
            "true_positives": true,
            "false_positives": treated.sum(axis=0) - true,
            "net_benefit": net,
            "lower": limits[0, 0],
            "upper": limits[1, 0],
            "treat_all": worth.mean(axis=0),
            "treat_none": 0.0,
            "over_all": net - worth.mean(axis=0),
            "over_all_lower": limits[0, 1],
            "over_all_upper": limits[1, 1],
        }
    )
    return DecisionCurve(table, *data.counts, resamples, seed)


def _limits(gains: np.ndarray, resamples: int, seed: int, progress: Progress) -> np.ndarray:
    """(2, k) 2.5 % and 97.5 % points of the mean of each column of `gains` (n, k) over resampled patients."""
    everybody = np.ones(len(gains), dtype=bool)
    means = [weights @ gains / len(gains) for weights in resampled((everybody,), resamples, seed, progress)]
    return np.quantile(np.concatenate(means), [0.025, 0.975], axis=0)

"""How good are probabilities of patients who took no part in them? Per centre, over centres, and arm against arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.radiogenomics.mcc import drawn_again, matthews
from core.stats.confusion import Measure, confusion
from core.stats.roc import ESTIMATED, FEWEST, auc, resampled
from core.stats.small_auc import area_limits

#: How the interval of an area came about, or why there is none.
DELONG, SMALL = "DeLong, logit", "Newcombe, for few patients"
WITHIN = "bootstrap within centre and class"
ONE_CLASS, ALIKE = "none: patients of one class only", "no interval: everybody has the same score"
#: Of the correlation.
UNDEFINED = "0 by convention: all patients are of one class, or all are called alike"
PERFECT = "no interval: nothing contradicts the calls"
BOOTSTRAP, FEW_PATIENTS = "bootstrap", "bootstrap; few patients of a class, a rough interval"
FEW = 10
RESAMPLES = 2000


@dataclass(frozen=True)
class Performance:
    """What a score says of n patients; `auc` has no value where all are of one class, and is never turned over but
    with `turned` (as published). `auc_state` and `mcc_state` say how the intervals came about or why there is none.
    """

    n: int
    n_positive: int
    auc: Measure
    auc_state: str
    turned: bool
    sensitivity: Measure
    specificity: Measure
    mcc: Measure
    mcc_state: str
    tp: int
    fn: int
    tn: int
    fp: int


def performance(
    y: np.ndarray, score: np.ndarray, threshold: float, *, auto: bool = False, seed: int = 0
) -> Performance:
    """AUC, sensitivity, specificity and Matthews' correlation of patients, with 95 % intervals.

    y (n,) 0 and 1, score (n,) higher for positive, positive from `threshold` on. AUC: DeLong's interval on the logit
    scale, Newcombe's with fewer than five patients of a class or where one class lies wholly above the other. Shares:
    Wilson. Correlation: percentiles of 2,000 samples of the patients, 0 where undefined. `auto` turns the score over
    where the median of the negative patients is the higher one, as R's pROC does by default.
    """
    y, score = np.asarray(y, dtype=float), np.asarray(score, dtype=float)
    turned = bool(auto and 0 < y.sum() < len(y) and np.median(score[y == 0]) > np.median(score[y == 1]))
    area, state = area_of(y, -score if turned else score)
    yes = score >= threshold
    cells = (yes & (y == 1), ~yes & (y == 1), ~yes & (y == 0), yes & (y == 0))
    counts = confusion(*(int(cell.sum()) for cell in cells))
    mcc, mcc_state = correlation(counts.tp, counts.fn, counts.tn, counts.fp, seed)
    return Performance(
        n=len(y),
        n_positive=int(y.sum()),
        auc=area,
        auc_state=state,
        turned=turned,
        sensitivity=counts.sensitivity,
        specificity=counts.specificity,
        mcc=mcc,
        mcc_state=mcc_state,
        tp=counts.tp,
        fn=counts.fn,
        tn=counts.tn,
        fp=counts.fp,
    )


def area_of(y: np.ndarray, score: np.ndarray) -> tuple[Measure, str]:
    """The area under the ROC curve with the interval that suits the number of patients, and which that is."""
    positive, negative = int(y.sum()), int(len(y) - y.sum())
    if not min(positive, negative):
        return Measure(None, None, None, len(y)), ONE_CLASS
    value = float(above(y, score).mean())
    if np.ptp(score) == 0:
        return Measure(0.5, None, None, len(y)), ALIKE
    if min(positive, negative) >= FEWEST:
        found = auc(y, score)
        if found.state == ESTIMATED:
            return Measure(found.auc, found.lower, found.upper, len(y)), DELONG
    return Measure(value, *area_limits(value, positive, negative), len(y)), SMALL


def above(y: np.ndarray, score: np.ndarray) -> np.ndarray:
    """(positive, negative) patients: 1 where the positive one scores higher, one half where equal."""
    return (np.sign(score[y == 1][:, None] - score[y == 0][None, :]) + 1) / 2


def correlation(tp: int, fn: int, tn: int, fp: int, seed: int) -> tuple[Measure, str]:
    """Matthews' correlation of the calls with percentiles of resampled patients."""
    n = tp + fn + tn + fp
    value, undefined = matthews(tp, fn, tn, fp)
    if undefined:
        return Measure(0.0, None, None, n), UNDEFINED
    if abs(value) == 1:
        return Measure(float(value), None, None, n), PERFECT
    lower, upper = np.percentile(drawn_again(tp, fn, tn, fp, RESAMPLES, seed), [2.5, 97.5])
    few = min(tp + fn, tn + fp) < FEW
    return Measure(float(value), float(lower), float(upper), n), FEW_PATIENTS if few else BOOTSTRAP


# ------------------------------------------------------------------------------------------ over centres, arm by arm

#: What two arms are compared in.
MEASURES = ("auc", "sensitivity", "specificity", "mcc")


@dataclass(frozen=True, eq=False)
class Drawn:
    """Measures of one arm over centres, (resamples,) each by name, and `values` for the patients themselves."""

    values: dict[str, float]
    samples: dict[str, np.ndarray]


def over_centres(
    y: np.ndarray, scores: Sequence[np.ndarray], centre: np.ndarray, threshold: float, seed: int = 0
) -> list[Drawn]:
    """Each arm's measures over all centres, and the same in samples that all arms share.

    y (n,), each of `scores` (n,), centre (n,). The area counts pairs of a positive and a negative patient of the same
    centre, for scores of different classifiers need not have one scale; sensitivity, specificity and the correlation
    count all patients. Samples are drawn with replacement within centre and class, so the differences between arms are
    paired. NaN where no centre has both classes.
    """
    strata = [(centre == name) & (y == label) for name in np.unique(centre) for label in (0, 1)]
    strata = [members for members in strata if members.any()]
    weights = np.vstack([np.ones((1, len(y))), *resampled(strata, RESAMPLES, seed, lambda *_: None)])
    return [_drawn(y, np.asarray(score), centre, threshold, weights) for score in scores]


def _drawn(y, score, centre, threshold: float, weights: np.ndarray) -> Drawn:
    won = pairs = 0.0
    for name in np.unique(centre):
        here = centre == name
        if 0 < y[here].sum() < here.sum():
            places, own = np.flatnonzero(here), y[here]
            wins = above(own, score[here])
            drawn = weights[:, places[own == 1]], weights[:, places[own == 0]]
            won = won + ((drawn[0] @ wins) * drawn[1]).sum(axis=1)
            pairs = pairs + wins.size
    area = won / pairs if pairs else np.full(len(weights), np.nan)
    yes = score >= threshold
    tp, fn, tn, fp = (weights[:, cell].sum(axis=1) for cell in _cells(y, yes))
    with np.errstate(invalid="ignore"):
        measures = (area, tp / (tp + fn), tn / (tn + fp), matthews(tp, fn, tn, fp)[0])
    named = dict(zip(MEASURES, measures, strict=True))
    return Drawn({name: float(each[0]) for name, each in named.items()}, {k: each[1:] for k, each in named.items()})


def _cells(y: np.ndarray, yes: np.ndarray) -> tuple[np.ndarray, ...]:
    return yes & (y == 1), ~yes & (y == 1), ~yes & (y == 0), yes & (y == 0)


def limits(samples: np.ndarray) -> tuple[float | None, float | None]:
    """The middle 95 % of samples; none where they are all one."""
    if not np.isfinite(samples).all() or np.ptp(samples) == 0:
        return None, None
    lower, upper = np.percentile(samples, [2.5, 97.5])
    return float(lower), float(upper)

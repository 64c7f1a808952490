"""Right and wrong calls counted: sensitivity, specificity, predictive values, MCC, each with its interval and n."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable, Problem, Refused
from core.stats.mutation import wilson_interval
from core.stats.roc import ESTIMATED, WIDTH, scored

EMPTY = "0 by convention, without interval (all patients are of one class, or all are called alike)"
PERFECT = "no interval (nothing contradicts the calls, so nothing shows how they vary)"
FEW_OF_A_CLASS = "few patients of a class: the interval may be too narrow"
#: Patients of a class below which the intervals that are not Wilson's are only a hint.
FEW = 10


@dataclass(frozen=True)
class Measure:
    """A number with its 95 % interval, and the n it rests on: `value` is None where n is 0."""

    value: float | None
    lower: float | None
    upper: float | None
    n: int


@dataclass(frozen=True)
class Confusion:
    """Counts and what follows from them; PPV and NPV hold at this share of positives (`n_positive` of `n`) only.

    sensitivity, specificity, ppv, npv   Wilson intervals; n is the denominator
    balanced_accuracy                    mean of sensitivity and specificity
    f1                                   n is of the patients that are positive or called so
    mcc                                  Matthews' correlation of -1 to 1; `mcc_state` is ESTIMATED, FEW_OF_A_CLASS, or
                                         why it has no interval
    """

    tp: int
    fn: int
    tn: int
    fp: int
    sensitivity: Measure
    specificity: Measure
    ppv: Measure
    npv: Measure
    balanced_accuracy: Measure
    f1: Measure
    mcc: Measure
    mcc_state: str
    n: int
    n_positive: int
    n_left_out: int


def called(outcome: Sequence, score: Sequence, threshold: float) -> Confusion:
    """How good are the calls of a score that says positive at or above `threshold`?

    outcome (n,) 1 or 0, score (n,); patients lacking either are left out and counted. The threshold must not have been
    chosen on these patients. Raises as `core.stats.roc.scored`, but takes any number of patients of either class.
    """
    data = scored(outcome, score, fewest=0)
    yes = data.scores[0] >= threshold
    cells = (data.outcome & yes, data.outcome & ~yes, ~data.outcome & ~yes, ~data.outcome & yes)
    return confusion(*(int(cell.sum()) for cell in cells), n_left_out=data.n_left_out)


def confusion(tp: int, fn: int, tn: int, fp: int, n_left_out: int = 0) -> Confusion:
    """What do true and false positives and negatives say of a classifier?

    Raises `Refused` for counts below 0, `NotEstimable` when all are 0. Intervals: Wilson 1927,
    doi:10.1080/01621459.1927.10502953, for shares; for the mean of two shares Newcombe 1998's squares of Wilson's
    distances, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I; for F1 the Wilson interval of
    tp / (tp + fp + fn), of which it is a rising function; for MCC Fisher's z with the variance of the delta method
    (Itaya et al. 2024, doi:10.1002/sim.10303).
    """
    if min(tp, fn, tn, fp) < 0:
        raise Refused([Problem("a count is below 0.", "confusion", "Give counts of patients.")])
    if tp + fn + tn + fp == 0:
        raise NotEstimable("No patient has both an outcome and a prediction.", "Widen the cohort.")
    sensitivity, specificity = _share(tp, tp + fn), _share(tn, tn + fp)
    mcc, state = _mcc(tp, fn, tn, fp)
    return Confusion(
        *(tp, fn, tn, fp, sensitivity, specificity),
        ppv=_share(tp, tp + fp),
        npv=_share(tn, tn + fn),
        balanced_accuracy=_mean(sensitivity, specificity),
        f1=_f1(tp, fn, fp),
        mcc=mcc,
        mcc_state=state,
        n=mcc.n,
        n_positive=tp + fn,
        n_left_out=n_left_out,
    )


def _share(hits: int, n: int) -> Measure:
    if n == 0:
        return Measure(None, None, None, 0)
    lower, upper = wilson_interval(np.array(hits), np.array(n))
    return Measure(hits / n, float(lower), float(upper), n)


def _mean(first: Measure, second: Measure) -> Measure:
    n = first.n + second.n
    if first.value is None or second.value is None:
        return Measure(None, None, None, n)
    value = (first.value + second.value) / 2
    below = np.hypot(first.value - first.lower, second.value - second.lower) / 2
    above = np.hypot(first.upper - first.value, second.upper - second.value) / 2
    return Measure(value, float(value - below), float(value + above), n)


def _f1(tp: int, fn: int, fp: int) -> Measure:
    share = _share(tp, tp + fn + fp)
    if share.value is None:
        return share
    return Measure(*(2 * part / (1 + part) for part in (share.value, share.lower, share.upper)), share.n)


def _mcc(tp: int, fn: int, tn: int, fp: int) -> tuple[Measure, str]:
    n = tp + fn + tn + fp
    positive, negative, yes, no = (part / n for part in (tp + fn, tn + fp, tp + fp, tn + fn))
    if min(positive, negative, yes, no) == 0:
        return Measure(0.0, None, None, n), EMPTY
    if fn + fp == 0 or tp + tn == 0:
        return Measure(1.0 if fn + fp == 0 else -1.0, None, None, n), PERFECT
    scale = (positive * negative * yes * no) ** 0.5
    mcc = (tp * tn - fp * fn) / n**2 / scale
    # The delta method for the correlation of two binary variables sampled together.
    tilt = (positive - negative) * (yes - no)
    unequal = (positive - negative) ** 2 / (positive * negative) + (yes - no) ** 2 / (yes * no)
    variance = (1 - mcc**2 + mcc * (1 + mcc**2 / 2) * tilt / scale - 0.75 * mcc**2 * unequal) / n
    half = WIDTH * variance**0.5 / (1 - mcc**2)
    lower, upper = np.tanh(np.arctanh(mcc) - half), np.tanh(np.arctanh(mcc) + half)
    state = ESTIMATED if min(tp + fn, tn + fp) >= FEW else FEW_OF_A_CLASS
    return Measure(mcc, float(lower), float(upper), n), state

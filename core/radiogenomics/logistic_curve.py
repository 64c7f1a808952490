"""Which logistic curve of the dose makes the outcomes of these patients most probable, and which others could be?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable
from core.radiogenomics.logistic import log_likelihood, logistic, probability
from core.radiogenomics.ntcp import FALL, FEWEST, Estimate
from core.radiogenomics.tcp import doses_of

#: An interval is looked for this far from the estimate: TD50 and gamma50 times or over.
FARTHEST = 1e4


@dataclass(frozen=True, eq=False)
class LogisticCurve:
    """1 / (1 + (D50/D)^(4 gamma50)) of `n` patients, `n_events` with the outcome, with 95 % profile intervals.

    d50_gy, gamma50      estimates; an end of an interval that the likelihood leaves open is None
    log_likelihood       at the maximum; log_likelihood_null: of one probability for everybody
    """

    d50_gy: Estimate
    gamma50: Estimate
    log_likelihood: float
    log_likelihood_null: float
    n: int
    n_events: int


def fit_logistic_curve(dose_gy: Sequence, event: Sequence) -> LogisticCurve:
    """The maximum-likelihood curve that rises with a dose (a gEUD, say) above 0 Gy; `event` (n,) bool.

    It is a logistic regression on the logarithm of the dose, whose slope is 4 gamma50. Raises `Refused` for negative
    and missing doses; `NotEstimable` with fewer than 5 patients of either outcome, for doses of 0, where the outcome
    does not become more frequent with the dose, and where a dose separates the outcomes. Source of the intervals:
    Venzon and Moolgavkar 1988, doi:10.2307/2347496.
    """
    doses, y = doses_of(dose_gy), np.asarray(event, dtype=bool)
    if len(doses) != len(y):
        raise ValueError(f"{len(doses)} doses were given with {len(y)} outcomes; give one of each per patient")
    if min(y.sum(), (~y).sum()) < FEWEST:
        raise NotEstimable(
            f"Of {len(y)} patients {int(y.sum())} have the outcome; a curve needs {FEWEST} with and without it.",
            "Widen the cohort or choose a more frequent outcome.",
        )
    if (doses == 0).any():
        raise NotEstimable(
            f"{int((doses == 0).sum())} patients have a dose of 0 Gy, of which a logarithm is none.",
            "Choose another structure, or a larger exponent of the equivalent uniform dose.",
        )
    logs = np.log(doses)
    fitted = logistic(logs[:, None], y)
    intercept, slope = fitted.coefficients
    if slope <= 0:
        raise NotEstimable(
            "The outcome does not become more frequent as this dose rises, so no rising curve fits.",
            "A null result; check the outcome, the structure and the exponent.",
        )
    d50, gamma50 = float(np.exp(-intercept / slope)), float(slope / 4)
    top, sign = fitted.log_likelihood, np.where(y, 1.0, -1.0)
    share = y.mean()
    return LogisticCurve(
        d50_gy=_interval(d50, top, lambda value: _best_slope(sign, logs - np.log(value))),
        gamma50=_interval(gamma50, top, lambda value: _best_place(sign, 4 * value * logs)),
        log_likelihood=top,
        log_likelihood_null=log_likelihood(np.full(len(y), np.log(share / (1 - share))), y * 1.0, np.ones(len(y))),
        n=len(y),
        n_events=int(y.sum()),
    )


def _best_slope(sign: np.ndarray, x: np.ndarray) -> float:
    """The greatest log-likelihood over slopes of 0 and more, of log odds slope * x; concave in the slope."""
    return _maximum(lambda slope: sign * slope * x, lambda chance: float((1 - chance) @ (sign * x)), 0.0)


def _best_place(sign: np.ndarray, x: np.ndarray) -> float:
    """The greatest log-likelihood over intercepts, of log odds intercept + x; concave in the intercept."""
    middle = -float(np.median(x))
    return _maximum(lambda place: sign * (middle + place + x), lambda chance: float((1 - chance) @ sign), None)


def _maximum(odds: Callable[[float], np.ndarray], slope: Callable[[np.ndarray], float], least: float | None) -> float:
    """The maximum of the sum of log probabilities of signed log odds, where the derivative is 0, or at `least`."""
    from scipy.optimize import brentq

    def derivative(value: float) -> float:
        return slope(probability(odds(value)))

    low, high = (least if least is not None else -1.0), 1.0
    while least is None and derivative(low) < 0:
        low *= 2
    while derivative(high) > 0 and high < 1e6:
        high *= 2
    at = low if derivative(low) <= 0 else brentq(derivative, low, high, xtol=1e-12, rtol=1e-12)
    return float(-np.logaddexp(0.0, -odds(at)).sum())


def _interval(value: float, top: float, profile: Callable[[float], float]) -> Estimate:
    """Where the profile falls by FALL on both sides; None where it does not within FARTHEST."""
    return Estimate(value, _end(value, top, profile, 1 / 1.2), _end(value, top, profile, 1.2))


def _end(value: float, top: float, profile: Callable[[float], float], factor: float) -> float | None:
    from scipy.optimize import brentq

    def above(log: float) -> float:
        return profile(float(np.exp(log))) - (top - FALL)

    inner = float(np.log(value))
    while abs(inner - np.log(value)) < np.log(FARTHEST):
        outer = inner + float(np.log(factor))
        if above(outer) < 0:
            return float(np.exp(brentq(above, *sorted((inner, outer)), xtol=1e-10)))
        inner, factor = outer, factor**1.3
    return None

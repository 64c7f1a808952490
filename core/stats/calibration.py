"""Are predicted probabilities as large as they should be? Calibration line, groups and smooth, and the Brier score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.stats.mutation import wilson_interval
from core.stats.quietly import quietly
from core.stats.roc import WIDTH, Scored, scored

GROUPS, FEWEST_PER_GROUP = 10, 5
#: Share of the patients behind each point of the smooth, and how many points it has.
SPAN, POINTS = 0.75, 50
#: Fewer different probabilities make no smooth, nor do resamples of which a larger share has none at some point.
FEWEST_SMOOTHED, MOST_LOST = 20, 0.05


def probabilities(outcome: Sequence, probability: Sequence) -> Scored:
    """As `core.stats.roc.scored`, for predictions that must be probabilities: `Refused` outside 0 to 1."""
    data = scored(outcome, probability)
    outside = int(((data.scores < 0) | (data.scores > 1)).sum())
    if outside:
        raise Refused([Problem(f"{outside} are outside 0 to 1.", "probability", "Give predicted probabilities.")])
    return data


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its standard error and 95 % Wald interval."""

    value: float
    error: float
    lower: float
    upper: float


@dataclass(frozen=True)
class CalibrationLine:
    """intercept, slope   of logit P(outcome) = intercept + slope * logit(probability); 0 and 1 when calibrated. A slope
                          below 1 says that the probabilities are too extreme, as after overfitting
    in_the_large          the intercept when the slope is held at 1: above 0, the probabilities are too low on average
    observed, expected    share of positives, and mean probability
    """

    intercept: Estimate
    slope: Estimate
    in_the_large: Estimate
    observed: float
    expected: float
    n: int
    n_positive: int
    n_left_out: int


def calibration_line(outcome: Sequence, probability: Sequence) -> CalibrationLine:
    """Are the probabilities too high or low on average, and too extreme or too timid?

    outcome (n,) 1 or 0, probability (n,) of 1, made without these patients: on its own patients a logistic model has
    intercept 0 and slope 1 whatever it is worth. Raises as `probabilities`, and `NotEstimable` where a probability is
    exactly 0 or 1, all are the same, or they separate the classes (Albert and Anderson 1984,
    doi:10.1093/biomet/71.1.1). Sources: Cox 1958, doi:10.1093/biomet/45.3-4.562; Van Calster et al. 2019,
    doi:10.1186/s12916-019-1466-7.
    """
    data = probabilities(outcome, probability)
    p = data.scores[0]
    _check_line(data, p)
    logit = np.log(p) - np.log1p(-p)
    ones = np.ones((data.n, 1))
    intercept, slope = _logistic(data.outcome, np.column_stack([ones, logit]))
    (large,) = _logistic(data.outcome, ones, logit)
    return CalibrationLine(intercept, slope, large, float(data.outcome.mean()), float(p.mean()), *data.counts)


def _check_line(data: Scored, p: np.ndarray) -> None:
    certain = int(((p == 0) | (p == 1)).sum())
    if certain:
        raise NotEstimable(
            f"{certain} of {data.n} probabilities are exactly 0 or 1, whose logit is infinite.",
            "Use a model that gives no certainty; the groups, the smooth and the Brier score take them.",
        )
    if p.min() == p.max():
        raise NotEstimable(f"All {data.n} patients have the same probability, so there is no slope.", "")
    yes, no = p[data.outcome], p[~data.outcome]
    if yes.min() >= no.max() or yes.max() <= no.min():
        raise NotEstimable(
            f"The probabilities separate the {data.n_positive} positive from the {data.n - data.n_positive} negative "
            "patients, so the calibration slope has no finite value.",
            "Judge the model on more patients.",
        )


def _logistic(outcome: np.ndarray, x: np.ndarray, offset: np.ndarray | None = None) -> list[Estimate]:
    """Maximum likelihood estimates of the columns of x (n, k), by statsmodels."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    with quietly(Warning):
        fit = GLM(outcome.astype(float), x, family=Binomial(), offset=offset).fit(tol=1e-12, maxiter=200)
    if not fit.converged or not np.isfinite(fit.bse).all():
        raise NotEstimable("The calibration line has no stable maximum.", "Judge the model on more patients.")
    values = zip(fit.params.tolist(), fit.bse.tolist(), strict=True)
    return [Estimate(value, error, value - WIDTH * error, value + WIDTH * error) for value, error in values]


@dataclass(frozen=True)
class Brier:
    """score       mean squared difference of probability and outcome, 0 (best) to 1
    reference   that of giving every patient the share of positives found here
    scaled      1 - score / reference: 1 is perfect, 0 no better than that share, below 0 worse
    """

    score: float
    reference: float
    scaled: float
    n: int
    n_positive: int
    n_left_out: int


def brier(outcome: Sequence, probability: Sequence) -> Brier:
    """How far are the probabilities from what happened, and how much nearer than the share of positives alone?

    Arguments and errors as `probabilities`. Sources: Brier 1950,
    doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2; scaled as Steyerberg et al. 2010,
    doi:10.1097/EDE.0b013e3181c30fb2.
    """
    data = probabilities(outcome, probability)
    score = float(((data.scores[0] - data.outcome) ** 2).mean())
    reference = float(data.outcome.var())
    return Brier(score, reference, 1 - score / reference, *data.counts)


@dataclass(frozen=True, eq=False)
class CalibrationGroups:
    """table  a row per group, lowest probabilities first: n, n_positive, expected (mean probability), observed (share
    of positives) with lower and upper (95 % Wilson), from and to (the probabilities of the group)
    """

    table: pd.DataFrame
    n: int
    n_positive: int
    n_left_out: int


def calibration_groups(outcome: Sequence, probability: Sequence, groups: int = GROUPS) -> CalibrationGroups:
    """How often did the outcome come where the model said so often?

    Groups of equal count by probability; equal probabilities are never divided, so that tied ones may make fewer or
    unequal groups. Raises as `probabilities`, `Refused` for fewer than 2 groups, `NotEstimable` for fewer than 5
    patients per group or one probability only. Intervals: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    data = probabilities(outcome, probability)
    if groups < 2:
        raise Refused([Problem(f"{groups} groups were asked for.", "groups", "Ask for 2 or more.")])
    if data.n < groups * FEWEST_PER_GROUP:
        raise NotEstimable(
            f"{data.n} patients are too few for {groups} groups of at least {FEWEST_PER_GROUP}.",
            f"Ask for {data.n // FEWEST_PER_GROUP} groups.",
        )
    frame = pd.DataFrame({"p": data.scores[0], "outcome": data.outcome})
    place = np.floor((frame["p"].rank() - 0.5) * groups / data.n)
    table = frame.groupby(place).agg(
        **{"n": ("p", "size"), "n_positive": ("outcome", "sum"), "expected": ("p", "mean")},
        **{"observed": ("outcome", "mean"), "from": ("p", "min"), "to": ("p", "max")},
    )
    if len(table) < 2:
        raise NotEstimable(f"Nearly all {data.n} patients have the same probability: one group.", "")
    table["lower"], table["upper"] = wilson_interval(table["n_positive"].to_numpy(), table["n"].to_numpy())
    columns = ["n", "n_positive", "expected", "observed", "lower", "upper", "from", "to"]
    return CalibrationGroups(table[columns].reset_index(drop=True), *data.counts)


@dataclass(frozen=True, eq=False)
class CalibrationSmooth:
    """table  probability, smooth, lower, upper at 50 points from the 1st to the 99th percentile of the probabilities;
    the 95 % limits are percentiles of resamples of patients, point by point (150 patients, simulated: they hold the
    truth at 93 % of the points, at 88 % towards the ends)
    """

    table: pd.DataFrame
    n: int
    n_positive: int
    n_left_out: int
    resamples: int
    seed: int


def calibration_smooth(
    outcome: Sequence, probability: Sequence, resamples: int = 200, seed: int = 0, progress: Progress = quiet
) -> CalibrationSmooth:
    """Where along the scale are the probabilities too high or too low?

    A local straight line through the nearest 75 % of the patients at each point, cut at 0 and 1 (Cleveland 1979,
    doi:10.1080/01621459.1979.10481038; Austin and Steyerberg 2014, doi:10.1002/sim.5941), without the robust steps,
    which would take the rarer class for outliers. Raises as `probabilities`, and `NotEstimable` for fewer than 20
    patients or different probabilities.
    """
    data = probabilities(outcome, probability)
    p, y = data.scores[0], data.outcome.astype(float)
    distinct = len(np.unique(p))
    if distinct < FEWEST_SMOOTHED:
        raise NotEstimable(
            f"{data.n} patients have {distinct} different probabilities; a smooth needs {FEWEST_SMOOTHED}.",
            "Look at the groups instead.",
        )
    grid = np.linspace(*np.quantile(p, [0.01, 0.99]), POINTS)
    smooth = _lowess(p, y, grid)
    chance, drawn = np.random.default_rng(seed), np.empty((resamples, POINTS))
    for row in range(resamples):
        rows = chance.integers(0, data.n, data.n)
        drawn[row] = _lowess(p[rows], y[rows], grid)
        progress((row + 1) / resamples, "Drawing the patients again")
    if np.isnan(smooth).any() or np.isnan(drawn).mean(axis=0).max() > MOST_LOST:
        raise NotEstimable(
            f"So many of the {data.n} patients share a probability that no line can be drawn through its neighbours.",
            "Look at the groups instead.",
        )
    lower, upper = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    table = pd.DataFrame({"probability": grid, "smooth": smooth, "lower": lower, "upper": upper})
    return CalibrationSmooth(table, *data.counts, resamples, seed)


def _lowess(p: np.ndarray, y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    from statsmodels.nonparametric.smoothers_lowess import lowess

    return np.clip(lowess(y, p, frac=SPAN, it=0, xvals=grid), 0.0, 1.0)

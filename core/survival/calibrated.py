"""Do predicted risks come true? What happened by a time against what was predicted, in groups of patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable
from core.survival.curves import kaplan_meier
from core.survival.efron import maximum
from core.survival.outcome import Outcome
from core.survival.partial import Patients
from core.vocabulary import counted

#: Events by the time that a group should have, and how many groups there may be.
EVENTS_PER_GROUP, FEWEST_GROUPS, MOST_GROUPS = 10, 2, 5
WIDTH = 1.959963984540054


@dataclass(frozen=True)
class RiskGroup:
    """Patients of similar predicted risk: its mean, and the observed risk by Kaplan-Meier with its 95 % interval."""

    n: int
    n_events: int
    predicted: float
    observed: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Calibrated:
    """Predictions for patients left out, by the time `at`.

    groups              from the lowest predicted risk to the highest
    predicted, observed of all: the mean prediction, and Kaplan-Meier with its interval
    slope               of the linear predictor in a Cox model of the patients left out, with 95 % interval: 1 where
                        differences come true, below 1 where they are too large; None where there is none
    n_events            by the time
    """

    at: float
    groups: tuple[RiskGroup, ...]
    predicted: float
    observed: float
    lower: float
    upper: float
    slope: float | None
    slope_lower: float | None
    slope_upper: float | None
    n: int
    n_events: int


def calibrated(patients: Patients, risk: np.ndarray, index: np.ndarray, at: float) -> Calibrated:
    """Is the (n,) predicted risk of an event by `at` what happened?

    index  (n,) the linear predictors. Groups hold equal numbers, as many as leave ten events in each, at most five.
    Raises `NotEstimable` where fewer than ten events happened by then or nobody is followed up longer. Source: Harrell
    2015, doi:10.1007/978-3-319-19425-7.
    """
    time, event = patients.time, patients.event
    by = int((event & (time <= at)).sum())
    if by < EVENTS_PER_GROUP or not (time > at).any():
        few = f"{counted(by, 'event')} happened by the horizon; it takes {EVENTS_PER_GROUP}"
        what = few if by < EVENTS_PER_GROUP else "nobody is followed longer than the horizon"
        raise NotEstimable(f"No calibration: {what}.", "Choose another horizon, or widen the cohort.")
    wanted = int(np.clip(by // EVENTS_PER_GROUP, FEWEST_GROUPS, MOST_GROUPS))
    # Equal predictions stay together.
    edges = np.unique(np.quantile(risk, np.linspace(0, 1, wanted + 1))[1:-1])
    code = np.searchsorted(edges, risk, "left")
    groups = tuple(_group(time, event, risk, code == place, at) for place in np.unique(code))
    everybody = _group(time, event, risk, np.ones(len(time), dtype=bool), at)
    slope = lower = upper = None
    found = maximum(patients.sums, index[:, None]) if np.ptp(index) > 0 else None
    if found is not None:
        slope, error = float(found.coefficients[0]), float(np.sqrt(found.covariance[0, 0]))
        lower, upper = slope - WIDTH * error, slope + WIDTH * error
    return Calibrated(
        at=at,
        groups=groups,
        predicted=everybody.predicted,
        observed=everybody.observed,
        lower=everybody.lower,
        upper=everybody.upper,
        slope=slope,
        slope_lower=lower,
        slope_upper=upper,
        n=len(time),
        n_events=by,
    )


def _group(time: np.ndarray, event: np.ndarray, risk: np.ndarray, inside: np.ndarray, at: float) -> RiskGroup:
    t, happened = time[inside], event[inside]
    rates = kaplan_meier(Outcome.of(t, happened.astype(float), ""), ticks=(0.0,)).rates([at]).iloc[0]
    return RiskGroup(
        n=int(inside.sum()),
        n_events=int((happened & (t <= at)).sum()),
        predicted=float(risk[inside].mean()),
        observed=float(1 - rates["survival"]),
        lower=float(1 - rates["upper"]),
        upper=float(1 - rates["lower"]),
    )

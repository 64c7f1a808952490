"""Kaplan-Meier curves: the share of patients still free of the event over time, with the numbers a reader needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.survival.compared import compared
from core.survival.outcome import Outcome
from core.survival.risk_table import risk_table, tail_from, ticks_for

#: How the bands and the intervals of medians are made; R calls it `conf.type = "log-log"`.
INTERVAL = "95 % log-log (exponential Greenwood)"
NOT_REACHED = "not reached"


@dataclass(frozen=True, eq=False)
class Curve:
    """One group's curve; times in the unit of the outcome, `None` where a quantile is not reached.

    steps      time, at_risk (T >= time), events, censored (at that time), survival, lower, upper.
               The first row is the start: time 0, everybody at risk, survival 1. Bands are NaN where survival is 0.
    tail_from  after this time fewer than ten patients, or fewer than a tenth of the group, are at risk
    follow_up_median  by the reverse Kaplan-Meier method (doi:10.1016/0197-2456(96)00075-X)
    """

    group: str
    n: int
    n_events: int
    median: float | None
    median_lower: float | None
    median_upper: float | None
    median_text: str
    follow_up_median: float | None
    tail_from: float
    steps: pd.DataFrame


@dataclass(frozen=True, eq=False)
class SurvivalCurves:
    """The curves of all groups and one aligned table of numbers at risk.

    risk_table  group, time, at_risk (T >= time, as in R), events and censored before that time; each row adds up to n
    n_excluded  patients without time or event; n_no_group: with an outcome and no group label
    """

    curves: tuple[Curve, ...]
    risk_table: pd.DataFrame
    unit: str
    origin: str
    interval: str
    n: int
    n_events: int
    n_excluded: int
    n_no_group: int

    def rates(self, times: Sequence[float]) -> pd.DataFrame:
        """Survival at fixed times: group, time, at_risk, survival, lower, upper; NaN once nobody is at risk."""
        rows = [(curve.group, float(time), *_at(curve.steps, float(time))) for curve in self.curves for time in times]
        return pd.DataFrame(rows, columns=["group", "time", "at_risk", "survival", "lower", "upper"])


def kaplan_meier(
    outcome: Outcome,
    groups: Sequence | None = None,
    order: Sequence[str] = (),
    ticks: Sequence[float] | None = None,
) -> SurvivalCurves:
    """How many patients of each group are still free of the event over time?

    groups  one label per patient given to `Outcome.of`; None for one curve. ticks: times of the table of numbers at
    risk, chosen from the follow-up when None. Raises `NotEstimable` for more than six groups or no label at all.
    Source: Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; computed by lifelines.
    """
    patients = compared(outcome, groups, order)
    marks = ticks_for(float(patients.time.max()), outcome.unit) if ticks is None else tuple(map(float, ticks))
    curves, tables = [], []
    for position, level in enumerate(patients.levels):
        inside = patients.code == position
        time, event = patients.time[inside], patients.event[inside]
        curves.append(_curve(level, time, event, outcome.unit))
        tables.append(risk_table(time, event, marks).assign(group=level))
    table = pd.concat(tables, ignore_index=True)[["group", "time", "at_risk", "events", "censored"]]
    return SurvivalCurves(
        curves=tuple(curves),
        risk_table=table,
        unit=outcome.unit,
        origin=outcome.origin,
        interval=INTERVAL,
        n=len(patients.time),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
    )


def _curve(group: str, time: np.ndarray, event: np.ndarray, unit: str) -> Curve:
    steps = _steps(time, event)
    # The lower limit of the median is where the lower band crosses one half, and so on, as R's `survfit` does.
    median, low, high = (_half_time(steps["time"], steps[column]) for column in ("survival", "lower", "upper"))
    return Curve(
        group=group,
        n=len(time),
        n_events=int(event.sum()),
        median=median,
        median_lower=low,
        median_upper=high,
        median_text=_median_text(median, low, high, unit),
        follow_up_median=_half_time(*_steps(time, ~event)[["time", "survival"]].to_numpy().T),
        tail_from=tail_from(time),
        steps=steps,
    )


def _steps(time: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    from lifelines import KaplanMeierFitter

    with np.errstate():  # lifelines switches numpy's warnings off for good
        fitted = KaplanMeierFitter().fit(time, event)
    table, bands = fitted.event_table, fitted.confidence_interval_
    survival = fitted.survival_function_.iloc[:, 0].to_numpy()
    steps = pd.DataFrame(
        {
            "time": table.index.to_numpy(dtype=float),
            "at_risk": table["at_risk"].to_numpy(dtype=int),
            "events": table["observed"].to_numpy(dtype=int),
            "censored": table["censored"].to_numpy(dtype=int),
            "survival": survival,
            # lifelines gives a band of [0, 0] at the end of a curve that reaches zero: that is no certainty, so none.
            "lower": np.where(survival > 0, bands.iloc[:, 0], np.nan),
            "upper": np.where(survival > 0, bands.iloc[:, 1], np.nan),
        }
    )
    if steps["events"][0] or steps["censored"][0]:
        start = pd.DataFrame([[0.0, len(time), 0, 0, 1.0, 1.0, 1.0]], columns=steps.columns)
        steps = pd.concat([start, steps], ignore_index=True)
    return steps


def _half_time(time: Sequence[float], share: Sequence[float]) -> float | None:
    """When a falling step function gets below one half; the middle of a stretch at exactly one half."""
    times, shares = np.asarray(time, dtype=float), np.asarray(share, dtype=float)
    close = 1e-8
    below = np.flatnonzero(shares < 0.5 + close)
    if not below.size:
        return None
    first = below[0]
    later = np.flatnonzero(shares < shares[first] - close)
    if abs(shares[first] - 0.5) < close and later.size:
        return float(times[first] + times[later[0]]) / 2
    return float(times[first])


def _median_text(median: float | None, low: float | None, high: float | None, unit: str) -> str:
    if median is None and low is None:
        return NOT_REACHED
    if median is not None and low is None:  # a curve that falls to zero at once has no band to cross one half
        return f"{median:.4g}{f' {unit}' if unit else ''} (no 95 % CI)"
    shown = [NOT_REACHED if value is None else f"{value:.4g}" for value in (median, low, high)]
    unit = f" {unit}" if median is not None and unit else ""
    return f"{shown[0]}{unit} (95 % CI {shown[1]} to {shown[2]})"


def _at(steps: pd.DataFrame, time: float) -> tuple[int, float, float, float]:
    gone = steps["time"] < time
    at_risk = int(steps["at_risk"].iloc[0] - steps.loc[gone, ["events", "censored"]].to_numpy().sum())
    if at_risk == 0:
        return 0, np.nan, np.nan, np.nan
    row = steps[steps["time"] <= time].iloc[-1]
    return at_risk, float(row["survival"]), float(row["lower"]), float(row["upper"])

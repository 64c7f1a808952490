"""Competing events: the share of patients who have had each of several events by a time, where one rules out others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import Problem, Refused
from core.survival.compared import Compared, compared
from core.survival.outcome import Outcome
from core.survival.risk_table import risk_table, tail_from, ticks_for

#: How the bands are made; R calls it `conf.type = "log-log"` of a multi-state curve.
INTERVAL = "95 % log-log, variance as in cmprsk"


@dataclass(frozen=True, eq=False)
class IncidenceCurve:
    """Cumulative incidence of one cause in one group; `n_competing` counts the events of all other causes.

    steps      time, at_risk (T >= time), events (of this cause), competing (other causes), censored (at that time),
               incidence, variance, lower, upper. The first row is the start: time 0, everybody at risk, incidence 0.
               Bands are NaN where the incidence is 0 or 1: no event yet is no certainty.
    tail_from  after this time fewer than ten patients, or fewer than a tenth of the group, are at risk
    """

    group: str
    cause: str
    n: int
    n_events: int
    n_competing: int
    tail_from: float
    steps: pd.DataFrame


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """One curve per group and cause, group after group, with one aligned table of numbers at risk.

    risk_table  group, time, at_risk (T >= time, as in R), events (of any cause) and censored before that time
    n_excluded  patients without time or cause; n_no_group: with both and no group label; n_events: of any cause
    """

    curves: tuple[IncidenceCurve, ...]
    risk_table: pd.DataFrame
    causes: tuple[str, ...]
    unit: str
    interval: str
    n: int
    n_events: int
    n_excluded: int
    n_no_group: int

    def at(self, times: Sequence[float]) -> pd.DataFrame:
        """group, cause, time, at_risk, incidence, lower, upper at fixed times; NaN once nobody is at risk."""
        rows = [(c.group, c.cause, float(time), *_at(c.steps, float(time))) for c in self.curves for time in times]
        return pd.DataFrame(rows, columns=["group", "cause", "time", "at_risk", "incidence", "lower", "upper"])


def cumulative_incidence(
    time: Sequence[float],
    cause: Sequence[int],
    groups: Sequence | None = None,
    *,
    causes: Sequence[str],
    unit: str,
    order: Sequence[str] = (),
    ticks: Sequence[float] | None = None,
) -> CumulativeIncidence:
    """What share of the patients has had each kind of event by a time, when any one of them rules out the others?

    time, cause  (N,) each, one per patient; cause 0 is censored, 1 to K the event named at that place in `causes`.
    Patients lacking either are excluded and counted. groups: (N,) labels or None; ticks: times of the table of numbers
    at risk, in `unit`. Raises `Refused` for bad times and codes, `NotEstimable` when nobody is left or for more than
    six groups. Source: Aalen and Johansen 1978, jstor:4615704; variance Aalen 1978, doi:10.1214/aos/1176344198, with
    tied events counted as in the R package cmprsk (`cuminc`); ties are kept exact, which lifelines' fitter does not.
    """
    names = tuple(map(str, causes))
    if not names or len(set(names)) < len(names):
        raise ValueError("Give each cause a name of its own, in the order of their codes 1, 2, ...")
    outcome, patients, codes = competing_patients(time, cause, groups, len(names), unit, order)
    marks = ticks_for(float(patients.time.max()), unit) if ticks is None else tuple(map(float, ticks))
    curves, tables = [], []
    for position, level in enumerate(patients.levels):
        inside = patients.code == position
        curves.extend(_curves(level, patients.time[inside], codes[inside], names))
        tables.append(risk_table(patients.time[inside], patients.event[inside], marks).assign(group=level))
    return CumulativeIncidence(
        curves=tuple(curves),
        risk_table=pd.concat(tables, ignore_index=True)[["group", "time", "at_risk", "events", "censored"]],
        causes=names,
        unit=unit,
        interval=INTERVAL,
        n=len(patients.time),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
    )


def competing_patients(
    time: Sequence[float],
    cause: Sequence[int],
    groups: Sequence | None,
    count: int | None = None,
    unit: str = "",
    order: Sequence[str] = (),
) -> tuple[Outcome, Compared, np.ndarray]:
    """Checked follow-up, the patients with a group (event = any cause), and the (n,) code of each one's cause.

    Codes go from 0, censored, to `count`, or have no end when it is None. Raises `Refused` for others.
    """
    codes = pd.array(cause, dtype="Float64").to_numpy(dtype=float, na_value=np.nan)
    known = codes[~np.isnan(codes)]
    highest = 2**31 if count is None else count
    odd = int((~((known >= 0) & (known <= highest) & (known == np.floor(known)))).sum())
    if odd:
        allowed = "1, 2, ... for the events" if count is None else f"1 to {count} for the events"
        raise Refused([Problem(f"{odd} causes have no meaning.", "cause", f"Use 0 for censored and {allowed}.")])
    outcome = Outcome.of(time, np.where(np.isnan(codes), np.nan, codes > 0), unit)
    patients = compared(outcome, groups, order)
    taken = outcome.take(codes).to_numpy(dtype=int)
    return outcome, patients, taken if groups is None else taken[outcome.take(groups).notna().to_numpy()]


def _curves(group: str, time: np.ndarray, codes: np.ndarray, names: Sequence[str]) -> list[IncidenceCurve]:
    moments, place = np.unique(time, return_inverse=True)
    # Counts of each code at each time; the start is a moment of its own, at which nothing happens.
    counts = np.zeros((len(names) + 1, len(moments) + 1), dtype=int)
    np.add.at(counts, (codes, place + 1), 1)
    moments, at_risk = np.r_[0.0, moments], len(time) - np.r_[0, counts.sum(axis=0).cumsum()[:-1]]
    events = counts[1:].sum(axis=0)
    after = np.cumprod(1 - events / at_risk)
    before, tail = np.r_[1.0, after[:-1]], tail_from(time)
    curves = []
    for own, name in zip(counts[1:], names, strict=True):
        other = events - own
        incidence = np.cumsum(before * own / at_risk)
        variance = _variance(incidence, before, after, at_risk, own, other)
        lower, upper = _bands(incidence, variance)
        steps = {"time": moments, "at_risk": at_risk, "events": own, "competing": other, "censored": counts[0]}
        steps |= {"incidence": incidence, "variance": variance, "lower": lower, "upper": upper}
        table = pd.DataFrame(steps)
        curves.append(IncidenceCurve(group, name, len(time), int(own.sum()), int(other.sum()), tail, table))
    return curves


def untied(events: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """What is left of the variance of a number of events when they are tied: drawing without replacement."""
    return 1 - np.where(events > 1, (events - 1) / np.where(events > 1, at_risk - 1, 1), 0)


def _variance(incidence, before, after, at_risk, own, other) -> np.ndarray:
    """(J,) variance of the incidence at each time.

    An event of either kind at time s moves the incidence at a later t by (own - (F(t) - F(s)) / S(s)) times its
    deviation; the square in F(t) is multiplied out, so that running sums over s serve every t.
    """
    inverse = np.divide(1, after, out=np.zeros_like(after), where=after > 0)
    chance = (before / at_risk) ** 2
    # Once nobody is left, the other causes have nothing more to take from this one.
    parts = ((1, chance * own * untied(own, at_risk)), (0, chance * other * untied(other, at_risk) * (after > 0)))
    constant = linear = square = 0
    for direct, spread in parts:
        moved = direct + inverse * incidence
        constant = constant + np.cumsum(moved**2 * spread)
        linear = linear + np.cumsum(moved * inverse * spread)
        square = square + np.cumsum(inverse**2 * spread)
    return np.maximum(constant - 2 * incidence * linear + incidence**2 * square, 0)


def _bands(incidence: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import ndtri

    inside = (incidence > 0) & (incidence < 1 - 1e-12) & (variance > 0)
    share = np.where(inside, incidence, 0.5)
    width = np.where(inside, ndtri(0.975) * np.sqrt(variance) / -(share * np.log(share)), np.nan)
    return share ** np.exp(width), share ** np.exp(-width)


def _at(steps: pd.DataFrame, time: float) -> tuple[int, float, float, float]:
    gone = steps["time"] < time
    at_risk = int(steps["at_risk"].iloc[0] - steps.loc[gone, ["events", "competing", "censored"]].to_numpy().sum())
    if at_risk == 0:
        return 0, np.nan, np.nan, np.nan
    row = steps[steps["time"] <= time].iloc[-1]
    return at_risk, float(row["incidence"]), float(row["lower"]), float(row["upper"])

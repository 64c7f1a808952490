"""How much event-free time do patients have up to a limit? Restricted mean survival time and its differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused
from core.stats.multiplicity import holm
from core.survival.compared import Compared, compared
from core.survival.curves import Curve, kaplan_meier
from core.survival.limits import FEW_EVENTS, FEW_FOR_A_MEAN
from core.survival.outcome import Outcome
from core.vocabulary import counted

INTERVAL = "95 % normal (Greenwood-type variance)"
CHOSEN = "the limit that was asked for"
SHORTEST = "the shortest, over the groups, of the longest follow-up"
LONGEST = "the longest follow-up"
Z = 1.959963984540054  # 97.5 % of the normal distribution


@dataclass(frozen=True)
class RestrictedMean:
    """One group: mean time free of the event from 0 to the limit, in the unit of the result.

    n_events_by_limit  events up to and including the limit: the ones that the mean rests on
    lower, upper       95 % interval, kept between 0 and the limit; None where no event gives it a width
    """

    group: str
    n: int
    n_events: int
    n_events_by_limit: int
    mean: float
    standard_error: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class MeanDifference:
    """`group` minus `reference`, in the unit of the result: positive where `group` is free of the event for longer.

    lower, upper, p  95 % Wald interval and two-sided p; None, with the reason in `note`, where groups are too small
    p_holm           adjusted over all differences that have a p; equal to p when there is one
    """

    group: str
    reference: str
    difference: float
    standard_error: float
    lower: float | None
    upper: float | None
    p: float | None
    p_holm: float | None
    note: str


@dataclass(frozen=True)
class RestrictedMeans:
    """All groups at one limit; `until`, means and differences are in `unit`.

    until_chosen   how the limit came about
    until_largest  the largest limit that these groups allow: the shortest of their longest follow-ups
    """

    until: float
    until_chosen: str
    until_largest: float
    unit: str
    origin: str
    groups: tuple[RestrictedMean, ...]
    differences: tuple[MeanDifference, ...]
    interval: str
    n: int
    n_events: int
    n_excluded: int
    n_no_group: int


def restricted_mean(
    outcome: Outcome, groups: Sequence | None = None, *, until: float | None = None, order: Sequence[str] = ()
) -> RestrictedMeans:
    """How long, on average, are patients free of the event within the first `until` units of time, and who longer?

    groups  one label per patient given to `Outcome.of`; the first level (by `order`) is the reference of the others.
    until   the limit, in the outcome's unit; None takes the largest that every group's follow-up allows. A limit that
    was not fixed before looking at the data depends on them: better to name one.
    No interval or p of a difference when one of the two groups has fewer than 30 patients or 5 events by the limit.
    Raises `NotEstimable` for a limit beyond a group's follow-up, for no follow-up at all, more than six groups or no
    label, and `Refused` for a limit that is not a positive number. Source: Royston and Parmar 2013,
    doi:10.1186/1471-2288-13-152; the area under lifelines' Kaplan-Meier curve, standard error as R's `survfit`.
    """
    patients = compared(outcome, groups, order)
    limit, chosen, largest = _limit(patients, until, outcome.unit)
    curves = kaplan_meier(outcome, groups, order, ticks=(0.0,)).curves
    means = tuple(_mean(curve, limit) for curve in curves)
    return RestrictedMeans(
        until=limit,
        until_chosen=chosen,
        until_largest=largest,
        unit=outcome.unit,
        origin=outcome.origin,
        groups=means,
        differences=_adjusted([_difference(mean, means[0]) for mean in means[1:]]),
        interval=INTERVAL,
        n=len(patients.time),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
    )


def _limit(patients: Compared, until: float | None, unit: str) -> tuple[float, str, float]:
    """The limit, how it was chosen, and the largest one."""
    longest = [float(patients.time[patients.code == i].max()) for i in range(len(patients.levels))]
    largest = min(longest)
    shortest = patients.levels[longest.index(largest)]
    if largest <= 0:
        raise NotEstimable(
            f"Nobody in '{shortest}' was followed up beyond time zero.", "Leave that group out or widen the cohort."
        )
    if until is None:
        return largest, SHORTEST if len(longest) > 1 else LONGEST, largest
    limit = float(until)
    if not 0 < limit < np.inf:
        raise Refused([Problem(f"The limit {until} is not a positive number.", "until", f"Give {unit} above 0.")])
    if limit > largest:
        end = f"{np.floor(largest * 100) / 100:.2f}".rstrip("0").rstrip(".")  # rounded down, so that it is within
        end = end if float(end) > 0 else np.format_float_positional(largest, trim="-")
        raise NotEstimable(
            f"The limit of {limit:,.10g} {unit} lies beyond the follow-up of '{shortest}', which ends at "
            f"{largest:.4g} {unit}.",
            f"Choose a limit of at most {end} {unit}.",
        )
    return limit, CHOSEN, largest


def area_and_error(steps: pd.DataFrame, limit: float) -> tuple[float, float]:
    """Area under a survival curve from 0 to `limit`, and its standard error.

    steps  time (the first is 0), at_risk, events and survival, as in `Curve.steps`; the result is in the unit of time
    """
    time, at_risk, events, survival = (
        steps.loc[steps["time"] <= limit, ["time", "at_risk", "events", "survival"]].to_numpy(dtype=float).T
    )
    areas = survival * np.diff(time, append=limit)
    # What an event changes is the area after it; once the last patient at risk has it, there is none left to change.
    after, left = np.cumsum(areas[::-1])[::-1], at_risk - events
    variance = (after**2 * events / (at_risk * np.where(left > 0, left, np.inf))).sum()
    return float(areas.sum()), float(np.sqrt(variance))


def _mean(curve: Curve, limit: float) -> RestrictedMean:
    mean, error = area_and_error(curve.steps, limit)
    return RestrictedMean(
        group=curve.group,
        n=curve.n,
        n_events=curve.n_events,
        n_events_by_limit=int(curve.steps.loc[curve.steps["time"] <= limit, "events"].sum()),
        mean=mean,
        standard_error=error,
        lower=max(0.0, mean - Z * error) if error > 0 else None,
        upper=min(limit, mean + Z * error) if error > 0 else None,
    )


def _difference(group: RestrictedMean, reference: RestrictedMean) -> MeanDifference:
    from scipy.special import ndtr

    difference = group.mean - reference.mean
    error = float(np.hypot(group.standard_error, reference.standard_error))
    lower = upper = p = None
    note = _too_few(group, reference)
    if not note:
        lower, upper = difference - Z * error, difference + Z * error
        p = float(2 * ndtr(-abs(difference / error)))
    return MeanDifference(group.group, reference.group, difference, error, lower, upper, p, None, note)


def _too_few(*pair: RestrictedMean) -> str:
    """Why the normal approximation is not to be trusted for these two; empty where it is."""
    for one in pair:
        if one.n < FEW_FOR_A_MEAN or one.n_events_by_limit < FEW_EVENTS or one.standard_error == 0:
            return (
                f"Descriptive only: '{one.group}' has {counted(one.n, 'patient')} and "
                f"{counted(one.n_events_by_limit, 'event')} by then; "
                f"an interval and p take {FEW_FOR_A_MEAN} patients and {FEW_EVENTS} events in each group."
            )
    return ""


def _adjusted(differences: list[MeanDifference]) -> tuple[MeanDifference, ...]:
    """Step-down adjustment over the differences that have a p."""
    values = holm([np.nan if one.p is None else one.p for one in differences])
    return tuple(
        replace(one, p_holm=None if np.isnan(value) else float(value))
        for one, value in zip(differences, values, strict=True)
    )

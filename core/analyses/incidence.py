"""Everything that is said about competing events: incidences, tests, and what the rules about follow-up did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.stats.multiplicity import holm
from core.survival.competing import CumulativeIncidence, cumulative_incidence
from core.survival.curves import kaplan_meier
from core.survival.first_event import FirstEvents, first_events
from core.survival.gray import gray_test
from core.survival.grouping import Grouping
from core.survival.hazard import hazard_ratio
from core.survival.outcome import Outcome
from core.survival.units import years
from core.survival.window import HAD_EVENT, NO_FOLLOW_UP, window

#: Years at which incidences are told.
TOLD_AT = (1, 2, 5)
#: A number at a fixed time is put into words while this many patients are at risk.
ENOUGH = 10
HAD_ONE = "had one of the events by the landmark"


@dataclass(frozen=True, eq=False)
class Course:
    """What happened to the patients: `outcomes` by the event's words, tables with one index, columns time and event.

    The first event is the one asked about, the others compete with it. landmark, until: as for `window`, in `unit`.
    """

    outcomes: Mapping[str, pd.DataFrame]
    unit: str
    origin: str = ""
    landmark: float = 0.0
    until: float = 0.0

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(self.outcomes)


@dataclass(frozen=True, eq=False)
class Followed:
    """Per patient `time` and `cause` (0 censored, 1 to K; NaN when left out); `reasons`, why, of those left out."""

    time: pd.Series
    cause: pd.Series
    reasons: pd.Series
    first: FirstEvents


@dataclass(frozen=True, eq=False)
class CompetingEvents:
    """Cumulative incidences of `events`, the first being the one asked about. Times in `incidence.unit`.

    levels       all groups that there could be, in their order, also those that this cohort has lost
    rates        group, event, years, time, at_risk, incidence, lower, upper
    naive        group, years, time, at_risk, incidence, one_minus_km, overstated: of the first event
    tests        event, n, n_events, n_competing, statistic, dof, p, p_adjusted (Holm over the events tested), note
    ratios       event, group, n, n_events, ratio, lower, upper, note: cause-specific hazards, unadjusted
    by_grace     grace, event, n_events, n_unordered, n_cut_short, incidence at `told_at` years, without groups: under
                 the grace chosen, none (0) and one until the last contact (inf); empty where it decides nothing
    left_out     patient_id, reason
    states       event: why it has no test; words, cautions: the result read aloud
    """

    events: tuple[str, ...]
    grouped_by: str
    rule: str
    origin: str
    grace: float
    n_cohort: int
    incidence: CumulativeIncidence
    rates: pd.DataFrame
    naive: pd.DataFrame
    tests: pd.DataFrame
    ratios: pd.DataFrame
    by_grace: pd.DataFrame
    told_at: float | None
    left_out: pd.DataFrame
    n_tied: int
    n_within: int
    n_unordered: int
    n_cut_short: int
    levels: tuple[str, ...] = ()
    states: dict[str, str] = field(default_factory=dict)
    endpoint: str = ""
    words: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


def capital(event: str) -> str:
    """An event as it begins a line."""
    return event[:1].upper() + event[1:]


def followed(course: Course, grace: float) -> Followed:
    """The first event of each patient within the time that counts.

    The landmark and the end of follow-up act on the first event, so whoever had any of the events by the landmark is
    left out.
    """
    first = first_events(course.outcomes, grace)
    event = (first.table["cause"] > 0).astype(float).where(first.table["cause"].notna())
    shown, reasons = window(first.table.assign(event=event)[["time", "event"]], course.landmark, course.until)
    reasons = reasons.replace(HAD_EVENT, HAD_ONE).astype(object)
    lacking = {name: ~frame[["time", "event"]].notna().all(axis=1) for name, frame in course.outcomes.items()}
    for patient in reasons.index[reasons == NO_FOLLOW_UP]:
        names = [name for name, each in lacking.items() if each[patient]]
        reasons[patient] = f"no follow-up of {' and of '.join(names)}"
    cause = first.table["cause"].where(shown["event"] == 1, 0.0).where(shown["time"].notna())
    return Followed(shown["time"], cause, reasons, first)


def incidences(
    course: Course,
    grace: float,
    marker: str,
    grouping: Grouping | None,
    levels: tuple[str, ...] = (),
    seed: int = 0,
    progress: Progress = quiet,
) -> CompetingEvents:
    """How often does each event come first, and do the groups differ in that?

    `grouping` labels the patients of the outcomes; None for all of them together. Raises what `first_events`, `window`
    and `cumulative_incidence` raise.
    """
    taken = followed(course, grace)
    labels, order = (None, ()) if grouping is None else (grouping.labels, grouping.levels)
    found = cumulative_incidence(taken.time, taken.cause, labels, causes=course.events, unit=course.unit, order=order)
    rates = _rates(found)
    told_at = _told_at(rates)
    tests, states = gray_tests(taken, course.events, labels, order, seed, progress)
    present = dict.fromkeys(curve.group for curve in found.curves)
    return CompetingEvents(
        events=course.events,
        grouped_by=marker,
        rule=grouping.rule if grouping is not None else "All patients together.",
        origin=course.origin,
        grace=float(grace),
        n_cohort=len(taken.time),
        incidence=found,
        rates=rates,
        naive=_naive(taken, course, labels, order, rates),
        tests=tests,
        ratios=_ratios(taken, course, labels, order),
        by_grace=_by_grace(course, grace, told_at),
        told_at=told_at,
        left_out=taken.reasons.rename_axis("patient_id").reset_index(),
        n_tied=taken.first.n_tied,
        n_within=taken.first.n_within,
        n_unordered=taken.first.n_unordered,
        n_cut_short=taken.first.n_cut_short,
        levels=tuple(dict.fromkeys([*levels, *present])),
        states=states,
    )


def _told_at(rates: pd.DataFrame) -> float | None:
    """The last of the years at which enough of every group are at risk, else enough of some group; None without."""
    at_risk = rates.groupby("years")["at_risk"]
    for least in (at_risk.min(), at_risk.max()):
        enough = least[least >= ENOUGH]
        if len(enough):
            return float(enough.index.max())
    return None


def _rates(found: CumulativeIncidence) -> pd.DataFrame:
    """Incidences at the years that anybody was followed to."""
    longest = max(float(curve.steps["time"].iloc[-1]) for curve in found.curves)
    marks = {years(year, found.unit): year for year in TOLD_AT if years(year, found.unit) <= longest}
    table = found.at(list(marks)).rename(columns={"cause": "event"})
    table.insert(2, "years", table["time"].map(marks).astype(float))
    return table


def _naive(taken: Followed, course: Course, labels, order, rates: pd.DataFrame) -> pd.DataFrame:
    """1 - Kaplan-Meier of the first event, which takes patients with another event as if it could still come."""
    alone = Outcome.of(taken.time, (taken.cause == 1).where(taken.cause.notna()), course.unit, course.origin)
    own = rates[rates["event"] == course.events[0]].drop(columns=["event", "lower", "upper"])
    curves = kaplan_meier(alone, labels, order).rates(sorted(own["time"].unique()))
    naive = own.merge(curves[["group", "time", "survival"]], on=["group", "time"], how="left")
    naive["one_minus_km"] = 1 - naive.pop("survival")
    return naive.assign(overstated=naive["one_minus_km"] - naive["incidence"])


def gray_tests(
    taken: Followed,
    events: tuple[str, ...],
    labels: pd.Series | None,
    order: tuple[str, ...] = (),
    seed: int = 0,
    progress: Progress = quiet,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Gray's test of every event, as in `CompetingEvents.tests`, and by event why where there is none."""
    rows, states = [], {}
    for of, event in enumerate(events, start=1) if labels is not None else ():
        try:
            told = part(progress, (of - 1) / len(events), 1 / len(events))
            test = gray_test(taken.time, taken.cause, labels, of=of, order=order, seed=seed, progress=told)
        except NotEstimable as state:
            states[event] = f"{capital(event)}: {state}"
            continue
        numbers = (test.n, test.n_events, test.n_competing, test.statistic, test.dof, test.p)
        rows.append((event, *numbers, test.note))
    columns = ["event", "n", "n_events", "n_competing", "statistic", "dof", "p", "note"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(7, "p_adjusted", holm(table["p"].to_numpy(dtype=float)))
    return table, states


def _ratios(taken: Followed, course: Course, labels, order) -> pd.DataFrame:
    """Cause-specific hazard ratios: how much faster the event comes among those still free of all of them."""
    rows = []
    for of, event in enumerate(course.events, start=1) if labels is not None else ():
        happened = (taken.cause == of).where(taken.cause.notna())
        try:
            ratio = hazard_ratio(Outcome.of(taken.time, happened, course.unit, course.origin), labels, order=order)
        except NotEstimable as state:
            rows.append((event, "", 0, 0, np.nan, np.nan, np.nan, str(state)))
            continue
        for level in ratio.levels:
            each = level.estimate
            numbers = (np.nan,) * 3 if each is None else (each.ratio, each.lower, each.upper)
            note = "reference" if level.group == ratio.reference else level.note
            rows.append((event, level.group, level.n, level.n_events, *numbers, note))
    columns = ["event", "group", "n", "n_events", "ratio", "lower", "upper", "note"]
    return pd.DataFrame(rows, columns=columns)


def _by_grace(course: Course, grace: float, told_at: float | None) -> pd.DataFrame:
    """What the incidences would be had nothing, or everything, been assumed of the time after the last check."""
    rows = []
    for each in sorted({0.0, float(grace), np.inf}):
        taken = followed(course, each)
        first = taken.first
        found = cumulative_incidence(taken.time, taken.cause, causes=course.events, unit=course.unit)
        share = dict.fromkeys(course.events, np.nan)
        if told_at is not None:
            share = found.at([years(told_at, course.unit)]).set_index("cause")["incidence"].to_dict()
        for curve in found.curves:
            counts = (curve.n_events, first.n_unordered, first.n_cut_short)
            rows.append((each, curve.cause, *counts, share[curve.cause]))
    columns = ["grace", "event", "n_events", "n_unordered", "n_cut_short", "incidence"]
    table = pd.DataFrame(rows, columns=columns)
    return table if table["n_unordered"].any() or table["n_cut_short"].any() else table.iloc[:0]

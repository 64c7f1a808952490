"""What competing events say, in sentences that never say more than the data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.analyses.incidence import ENOUGH, CompetingEvents, capital
from core.cohort.words import listed
from core.survival.words import CLAIMED, p_text


def read_aloud(result: CompetingEvents) -> tuple[str, ...]:
    """How often each event came first, whether the groups differ, and what 1 - Kaplan-Meier would have said."""
    return (*_shares(result), *_compared(result), *_naive(result))


def cautions(result: CompetingEvents) -> tuple[str, ...]:
    """What the reader should know of ties, and of patients whose events have no known order."""
    return (*_unordered(result), *_tied(result))


def in_years(count: float) -> str:
    """`1 year`, `5 years`."""
    return "1 year" if count == 1 else f"{count:g} years"


def share(value: float) -> str:
    """A share in per cent, as tables and sentences give it."""
    return f"{100 * value:.1f} %"


def _shares(result: CompetingEvents) -> Iterator[str]:
    if result.told_at is None:
        return
    grouped = len(result.incidence.curves) > len(result.events)
    told = result.rates[(result.rates["years"] == result.told_at) & (result.rates["at_risk"] >= ENOUGH)]
    for event in result.events:
        rows = told[told["event"] == event]
        events = sum(curve.n_events for curve in result.incidence.curves if curve.cause == event)
        parts = [f"{row.group} {share(row.incidence)}{_interval(row)}" for row in rows.itertuples()]
        shares = f": {'; '.join(parts)}" if grouped else f" in {parts[0].removeprefix('all ')}"
        yield (
            f"{capital(event)} came first within {in_years(result.told_at)}{shares}; n = {result.incidence.n}, "
            f"{events} such events in all."
        )


def _interval(row) -> str:
    return "" if np.isnan(row.lower) else f" (95 % CI {share(row.lower)} to {share(row.upper)})"


def _compared(result: CompetingEvents) -> Iterator[str]:
    several = len(result.tests) > 1
    for row in result.tests.itertuples():
        p = row.p_adjusted if several else row.p
        said = "differs" if p < CLAIMED else "is not shown to differ"
        adjusted = f" ({p_text(row.p_adjusted)} after Holm over {len(result.tests)} events)" if several else ""
        note = f" {row.note}" if row.note else ""
        yield (
            f"The incidence of {row.event} as the first event {said} between the groups: Gray's test, {p_text(row.p)}"
            f"{adjusted}; n = {row.n}, {row.n_events} events, {row.n_competing} competing.{note}"
        )


def _naive(result: CompetingEvents) -> Iterator[str]:
    rows = result.naive[(result.naive["years"] == result.told_at) & (result.naive["at_risk"] >= ENOUGH)]
    if not len(rows):
        return
    row = rows.loc[rows["overstated"].idxmax()]
    where = "" if result.naive["group"].nunique() == 1 else f" in {row['group']}"
    others = listed(result.events[1:], "or")
    yield (
        f"1 - Kaplan-Meier would say {share(row['one_minus_km'])} for {result.events[0]} within "
        f"{in_years(result.told_at)}{where} where the incidence is {share(row['incidence'])}: it takes patients with "
        f"{others} first as if {result.events[0]} could still come, and overstates by "
        f"{100 * row['overstated']:.1f} points."
    )


def _unordered(result: CompetingEvents) -> Iterator[str]:
    """What the end of follow-up decides, only where it decides anything."""
    table, unit = result.by_grace, result.incidence.unit
    if not len(table):
        return
    length = f"{result.grace:.4g} {unit}"
    if result.n_unordered:
        yield (
            f"{_patients(result.n_unordered)} had an event more than {length} after another of the endpoints was last "
            "looked for. It need not be the first, so it is not counted, and their follow-up ends before it."
        )
    if result.n_cut_short:
        yield (
            f"{_patients(result.n_cut_short)} without any event are followed for no longer than {length} after one of "
            "the endpoints was last looked for, though others were known for longer."
        )
    if result.n_within:
        yield (
            f"{_patients(result.n_within)} had the event that counts up to {length} after another of the endpoints was "
            "last looked for; that other one is taken not to have come before."
        )
    if result.told_at is not None:
        ends = table.set_index(["grace", "event"])["incidence"]
        parts = [f"{share(ends[0.0, each])} and {share(ends[np.inf, each])} for {each}" for each in result.events]
        yield (
            "With nobody taken as free of an event after the last look, and with everybody, the incidences in all "
            f"patients at {in_years(result.told_at)} would be {listed(parts, 'and')}."
        )


def _tied(result: CompetingEvents) -> Iterator[str]:
    if result.n_tied:
        order = listed(result.events, "then")
        yield (
            f"{_patients(result.n_tied)} had two of the events at the same time; they count for the one named first "
            f"({order})."
        )


def _patients(n: int) -> str:
    return f"{n:,} patient{'' if n == 1 else 's'}"

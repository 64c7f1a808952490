"""Cumulative incidence of competing events: the event of interest over the numbers at risk, then the others."""

from __future__ import annotations

import pandas as pd

from core.analyses.incidence import CompetingEvents, capital
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.over_time import (
    BAND,
    CURVES,
    FOOT,
    LINE,
    draw_risk_table,
    looks,
    risk_lines,
    step_curve,
    time_axes,
)
from core.plots.words import wrapped
from core.survival.competing import IncidenceCurve
from core.survival.words import p_text

#: Pixels: the curves of an event other than the one of interest, and a line of the legend.
OTHER, LEGEND = 230, 20
#: Ends of the axis of incidence, and the distance of its ticks.
TICKS = {0.25: 0.05, 0.5: 0.1, 0.75: 0.25, 1.0: 0.25}


@drawings.register
def _(result: CompetingEvents) -> tuple[Drawing, ...]:
    look = looks(result.levels, [curve.group for curve in result.incidence.curves if curve.cause == result.events[0]])
    top = _top(result)
    return tuple(_drawing(result, event, look, top, table=event == result.events[0]) for event in result.events)


def _top(result: CompetingEvents) -> float:
    """Where the axis of every event ends, the same for all: below 1 where no curve and no band goes higher."""
    drawn = [
        part.max().max()
        for curve in result.incidence.curves
        for part in (curve.steps[["incidence"]], curve.steps.loc[curve.steps["time"] <= curve.tail_from, ["upper"]])
    ]
    return next((top for top in TICKS if pd.Series(drawn).max() <= top), 1.0)


def _drawing(result: CompetingEvents, event: str, look: dict, top: float, table: bool) -> Drawing:
    curves = [curve for curve in result.incidence.curves if curve.cause == event]
    lines = risk_lines(result.incidence.risk_table, [curve.group for curve in curves]) if table else []
    plot = CURVES if table else OTHER
    height = plot + LINE * len(lines) + FOOT + LEGEND * len(curves)
    figure = theme.figure(height=height, margin={"l": 8, "r": 12, "t": 8, "b": 12}, hovermode="closest")
    for curve in curves:
        _curve(figure, curve, look[curve.group], result.incidence.unit, BAND[len(curves) > 2])
    draw_risk_table(figure, lines, look)
    _axes(figure, result, event, top, plot, len(lines))
    said = _p(result, event)
    # Incidence curves rise, so the corner at the top left is free.
    place = {"x": 0, "xref": "x domain", "xanchor": "left", "xshift": 8}
    place |= {"y": 1, "yref": "y domain", "yanchor": "top", "yshift": -13}
    figure.add_annotation(text=theme.literal(said), showarrow=False, **place)
    by = f" by {result.grouped_by}" if len(curves) > 1 else ""
    told = "; ".join(f"{each.group}: n {each.n}, {each.n_events} events{_last(result, each)}" for each in curves)
    return Drawing(
        name="incidence" if table else f"incidence_{result.events.index(event) + 1}",
        title=f"{capital(event)} as the first event{by}",
        figure=figure,
        data=pd.concat([curve.steps.assign(group=curve.group, event=event) for curve in curves], ignore_index=True)[
            ["event", "group", *curves[0].steps.columns]
        ],
        caption=_caption(result, curves, table),
        alt=f"Cumulative incidence of {event} as the first event. {told}. {said}",
    )


def _last(result: CompetingEvents, curve: IncidenceCurve) -> str:
    rows = result.rates[(result.rates["event"] == curve.cause) & (result.rates["group"] == curve.group)].dropna(
        subset=["incidence"]
    )
    if not len(rows):
        return ""
    row = rows.iloc[-1]
    return f", {row['incidence']:.0%} within {row['years']:g} years"


def _p(result: CompetingEvents, event: str) -> str:
    """The name of the test and its p, as they stand in the corner of the curves."""
    row = result.tests[result.tests["event"] == event]
    if not len(row):
        return "too few for a test" if event in result.states else ""
    several = len(result.tests) > 1
    p = float(row["p_adjusted" if several else "p"].iloc[0])
    return f"Gray's test, {p_text(p)}{' (Holm)' if several else ''}"


def _caption(result: CompetingEvents, curves: list[IncidenceCurve], table: bool) -> str:
    found = result.incidence
    out = [f"{found.n_excluded} without follow-up of all events"] if found.n_excluded else []
    out += [f"{found.n_no_group} without a group"] if found.n_no_group else []
    left = f" ({' and '.join(out)} left out of {result.n_cohort})" if out else ""
    own, other = (sum(getattr(curve, name) for curve in curves) for name in ("n_events", "n_competing"))
    counts = " At risk counts T ≥ t; events of any kind and censored are before t." if table else ""
    return (
        f"n = {found.n}, {own} events, {other} competing{left}. Aalen-Johansen; bands: {found.interval}; + censored; "
        f"pale: fewer than ten, or a tenth of the group, at risk.{counts}"
    )


def _curve(figure, curve: IncidenceCurve, look: tuple[str, str], unit: str, band: float) -> None:
    name = theme.literal(curve.group)
    step_curve(
        figure,
        curve.steps,
        "incidence",
        tail_from=curve.tail_from,
        look=look,
        band=band,
        legend=f"<b>{wrapped(curve.group, 40, 1)}</b>: n = {curve.n}, {curve.n_events} events",
        group=name,
        hover=f"{name}<br>%{{y:.1%}} at %{{x:.4g}} {theme.literal(unit)}<extra></extra>",
    )


def _axes(figure, result: CompetingEvents, event: str, top: float, plot: int, lines: int) -> None:
    found = result.incidence
    longest = max(float(curve.steps["time"].iloc[-1]) for curve in found.curves)
    how = {"unit": found.unit, "origin": result.origin, "lines": lines, "curves": plot}
    time_axes(figure, found.risk_table, longest, **how, events="(any event)")
    title = {"text": wrapped(f"{capital(event)} first", 34, 2)}
    figure.update_layout(
        yaxis={"range": [-0.01 * top, 1.03 * top], "tickformat": ".0%", "dtick": TICKS[top], "title": title}
    )

"""Cumulative incidence of competing events: the event of interest over the numbers at risk, then the others."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from core.analyses.incidence import CompetingEvents, capital
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.levels import level_colours
from core.plots.words import wrapped
from core.survival.competing import IncidenceCurve
from core.survival.words import p_text

#: Pixels: the curves of the event of interest and of another, a line of the table, the foot with the axis of time.
CURVES, OTHER, LINE, FOOT, LEGEND = 330, 230, 17, 72, 20
#: A curve beyond the point where few are at risk; how strong bands are: of two groups, of more.
TAIL, BAND = 0.35, (0.18, 0.09)
#: Ends of the axis of incidence, and the distance of its ticks.
TICKS = {0.25: 0.05, 0.5: 0.1, 0.75: 0.25, 1.0: 0.25}
KINDS = {"at_risk": "at risk", "events": "(any event)", "censored": "(censored)"}


@drawings.register
def _(result: CompetingEvents) -> tuple[Drawing, ...]:
    present = [curve.group for curve in result.incidence.curves if curve.cause == result.events[0]]
    order = list(dict.fromkeys([*result.levels, *present]))
    if len(order) > len(theme.PALETTE):  # colours would repeat, so they follow the groups that are here
        order = present
    look = {group: (colour, theme.dashes(order)[group]) for group, colour in level_colours(order).items()}
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
    lines = _lines(result, [curve.group for curve in curves]) if table else []
    plot = CURVES if table else OTHER
    height = plot + LINE * len(lines) + FOOT + LEGEND * len(curves)
    figure = theme.figure(height=height, margin={"l": 8, "r": 12, "t": 8, "b": 12}, hovermode="closest")
    for curve in curves:
        _curve(figure, curve, *look[curve.group], result.incidence.unit, BAND[len(curves) > 2])
    _risk_table(figure, lines, look)
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


# --------------------------------------------------------------------------------------------------- curves


def _curve(figure, curve: IncidenceCurve, colour: str, dash: str, unit: str, band_alpha: float) -> None:
    name = theme.literal(curve.group)
    sure = curve.steps[curve.steps["time"] <= curve.tail_from]
    last = curve.steps[curve.steps["time"] >= sure["time"].iloc[-1]] if len(sure) else curve.steps
    band = sure.dropna(subset=["lower", "upper"])
    common = {"legendgroup": name, "hoverinfo": "skip", "showlegend": False}
    if len(band) > 1:
        time, lower = _corners(band["time"], band["lower"])
        _, upper = _corners(band["time"], band["upper"])
        outline = {"x": [*time, *reversed(time)], "y": [*upper, *reversed(lower)], "line": {"width": 0}}
        figure.add_scatter(fill="toself", fillcolor=theme.tint(colour, band_alpha), mode="lines", **outline, **common)
    hover = f"{name}<br>%{{y:.1%}} at %{{x:.4g}} {theme.literal(unit)}<extra></extra>"
    legend = f"<b>{wrapped(curve.group, 40, 1)}</b>: n = {curve.n}, {curve.n_events} events"
    for part, alpha, shown in ((last, TAIL, False), (sure, 1.0, True)):
        figure.add_scatter(
            x=part["time"],
            y=part["incidence"],
            mode="lines",
            line={"shape": "hv", "color": theme.tint(colour, alpha), "dash": dash, "width": 2.2},
            name=legend,
            legendgroup=name,
            showlegend=shown,
            hovertemplate=hover,
        )
    ticks = curve.steps[curve.steps["censored"] > 0]
    tints = [theme.tint(colour, 1.0 if time <= curve.tail_from else TAIL) for time in ticks["time"]]
    marker = {"symbol": "cross-thin", "size": 6, "line": {"width": 1, "color": tints}}
    figure.add_scatter(x=ticks["time"], y=ticks["incidence"], mode="markers", marker=marker, **common)


def _corners(time: pd.Series, value: pd.Series) -> tuple[list[float], list[float]]:
    """The corners of a step function."""
    x, y = [float(time.iloc[0])], [float(value.iloc[0])]
    for later, now in zip(time.iloc[1:], value.iloc[1:], strict=True):
        x += [float(later), float(later)]
        y += [y[-1], float(now)]
    return x, y


# --------------------------------------------------------------------------------------------------- the table


def _lines(result: CompetingEvents, groups: list[str]) -> list[tuple[str, str, pd.DataFrame]]:
    """The lines under the curves: a group's name, then its numbers at risk, events of any kind and censored."""
    table = result.incidence.risk_table
    return [(group, kind, table[table["group"] == group]) for group in groups for kind in ("name", *KINDS)]


def _risk_table(figure, lines: list[tuple[str, str, pd.DataFrame]], look: dict) -> None:
    for place, (group, kind, rows) in enumerate(lines):
        if kind == "name":
            text = f"<span style='color:{look[group][0]}'>■</span> <b>{wrapped(group, 48, 1)}</b>"
            where = {"x": 0, "xref": "paper", "xanchor": "left", "y": place, "yref": "y2"}
            figure.add_annotation(text=text, showarrow=False, font={"size": 12}, **where)
            continue
        figure.add_scatter(
            x=rows["time"],
            y=[place] * len(rows),
            yaxis="y2",
            mode="text",
            text=[f"{n}" if kind == "at_risk" else f"({n})" for n in rows[kind]],
            textfont={"size": 12 if kind == "at_risk" else 10.5},
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )


def _axes(figure, result: CompetingEvents, event: str, top: float, plot: int, lines: int) -> None:
    found = result.incidence
    ticks = sorted(set(found.risk_table["time"]))
    longest = max(float(curve.steps["time"].iloc[-1]) for curve in found.curves)
    step = min((b - a for a, b in pairwise(ticks)), default=longest or 1.0)
    end = max(longest, ticks[-1]) + 0.06 * step
    since = f" since {theme.literal(result.origin)}" if result.origin else ""
    whole = LINE * lines + plot + FOOT
    figure.update_layout(
        xaxis={
            "range": [-0.03 * end, end * 1.02],
            "tickvals": ticks,
            "ticktext": [f"{tick:g}" for tick in ticks],
            "title": {"text": f"Time{since} ({theme.literal(found.unit)})"},
            "anchor": "y",
            "fixedrange": True,
        },
        yaxis={
            "domain": [(LINE * lines + FOOT) / whole if lines else 0, 1],
            "range": [-0.01 * top, 1.03 * top],
            "tickformat": ".0%",
            "dtick": TICKS[top],
            "title": {"text": wrapped(f"{capital(event)} first", 34, 2)},
            "fixedrange": True,
        },
        legend={"itemdoubleclick": False, "itemclick": False},
    )
    if lines:
        labels = [(i, KINDS[kind]) for i, kind in enumerate(["name", *KINDS] * (lines // 4)) if kind != "name"]
        figure.update_layout(
            yaxis2={
                "domain": [0, LINE * lines / whole],
                "anchor": "x",
                "range": [lines - 0.5, -0.5],
                "tickvals": [i for i, _ in labels],
                "ticktext": [text for _, text in labels],
                "tickfont": {"size": 10.5},
                "ticks": "",
                "showgrid": False,
                "showline": False,
                "zeroline": False,
                "fixedrange": True,
            }
        )

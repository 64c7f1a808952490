"""Kaplan-Meier curves over their table of numbers at risk, as survminer and KMunicate lay them out.

Source: Morris et al. 2019, BMJ Open 9:e030215, doi:10.1136/bmjopen-2019-030215.
"""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from core.analyses.comparison import Comparison
from core.plots import drawings, theme
from core.plots.cutpoint import cutpoint
from core.plots.drawing import Drawing
from core.plots.forest import forest
from core.plots.levels import level_colours
from core.plots.words import wrapped
from core.survival.curves import Curve
from core.survival.words import named_test, p_text

#: Pixels: the curves, a line of the table, the foot with the axis of time.
CURVES, LINE, FOOT = 330, 17, 72
HALF = 0.5
#: A curve beyond the point where few are at risk.
TAIL = 0.35
#: How strong bands are: of two groups, of more.
BAND = (0.18, 0.09)


@drawings.register
def _(result: Comparison) -> tuple[Drawing, ...]:
    search = result.search
    scan = (cutpoint(search, result.grouped_by, result.unit),) if search is not None else ()
    return (_kaplan_meier(result), *scan, *forest(result))


def _kaplan_meier(result: Comparison) -> Drawing:
    curves = result.curves
    present = [curve.group for curve in curves.curves]
    order = list(dict.fromkeys([*result.levels, *present]))
    if len(order) > len(theme.PALETTE):  # colours would repeat, so they follow the groups that are here
        order = present
    colours, dashes = level_colours(order), theme.dashes(order)
    table = _table_lines(result)
    height = CURVES + LINE * len(table) + FOOT + 36 * len(curves.curves)
    figure = theme.figure(height=height, margin={"l": 8, "r": 12, "t": 8, "b": 12}, hovermode="closest")
    for curve in curves.curves:
        _curve(figure, curve, colours[curve.group], dashes[curve.group], curves.unit, BAND[len(curves.curves) > 2])
    _median_guide(figure, result)
    _risk_table(figure, table, colours)
    _axes(figure, result, len(table))
    p = _p(result)
    figure.add_annotation(
        text=p,
        x=0,
        xref="x domain",
        xshift=8,
        y=0,
        yref="y domain",
        yshift=6,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
    )
    return Drawing(
        name="survival",
        title=f"{result.endpoint} by {result.grouped_by}" if len(order) > 1 else result.endpoint,
        figure=figure,
        data=pd.concat([curve.steps.assign(group=curve.group) for curve in curves.curves], ignore_index=True)[
            ["group", *curves.curves[0].steps.columns]
        ],
        caption=_caption(result),
        alt=f"Kaplan-Meier curves of {result.endpoint}. "
        + "; ".join(f"{c.group}: n {c.n}, {c.n_events} events, median {c.median_text}" for c in curves.curves)
        + f". {p}",
    )


def _p(result: Comparison) -> str:
    """The name of the test and its p, as they stand in the corner of the curves."""
    if result.search is not None:
        return theme.literal(f"log-rank, corrected for the search, {p_text(result.search.p_corrected)}")
    test = result.test
    if test is None:
        return "not compared" if "test" in result.states else ""
    return theme.literal(named_test(test)) if test.p is not None else "too few for a test"


def _caption(result: Comparison) -> str:
    curves = result.curves
    out = [f"{curves.n_excluded} without follow-up"] if curves.n_excluded else []
    out += [f"{curves.n_no_group} without a group"] if curves.n_no_group else []
    left = f" ({' and '.join(out)} left out of {result.n_cohort})" if out else ""
    return (
        f"n = {curves.n}, {curves.n_events} events{left}. Kaplan-Meier; bands: {curves.interval}; + censored; pale: "
        "fewer than ten, or a tenth of the group, at risk. At risk counts T ≥ t; events and censored are before t."
    )


# --------------------------------------------------------------------------------------------------- curves


def _curve(figure, curve: Curve, colour: str, dash: str, unit: str, band_alpha: float) -> None:
    name = theme.literal(curve.group)
    sure = curve.steps[curve.steps["time"] <= curve.tail_from]
    last = curve.steps[curve.steps["time"] >= sure["time"].iloc[-1]] if len(sure) else curve.steps
    band = curve.steps[curve.steps["time"] <= curve.tail_from].dropna(subset=["lower", "upper"])
    if len(band) > 1:
        time, lower = _steps(band["time"], band["lower"])
        _, upper = _steps(band["time"], band["upper"])
        figure.add_scatter(
            x=[*time, *reversed(time)],
            y=[*upper, *reversed(lower)],
            fill="toself",
            fillcolor=theme.tint(colour, band_alpha),
            line={"width": 0},
            mode="lines",
            legendgroup=name,
            showlegend=False,
            hoverinfo="skip",
        )
    hover = f"{name}<br>%{{y:.0%}} at %{{x:.4g}} {theme.literal(unit)}<extra></extra>"
    for part, alpha, shown in ((last, TAIL, False), (sure, 1.0, True)):
        figure.add_scatter(
            x=part["time"],
            y=part["survival"],
            mode="lines",
            line={"shape": "hv", "color": theme.tint(colour, alpha), "dash": dash, "width": 2.2},
            name=_legend(curve, unit),
            legendgroup=name,
            showlegend=shown,
            hovertemplate=hover,
        )
    ticks = curve.steps[curve.steps["censored"] > 0]
    figure.add_scatter(
        x=ticks["time"],
        y=ticks["survival"],
        mode="markers",
        marker={
            "symbol": "cross-thin",
            "size": 7,
            "line": {
                "width": 1.2,
                "color": [theme.tint(colour, 1.0 if t <= curve.tail_from else TAIL) for t in ticks["time"]],
            },
        },
        legendgroup=name,
        showlegend=False,
        hoverinfo="skip",
    )


def _legend(curve: Curve, unit: str) -> str:
    """Two lines, so that it also fits a phone."""
    group = wrapped(curve.group, 40, 1)
    return f"<b>{group}</b>: n = {curve.n}, {curve.n_events} events<br>median {theme.literal(curve.median_text)}"


def _steps(time: pd.Series, value: pd.Series) -> tuple[list[float], list[float]]:
    """The corners of a step function."""
    x, y = [float(time.iloc[0])], [float(value.iloc[0])]
    for later, now in zip(time.iloc[1:], value.iloc[1:], strict=True):
        x += [float(later), float(later)]
        y += [y[-1], float(now)]
    return x, y


def _median_guide(figure, result: Comparison) -> None:
    medians = [curve.median for curve in result.curves.curves if curve.median is not None]
    if not medians:
        return
    x: list[float | None] = [0.0, max(medians), None]
    y: list[float | None] = [HALF, HALF, None]
    for median in medians:
        x += [median, median, None]
        y += [HALF, 0.0, None]
    line = {"color": theme.NEUTRAL, "dash": "dot", "width": 1}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, showlegend=False, hoverinfo="skip")


# --------------------------------------------------------------------------------------------------- the table


def _table_lines(result: Comparison) -> list[tuple[str, str, pd.DataFrame]]:
    """The lines under the curves: a group's name, then its numbers at risk, events and censored."""
    lines = []
    for curve in result.curves.curves:
        rows = result.curves.risk_table[result.curves.risk_table["group"] == curve.group]
        lines += [(curve.group, kind, rows) for kind in ("name", "at_risk", "events", "censored")]
    return lines


def _risk_table(figure, lines: list[tuple[str, str, pd.DataFrame]], colours: dict[str, str]) -> None:
    for place, (group, kind, rows) in enumerate(lines):
        if kind == "name":
            figure.add_annotation(
                text=f"<span style='color:{colours[group]}'>■</span> <b>{wrapped(group, 48, 1)}</b>",
                x=0,
                xref="paper",
                xanchor="left",
                xshift=0,
                y=place,
                yref="y2",
                showarrow=False,
                font={"size": 12},
            )
            continue
        shown = [f"{n}" if kind == "at_risk" else f"({n})" for n in rows[kind]]
        figure.add_scatter(
            x=rows["time"],
            y=[place] * len(rows),
            yaxis="y2",
            mode="text",
            text=shown,
            textfont={"size": 12 if kind == "at_risk" else 10.5},
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )


def _axes(figure, result: Comparison, table: int) -> None:
    curves = result.curves
    ticks = sorted(set(curves.risk_table["time"]))
    longest = result.axis or max(float(curve.steps["time"].iloc[-1]) for curve in curves.curves)
    step = min((b - a for a, b in pairwise(ticks)), default=longest or 1.0)
    end = max(longest, ticks[-1]) + 0.06 * step
    since = f" since {curves.origin}" if curves.origin else ""
    foot = LINE * table
    share = foot / (foot + CURVES + FOOT)
    gap = FOOT / (foot + CURVES + FOOT)
    words = {"at_risk": "at risk", "events": "(events)", "censored": "(censored)"}
    labels = [(i, words[kind]) for i, kind in enumerate(["name", *words] * (table // 4)) if kind != "name"]
    figure.update_layout(
        xaxis={
            "range": [-0.03 * end, end * 1.02],
            "tickvals": ticks,
            "ticktext": [f"{tick:g}" for tick in ticks],
            "title": {"text": f"Time{since} ({theme.literal(curves.unit)})"},
            "anchor": "y",
            "fixedrange": True,
        },
        yaxis={
            "domain": [share + gap, 1],
            "range": [0, 1.03],
            "tickformat": ".0%",
            "dtick": 0.25,
            "title": {"text": theme.literal(result.endpoint)},
            "fixedrange": True,
        },
        yaxis2={
            "domain": [0, share],
            "anchor": "x",
            "range": [table - 0.5, -0.5],
            "tickvals": [i for i, _ in labels],
            "ticktext": [text for _, text in labels],
            "tickfont": {"size": 10.5},
            "ticks": "",
            "showgrid": False,
            "showline": False,
            "zeroline": False,
            "fixedrange": True,
        },
        legend={"itemdoubleclick": False, "itemclick": False},
    )

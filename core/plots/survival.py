"""Kaplan-Meier curves over their table of numbers at risk, with median guides and the p of the test."""

from __future__ import annotations

import pandas as pd

from core.analyses.comparison import Comparison
from core.plots import drawings, theme
from core.plots.cutpoint import cutpoint
from core.plots.drawing import Drawing
from core.plots.forest import forest
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
from core.survival.curves import Curve
from core.survival.words import named_test, p_text

HALF = 0.5


@drawings.register
def _(result: Comparison) -> tuple[Drawing, ...]:
    search = result.search
    scan = (cutpoint(search, result.grouped_by, result.unit),) if search is not None else ()
    return (_kaplan_meier(result), *scan, *forest(result))


def _kaplan_meier(result: Comparison) -> Drawing:
    curves = result.curves
    look = looks(result.levels, [curve.group for curve in curves.curves])
    lines = risk_lines(curves.risk_table, [curve.group for curve in curves.curves])
    height = CURVES + LINE * len(lines) + FOOT + 36 * len(curves.curves)
    figure = theme.figure(height=height, margin={"l": 8, "r": 12, "t": 8, "b": 12}, hovermode="closest")
    for curve in curves.curves:
        name = theme.literal(curve.group)
        step_curve(
            figure,
            curve.steps,
            "survival",
            tail_from=curve.tail_from,
            look=look[curve.group],
            band=BAND[len(curves.curves) > 2],
            legend=_legend(curve, curves.unit),
            group=name,
            hover=f"{name}<br>%{{y:.0%}} at %{{x:.4g}} {theme.literal(curves.unit)}<extra></extra>",
        )
    _median_guide(figure, result)
    draw_risk_table(figure, lines, look)
    longest = result.axis or max(float(curve.steps["time"].iloc[-1]) for curve in curves.curves)
    time_axes(figure, curves.risk_table, longest, unit=curves.unit, origin=curves.origin, lines=len(lines))
    title = {"text": theme.literal(result.endpoint)}
    figure.update_layout(yaxis={"range": [0, 1.03], "tickformat": ".0%", "dtick": 0.25, "title": title})
    p = _p(result)
    place = {"x": 0, "xref": "x domain", "xanchor": "left", "xshift": 8}
    place |= {"y": 0, "yref": "y domain", "yanchor": "bottom", "yshift": 6}
    figure.add_annotation(text=p, showarrow=False, **place)
    return Drawing(
        name="survival",
        title=f"{result.endpoint} by {result.grouped_by}" if len(look) > 1 else result.endpoint,
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
    out = [f"{curves.n_excluded} without usable follow-up"] if curves.n_excluded else []
    out += [f"{curves.n_no_group} without a group"] if curves.n_no_group else []
    left = f" ({' and '.join(out)} left out of {result.n_cohort})" if out else ""
    return (
        f"n = {curves.n}, {curves.n_events} events{left}. Kaplan-Meier; bands: {curves.interval}; + censored; pale: "
        "fewer than ten, or a tenth of the group, at risk. At risk counts T ≥ t; events and censored are before t."
    )


def _legend(curve: Curve, unit: str) -> str:
    """Two lines, so that it also fits a phone."""
    group = wrapped(curve.group, 40, 1)
    return f"<b>{group}</b>: n = {curve.n}, {curve.n_events} events<br>median {theme.literal(curve.median_text)}"


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

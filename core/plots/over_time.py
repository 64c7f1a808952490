"""What curves over time have in common: steps with bands and ticks, and the numbers at risk under the same axis.

Source: Morris et al. 2019, BMJ Open 9:e030215, doi:10.1136/bmjopen-2019-030215.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pandas as pd

from core.plots import theme
from core.plots.levels import level_colours
from core.plots.words import wrapped

#: Pixels: the curves, a line of the table, the foot with the axis of time.
CURVES, LINE, FOOT = 330, 17, 72
#: A curve beyond the point where few are at risk; how strong bands are: of two groups, of more.
TAIL, BAND = 0.35, (0.18, 0.09)
#: The lines of the table below a group's name.
KINDS = {"at_risk": "at risk", "events": "(events)", "censored": "(censored)"}

Lines = list[tuple[str, str, pd.DataFrame]]


def looks(levels: Iterable[str], present: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and dash of each group, by its place among all levels: a filter then changes neither."""
    order = list(dict.fromkeys([*levels, *present]))
    if len(order) > len(theme.PALETTE):  # colours would repeat, so they follow the groups that are here
        order = list(present)
    dashes = theme.dashes(order)
    return {group: (colour, dashes[group]) for group, colour in level_colours(order).items()}


def step_curve(
    figure,
    steps: pd.DataFrame,
    value: str,
    *,
    tail_from: float,
    look: tuple[str, str],
    band: float,
    legend: str,
    group: str,
    hover: str,
) -> None:
    """One curve with its band, pale beyond `tail_from`, a tick for each time at which somebody was censored.

    steps has columns time, `value`, lower, upper and censored.
    """
    colour, dash = look
    sure = steps[steps["time"] <= tail_from]
    last = steps[steps["time"] >= sure["time"].iloc[-1]] if len(sure) else steps
    common = {"legendgroup": group, "hoverinfo": "skip", "showlegend": False}
    banded = sure.dropna(subset=["lower", "upper"])
    if len(banded) > 1:
        time, lower = _corners(banded["time"], banded["lower"])
        _, upper = _corners(banded["time"], banded["upper"])
        outline = {"x": [*time, *reversed(time)], "y": [*upper, *reversed(lower)], "line": {"width": 0}}
        figure.add_scatter(fill="toself", fillcolor=theme.tint(colour, band), mode="lines", **outline, **common)
    for part, alpha, shown in ((last, TAIL, False), (sure, 1.0, True)):
        figure.add_scatter(
            x=part["time"],
            y=part[value],
            mode="lines",
            line={"shape": "hv", "color": theme.tint(colour, alpha), "dash": dash, "width": 2.2},
            name=legend,
            legendgroup=group,
            showlegend=shown,
            hovertemplate=hover,
        )
    ticks = steps[steps["censored"] > 0]
    tints = [theme.tint(colour, 1.0 if time <= tail_from else TAIL) for time in ticks["time"]]
    marker = {"symbol": "cross-thin", "size": 7, "line": {"width": 1.2, "color": tints}}
    figure.add_scatter(x=ticks["time"], y=ticks[value], mode="markers", marker=marker, **common)


def _corners(time: pd.Series, value: pd.Series) -> tuple[list[float], list[float]]:
    """The corners of a step function."""
    x, y = [float(time.iloc[0])], [float(value.iloc[0])]
    for later, now in zip(time.iloc[1:], value.iloc[1:], strict=True):
        x += [float(later), float(later)]
        y += [y[-1], float(now)]
    return x, y


def risk_lines(table: pd.DataFrame, groups: Iterable[str]) -> Lines:
    """The lines under the curves: a group's name, then its numbers at risk, events and censored."""
    return [(group, kind, table[table["group"] == group]) for group in groups for kind in ("name", *KINDS)]


def draw_risk_table(figure, lines: Lines, look: dict[str, tuple[str, str]]) -> None:
    """The lines on the second axis, each number under its tick."""
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


def time_axes(
    figure,
    table: pd.DataFrame,
    longest: float,
    *,
    unit: str,
    origin: str,
    lines: int,
    curves: int = CURVES,
    **named: str,
) -> None:
    """The axis of time from 0 to `longest`, the plot above it and, when there are `lines`, the table below.

    table holds the ticks in its column time; `curves` are the pixels of the plot; `named` puts other words to `KINDS`.
    """
    ticks = sorted(set(table["time"]))
    step = min((b - a for a, b in pairwise(ticks)), default=longest or 1.0)
    end = max(longest, ticks[-1]) + 0.06 * step
    since = f" since {theme.literal(origin)}" if origin else ""
    foot, whole = LINE * lines, LINE * lines + curves + FOOT
    figure.update_layout(
        xaxis={
            "range": [-0.03 * end, end * 1.02],
            "tickvals": ticks,
            "ticktext": [f"{tick:g}" for tick in ticks],
            "title": {"text": f"Time{since} ({theme.literal(unit)})"},
            "anchor": "y",
            "fixedrange": True,
        },
        yaxis={"domain": [(foot + FOOT) / whole if lines else 0, 1], "fixedrange": True},
        legend={"itemdoubleclick": False, "itemclick": False},
    )
    if lines:
        words = KINDS | named
        labels = [(i, words[kind]) for i, kind in enumerate(["name", *KINDS] * (lines // 4)) if kind != "name"]
        figure.update_layout(
            yaxis2={
                "domain": [0, foot / whole],
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

"""Hazard ratios as a forest: each with its words above it, so that it reads on any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.analyses.comparison import Comparison
from core.plots import theme
from core.plots.drawing import Drawing
from core.plots.words import lines, wrapped
from core.survival.words import p_text, ratio_text
from core.vocabulary import counted

#: Pixels: a line of words, the room for the marks under them, the room between two marks of one row.
LINE, MARK, BETWEEN = 16, 26, 12
#: An interval that reaches farther ends in an arrow instead of flattening the others.
FARTHEST = (0.02, 50.0)
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
#: Where fewer than three of those fit.
FINER = (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 1.8, 2)
#: As many as stand side by side on a phone; of more, these.
MOST_TICKS, COARSER = 6, (0.5, 0.7, 1, 1.4, 2)


@dataclass(frozen=True)
class Mark:
    """A ratio with the ends of its interval; NaN ends where it has none. `hollow` for the covariate alone."""

    ratio: float
    lower: float
    upper: float
    hollow: bool = False


@dataclass(frozen=True)
class Row:
    """Words (plain text, a line each) and the marks under them; no marks under a heading, which is `bold`."""

    words: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    bold: bool = False


def forest(result: Comparison) -> tuple[Drawing, ...]:
    """The hazard ratios of a comparison against its reference, and per standard deviation; none when there are none."""
    rows = _rows(result)
    if not rows["ratio"].notna().any():
        return ()
    shown = [
        Row((row.head, row.words), (Mark(row.ratio, row.lower, row.upper),) if row.ratio == row.ratio else ())
        for row in rows.itertuples()
    ]
    return (
        Drawing(
            name="hazard_ratios",
            title=f"Hazard ratios: {result.endpoint}",
            figure=forest_figure(shown),
            data=rows.drop(columns="head"),
            caption=_caption(result),
            alt="; ".join(f"{row.head}: {row.words}" for row in rows.itertuples()) + ".",
        ),
    )


def forest_figure(rows: Sequence[Row]) -> go.Figure:
    """The rows from the top down over one axis of ratios, on which at least one mark must stand."""
    titles = [_title(row) for row in rows]
    heights = [
        LINE * lines(title) + (MARK + BETWEEN * (len(row.marks) - 1) if row.marks else 6)
        for title, row in zip(titles, rows, strict=True)
    ]
    top = np.concatenate([[0], np.cumsum(heights)])
    ends = np.array([[mark.ratio, mark.lower, mark.upper] for row in rows for mark in row.marks])
    low, high = max(min(np.nanmin(ends), 0.9), FARTHEST[0]), min(max(np.nanmax(ends), 1.1), FARTHEST[1])
    figure = theme.figure(
        height=int(top[-1]) + 84, margin={"l": 14, "r": 14, "t": 8, "b": 44}, showlegend=False, dragmode=False
    )
    for title, above in zip(titles, top, strict=False):
        figure.add_annotation(
            text=title,
            x=0,
            xref="paper",
            xanchor="left",
            y=above,
            yref="y",
            yanchor="top",
            align="left",
            showarrow=False,
        )
    ones: list[float | None] = []
    for row, bottom in zip(rows, top[1:], strict=True):
        first = bottom - MARK / 2 - BETWEEN * (len(row.marks) - 1)
        for place, mark in enumerate(row.marks):
            _mark(figure, mark, first + BETWEEN * place, (low, high), row)
        if row.marks:
            ones += [first - MARK / 2 + 6, bottom - 2, None]
    line = {"color": theme.NEUTRAL, "dash": "dot", "width": 1}
    figure.add_scatter(x=[1.0] * len(ones), y=ones, mode="lines", line=line, hoverinfo="skip")
    _axes(figure, low, high, top[-1])
    return figure


def _title(row: Row) -> str:
    text = "<br>".join(wrapped(words, 52, 3) for words in row.words)
    return f"<b>{text}</b>" if row.bold else text


def _mark(figure: go.Figure, mark: Mark, y: float, span: tuple[float, float], row: Row) -> None:
    """A square with its interval; an end, or the square itself, outside the span is an arrow at its edge."""
    low, high = span
    colour = theme.NEUTRAL
    if mark.lower > 1:
        colour = theme.DIRECTION["higher"]
    elif mark.upper < 1:
        colour = theme.DIRECTION["lower"]
    width = 1.4 if mark.hollow else 2
    if mark.lower == mark.lower and mark.lower < mark.upper:
        figure.add_scatter(
            x=[max(mark.lower, low), min(mark.upper, high)],
            y=[y, y],
            mode="lines",
            line={"color": colour, "width": width},
            hoverinfo="skip",
        )
        beyond = [(low, "triangle-left")] if mark.lower < low else []
        beyond += [(high, "triangle-right")] if mark.upper > high else []
        if beyond:
            figure.add_scatter(
                x=[x for x, _ in beyond],
                y=[y] * len(beyond),
                mode="markers",
                marker={"symbol": [symbol for _, symbol in beyond], "size": 8, "color": colour},
                hoverinfo="skip",
            )
    inside = low <= mark.ratio <= high
    if not inside and (mark.lower < low or mark.upper > high):
        return  # the arrow at the edge stands for the square too
    shape = "circle-open" if mark.hollow else "square"
    figure.add_scatter(
        x=[min(max(mark.ratio, low), high)],
        y=[y],
        mode="markers",
        marker={
            "symbol": shape if inside else "triangle-left" if mark.ratio < low else "triangle-right",
            "size": 8 if mark.hollow else 10,
            "color": colour,
            "line": {"width": 2} if mark.hollow and inside else {},
        },
        hovertext="<br>".join(theme.literal(words) for words in row.words),
        hoverinfo="text",
    )


def _axes(figure: go.Figure, low: float, high: float, bottom: float) -> None:
    pad = (high / low) ** 0.04
    ticks = [tick for tick in TICKS if low / pad <= tick <= high * pad]
    if len(ticks) < 3:
        ticks = [tick for tick in FINER if low / pad <= tick <= high * pad]
        ticks = ticks if len(ticks) <= MOST_TICKS else [tick for tick in ticks if tick in COARSER]
    figure.update_xaxes(
        type="log",
        range=[np.log10(low / pad), np.log10(high * pad)],
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
        tickangle=0,
        title_text="Hazard ratio (log scale; right of 1: higher hazard)",
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, range=[bottom, 0], fixedrange=True)


def _rows(result: Comparison) -> pd.DataFrame:
    """group, n, n_events, ratio, lower, upper, p, words, head: a row per group, and one per standard deviation."""
    rows = []
    if result.hazard is not None:
        for level in result.hazard.levels:
            reference = level.group == result.hazard.reference
            said = _said(level.estimate, "reference" if reference else level.note)
            rows.append((level.group, level.n, level.n_events, *_numbers(level.estimate, reference), said))
    if result.per_sd is not None:
        each = result.per_sd
        name = f"per standard deviation ({each.sd:.3g}) of {result.grouped_by}"
        rows.append((name, each.n, each.n_events, *_numbers(each.estimate, False), _said(each.estimate, "")))
    frame = pd.DataFrame(rows, columns=["group", "n", "n_events", "ratio", "lower", "upper", "p", "words"])
    return frame.assign(
        head=[f"{row.group} (n = {row.n}, {counted(row.n_events, 'event')})" for row in frame.itertuples()]
    )


def _numbers(estimate, reference: bool) -> tuple[float, float, float, float]:
    if estimate is not None:
        return estimate.ratio, estimate.lower, estimate.upper, estimate.p
    return (1.0, 1.0, 1.0, np.nan) if reference else (np.nan,) * 4


def _said(estimate, note: str) -> str:
    return note if estimate is None else f"{ratio_text(estimate)}, {p_text(estimate.p)}"


def _caption(result: Comparison) -> str:
    parts = [part for part in (result.hazard, result.per_sd) if part is not None]
    return (
        f"Cox regression ({parts[0].ties} ties), unadjusted, 95 % Wald intervals; n = {parts[0].n}, "
        f"{parts[0].n_events} events. A ratio is an average over time where hazards are not proportional."
    )

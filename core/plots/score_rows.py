"""Scores as rows, each with its words above it so that it reads on any width: a dot, its interval, a band of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.plots import theme
from core.plots.words import wrapped

#: Pixels of a row: its words, and the mark below them.
LINE, MARK = 17, 18


@dataclass(frozen=True)
class ScoreRow:
    """words (plain text), the score with its interval (NaN ends where there is none), the group it is coloured by, and
    the low, middle and high of what chance reaches (None where that is not known)."""

    words: str
    score: float
    lower: float
    upper: float
    group: str
    hover: str
    band: tuple[float, float, float] | None = None


def score_figure(
    rows: Sequence[ScoreRow], axis: str, chance: float, colours: dict[str, str], band: str = ""
) -> go.Figure:
    """The rows from the top down; a dotted line where nothing is known. `band` names the grey bars in the legend."""
    height = len(rows) * (LINE + MARK)
    figure = theme.figure(
        height=height + 120, margin={"l": 14, "r": 14, "t": 56, "b": 44}, dragmode=False, hovermode="closest"
    )
    places = [(LINE + MARK) * place + LINE + 5 for place in range(len(rows))]
    if band:
        _bands(figure, rows, places, band)
    symbols = theme.symbols(colours)
    for group, colour in colours.items():
        mine = [(row, y) for row, y in zip(rows, places, strict=True) if row.group == group]
        if mine:
            _marks(figure, mine, group, colour, symbols[group])
    for row, y in zip(rows, places, strict=True):
        figure.add_annotation(
            text=wrapped(row.words, 50, 1), x=0, xref="paper", xanchor="left", y=y - 13, yanchor="middle",
            align="left", showarrow=False,
        )  # fmt: skip
    dots = {"color": theme.NEUTRAL, "dash": "dot", "width": 1}
    figure.add_shape(type="line", x0=chance, x1=chance, y0=0, y1=height, line=dots, layer="below")
    figure.update_yaxes(range=[height + 4, 0], visible=False, fixedrange=True)
    figure.update_xaxes(title_text=axis, fixedrange=True, showgrid=True, nticks=6, range=_span(rows, chance))
    return figure


def _span(rows: Sequence[ScoreRow], chance: float) -> list[float]:
    """From the least to the largest that is drawn, with a little room."""
    ends = [chance, *(each for row in rows for each in (row.score, row.lower, row.upper, *(row.band or ())))]
    known = [each for each in ends if each == each]
    room = 0.04 * (max(known) - min(known)) or 0.1
    return [min(known) - room, max(known) + room]


def _bands(figure: go.Figure, rows: Sequence[ScoreRow], places: list[float], name: str) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    middles = [(row.band[1], at) for row, at in zip(rows, places, strict=True) if row.band]
    for row, at in zip(rows, places, strict=True):
        if row.band:
            x += [row.band[0], row.band[2], None]
            y += [at, at, None]
    grey = theme.tint(theme.NEUTRAL, 0.35)
    figure.add_scatter(x=x, y=y, mode="lines", name=name, line={"color": grey, "width": 11}, hoverinfo="skip")
    figure.add_scatter(
        x=[each[0] for each in middles], y=[each[1] for each in middles], mode="markers", showlegend=False,
        marker={"symbol": "line-ns", "size": 9, "line": {"color": theme.NEUTRAL, "width": 2}}, hoverinfo="skip",
    )  # fmt: skip


def _marks(figure: go.Figure, mine: list[tuple[ScoreRow, float]], group: str, colour: str, symbol: str) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for row, at in mine:
        if row.lower == row.lower:
            x += [row.lower, row.upper, None]
            y += [at, at, None]
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"color": colour, "width": 1.5}, showlegend=False, hoverinfo="skip",
        legendgroup=group,
    )  # fmt: skip
    figure.add_scatter(
        x=[row.score for row, _ in mine], y=[at for _, at in mine], mode="markers", name=group, legendgroup=group,
        showlegend=True, marker={"color": colour, "symbol": symbol, "size": 10},
        hovertext=[row.hover for row, _ in mine], hoverinfo="text",
    )  # fmt: skip

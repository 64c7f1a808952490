"""Numbers with intervals as dots under their words, from the top down, on an axis that is no ratio's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.plots import theme
from core.plots.words import lines, wrapped

#: Pixels: a line of words, the room for the marks under them, the room between two marks of one row.
LINE, MARK, BETWEEN = 16, 26, 14


@dataclass(frozen=True)
class Dot:
    """A number with the ends of its interval (NaN for none), in the colour and symbol of `series`."""

    series: str
    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class DotRow:
    """Words (plain text, a line each) and the dots under them."""

    words: tuple[str, ...]
    dots: tuple[Dot, ...]


def dots_figure(rows: Sequence[DotRow], axis: str, reference: float | None = None, digits: str = ".2f") -> go.Figure:
    """The rows over one axis named `axis`; a dotted line at `reference`. A legend where there are several series."""
    titles = ["<br>".join(wrapped(words, 48, 3) for words in row.words) for row in rows]
    heights = [
        LINE * lines(title) + MARK + BETWEEN * max(len(row.dots) - 1, 0)
        for title, row in zip(titles, rows, strict=True)
    ]
    top = np.concatenate([[0], np.cumsum(heights)])
    names = list(dict.fromkeys(dot.series for row in rows for dot in row.dots))
    look = dict(zip(names, zip(theme.PALETTE, theme.SYMBOLS, strict=True), strict=False))
    figure = theme.figure(
        height=int(top[-1]) + 96, margin={"l": 14, "r": 14, "t": 8, "b": 48}, showlegend=len(names) > 1, dragmode=False
    )
    for title, above in zip(titles, top, strict=False):
        place = {"x": 0, "xref": "paper", "xanchor": "left", "y": above, "yref": "y", "yanchor": "top"}
        figure.add_annotation(text=title, align="left", showarrow=False, **place)
    for name in names:
        colour, symbol = look[name]
        found = [
            (dot, bottom - MARK / 2 - BETWEEN * (len(row.dots) - 1 - place))
            for row, bottom in zip(rows, top[1:], strict=True)
            for place, dot in enumerate(row.dots)
            if dot.series == name
        ]
        known = [(dot, y) for dot, y in found if dot.value == dot.value]
        figure.add_scatter(
            x=[dot.value for dot, _ in known],
            y=[y for _, y in known],
            mode="markers",
            name=theme.literal(name),
            marker={"color": colour, "symbol": symbol, "size": 10},
            error_x={
                "array": [dot.upper - dot.value for dot, _ in known],
                "arrayminus": [dot.value - dot.lower for dot, _ in known],
                "color": colour,
                "thickness": 1.8,
                "width": 4,
            },
            hovertemplate=f"{theme.literal(name)} %{{x:{digits}}}<extra></extra>",
        )
    if reference is not None:  # beside the marks only, so that it crosses no words
        y: list[float | None] = []
        for row, bottom in zip(rows, top[1:], strict=True):
            y += [bottom - MARK - BETWEEN * max(len(row.dots) - 1, 0) + 4, bottom - 2, None] if row.dots else []
        line = {"color": theme.NEUTRAL, "dash": "dot", "width": 1.4}
        figure.add_scatter(x=[reference] * len(y), y=y, mode="lines", line=line, showlegend=False, hoverinfo="skip")
    figure.update_layout(
        xaxis={"title": {"text": axis}, "fixedrange": True, "nticks": 6},
        yaxis={"range": [float(top[-1]), 0], "visible": False, "fixedrange": True},
        legend={"itemclick": False, "itemdoubleclick": False},
    )
    return figure

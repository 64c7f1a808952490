"""A drawing: a figure with everything that must go where it goes (its data, what it says, what it is)."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.plots import theme

#: Said on every page, figure and export of made-up data.
SYNTHETIC = "Synthetic demonstration data"


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure, ready for a page, a file or a screen reader.

    `name` is the stem of its files; `title` is shown above it and in its exports (so the figure itself has none);
    `data` holds exactly what is drawn, one row per mark; `caption` says n and the method; `alt` says in words what
    there is to see. `stamp` is a label that stays visible wherever the figure goes.
    """

    name: str
    title: str
    figure: go.Figure
    data: pd.DataFrame
    caption: str
    alt: str
    stamp: str = field(default="")

    def __post_init__(self) -> None:
        self.figure.update_layout(template=theme.TEMPLATE, title=_stamp(self.stamp))

    def stamped(self, text: str = SYNTHETIC) -> Drawing:
        """The same drawing with a small label inside the figure that survives every export."""
        return replace(self, figure=go.Figure(self.figure), stamp=text)

    def print_layout(self) -> dict[str, Any]:
        """What the figure's layout becomes where it leaves the page: white, a fixed size, title, stamp and caption.

        The reader's browser and the command line both put this over the layout, so their pictures agree.
        """
        layout = self.figure.layout
        width = layout.width or theme.WIDTH
        title = textwrap.wrap(self.title, int(width / 9.5))
        below = ([self.stamp] if self.stamp else []) + textwrap.wrap(self.caption, int(width / 6.4))
        room = 30 + 23 * len(title) + 16 * len(below)
        legend = 22 * _legend_rows(self.figure, width)
        frame = {side: getattr(layout.margin, side) for side in "lrb" if getattr(layout.margin, side) is not None}
        body = (layout.height or theme.HEIGHT) - (layout.margin.t or theme.TEMPLATE.layout.margin.t)
        return {
            "template": theme.TEMPLATE.to_plotly_json(),
            "paper_bgcolor": "#FFFFFF",
            "plot_bgcolor": "#FFFFFF",
            "autosize": False,
            "width": width,
            "height": body + room + legend + 12,
            "margin": {"l": 56, "r": 16, "b": 48, "pad": 2} | frame | {"t": room + legend + 12},
            "title": {
                "text": "<br>".join(theme.literal(line) for line in title),
                "font": {"size": 18, "color": theme.INK},
                "subtitle": {
                    "text": "<br>".join(theme.literal(line) for line in below),
                    "font": {"size": 12, "color": "#52606D"},
                },
                "x": 0,
                "xanchor": "left",
                "xref": "container",
                "y": 1,
                "yanchor": "top",
                "yref": "container",
                "pad": {"t": 26, "l": 14},
            },
        }

    def printed(self) -> go.Figure:
        """The figure as it leaves the page."""
        figure = go.Figure(self.figure)
        figure.layout.title = None
        return figure.update_layout(self.print_layout())


def _stamp(text: str) -> dict[str, Any] | None:
    """The label as the figure's own title: the only text that is placed from the edge, so it covers no mark."""
    if not text:
        return None
    return {
        "text": theme.literal(text),
        "font": {"size": 11, "color": theme.NEUTRAL},
        "x": 0,
        "xanchor": "left",
        "xref": "container",
        "y": 1,
        "yanchor": "top",
        "yref": "container",
        "automargin": True,
        "pad": {"t": 4, "b": 4, "l": 4},
    }


def _legend_rows(figure: go.Figure, width: float) -> int:
    """About how many rows the legend fills across this width."""
    if figure.layout.showlegend is False:
        return 0
    shown = {}
    for trace in figure.data:
        label = trace.name if trace.showlegend is not False else None
        if label:
            shown[trace.legendgroup or label] = label
    if not shown or (len(figure.data) == 1 and not figure.layout.showlegend):
        return 0
    longest = max(len(label) for label in shown.values()) * 7 + 48
    return math.ceil(len(shown) / max(1, int((width - 80) / longest)))

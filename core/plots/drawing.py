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
_SMALL = {"size": 11, "color": theme.NEUTRAL}


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure, ready for a page, a file or a screen reader.

    `name` is the stem of its files; `title` is shown above it and in its exports (so the figure itself has none);
    `data` holds exactly what is drawn, one row per mark; `caption` says n and the method; `alt` says in words what
    there is to see. `stamp` is a label that stays visible wherever the figure goes; `foot` is said under the caption
    where the figure leaves the page.
    """

    name: str
    title: str
    figure: go.Figure
    data: pd.DataFrame
    caption: str
    alt: str
    stamp: str = field(default="")
    foot: str = field(default="")

    def __post_init__(self) -> None:
        self.figure.layout.title = None
        if self.stamp:
            _place(self.stamp, self.figure)

    def stamped(self, text: str = SYNTHETIC) -> Drawing:
        """The same drawing with a small label inside the figure that survives every export."""
        if self.stamp == text:
            return self
        return replace(self, figure=go.Figure(self.figure), stamp=text)

    def print_layout(self) -> dict[str, Any]:
        """What the figure's layout becomes where it leaves the page: white, a fixed size, title, stamp and caption.

        The reader's browser and the command line both put this over the layout, so their pictures agree.
        """
        layout = self.figure.layout
        width = layout.width or theme.WIDTH
        title = textwrap.wrap(self.title, int(width / 9.5))
        said = [line for text in (self.caption, self.foot) for line in textwrap.wrap(text, int(width / 6.4))]
        below = ([self.stamp] if self.stamp else []) + said
        room = 30 + 23 * len(title) + 16 * len(below)
        beside = layout.legend.orientation == "v" or (layout.legend.y is not None and layout.legend.y < 1)
        legend = 0 if beside else 22 * _legend_rows(self.figure, width)
        legend += _headings(self.figure)
        frame = {side: getattr(layout.margin, side) for side in "lrb" if getattr(layout.margin, side) is not None}
        body = (layout.height or theme.HEIGHT) - (layout.margin.t or theme.TEMPLATE.layout.margin.t)
        return {
            "template": theme.TEMPLATE.to_plotly_json(),
            "paper_bgcolor": "#FFFFFF",
            "plot_bgcolor": "#FFFFFF",
            "autosize": False,
            "width": width,
            "height": body + room + legend + 12,
            "legend": _without_stamp(layout.legend.to_plotly_json(), self.stamp),
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


def _place(stamp: str, figure: go.Figure) -> None:
    """Put the label where nothing can cover it: over the legend, for which Plotly makes room, or as the only title."""
    label = theme.literal(stamp)
    if _legend_rows(figure, theme.WIDTH):
        own = figure.layout.legend.title.text
        title = {"text": f"{label}<br>{own}" if own else label, "side": "top", "font": _SMALL}
        figure.update_layout(legend_title=title)
        return
    edge = {"x": 0, "xanchor": "left", "xref": "container", "y": 1, "yanchor": "top", "yref": "container"}
    figure.update_layout(title={"text": label, "font": _SMALL, "pad": {"t": 4, "l": 4}} | edge)
    figure.update_layout(margin_t=max(figure.layout.margin.t or 0, 28 + _headings(figure)))


def _without_stamp(legend: dict[str, Any], stamp: str) -> dict[str, Any]:
    """The legend as it is on paper, where the label stands under the title."""
    title = legend.get("title", {})
    text = (title.get("text") or "").removeprefix(theme.literal(stamp)).removeprefix("<br>") if stamp else None
    return legend if text is None else legend | {"title": title | {"text": text}}


def _legend_rows(figure: go.Figure, width: float) -> int:
    """About how many rows the legend fills across this width."""
    if figure.layout.showlegend is False:
        return 0
    listed = [trace for trace in figure.data if trace.showlegend is not False and trace.name]
    asked = figure.layout.showlegend or any(trace.showlegend for trace in listed)
    if not listed or (len(figure.data) == 1 and not asked):
        return 0
    labels = {trace.legendgroup or trace.name: trace.name for trace in listed}
    lines = [label.split("<br>") for label in labels.values()]
    longest = max(len(line) for label in lines for line in label) * 7 + 48
    return math.ceil(len(labels) / max(1, int((width - 80) / longest))) * max(map(len, lines))


def _headings(figure: go.Figure) -> int:
    """Pixels above the plots that texts of the figure's own need, such as the titles of its panels."""
    above = any(each.yref == "paper" and (each.y or 0) >= 1 for each in figure.layout.annotations)
    return 20 if above else 0

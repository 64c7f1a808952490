"""How figures look, said once: colours, dashes, fonts, one template.

On a page Streamlit lays its light or dark colours under a figure in the reader's browser (so a change of theme needs
no new run); what is set here holds in both. A figure that leaves the page gets the whole template on white. So a
figure sets the colours of its marks from here and leaves text, axes and background alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio
from plotly.subplots import make_subplots

#: Eight colours told apart with any colour vision, on white and on dark: six of Okabe and Ito, and two darker ones.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#A5006E", "#724C00")
#: For what is missing, not measured or not chosen.
GREY = "#BDBDBD"
#: Lines and strokes that belong to no group; reads on white and on dark.
NEUTRAL = "#80868B"
#: The lines under the marks, faint on both.
FAINT = "rgba(128,128,128,0.25)"

#: Colours with one meaning everywhere.
MUTATION = {"mutated": "#D55E00", "wild type": "#56B4E9", "not profiled": GREY}
HPV = {"positive": "#E69F00", "negative": "#0072B2"}
#: Hazard or association: harmful, protective.
DIRECTION = {"higher": "#D55E00", "lower": "#0072B2"}

#: Low to high, even in lightness and safe for colour-blind readers (cividis).
SEQUENTIAL = [[i / 5, c] for i, c in enumerate(("#00224E", "#35456C", "#666970", "#948E77", "#C8B866", "#FEE838"))]
#: Below, none, above: blue, pale, vermilion.
DIVERGING = [[0.0, "#0072B2"], [0.25, "#7FB3D5"], [0.5, "#F2F2F2"], [0.75, "#EDA77C"], [1.0, "#D55E00"]]

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "5px,2px,1px,2px", "2px,6px")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down", "star")

#: Of what leaves the page: a web font would be measured on the page and then missing in the picture.
FONT = "Arial, Helvetica, sans-serif"
INK = "#1F2933"
#: Pixels of a figure that leaves the page, unless it says otherwise in its layout.
WIDTH, HEIGHT = 900, 460

_MISSING = {"missing", "unknown", "not known", "not available", "na", "nan", "none", ""}
#: Of marks that can be clicked: a click chooses one and changes how none of them looks.
UNSELECTED = {"marker": {"opacity": 1.0}}


def missing_level(level: Any) -> bool:
    """Whether a level stands for no value."""
    return level is None or level is pd.NA or level != level or str(level).strip().lower() in _MISSING


def colours(levels: Iterable[Any], meaning: Mapping[str, str] | None = None) -> dict[Any, str]:
    """A colour for each level, by its place among all levels of the attribute.

    Give every level, in the attribute's own order, also those that the cohort has lost: then a filter changes no
    colour. `meaning` (`MUTATION`, `HPV`) fixes the colours of its words; missing levels are grey. After eight levels
    the colours start again: tell such groups apart by dash, symbol or place as well.
    """
    fixed = {word.lower(): colour for word, colour in (meaning or {}).items()}
    spare = cycle([colour for colour in PALETTE if colour not in fixed.values()])
    chosen = {}
    for level in levels:
        word = str(level).strip().lower()
        chosen[level] = fixed[word] if word in fixed else GREY if missing_level(level) else next(spare)
    return chosen


def dashes(levels: Iterable[Any]) -> dict[Any, str]:
    """A dash for each level, by its place, so that lines are told apart without colour."""
    return dict(zip(levels, cycle(DASHES), strict=False))


def symbols(levels: Iterable[Any]) -> dict[Any, str]:
    """A marker for each level, by its place."""
    return dict(zip(levels, cycle(SYMBOLS), strict=False))


def tint(colour: str, alpha: float) -> str:
    """A `#rrggbb` colour as `rgba(...)`, for bands and fills."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def literal(text: Any) -> str:
    """Text from data as Plotly shows it letter by letter, never as markup."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def figure(**layout: Any) -> go.Figure:
    """An empty figure in this look."""
    _ours()
    return go.Figure(layout=layout)


def subplots(**grid: Any) -> go.Figure:
    """An empty figure of several plots in this look; `grid` as for `plotly.subplots.make_subplots`."""
    _ours()
    return make_subplots(**grid)


def _ours() -> None:
    """Make this look Plotly's default: it is taken as it is, while a template given to a figure is checked each time,
    which takes longer than all the rest of a small figure. Streamlit puts its own there when it is imported."""
    if pio.templates.default != NAME:
        pio.templates.default = NAME


def _axis(grid: bool) -> dict[str, Any]:
    return {
        "showgrid": grid,
        "gridcolor": FAINT,
        "zeroline": False,
        "showline": True,
        "linecolor": NEUTRAL,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": NEUTRAL,
        "automargin": True,
        "title": {"standoff": 10, "font": {"size": 13, "color": INK}},
        "tickfont": {"size": 12, "color": INK},
    }


_LEGEND = {
    "orientation": "h",
    "x": 0,
    "xanchor": "left",
    "y": 1.02,
    "yanchor": "bottom",
    "bgcolor": "rgba(0,0,0,0)",
    "font": {"size": 12, "color": INK},
}

#: One template: white, for what leaves the page; on a page its structure stays and Streamlit recolours the rest.
NAME = "cohortscope"
TEMPLATE = go.layout.Template(
    layout={
        "colorway": list(PALETTE),
        "colorscale": {"sequential": SEQUENTIAL, "diverging": DIVERGING},
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "margin": {"l": 56, "r": 16, "t": 32, "b": 48, "pad": 2},
        "xaxis": _axis(grid=False),
        "yaxis": _axis(grid=True),
        # On top, the legend costs a narrow screen height and no width.
        "legend": _LEGEND,
        "hoverlabel": {"font": {"family": FONT, "size": 12}, "namelength": -1},
        "coloraxis": {"colorbar": {"thickness": 12, "outlinewidth": 0, "len": 0.8}},
        "bargap": 0.15,
    },
    data={
        "heatmap": [{"colorscale": SEQUENTIAL, "colorbar": {"thickness": 12, "outlinewidth": 0}}],
        "scatter": [{"marker": {"size": 7}, "line": {"width": 2}}],
    },
)
pio.templates[NAME] = TEMPLATE

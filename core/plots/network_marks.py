"""The marks of a network's picture, from the highlighter at the bottom to the names on top."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.plots import theme
from core.plots.families import family_colours, family_order, family_symbols
from core.plots.network_places import nearest
from core.plots.network_words import WIDE, edge_hover, feature_hover, names_to_draw, put

#: The common network is marked as with a highlighter, which reads on white and on dark.
MARKER = theme.tint("#E69F00", 0.32)
GLOW = 10.0
#: From these |partial correlations| on an edge is drawn this wide.
WIDTHS = {0.0: 0.9, 0.2: 1.7, 0.3: 2.9, 0.5: 4.6}
#: From these frequencies over subsamples on an edge is drawn this dark.
TONES = {0.0: 0.22, 0.25: 0.42, 0.5: 0.66, 0.8: 1.0}
SHARED, ALONE = 1.0, 0.5


def sizes(nodes: pd.DataFrame, most: float) -> np.ndarray:
    """Diameters in pixels, the area following the strength, on one scale for all pictures of a result."""
    small, large = 5.0, _largest(len(nodes))
    return small + (large - small) * np.sqrt(nodes["strength"].to_numpy(float) / most)


def _largest(count: int) -> float:
    """The diameter of the strongest feature, in pixels: smaller in a crowd."""
    return float(np.clip(0.75 * WIDE * nearest(count), 9, 20))


def lines(figure: go.Figure, edges: pd.DataFrame, both: bool, sure: bool) -> None:
    """The edges, a trace for all that look the same; the legend has a sample of each kind."""
    classes = edges.assign(
        width=_classed(edges["partial"].abs(), WIDTHS),
        tone=_classed(edges["frequency"], TONES) if sure else np.where(edges["shared"], SHARED, ALONE),
    )
    dash = {True: "solid", False: "dot" if both and sure else "solid"}
    for (shared, width, tone), some in classes.groupby(["shared", "width", "tone"], sort=True):
        line = {"width": width, "color": theme.tint(theme.NEUTRAL, tone if both or sure else 0.8), "dash": dash[shared]}
        figure.add_scatter(**_strokes(some), line=line, showlegend=False, legendgroup=f"shared {shared}")
    kinds = ((False, "edge here only"), (True, "edge in both")) if both else ((False, "edge"),)
    for shared, name in kinds:
        tone = 0.8 if sure or not both else SHARED if shared else ALONE
        line = {"width": 2.4, "color": theme.tint(theme.NEUTRAL, tone), "dash": dash[shared]}
        figure.add_scatter(
            x=[None], y=[None], mode="lines", line=line, name=name, legendgroup=f"shared {shared}", legendrank=3
        )


def _classed(values: pd.Series, classes: dict[float, float]) -> np.ndarray:
    """What the class of each value is drawn with."""
    # Rounding must not decide for a value that stands exactly at a border.
    return np.array(list(classes.values()))[np.searchsorted(list(classes), values.to_numpy() + 1e-12, "right") - 1]


def _strokes(edges: pd.DataFrame) -> dict:
    """The edges as one line with gaps."""
    gap = np.full(len(edges), np.nan)
    x = np.column_stack([edges["x"], edges["x_other"], gap]).ravel() if len(edges) else [None]
    y = np.column_stack([edges["y"], edges["y_other"], gap]).ravel() if len(edges) else [None]
    return {"x": x, "y": y, "mode": "lines", "hoverinfo": "skip"}


def glow(figure: go.Figure, name: str, edges: pd.DataFrame, nodes: pd.DataFrame, sizes: np.ndarray) -> None:
    """What patients are compared on, marked under the rest."""
    chosen = nodes[nodes["highlighted"]]
    if chosen.empty:
        return
    width = GLOW * _largest(len(nodes)) / _largest(1)
    line = {"width": width, "color": MARKER}
    figure.add_scatter(**_strokes(edges[edges["highlighted"]]), line=line, showlegend=False)
    marker = {"size": sizes[nodes["highlighted"]] + width, "color": MARKER, "line": {"width": 0}, "opacity": 1.0}
    figure.add_scatter(
        x=chosen["x"],
        y=chosen["y"],
        mode="markers",
        marker=marker,
        unselected=theme.UNSELECTED,
        hoverinfo="skip",
        name=name,
        legendrank=2,
    )


def dots(figure: go.Figure, families: Iterable[str], nodes: pd.DataFrame, sizes: np.ndarray) -> None:
    """The features, a trace per family; those without an edge here are hollow. A click says which one it was."""
    colours, symbols = family_colours(families), family_symbols(families)
    nodes = nodes.assign(size=sizes)
    filters = nodes["filter"].nunique() > 1 or set(nodes["filter"]) - {"original", ""}
    for family in family_order(nodes["family"]):
        # The legend takes the look of the first, which should not be a hollow one.
        some = nodes[nodes["family"] == family].sort_values("degree", ascending=False, kind="stable")
        fill = [colours[family] if degree else "rgba(0,0,0,0)" for degree in some["degree"]]
        marker = {
            "size": some["size"],
            "color": fill,
            "symbol": symbols[family],
            "line": {"width": 1.2, "color": colours[family]},
            "opacity": 1.0,
        }
        figure.add_scatter(
            x=some["x"],
            y=some["y"],
            mode="markers",
            marker=marker,
            unselected=theme.UNSELECTED,
            name=family,
            customdata=some["feature"],
            hovertext=[feature_hover(row, bool(filters)) for row in some.itertuples()],
            hoverinfo="text",
            legendrank=1,
        )


def names(figure: go.Figure, nodes: pd.DataFrame, sizes: np.ndarray, edges: pd.DataFrame) -> None:
    """The strongest features by name, where there is room."""
    for name in names_to_draw(nodes, sizes, edges) if len(nodes) else ():
        put(figure, name)


def middles(figure: go.Figure, edges: pd.DataFrame, both: bool, subsamples: int) -> None:
    """What is under the pointer half-way along an edge."""
    figure.add_scatter(
        x=(edges["x"] + edges["x_other"]) / 2,
        y=(edges["y"] + edges["y_other"]) / 2,
        mode="markers",
        marker={"size": 10, "color": "rgba(0,0,0,0)"},
        hovertext=[edge_hover(row, both, subsamples) for row in edges.itertuples()],
        hoverinfo="text",
        showlegend=False,
        name="edges",
    )

"""A heat map whose cells can be clicked, with a dot in those that were found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.plots import theme
from core.plots.colour_bar import upright

CLEAR = "rgba(0,0,0,0)"


def marked_map(
    values: np.ndarray,
    cells: pd.DataFrame,
    *,
    found: Sequence[bool],
    keys: list[str],
    hover: Sequence[str],
    across: Sequence[str],
    down: Sequence[str],
    scale: str,
    height: float,
) -> go.Figure:
    """values (rows, columns) about 0, drawn with blue below it and orange above, on a `scale` of that name.

    cells   a row per cell with its column x and its row y; `found` says which have a dot, `hover` what each says, and
            the columns `keys` are what a click on it gives
    across, down  the labels of the columns and of the rows
    """
    limit = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    figure = theme.figure(height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, showlegend=False)
    figure.add_heatmap(
        z=values,
        x=list(range(len(across))),
        y=list(range(len(down))),
        colorscale=theme.DIVERGING,
        zmin=-limit,
        zmax=limit,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar=upright(scale),
    )
    dots = np.asarray(found, dtype=bool)
    # A heat map answers no click; marks without colour over its cells do, and those found have a dot in them.
    figure.add_scatter(
        x=cells["x"],
        y=cells["y"],
        mode="markers",
        marker={
            "size": 5,
            "opacity": 1.0,
            "color": np.where(dots, theme.INK, CLEAR),
            "line": {"width": np.where(dots, 0.8, 0.0), "color": "#FFFFFF"},
        },
        unselected=theme.UNSELECTED,
        customdata=cells[keys].to_numpy(),
        hovertext=list(hover),
        hoverinfo="text",
    )
    axis = {"showgrid": False, "showline": False, "ticks": "", "zeroline": False, "fixedrange": True}
    axis |= {"tickfont": {"size": 9}}
    for update, labels, upwards in ((figure.update_xaxes, across, True), (figure.update_yaxes, down, False)):
        ends = [-0.5, len(labels) - 0.5]
        update(tickvals=list(range(len(labels))), ticktext=list(labels), range=ends if upwards else ends[::-1], **axis)
    return figure.update_xaxes(tickangle=-90)

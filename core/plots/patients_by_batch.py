"""Patients in two dimensions, coloured by their batch."""

from __future__ import annotations

import pandas as pd

from core.plots import theme
from core.plots.drawing import Drawing
from core.plots.words import counted, percent, wrapped
from core.stats.harmonise_panel import Components

#: Batches that colours and signs can tell apart; smaller ones share the last.
MOST = 8
OTHER = "other batches"


def patients_by_batch(
    patients: pd.DataFrame, found: Components, batch: str, name: str, title: str, levels: list[str] | None = None
) -> Drawing:
    """A mark per patient (`patients`: batch, first, second); the picture says how much of each axis is batch."""
    sizes = patients["batch"].value_counts()
    wanted = levels or sorted(sizes.index)
    many = len(wanted) > MOST
    shown = sorted(sizes.index[: MOST - 1]) if many else wanted
    label = patients["batch"].where(patients["batch"].isin(shown), OTHER)
    order = [*shown, OTHER] if many else shown
    colours, symbols = theme.colours(order), theme.symbols(order)
    figure = theme.figure(
        height=380,
        xaxis_title=f"component 1 ({percent(found.explained[0])} of the variance)",
        yaxis_title=f"component 2 ({percent(found.explained[1])})",
        margin={"l": 56, "r": 8, "t": 8, "b": 48},
        hovermode="closest",
        showlegend=True,
    )
    for level in order:
        part = patients[label == level]
        colour = theme.GREY if level == OTHER else colours[level]
        figure.add_scatter(
            x=part["first"],
            y=part["second"],
            mode="markers",
            name=wrapped(f"{level} ({len(part):,})", 24, 1),
            marker={"color": theme.tint(colour, 0.75), "symbol": symbols[level], "size": 7},
            hoverinfo="skip",
        )
    first, second = (percent(share) for share in found.batch_share)
    left = f" {counted(len(found.left_out), 'feature')} with gaps or of one value left out." if found.left_out else ""
    return Drawing(
        name=name,
        title=title,
        figure=figure,
        data=patients.drop(columns="patient_id"),
        caption=(
            f"{counted(found.n, 'patient')}, {counted(found.n_features, 'feature')} at unit variance. {batch} makes "
            f"{first} of the first component and {second} of the second.{left}"
        ),
        alt=f"Scatter of {found.n:,} patients by {batch}, which makes {first} and {second} of the two axes.",
    )

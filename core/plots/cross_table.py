"""Two groupings of the same patients against each other: who is in both, and how far they agree."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.plots import theme
from core.transport.comparator import LabelAgreement


def cross_table(table: pd.DataFrame, rows: str, columns: str) -> go.Figure:
    """Counts by the one grouping (down) and the other (across), shaded by the share of the row."""
    totals = table.sum(axis=1)
    share = table.div(totals.where(totals > 0), axis=0).fillna(0.0)
    figure = theme.figure(height=150 + 44 * len(table), margin={"l": 8, "r": 8, "t": 10, "b": 8}, dragmode=False)
    figure.add_heatmap(
        z=share.to_numpy(),
        x=[f"{columns} {label}" for label in table.columns],
        y=[f"{rows} {label}" for label in table.index],
        text=table.to_numpy(),
        texttemplate="%{text}",
        hovertemplate="%{y}, %{x}: %{text} patients, %{z:.0%} of the row<extra></extra>",
        zmin=0,
        zmax=1,
        xgap=2,
        ygap=2,
        colorbar={"title": {"text": "of the row"}, "tickformat": ".0%"},
    )
    figure.update_xaxes(type="category", showline=False)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, showline=False)
    return figure


def agreement_words(agreement: LabelAgreement) -> str:
    """How far two groupings agree beyond chance."""
    return (
        f"Adjusted Rand index {agreement.adjusted_rand:.2f} (1: the same groups, 0: as two random ones), "
        f"adjusted mutual information {agreement.adjusted_mutual_information:.2f}"
    )

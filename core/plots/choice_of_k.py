"""How many clusters: the mean silhouette and the sizes for each number tried."""

from __future__ import annotations

import pandas as pd

from core.analyses.choice_of_k import KTable
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import counted


@drawings.register
def _(result: KTable) -> tuple[Drawing, ...]:
    table = result.table
    figure = theme.subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08, row_heights=[0.55, 0.45])
    best = [theme.PALETTE[1] if k == result.best_k else theme.PALETTE[0] for k in table["k"]]
    figure.add_scatter(
        x=table["k"],
        y=table["silhouette_mean"],
        mode="lines+markers+text",
        line={"color": theme.PALETTE[0]},
        marker={"size": 11, "color": best},
        text=[f"{value:.2f}" for value in table["silhouette_mean"]],
        textposition="top center",
        cliponaxis=False,
        hovertemplate="k = %{x}: mean silhouette %{y:.3f}<extra></extra>",
        row=1,
        col=1,
    )
    names = [f"cluster {label}" for label in range(1, int(table["k"].max()) + 1)]
    colours = theme.colours(names)
    parts = []
    for place, name in enumerate(names):
        some = table[table["k"] > place]
        sizes = [row_sizes[place] for row_sizes in some["sizes"]]
        figure.add_bar(
            x=some["k"],
            y=sizes,
            marker={"color": colours[name], "line": {"width": 0}},
            text=sizes,
            textposition="inside",
            textangle=0,
            insidetextanchor="middle",
            hovertemplate=f"k = %{{x}}, {name}: %{{y}} patients<extra></extra>",
            row=2,
            col=1,
        )
        parts.append(pd.DataFrame({"k": some["k"], "cluster": place + 1, "patients": sizes}))
    figure.update_layout(
        height=430, margin={"l": 8, "r": 8, "t": 24, "b": 8}, barmode="stack", showlegend=False, dragmode=False
    )
    ticks = [int(k) for k in table["k"]]
    figure.update_xaxes(tickvals=ticks)
    figure.update_xaxes(title="number of clusters (k)", row=2, col=1)
    top = max(0.1, float(table["silhouette_mean"].max()) * 1.25)
    figure.update_yaxes(
        title="mean silhouette", range=[min(0.0, float(table["silhouette_mean"].min())), top], row=1, col=1
    )
    figure.update_yaxes(title="patients", row=2, col=1)
    told = "; ".join(f"k = {row.k}: {row.silhouette_mean:.2f}" for row in table.itertuples())
    left = (
        f" Not tried: {', '.join(map(str, result.not_tried))} (too few different patients)." if result.not_tried else ""
    )
    sizes = pd.concat(parts).merge(table.drop(columns="sizes"), on="k")
    return (
        Drawing(
            name="choice_of_k",
            title="How many clusters",
            figure=figure,
            data=sizes,
            caption=(
                f"n = {counted(result.n, 'patient')}. The silhouette is highest for k = {result.best_k}; above "
                "0.5 is a clear "
                f"structure, below 0.25 hardly one. Below: sizes of the clusters. Survival plays no part.{left}"
            ),
            alt=f"Mean silhouette against the number of clusters, with their sizes. {told}.",
        ),
    )

"""How many clusters: silhouette and stability for each number tried, the sizes, and each cluster's Jaccard index."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.analyses.choice_of_k import KTable
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import counted
from core.transport.stability import READS, STABLE

TITLES = ("mean silhouette", "stability: adjusted Rand", "patients per cluster", "Jaccard per cluster")


@drawings.register
def _(result: KTable) -> tuple[Drawing, ...]:
    table = result.table
    figure = theme.subplots(
        rows=2, cols=2, shared_xaxes=True, vertical_spacing=0.16, horizontal_spacing=0.1, subplot_titles=TITLES
    )
    names = [f"cluster {label}" for label in range(1, int(table["k"].max()) + 1)]
    _silhouette(figure, result)
    _stability(figure, result)
    _sizes(figure, table, names)
    _jaccard(figure, table, names)
    figure.update_layout(
        height=520, margin={"l": 8, "r": 8, "t": 34, "b": 8}, barmode="stack", showlegend=False, dragmode=False
    )
    figure.update_annotations(font={"size": 13})
    figure.update_xaxes(tickvals=[int(k) for k in table["k"]], range=[table["k"].min() - 0.6, table["k"].max() + 0.6])
    figure.update_xaxes(title="number of clusters (k)", row=2)
    left = (
        f" Not tried: {', '.join(map(str, result.not_tried))} (too few different patients)." if result.not_tried else ""
    )
    return (
        Drawing(
            name="choice_of_k",
            title="How many clusters",
            figure=figure,
            data=_long(table),
            caption=(
                f"n = {counted(result.n, 'patient')}. {result.says} Silhouette: above 0.5 a clear structure, below "
                f"0.25 hardly one. Stability: {result.resamples} resamples of the patients, seed {result.seed}; bars "
                f"hold 95 % of them. Jaccard of a cluster: below 0.6 not to be trusted, from 0.85 on stable. Survival "
                f"plays no part.{left}"
            ),
            alt=f"Silhouette and stability against the number of clusters. {_aloud(table)}.",
        ),
    )


def _silhouette(figure: go.Figure, result: KTable) -> None:
    table = result.table
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
    top = max(0.1, float(table["silhouette_mean"].max()) * 1.25)
    figure.update_yaxes(range=[min(0.0, float(table["silhouette_mean"].min())), top], row=1, col=1)


def _stability(figure: go.Figure, result: KTable) -> None:
    """Mean adjusted Rand with the range of the resamples, and the line from which it is called stable."""
    known = result.table[result.table["stability_rand_mean"].notna()]
    mean = known["stability_rand_mean"]
    best = [theme.PALETTE[1] if k == result.most_stable_k else theme.PALETTE[0] for k in known["k"]]
    figure.add_scatter(
        x=known["k"],
        y=mean,
        mode="markers+text",
        marker={"size": 11, "color": best},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (known["stability_rand_high"] - mean).clip(lower=0.0),
            "arrayminus": (mean - known["stability_rand_low"]).clip(lower=0.0),
            "color": theme.NEUTRAL,
            "thickness": 1.5,
        },
        text=[f" {value:.2f}" for value in mean],
        textposition="middle right",
        cliponaxis=False,
        customdata=known[["stability_rand_low", "stability_rand_high"]].to_numpy(),
        hovertemplate="k = %{x}: adjusted Rand %{y:.2f}, 95 % of resamples %{customdata[0]:.2f} to "
        "%{customdata[1]:.2f}<extra></extra>",
        row=1,
        col=2,
    )
    figure.add_hline(y=STABLE, line={"color": theme.NEUTRAL, "dash": "dash", "width": 1.5}, row=1, col=2)
    lowest = min(0.0, float(known["stability_rand_low"].min())) if len(known) else 0.0
    figure.update_yaxes(range=[lowest - 0.02, 1.05], row=1, col=2)


def _sizes(figure: go.Figure, table: pd.DataFrame, names: list[str]) -> None:
    colours = theme.colours(names)
    for place, name in enumerate(names):
        some = table[table["k"] > place]
        sizes = [row_sizes[place] for row_sizes in some["sizes"]]
        figure.add_bar(
            x=some["k"],
            y=sizes,
            marker={"color": colours[name], "line": {"width": 0}},
            text=[size if size >= 0.08 * n else "" for size, n in zip(sizes, some["n"], strict=True)],
            textposition="inside",
            textangle=0,
            insidetextanchor="middle",
            hovertemplate=f"k = %{{x}}, {name}: %{{y}} patients<extra></extra>",
            row=2,
            col=1,
        )


def _jaccard(figure: go.Figure, table: pd.DataFrame, names: list[str]) -> None:
    """A dot per cluster, in its colour and sign, and the lines that say how to read them."""
    colours, symbols = theme.colours(names), theme.symbols(names)
    for place, name in enumerate(names):
        some = table[[len(values) > place for values in table["jaccard"]]]
        # Dots of equal height stand beside each other.
        shift = [(place - (k - 1) / 2) * 0.11 for k in some["k"]]
        figure.add_scatter(
            x=some["k"] + shift,
            y=[values[place] for values in some["jaccard"]],
            mode="markers",
            marker={"color": colours[name], "symbol": symbols[name], "size": 9},
            hovertext=[
                f"k = {row.k}, {name} (n = {row.sizes[place]}): Jaccard {row.jaccard[place]:.2f}, "
                f"{row.jaccard_reads[place]}"
                for row in some.itertuples()
            ],
            hoverinfo="text",
            cliponaxis=False,
            row=2,
            col=2,
        )
    for least, _ in READS[:-1]:
        if least != STABLE:
            figure.add_hline(y=least, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1.5}, row=2, col=2)
    figure.update_yaxes(range=[0, 1.05], row=2, col=2)


def _long(table: pd.DataFrame) -> pd.DataFrame:
    """A row per cluster of every k."""
    rows = []
    for row in table.itertuples():
        for place, size in enumerate(row.sizes):
            known = place < len(row.jaccard)
            rows.append(
                {
                    "k": row.k,
                    "cluster": place + 1,
                    "patients": size,
                    "jaccard": row.jaccard[place] if known else float("nan"),
                    "reads": row.jaccard_reads[place] if known else "",
                }
            )
    return pd.DataFrame(rows).merge(table.drop(columns=["sizes", "jaccard", "jaccard_reads"]), on="k")


def _aloud(table: pd.DataFrame) -> str:
    return "; ".join(
        f"k = {row.k}: silhouette {row.silhouette_mean:.2f}, adjusted Rand {row.stability_rand_mean:.2f}"
        for row in table.itertuples()
    )

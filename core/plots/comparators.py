"""Wasserstein clusters beside plainer groupings: agreement, volume, subsite and HPV, a dot each."""

from __future__ import annotations

import math

import pandas as pd

from core.analyses.cluster_comparators import ClusterComparators
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import counted, wrapped
from core.survival.words import p_text
from core.transport.comparators import FEATURES, NODES, OURS, SETS, VOLUME

#: What is drawn of every grouping, with the words above its column.
COLUMNS = (
    ("adjusted_rand", "adjusted Rand<br>with Wasserstein"),
    ("volume_information", "volume (mutual<br>information)"),
)


@drawings.register
def _(result: ClusterComparators) -> tuple[Drawing, ...]:
    columns = list(COLUMNS)
    columns += [(f"{role}_v", f"{wrapped(label, 18, 1)}<br>(Cramer's V)") for role, label in result.attributes.items()]
    columns = [(name, text) for name, text in columns if result.table[name].notna().any()]
    table = result.table.reset_index(drop=True)
    names = _names(result)
    lines = math.ceil(len(columns) / 2)
    figure = theme.subplots(
        rows=lines,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.06,
        vertical_spacing=0.2 if lines > 1 else 0.0,
        subplot_titles=[text for _, text in columns],
    )
    for place, (name, _) in enumerate(columns):
        _column(figure, (place // 2 + 1, place % 2 + 1), table, name, names)
    figure.update_layout(
        height=60 + (56 + 38 * len(table)) * lines,
        margin={"l": 8, "r": 12, "t": 52, "b": 8},
        showlegend=False,
        dragmode=False,
    )
    figure.update_annotations(font={"size": 12})
    figure.update_yaxes(
        tickvals=list(range(len(table))),
        ticktext=[names[each] for each in table["comparator"]],
        range=[len(table) - 0.5, -0.5],
        ticks="",
    )
    return (
        Drawing(
            name="cluster_comparators",
            title="Wasserstein clusters beside plainer groupings",
            figure=figure,
            data=table.drop(columns=[name for name in table.columns if table[name].isna().all()]),
            caption=_caption(result),
            alt="Dots per grouping. " + " ".join(result.says),
        ),
    )


def _names(result: ClusterComparators) -> dict[str, str]:
    kind = "random connected sets" if result.sets_are_connected else "random sets"
    return {
        OURS: "<b>Wasserstein</b>",
        NODES: "Euclidean,<br>same features",
        FEATURES: f"Euclidean,<br>all {result.n_features:,} features",
        SETS: f"Euclidean,<br>{kind}",
        VOLUME: "volume alone",
    }


def _column(figure, place: tuple[int, int], table: pd.DataFrame, name: str, names: dict[str, str]) -> None:
    """One measure of every grouping: a dot each, a band where 95 % of the random sets lie."""
    shown = table[table[name].notna()]
    main = [each == OURS for each in shown["comparator"]]
    figure.add_scatter(
        x=shown[name],
        y=shown.index,
        mode="markers",
        marker={
            "size": [13 if ours else 10 for ours in main],
            "color": [theme.PALETTE[1] if ours else theme.PALETTE[0] for ours in main],
            "symbol": ["diamond" if ours else "circle" for ours in main],
            "opacity": 1,
            "line": {"width": 0},
        },
        cliponaxis=False,
        hovertext=[_hover(row, name, names) for _, row in shown.iterrows()],
        hoverinfo="text",
        row=place[0],
        col=place[1],
    )
    row = table[table["comparator"] == SETS]
    lowest = min(0.0, float(shown[name].min()))
    if f"{name}_low" in table and row[f"{name}_low"].notna().any():
        low, high = float(row[f"{name}_low"].iloc[0]), float(row[f"{name}_high"].iloc[0])
        lowest = min(lowest, low)
        band = {"fillcolor": theme.tint("#80868B", 0.22), "line_width": 0, "layer": "below"}
        figure.add_vrect(x0=low, x1=high, row=place[0], col=place[1], **band)
    figure.update_xaxes(range=[lowest - 0.06, 1.06], tickvals=[0, 0.5, 1], row=place[0], col=place[1])


def _hover(row: pd.Series, name: str, names: dict[str, str]) -> str:
    said = f"{names[row['comparator']].replace('<br>', ' ')}: {row[name]:.2f}"
    if row["comparator"] == SETS:
        said += f" (median; 95 % of the sets {row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})"
    if name == "volume_information":
        said += f"<br>rank correlation with the volume {row['volume_correlation']:.2f}"
    if name.endswith("_v"):
        role = name.removesuffix("_v")
        median = "median " if row["comparator"] == SETS else ""
        said += f"<br>{median}{p_text(row[f'{role}_p'])}, n = {row[f'{role}_n']:.0f}"
    return said


def _caption(result: ClusterComparators) -> str:
    left = f" of {result.n_clustered:,} clustered (the others lack a feature)" if result.n < result.n_clustered else ""
    sets = (
        f" Grey: where 95 % of {result.n_sets} {result.sets_meaning} lie ({result.n_distinct_sets} different, seed "
        f"{result.seed}), the dot being their median."
        if result.n_sets
        else ""
    )
    volume = f" Volume: {result.volume}{' (itself a node)' if result.volume_is_node else ''}." if result.volume else ""
    return (
        f"n = {counted(result.n, 'patient')}{left}, k = {result.k} in every grouping. Adjusted Rand and mutual "
        f"information: 1 the same groups, 0 as by chance.{volume}{sets}{''.join(f' {note}' for note in result.notes)}"
    )

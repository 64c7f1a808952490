"""Clusters against subsite, HPV, stage and centre: 100 % bars for both clusterings."""

from __future__ import annotations

import pandas as pd

from core.analyses.cluster_table import ClusterTable
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.levels import level_colours
from core.plots.words import percent, q_text
from core.stats.association import Association
from core.survival.words import p_text

#: Attributes drawn, by their role; every other one is in the table.
ROLES = ("subsite", "hpv", "stage", "centre")


@drawings.register
def _(result: ClusterTable) -> tuple[Drawing, ...]:
    wanted = [name for role in ROLES for name, own in result.roles.items() if own == role]
    return tuple(_bars(result, name) for name in wanted if name in result.wasserstein.details and name in result.levels)


def _bars(result: ClusterTable, attribute: str) -> Drawing:
    """A bar per cluster, the Euclidean ones below the Wasserstein ones."""
    levels, label = result.levels[attribute], result.labels[attribute]
    parts = [
        _counts(found.details[attribute], kind)
        for kind, found in (("Wasserstein", result.wasserstein), ("Euclidean", result.euclidean))
        if attribute in found.details
    ]
    rows = pd.concat(parts, ignore_index=True)
    bars = list(dict.fromkeys(rows["bar"]))
    # The two clusterings stand apart.
    place = {bar: index + (0.6 if bar.startswith("Euclidean") else 0.0) for index, bar in enumerate(bars)}
    totals = rows.groupby("bar")["patients"].sum()
    figure = theme.figure(
        height=80 + 30 * len(bars), margin={"l": 8, "r": 16, "t": 8, "b": 8}, barmode="stack", dragmode=False
    )
    figure.update_layout(legend_traceorder="normal")
    colours = level_colours(levels)
    for level in levels:
        some = rows[rows["level"] == level]
        if some.empty:
            continue
        figure.add_bar(
            x=some["share"],
            y=[place[bar] for bar in some["bar"]],
            width=0.8,
            orientation="h",
            name=theme.literal(level),
            marker={"color": colours[level], "line": {"width": 0}},
            text=[str(row.patients) if row.share >= 0.06 else "" for row in some.itertuples()],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            hovertext=[
                f"{theme.literal(row.bar)}: {theme.literal(row.level)} {row.patients} of {totals[row.bar]} "
                f"({percent(row.share)})"
                for row in some.itertuples()
            ],
            hoverinfo="text",
        )
    figure.update_xaxes(tickformat=".0%", range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], showline=False)
    figure.update_yaxes(
        tickvals=list(place.values()),
        ticktext=[f"{theme.literal(bar)} ({totals[bar]})" for bar in bars],
        range=[max(place.values()) + 0.55, -0.55],
        showgrid=False,
        showline=False,
        ticks="",
    )
    ours = result.wasserstein.details[attribute]
    return Drawing(
        name=f"clusters_by_{attribute}",
        title=f"{label} in the clusters",
        figure=figure,
        data=rows,
        caption=(
            f"n = {ours.n:,}; {ours.n_no_value:,} without a value left out. "
            f"{_test(result.wasserstein, attribute, 'Wasserstein')}; "
            f"{_test(result.euclidean, attribute, 'Euclidean')}. q: Benjamini-Hochberg over "
            f"{result.wasserstein.n_tests} tests."
        ),
        alt=f"Bars of {label} by cluster: " + "; ".join(_aloud(rows, bar) for bar in bars) + ".",
    )


def _counts(found: Association, kind: str) -> pd.DataFrame:
    long = found.table.stack().rename("patients").reset_index()
    totals = found.table.sum(axis=1)
    return pd.DataFrame(
        {
            "clustering": kind,
            "bar": [f"{kind} {group.removeprefix('cluster ')}" for group in long["group"]],
            "level": long["level"],
            "patients": long["patients"],
            "share": [count / totals[group] for group, count in zip(long["group"], long["patients"], strict=True)],
        }
    )


def _test(found, attribute: str, kind: str) -> str:
    row = found.table.set_index("attribute").loc[attribute]
    if pd.isna(row["p"]):
        return f"{kind}: {row['note']}"
    said = f"{kind}: {row['test']}, {p_text(row['p'])}, {q_text(row['q'])}"
    return f"{said}, {row['effect_name']} {row['effect']:.2f}"


def _aloud(rows: pd.DataFrame, bar: str) -> str:
    some = rows[rows["bar"] == bar]
    return f"{bar}: " + ", ".join(f"{row.level} {row.patients}" for row in some.itertuples() if row.patients)

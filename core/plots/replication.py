"""Discovery beside replication: which new patient is in which cluster, how strong each difference is, and survival."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from core.analyses.replication_result import Replication
from core.analyses.replication_tables import ASSIGNED, DISCOVERY, RECLUSTERED
from core.plots import drawings, theme
from core.plots.cross_table import agreement_words, cross_table
from core.plots.drawing import Drawing
from core.plots.words import lines, q_text, wrapped
from core.survival.words import CLAIMED, p_text

#: How each side looks wherever it is drawn.
LOOKS = {
    DISCOVERY: (theme.PALETTE[0], "circle"),
    ASSIGNED: (theme.PALETTE[1], "square"),
    RECLUSTERED: (theme.PALETTE[2], "diamond"),
}
#: Pixels of a row of effects: its name, then a line per side.
LINE, MARKS = 16, 44
SHIFT = {DISCOVERY: -8, ASSIGNED: 0, RECLUSTERED: 8}


@drawings.register
def _(result: Replication) -> tuple[Drawing, ...]:
    return (_cross(result), *_effects(result), *_survival(result))


def _who(result: Replication) -> str:
    new = result.new
    left = [
        f"{count:,} {why}"
        for count, why in (
            (new.n_unmeasured, "without features"),
            (new.n_missing, "lacking a value on a node"),
            (new.n_zero_mass, "without mass"),
        )
        if count
    ]
    return f"{new.n:,} of {new.n_cohort:,} new patients" + (f" ({', '.join(left)} left out)" if left else "")


def _cross(result: Replication) -> Drawing:
    """Assigned against reclustered: patients in both."""
    labels = range(1, result.carried.k + 1)
    table = result.carried.agreement.table.reindex(index=labels, columns=labels, fill_value=0)
    figure = cross_table(table, "assigned", "reclustered")
    said = agreement_words(result.carried.agreement)
    long = table.rename_axis(index="assigned", columns="reclustered").stack().rename("patients").reset_index()
    return Drawing(
        name="assigned_against_reclustered",
        title="Assigned to the frozen clusters against clustered anew",
        figure=figure,
        data=long,
        caption=f"n = {_who(result)}. Own clusters take the number of the frozen one they share most with. {said}.",
        alt=f"Counts of {result.new.n} new patients by frozen and own cluster. {said}.",
    )


def _effects(result: Replication) -> tuple[Drawing, ...]:
    """How strongly each attribute goes with the clusters: three marks per attribute; none when nothing was tested."""
    rows = effect_rows(result)
    if rows.empty:
        return ()
    names = list(dict.fromkeys(rows["attribute"]))
    titles = {}
    for name in names:
        some = rows[rows["attribute"] == name]
        counts = " / ".join(_count(some, side) for side in LOOKS)
        titles[name] = f"<b>{wrapped(some['label'].iloc[0], 40, 2)}</b> {_effect(some)}, n {counts}"
    tops, top = {}, 0
    for name in names:
        tops[name] = top
        top += LINE * lines(titles[name]) + MARKS
    figure = theme.figure(height=top + 100, margin={"l": 14, "r": 14, "t": 8, "b": 44}, dragmode=False)
    for name in names:
        figure.add_annotation(
            text=titles[name],
            x=0,
            xref="paper",
            xanchor="left",
            y=tops[name],
            yref="y",
            yanchor="top",
            align="left",
            showarrow=False,
            font={"size": 12},
        )
    middle = {name: tops[name] + LINE * lines(titles[name]) + MARKS / 2 for name in names}
    for side, (colour, symbol) in LOOKS.items():
        _marks(figure, rows[rows["side"] == side], side, colour, symbol, middle)
    figure.update_xaxes(
        range=[-0.02, max(1.0, rows["size"].max()) * 1.02],
        title_text="Cramer's V, or size of the rank effect (0 none, 1 perfect)",
        fixedrange=True,
        showgrid=True,
    )
    figure.update_yaxes(visible=False, range=[top, 0], fixedrange=True)
    n_tests = ", ".join(f"{side.table.n_tests} {side.name}" for side in result.sides)
    n = ", ".join(f"{side.n:,} {side.name}" for side in result.sides)
    return (
        Drawing(
            name="replication_effects",
            title="What goes with the clusters, there and here",
            figure=figure,
            data=rows.drop(columns="size"),
            caption=(
                f"n = {n}. Filled: q < {CLAIMED:g} (Benjamini-Hochberg within each; tests: {n_tests}); "
                "hollow: not, or not tested because it built the clusters. V is never below 0 and larger by chance "
                "where n is small; the table says whether a difference points the same way."
            ),
            alt="; ".join(
                f"{row.label}, {row.side}: {row.effect_name} {row.effect:.2f}, n {row.n}" for row in rows.itertuples()
            )
            + ".",
        ),
    )


def effect_rows(result: Replication) -> pd.DataFrame:
    """attribute, label, side, n, effect_name, effect, size (its absolute value), p, q: a row per mark."""
    rows = []
    for row in result.table.to_dict("records"):
        if pd.isna(row["effect_discovery"]) or pd.isna(row["effect_assigned"]):
            continue
        for side in LOOKS:
            effect = row[f"effect_{side}"]
            if not pd.isna(effect):
                numbers = (
                    row[f"n_{side}"],
                    row["effect_name"],
                    effect,
                    abs(effect),
                    row[f"p_{side}"],
                    row[f"q_{side}"],
                )
                rows.append((row["attribute"], row["label"], side, *numbers))
    columns = ["attribute", "label", "side", "n", "effect_name", "effect", "size", "p", "q"]
    return pd.DataFrame(rows, columns=columns)


def _marks(figure: go.Figure, rows: pd.DataFrame, side: str, colour: str, symbol: str, middle: dict) -> None:
    sure = [q == q and q < CLAIMED for q in rows["q"]]
    figure.add_scatter(
        x=rows["size"],
        y=[middle[name] + SHIFT[side] for name in rows["attribute"]],
        mode="markers",
        name=side,
        marker={
            "symbol": [symbol if each else f"{symbol}-open" for each in sure],
            "size": 10,
            "color": colour,
            "line": {"color": colour, "width": 1.6},
        },
        hovertext=[
            f"{theme.literal(row.label)}, {side}<br>{row.effect_name} {row.effect:.2f}, n = {row.n}"
            + (f"<br>{p_text(row.p)}, {q_text(row.q)}".replace("<br>p <", "<br>p &lt;").replace(" q <", " q &lt;")
               if row.p == row.p else "<br>not tested")
            for row in rows.itertuples()
        ],
        hoverinfo="text",
    )  # fmt: skip


def _count(rows: pd.DataFrame, side: str) -> str:
    some = rows.loc[rows["side"] == side, "n"]
    return f"{some.iloc[0]}" if len(some) else "-"


def _effect(rows: pd.DataFrame) -> str:
    name = rows["effect_name"].iloc[0]
    return "V" if name == "Cramer's V" else name.replace(" correlation", "")


def _survival(result: Replication) -> tuple[Drawing, ...]:
    """The curves of each side as the Survival page draws them."""
    drawn = []
    for side in result.sides:
        if side.survival is None:
            continue
        curves = drawings(side.survival)[0]
        title = f"{side.name.capitalize()}: {curves.title}"
        drawn.append(replace(curves, name=f"survival_{side.name}", title=title))
    return tuple(drawn)

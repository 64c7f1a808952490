"""Gene sets shown alone: each set's score beside what random genes of the same number reach."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.expression_models_words import of_class, target_text
from core.analyses.gene_masking import GeneMasking
from core.analyses.gene_masking_words import verdict_of
from core.analyses.masking_map import MaskingMap
from core.plots import drawings, theme
from core.plots.colour_bar import upright
from core.plots.drawing import Drawing
from core.plots.score_rows import ScoreRow, score_figure
from core.plots.words import counted, q_text, wrapped
from core.survival.words import p_text

#: Sets that are drawn; the table holds all of them.
DRAWN = 25
COLOURS = {
    "more than random genes": theme.PALETTE[1],
    "no more than random genes": theme.PALETTE[0],
    "nothing shown": theme.NEUTRAL,
    "training patients": theme.PALETTE[4],
}
AXES = {"AUC": "Area under the curve", "Spearman": "Spearman's correlation"}


def pretty(name: str) -> str:
    """`HALLMARK_TNFA_SIGNALING` as a reader likes it: `Tnfa signaling`; other names stay."""
    bare = name.removeprefix("HALLMARK_")
    return bare.replace("_", " ").capitalize() if name.isupper() and "_" in name else name


@drawings.register
def _(result: GeneMasking) -> tuple[Drawing, ...]:
    outputs = list(dict.fromkeys(result.found.table["output"]))
    return tuple(_one(result, output, number) for number, output in enumerate(sorted(outputs)))


def _one(result: GeneMasking, output: str, number: int) -> Drawing:
    masks = result.found
    table = masks.table[masks.table["output"] == output]
    shown = table.head(DRAWN)
    rows = [_row(result, row) for row in shown.itertuples()]
    band = "" if masks.in_sample else "90 % of random sets"
    figure = score_figure(rows, AXES[result.measure], result.chance, COLOURS, band)
    of = of_class(output, result.levels)
    left = f"; the first {DRAWN} of {len(table)} sets, all in the table" if len(table) > DRAWN else ""
    where = "the patients they were trained on" if masks.in_sample else "held-out patients"
    null = (
        "no null, as published"
        if masks.in_sample
        else f"bars 95 %; grey: {masks.draws:,} random sets of as many genes; q over {masks.n_tests} tests at "
        f"{masks.level:g}"
    )
    return Drawing(
        name=f"gene_masking_{number + 1}" if number else "gene_masking",
        title=f"{of}{target_text(result.label, result.kind, result.levels)} from one gene set at a time",
        figure=figure,
        data=shown,
        caption=f"n = {masks.n} of {result.n_cohort}, {where}; {null}{left}.",
        alt="; ".join(f"{row.words}: {row.score:.2f}" for row in rows) + ".",
    )


def _row(result: GeneMasking, row) -> ScoreRow:
    sample = result.found.in_sample
    verdict = "training patients" if sample else verdict_of(row)
    name = pretty(row.set)
    hover = [f"<b>{theme.literal(row.set)}</b>", f"{result.measure} {row.score:.2f}"]
    if row.lower == row.lower:
        hover[1] += f" (95 % {row.lower:.2f} to {row.upper:.2f})"
    hover.append(f"{row.present} of {row.size} genes measured ({100 * row.coverage:.0f} %)")
    if not sample:
        hover.append(f"random genes: {row.random_median:.2f} ({row.random_low:.2f} to {row.random_high:.2f})")
        hover.append(f"better than random genes: {p_text(row.p)}, {q_text(row.q)}")
    band = None if sample else (row.random_low, row.random_median, row.random_high)
    words = f"{name} ({row.present})"
    return ScoreRow(words, row.score, row.lower, row.upper, verdict, "<br>".join(hover), band)


@drawings.register
def _(result: MaskingMap) -> tuple[Drawing, ...]:
    table = result.table
    best = table.groupby("set")["score"].max().sort_values(ascending=False, kind="stable")
    sets, features = list(best.index[:30])[::-1], list(result.features["feature"])
    wide = table.pivot(index="set", columns="feature", values="score").loc[sets, features]
    half = max(0.1, float(np.nanmax(np.abs(wide.to_numpy() - result.chance))))
    codes = {name: f"{place}" for place, name in enumerate(features, 1)}
    figure = theme.figure(
        height=max(260, 21 * len(sets) + 80), margin={"l": 8, "r": 8, "t": 8, "b": 44}, dragmode=False, showlegend=False
    )
    marks = table.set_index(["set", "feature"])
    text = [["●" if marks.loc[(one, name), "found"] else "" for name in features] for one in sets]
    figure.add_heatmap(
        z=wide.to_numpy(), x=list(codes.values()), y=[wrapped(pretty(one), 24, 1) for one in sets],
        xgap=1, ygap=1, zmin=result.chance - half, zmax=result.chance + half, colorscale=theme.DIVERGING, text=text,
        texttemplate="%{text}", hoverinfo="text", hovertext=[[_cell(marks.loc[(one, name)], one, name, result)
        for name in features] for one in sets],
        colorbar=upright(len=220, lenmode="pixels", y=1, yanchor="top"),
    )  # fmt: skip
    figure.update_xaxes(type="category", dtick=1, title_text="Feature, by number", fixedrange=True, tickangle=0)
    figure.update_yaxes(showgrid=False, fixedrange=True)
    left = f"; the first 30 of {len(best)} sets" if len(best) > 30 else ""
    return (
        Drawing(
            name="masking_map",
            title="Gene sets against features",
            figure=figure,
            data=table,
            caption=(
                f"{AXES[result.measure]} of held-out patients with one gene set shown; ● better than random genes and "
                f"than nothing, q over {counted(result.n_tests, 'pair')} at {result.level:g}{left}. "
                + "; ".join(f"{code}: {name}" for name, code in codes.items())
                + "."
            ),
            alt=_map_alt(table),
        ),
    )


def _cell(row: pd.Series, one: str, name: str, result: MaskingMap) -> str:
    return (
        f"<b>{theme.literal(one)}</b><br>{theme.literal(name)}<br>{result.measure} {row['score']:.2f}; random genes "
        f"{row['random_median']:.2f}<br>better than random genes: {p_text(row['p'])}, {q_text(row['q'])}"
    )


def _map_alt(table: pd.DataFrame) -> str:
    first = table.sort_values("score", ascending=False, kind="stable").groupby("feature", sort=False).head(1)
    return "; ".join(f"{row.feature}: {row.set} {row.score:.2f}" for row in first.itertuples()) + "."

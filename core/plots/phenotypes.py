"""Groups of patients and their genes: who is mutated, what is expressed, and what held in other patients."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.phenotype_result import PhenotypeScreen
from core.analyses.phenotype_words import tests
from core.plots import drawings, theme
from core.plots.colour_bar import upright
from core.plots.drawing import Drawing
from core.plots.words import counted, lines, q_text, wrapped
from core.radiogenomics.carried import NOT_SHOWN, OPPOSITE, REPLICATED
from core.radiogenomics.phenotypes import MUTATION, SET
from core.survival.words import p_text

#: Rows of a picture: of more, those of the smallest p.
MOST, ROW = 30, 19
#: Of a group in which nobody is mutated: opaque, so that the counts read in light and in dark.
PALE = "#F7F3EF"
#: Colours and signs of what became of a finding.
VERDICTS = {
    REPLICATED: (theme.PALETTE[2], "circle"),
    NOT_SHOWN: (theme.NEUTRAL, "circle-open"),
    OPPOSITE: (theme.PALETTE[1], "x"),
}


@drawings.register
def _(result: PhenotypeScreen) -> tuple[Drawing, ...]:
    kinds = result.table["kind"]
    drawn = []
    if (kinds == MUTATION).any():
        drawn.append(_mutations(result))
    if (kinds != MUTATION).any():
        drawn.append(_levels(result))
    if result.carried is not None and result.carried.n_testable:
        drawn.append(_carried(result))
    return tuple(drawn)


def _first(result: PhenotypeScreen, which: pd.Series) -> tuple[pd.DataFrame, str]:
    some = result.table[which]
    left = f" {len(some) - MOST:,} of larger p are in the table alone." if len(some) > MOST else ""
    return some.head(MOST), left


def _names(result: PhenotypeScreen, some: pd.DataFrame) -> list[str]:
    return [
        f"{wrapped(row.item.replace('_', ' ') if row.kind == SET else row.item, 26, 1)}"
        f"{' ●' if row.q < result.q else '  '}"
        for row in some.itertuples()
    ]


def _groups(some: pd.DataFrame, groups: tuple[str, ...]) -> list[str]:
    """The groups that have a number in some row."""
    return [group for group in groups if some[f"{group}: n"].any()]


def _heat_map(result: PhenotypeScreen, some: pd.DataFrame, colours: dict, text: list[list[str]] | None):
    """Rows of the table down, groups across, coloured by their value."""
    groups = _groups(some, result.tests.groups)
    values = some[[f"{group}: value" for group in groups]].to_numpy(float)
    labels = [wrapped(f"{name} ({result.sizes[name]:,})", 16, 3) for name in groups]
    deepest = max(map(lines, labels)) if len(groups) < 5 else 5
    figure = theme.figure(
        height=90 + ROW * len(some) + 15 * deepest,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        dragmode=False,
    )
    figure.add_heatmap(
        z=values,
        x=list(range(len(groups))),
        y=list(range(len(some))),
        xgap=1,
        ygap=1,
        hovertext=[[_hover(result, row, group) for group in groups] for _, row in some.iterrows()],
        hoverinfo="text",
        **({"text": text, "texttemplate": "%{text}", "textfont": {"size": 10}} if text else {}),
        **colours,
    )
    axis = {"showgrid": False, "showline": False, "ticks": "", "zeroline": False, "fixedrange": True}
    figure.update_xaxes(
        tickvals=list(range(len(groups))),
        ticktext=labels,
        tickangle=0 if len(groups) < 5 else -90,
        side="bottom",
        range=[-0.5, len(groups) - 0.5],
        tickfont={"size": 10},
        **axis,
    )
    figure.update_yaxes(
        tickvals=list(range(len(some))),
        ticktext=_names(result, some),
        range=[len(some) - 0.5, -0.5],
        tickfont={"size": 10},
        **axis,
    )
    return figure


def _hover(result: PhenotypeScreen, row: pd.Series, group: str) -> str:
    if row["kind"] == MUTATION:
        value = f"{row[f'{group}: mutated']} of {row[f'{group}: n']:,} mutated"
    else:
        value = f"mean z {row[f'{group}: value']:.2f} (n = {row[f'{group}: n']:,})".replace("-", "−")
    effect = f"{row['effect_name']} {row['effect']:.2f}".replace("-0", "−0")
    return (
        f"<b>{wrapped(row['item'], 40)}</b> ({row['kind']})<br>{wrapped(group, 40)}: {value}<br>{effect}<br>"
        f"{p_text(row['p'])}, {q_text(row['q'])}"
    )


def _mutations(result: PhenotypeScreen) -> Drawing:
    """The share mutated of each group, with both counts in the cell."""
    some, left = _first(result, result.table["kind"] == MUTATION)
    groups = _groups(some, result.tests.groups)
    text = [
        [f"{row[f'{group}: mutated']}/{row[f'{group}: n']}" if row[f"{group}: n"] else "" for group in groups]
        for _, row in some.iterrows()
    ]
    colours = {
        "colorscale": [[0, PALE], [1, theme.MUTATION["mutated"]]],
        "zmin": 0,
        "zmax": 1,
        "colorbar": upright("share mutated", tickformat=".0%"),
    }
    figure = _heat_map(result, some, colours, text if len(groups) < 7 else None)
    return Drawing(
        name="phenotypes_mutations",
        title=f"Mutations by {result.label}",
        figure=figure,
        data=_data(result, some),
        caption=(
            f"Mutated of those profiled, by group. ●: q < {result.q:g} over all {tests(result)}; the smallest p first."
            f"{left}"
        ),
        alt=f"Heat map of {counted(len(some), 'gene')}: share mutated in {len(groups)} groups. {_told(result, some)}",
    )


def _levels(result: PhenotypeScreen) -> Drawing:
    """The mean z score of each gene or gene set in each group."""
    some, left = _first(result, result.table["kind"] != MUTATION)
    groups = _groups(some, result.tests.groups)
    values = some[[f"{group}: value" for group in groups]].to_numpy(float)
    limit = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    colours = {
        "colorscale": theme.DIVERGING,
        "zmin": -limit,
        "zmax": limit,
        "colorbar": upright("mean z score"),
    }
    return Drawing(
        name="phenotypes_expression",
        title=f"Expression and gene sets by {result.label}",
        figure=_heat_map(result, some, colours, None),
        data=_data(result, some),
        caption=(
            f"Mean z score by group: above 0 (orange) higher than the mean of all. ●: q < {result.q:g} over all "
            f"{tests(result)}; the smallest p first.{left}"
        ),
        alt=f"Heat map of {counted(len(some), 'row')}: mean z score in {len(groups)} groups. {_told(result, some)}",
    )


def _data(result: PhenotypeScreen, some: pd.DataFrame) -> pd.DataFrame:
    return some.dropna(axis=1, how="all")


def _told(result: PhenotypeScreen, some: pd.DataFrame) -> str:
    hits = some[some["q"] < result.q].head(4)
    told = "; ".join(f"{row.item} highest in {row.highest}, {q_text(row.q)}" for row in hits.itertuples())
    return f"Found: {told}." if told else "None is below the threshold."


def _carried(result: PhenotypeScreen) -> Drawing:
    """The effect in other patients against that in discovery, a mark per finding."""
    each = result.carried
    table = each.table[each.table["p_new"].notna()].reset_index(drop=True)
    x = table["effect"].to_numpy(float)
    y = np.abs(table["effect_new"].to_numpy(float)) * np.sign(table["direction"].to_numpy(float))
    y = np.where(x < 0, -y, y)  # the same way is on the same side
    edge = 1.08 * max(np.abs(x).max(), np.nanmax(np.abs(y)), 0.1)
    low = -edge if (x < 0).any() or (y < 0).any() else 0.0
    figure = theme.figure(height=400, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, hovermode="closest")
    for verdict, (colour, symbol) in VERDICTS.items():
        some = table["verdict"] == verdict
        if some.any():
            figure.add_scatter(
                x=x[some],
                y=y[some],
                mode="markers",
                marker={"color": colour, "size": 8, "symbol": symbol, "line": {"width": 1.2, "color": colour}},
                name=f"{verdict} ({int(some.sum()):,})",
                hovertext=[_finding(each, row) for row in table[some].itertuples()],
                hoverinfo="text",
            )
    dot = {"color": theme.NEUTRAL, "width": 1, "dash": "dot"}
    figure.add_shape(type="line", x0=low, x1=edge, y0=low, y1=edge, line=dot, layer="below")
    if low < 0:
        figure.add_shape(type="line", x0=low, x1=edge, y0=0, y1=0, line=dot, layer="below")
    figure.update_xaxes(title="effect in discovery", range=[low, edge], showgrid=True)
    figure.update_yaxes(title="effect in other patients", range=[low, edge])
    by = "Holm" if each.adjustment == "Holm" else "Benjamini-Hochberg"
    return Drawing(
        name="phenotypes_replication",
        title="What holds in other patients",
        figure=figure,
        data=table,
        caption=(
            f"A mark per finding of {counted(each.n_testable, 'finding')} that could be tested; on the dotted diagonal "
            "the effect is the same, and on the other side of 0 the groups lean the opposite way. Replicated: the same "
            f"way and p < {each.level:g} after {by} over {counted(each.n_testable, 'test')}. Effects are smaller in "
            "other patients, because discovery took the largest."
        ),
        alt=f"Scatter plot of {each.n_testable} findings: {each.n_replicated} replicated, {each.n_same} the same way.",
    )


def _finding(each, row) -> str:
    return (
        f"<b>{wrapped(row.item, 40)}</b> ({row.kind})<br>{row.effect_name} {row.effect:.2f}, {q_text(row.q)}<br>"
        f"there {row.effect_new:.2f}, {p_text(row.p_new)}, {p_text(row.adjusted)} after {each.adjustment}, "
        f"n = {row.n_new:,}"
    ).replace(" -", " −")

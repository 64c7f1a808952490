"""One row of the phenotypes: a box per group with every patient, or the share mutated with its interval."""

from __future__ import annotations

from core.analyses.phenotype_item import PhenotypeItem
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.feature_pair import number
from core.plots.levels import level_colours
from core.plots.words import q_text, wrapped
from core.radiogenomics.phenotypes import MUTATION, SET
from core.survival.words import p_text

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


@drawings.register
def _(result: PhenotypeItem) -> tuple[Drawing, ...]:
    figure = theme.figure(height=360, margin=MARGIN, dragmode=False, showlegend=False)
    groups = list(result.groups["group"])
    colours = level_colours(groups)
    for place, group in enumerate(groups):
        (_share if result.kind == MUTATION else _box)(figure, result, place, result.groups.iloc[place], colours[group])
    labels = [f"{wrapped(row.group, 14, 2)}<br>n = {row.n:,}" for row in result.groups.itertuples()]
    figure.update_xaxes(
        tickvals=list(range(len(groups))),
        ticktext=labels,
        tickangle=0 if len(groups) < 5 else -90,
        range=[-0.6, len(groups) - 0.4],
        tickfont={"size": 11},
    )
    what = {MUTATION: f"share with {result.item} mutated", SET: f"mean z score of {result.item.replace('_', ' ')}"}
    figure.update_yaxes(title=wrapped(what.get(result.kind, f"expression of {result.item}"), 40))
    if result.kind == MUTATION:
        figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    effect = f"{result.effect_name} {result.effect:.2f}".replace("-0", "−0")
    numbers = (
        f"{result.test}, {p_text(result.p)}, {q_text(result.q)} over {result.n_tests:,} tests; {effect}; "
        f"n = {result.n:,}."
    )
    return (
        Drawing(
            name="phenotype_item",
            title=f"{result.item} ({result.kind}) by {result.label}",
            figure=figure,
            data=(result.groups if result.kind == MUTATION else result.values.reset_index()),
            caption=f"{_told(result)}. {numbers}",
            alt=f"{result.item} by {result.label}. {_told(result)}. {numbers}",
        ),
    )


def _share(figure, result: PhenotypeItem, place: int, row, colour: str) -> None:
    figure.add_bar(
        x=[place],
        y=[row["share"]],
        width=0.6,
        marker={"color": colour, "line": {"width": 0}},
        error_y={
            "type": "data",
            "array": [row["upper"] - row["share"]],
            "arrayminus": [row["share"] - row["lower"]],
            "color": theme.NEUTRAL,
        },
        hovertext=[f"{wrapped(row['group'])}: {row['mutated']:,} of {row['n']:,} mutated"],
        hoverinfo="text",
    )


def _box(figure, result: PhenotypeItem, place: int, row, colour: str) -> None:
    some = result.values[result.values["group"] == row["group"]]
    figure.add_box(
        x=[place] * len(some),
        y=some["value"],
        name=wrapped(row["group"]),
        marker={"color": colour, "size": 5},
        line={"color": colour},
        boxpoints="all",
        jitter=0.5,
        pointpos=0,
        hovertext=[
            f"<b>{theme.literal(patient)}</b><br>{wrapped(row['group'])}<br>{number(value)}"
            for patient, value in some["value"].items()
        ],
        hoverinfo="text",
    )


def _told(result: PhenotypeItem) -> str:
    if result.kind == MUTATION:
        return "; ".join(
            f"{row.group} {row.mutated:,} of {row.n:,} ({100 * row.lower:.0f} to {100 * row.upper:.0f} %)"
            for row in result.groups.itertuples()
        )
    return "; ".join(
        f"{row.group} median {number(row.median)} ({number(row.q1)} to {number(row.q3)})"
        for row in result.groups.itertuples()
    )

"""One pair of a screen: a scatter of expression, a box of mutated and wild type, and what is left when adjusted."""

from __future__ import annotations

import numpy as np

from core.analyses.gene_pair import GenePair
from core.analyses.radiogenomic_result import MUTATIONS
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.feature_pair import number
from core.plots.levels import level_colours
from core.plots.words import q_text, wrapped
from core.survival.words import p_text
from core.vocabulary import listed

HEIGHT = 400
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
STATES = ("wild type", "mutated")


@drawings.register
def _(result: GenePair) -> tuple[Drawing, ...]:
    if result.values.empty:
        return ()
    first = _boxes(result) if result.over == MUTATIONS else _scatter(result)
    return (first, _ranks(result)) if "gene_rank" in result.values else (first,)


def pair_numbers(result: GenePair) -> str:
    """Effect, p and q of the pair, with its n."""
    n = f"n = {result.n:,}" + (f", {result.n_mutated:,} mutated" if result.n_mutated is not None else "")
    if result.note:
        return f"{result.note} {n}."
    name = result.effect_name[:1].upper() + result.effect_name[1:]
    effect = f"{name} {result.effect:.2f}".replace("-0", "−0")
    return (
        f"{effect} ({result.direction}), {result.test}, {p_text(result.p)}, {q_text(result.q)} over {result.n_tests:,} "
        f"tests; {n}."
    )


def _how(result: GenePair) -> str:
    given = ([listed(result.adjust, "and")] if result.adjust else []) + ([result.strata] if result.strata else [])
    return listed(given, "and") if given else ""


def _feature(result: GenePair) -> str:
    unit = f" ({result.unit})" if result.unit else " (z-score)" if result.scale != "raw" else ""
    return f"{result.feature}{unit}"


def _scatter(result: GenePair) -> Drawing:
    """Expression against the feature, a dot per patient; strata by colour and sign."""
    values = result.values
    figure = theme.figure(height=HEIGHT, margin=MARGIN, dragmode=False, showlegend=bool(result.strata))
    _dots(figure, result, "gene", "feature")
    figure.update_xaxes(title=wrapped(f"expression of {result.gene}", 40), showgrid=True)
    figure.update_yaxes(title=wrapped(_feature(result), 40))
    adjusted = f" The numbers are adjusted for {_how(result)}; the picture is not." if _how(result) else ""
    return Drawing(
        name="gene_pair",
        title=f"{result.feature} and {result.gene}",
        figure=figure,
        data=values.reset_index(),
        caption=f"A dot per patient. {pair_numbers(result)}{adjusted}",
        alt=f"Scatter plot of {result.feature} against the expression of {result.gene}. {pair_numbers(result)}",
    )


def _dots(figure, result: GenePair, x: str, y: str) -> None:
    values = result.values
    strata = sorted(set(map(str, values["stratum"])))
    colours = level_colours(strata) if result.strata else {"": theme.PALETTE[0]}
    symbols = theme.symbols(strata)
    for stratum in strata:
        some = values[values["stratum"].astype(str) == stratum]
        colour = colours[stratum]
        figure.add_scatter(
            x=some[x],
            y=some[y],
            mode="markers",
            marker={
                "color": theme.tint(colour, 0.7),
                "size": 8,
                "symbol": symbols[stratum],
                "line": {"width": 1, "color": colour},
            },
            name=wrapped(f"{stratum} ({len(some)})"),
            hovertext=[_patient(result, row) for row in some.itertuples()],
            hoverinfo="text",
        )


def _patient(result: GenePair, row) -> str:
    gene = STATES[int(row.gene)] if result.over == MUTATIONS else number(row.gene)
    stratum = f"<br>{theme.literal(row.stratum)}" if row.stratum else ""
    return (
        f"<b>{theme.literal(row.Index)}</b><br>{wrapped(result.feature, 40)} {number(row.feature)}<br>"
        f"{wrapped(result.gene, 40)} {gene}{stratum}"
    )


def _boxes(result: GenePair) -> Drawing:
    """The feature of wild type and mutated patients, a dot per patient beside the box."""
    values = result.values
    figure = theme.figure(height=HEIGHT, margin=MARGIN, dragmode=False, showlegend=False)
    told = []
    for code, state in enumerate(STATES):
        some = values[values["gene"] == code]
        colour = theme.MUTATION[state]
        figure.add_box(
            y=some["feature"],
            x=[state] * len(some),
            name=state,
            marker={"color": colour, "size": 5},
            line={"color": colour},
            boxpoints="all",
            jitter=0.5,
            pointpos=0,
            hovertext=[_patient(result, row) for row in some.itertuples()],
            hoverinfo="text",
        )
        if len(some):
            told.append(f"{state}: median {number(float(np.median(some['feature'])))}, n = {len(some):,}")
    counts = values["gene"].value_counts()
    figure.update_xaxes(
        title=wrapped(result.gene, 40),
        tickvals=list(STATES),
        ticktext=[f"{state}<br>n = {int(counts.get(code, 0)):,}" for code, state in enumerate(STATES)],
    )
    figure.update_yaxes(title=wrapped(_feature(result), 40))
    adjusted = f" The numbers are adjusted for {_how(result)}; the picture is not." if _how(result) else ""
    return Drawing(
        name="gene_pair",
        title=f"{result.feature} and {result.gene}",
        figure=figure,
        data=values.reset_index(),
        caption=f"{'; '.join(told)}. {pair_numbers(result)}{adjusted}",
        alt=f"Box plot of {result.feature} by {result.gene}. {'; '.join(told)}. {pair_numbers(result)}",
    )


def _ranks(result: GenePair) -> Drawing:
    """What is correlated: the ranks of both, freed of what is adjusted for."""
    figure = theme.figure(height=HEIGHT, margin=MARGIN, dragmode=False, showlegend=bool(result.strata))
    _dots(figure, result, "gene_rank", "feature_rank")
    what = "mutation" if result.over == MUTATIONS else "rank"
    figure.update_xaxes(title=wrapped(f"{what} of {result.gene}, adjusted", 40), showgrid=True)
    figure.update_yaxes(title=wrapped(f"rank of {result.feature}, adjusted", 40))
    return Drawing(
        name="gene_pair_adjusted",
        title=f"Beside {_how(result)}",
        figure=figure,
        data=result.values.reset_index(),
        caption=(
            f"What is left of the ranks of both beside {_how(result)}: the correlation of these is the "
            f"{result.effect_name}."
        ),
        alt=f"Scatter plot of what is left of both ranks beside {_how(result)}. {pair_numbers(result)}",
    )

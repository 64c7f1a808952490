"""Which genes are mutated: frequencies with their denominators."""

from __future__ import annotations

from core.analyses.mutations import Frequencies
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import percent

ROW = 24


@drawings.register
def _(result: Frequencies) -> tuple[Drawing, ...]:
    """A bar per gene with its Wilson interval, and `57 of 133` beside it: the denominator is those profiled."""
    drawn = result.table[result.table["n_profiled"] > 0]
    if drawn.empty:
        return ()
    place = list(range(len(drawn)))
    figure = theme.figure(
        height=ROW * len(drawn) + 64, margin={"l": 8, "r": 124, "t": 8, "b": 40}, showlegend=False, dragmode=False
    )
    figure.add_bar(
        x=drawn["share"],
        y=place,
        width=0.66,
        orientation="h",
        marker={"color": theme.MUTATION["mutated"], "line": {"width": 0}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": drawn["upper"] - drawn["share"],
            "arrayminus": drawn["share"] - drawn["lower"],
            "color": theme.NEUTRAL,
            "thickness": 1.2,
            "width": 3,
        },
        hovertext=[
            f"{theme.literal(row.gene)}: {row.n_mutated} of {row.n_profiled} profiled, {percent(row.share)} "
            f"(95 % CI {100 * row.lower:.1f} to {100 * row.upper:.1f} %)"
            for row in drawn.itertuples()
        ],
        hoverinfo="text",
    )
    figure.add_scatter(
        x=drawn["upper"],
        y=place,
        mode="text",
        text=[f"  {row.n_mutated} of {row.n_profiled} · {percent(row.share)}" for row in drawn.itertuples()],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
    )
    widest = float(drawn["upper"].max())
    ticks = [share for share in (0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if share <= max(widest, 0.05)]
    figure.update_xaxes(
        tickvals=ticks[:1] + [share for share in ticks[1:] if share >= widest / 6],
        tickformat=".0%",
        range=[0, widest],
        title_text="Patients with a mutation, of those profiled",
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=place,
        ticktext=[theme.literal(gene) for gene in drawn["gene"]],
        range=[len(drawn) - 0.4, -0.6],
        fixedrange=True,
        ticks="",
        showgrid=False,
    )
    said = ", ".join(f"{row.gene} {percent(row.share)}" for row in drawn.head(6).itertuples())
    return (
        Drawing(
            name="mutation_frequencies",
            title="Mutation frequencies",
            figure=figure,
            data=drawn,
            caption=f"{len(drawn)} of {result.n_genes} genes, most often mutated first; n = {result.n:,}. A gene "
            "counts only the patients whose panel covers it. Lines are 95 % Wilson intervals.",
            alt=f"Share of profiled patients with a mutation in each gene: {said}.",
        ),
    )

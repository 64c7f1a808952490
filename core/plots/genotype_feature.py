"""One feature by genotype: a box per group, with every patient beside it."""

from __future__ import annotations

from core.analyses.genotype_feature import FeatureByGenotype
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.levels import level_colours
from core.plots.words import q_text, wrapped
from core.survival.words import p_text


@drawings.register
def _(result: FeatureByGenotype) -> tuple[Drawing, ...]:
    figure = theme.figure(height=420, showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 40})
    colours, medians = level_colours(list(result.levels)), []
    for level in result.levels:
        values = result.values.loc[result.values["group"] == level, "value"]
        if not len(values):
            continue
        figure.add_box(
            y=values,
            name=f"{wrapped(level, 14, 2)}<br>n = {len(values)}",
            marker={"color": colours[level], "size": 4, "opacity": 0.75},
            line={"width": 1.6},
            boxpoints="all",
            jitter=0.5,
            pointpos=0,
            fillcolor=theme.tint(colours[level], 0.12),
        )
        medians.append(f"{level} median {values.median():.3g} (n = {len(values)})")
    figure.update_yaxes(title_text=wrapped(result.feature, 40), fixedrange=True)
    figure.update_xaxes(fixedrange=True)
    row = result.row
    told = f"area under the curve {row['auc']:.2f}" if row["auc"] == row["auc"] else "no area"
    if result.q_shown and row["p"] == row["p"]:
        told += f", {p_text(row['p'])}, {q_text(row['q'])} over {result.n_tests:,} tests"
    elif not result.q_shown:
        told += " on the patients it was fitted on, uncorrected"
    return (
        Drawing(
            name="feature_by_genotype",
            title=f"{result.feature} by {result.name}",
            figure=figure,
            data=result.values.drop(columns="patient_id"),
            caption=f"n = {result.n:,} of {result.n_cohort:,} with both; {told}.",
            alt=f"Box plot of {result.feature} by {result.name}: {'; '.join(medians)}.",
        ),
    )

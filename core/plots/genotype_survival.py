"""Survival by feature and genotype: the four curves, the searched cut, the feature's ratio in carriers and others."""

from __future__ import annotations

import pandas as pd

from core.analyses.genotype_cox import FeatureTimesGenotype
from core.analyses.genotype_survival import JointStrata
from core.plots import drawings
from core.plots.cutpoint import cutpoint
from core.plots.drawing import Drawing
from core.plots.forest import Mark, Row, forest_figure
from core.survival.words import p_text, ratio_text


@drawings.register
def _(result: JointStrata) -> tuple[Drawing, ...]:
    scan = () if result.search is None else (cutpoint(result.search, result.feature, ""),)
    return (*drawings(result.comparison), *scan)


@drawings.register
def _(result: FeatureTimesGenotype) -> tuple[Drawing, ...]:
    rows = pd.DataFrame(
        [(each.at, each.n, each.n_events, each.ratio, each.lower, each.upper) for each in result.effects],
        columns=["group", "n", "n_events", "ratio", "lower", "upper"],
    )
    shown = [
        Row(
            (f"{row.group} (n = {row.n:,}, {row.n_events:,} events)", ratio_text(row)),
            (Mark(row.ratio, row.lower, row.upper),),
        )
        for row in rows.itertuples()
    ]
    sd = result.effects[0].sd
    adjusted = [each.label for each in result.modelled.covariates[2:]]
    beside = f"adjusted for {', '.join(adjusted)}" if adjusted else "unadjusted"
    both = Drawing(
        name="genotype_effects",
        title=f"Hazard ratio of {result.feature} by {result.genotype}",
        figure=forest_figure(shown),
        data=rows,
        caption=(
            f"Per standard deviation ({sd:.3g}) more, Cox regression with the interaction, {beside}, 95 % Wald "
            f"intervals. Interaction, likelihood ratio on {result.interaction_dof} df: {p_text(result.interaction_p)}. "
            f"n = {result.n:,}, {result.n_events:,} events."
        ),
        alt="; ".join(f"{row.group}: {ratio_text(row)}" for row in rows.itertuples())
        + f"; interaction {p_text(result.interaction_p)}.",
    )
    return (both, *drawings(result.modelled))

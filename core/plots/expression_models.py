"""Models that predict from expression, and the genes that networks use."""

from __future__ import annotations

import pandas as pd

from core.analyses.expression_models import ExpressionModels
from core.analyses.expression_models_words import of_class, target_text
from core.analyses.gene_ranking import MASKING, GeneRanking
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.gene_masking import pretty
from core.plots.score_rows import ScoreRow, score_figure
from core.plots.words import wrapped
from core.radiogenomics.expression_target import NUMBER
from core.survival.words import p_text

AXES = {"r2": "r2 (0: as good as the training mean)", "AUC": "Area under the curve"}
GENES, SETS = 20, 20
FOUND, OTHERS = "FDR at most 0.05", "FDR above 0.05"
SHORT = {"support vector machine": "SVM"}


@drawings.register
def _(result: ExpressionModels) -> tuple[Drawing, ...]:
    shown = result.leading
    measure = shown["measure"].iloc[0]
    names = list(dict.fromkeys(shown["model"]))
    colours = dict(zip(names, theme.PALETTE, strict=False))
    rows = [
        ScoreRow(
            f"{of_class(row.output, result.levels)}{SHORT.get(row.model, row.model)} {row.value:.2f}",
            row.value,
            row.lower,
            row.upper,
            row.model,
            f"{row.model}: {measure} {row.value:.2f} ({row.lower:.2f} to {row.upper:.2f})"
            + (f", {p_text(row.p)}" if row.p == row.p else ""),
        )
        for row in shown.sort_values("output", kind="stable").itertuples()
    ]
    figure = score_figure(rows, AXES[measure], shown["chance"].iloc[0], colours)
    figure.update_layout(showlegend=False, margin_t=8, height=figure.layout.height - 48)
    what = target_text(result.label, result.kind, result.levels)
    first = Drawing(
        name="expression_models",
        title=f"Predicting {what}",
        figure=figure,
        data=shown,
        caption=(
            f"Held-out patients, n = {result.n} of {result.n_cohort}, {result.folds} folds; bars: 95 % over "
            f"{result.resamples:,} bootstrap samples of them; dotted: nothing known."
        ),
        alt="; ".join(row.words for row in rows) + ".",
    )
    return (first, _scatter(result, what)) if result.kind == NUMBER else (first,)


def _scatter(result: ExpressionModels, what: str) -> Drawing:
    """Prediction against truth of the networks."""
    table = result.scores[["fold", "truth", "network"]]
    figure = theme.figure(height=360, showlegend=False, margin={"l": 56, "r": 12, "t": 8, "b": 48}, dragmode=False)
    marker = {"color": theme.PALETTE[0], "size": 7, "opacity": 0.6}
    figure.add_scatter(x=table["network"], y=table["truth"], mode="markers", marker=marker, name="patients")
    ends = [float(table["network"].min()), float(table["network"].max())]
    figure.add_scatter(
        x=ends, y=ends, mode="lines", hoverinfo="skip", line={"color": theme.NEUTRAL, "dash": "dot", "width": 1}
    )
    figure.update_xaxes(title_text="Predicted from expression", fixedrange=True)
    figure.update_yaxes(title_text=wrapped(f"Measured {what}", 40), fixedrange=True)
    return Drawing(
        name="expression_predicted",
        title="Predicted and measured",
        figure=figure,
        data=table,
        caption=f"Networks, n = {result.n} held-out patients; dotted: equal.",
        alt=f"Scatter of {result.n} patients, predicted against measured {what}.",
    )


@drawings.register
def _(result: GeneRanking) -> tuple[Drawing, ...]:
    column = "score" if result.by == MASKING else result.by
    shown = result.table.head(GENES)
    figure = theme.figure(
        height=20 * len(shown) + 80, showlegend=False, margin={"l": 8, "r": 12, "t": 8, "b": 44}, dragmode=False
    )
    colours = [theme.DIRECTION["higher" if value >= 0 else "lower"] for value in shown[column]]
    figure.add_bar(
        x=shown[column], y=[theme.literal(gene) for gene in shown["gene"]], orientation="h",
        marker={"color": colours, "line": {"width": 0}}, hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, type="category", dtick=1)
    figure.update_xaxes(title_text=_axis(result), fixedrange=True, nticks=5, showgrid=True)
    first = Drawing(
        name="gene_ranking",
        title=f"The {len(shown)} strongest of {result.n_genes:,} genes",
        figure=figure,
        data=shown,
        caption=f"By the {result.how}; n = {result.n} held-out patients. A ranking without a test.",
        alt="; ".join(f"{row.gene} {getattr(row, column):.3f}" for row in shown.itertuples()) + ".",
    )
    return (first,) if result.enrichment is None else (first, _enriched(result))


def _axis(result: GeneRanking) -> str:
    if result.by != MASKING:
        return "Slope per standard deviation of the gene"
    return "Spearman, shown alone" if result.kind == NUMBER else "AUC less 0.5, shown alone"


def _enriched(result: GeneRanking) -> Drawing:
    found = result.enrichment
    table = found.table
    shown = table.reindex(table["nes"].abs().sort_values(ascending=False, kind="stable").index).head(SETS)
    shown = shown.sort_values("nes", ascending=False, kind="stable")
    colours = {FOUND: theme.PALETTE[1], OTHERS: theme.NEUTRAL}
    rows = [
        ScoreRow(
            f"{pretty(row.set)} ({row.present})",
            row.nes,
            float("nan"),
            float("nan"),
            FOUND if row.fdr <= 0.05 else OTHERS,
            f"<b>{theme.literal(row.set)}</b><br>NES {row.nes:.2f}, {p_text(row.p)}, FDR {row.fdr:.2g}<br>"
            + wrapped(", ".join(row.leading_edge), 40, 4),
        )
        for row in shown.itertuples()
    ]
    return Drawing(
        name="gene_ranking_enrichment",
        title="Gene sets at the ends of the ranking",
        figure=score_figure(rows, "Normalised enrichment score", 0.0, colours),
        data=pd.DataFrame(shown.assign(leading_edge=[", ".join(each) for each in shown["leading_edge"]])),
        caption=(
            f"{found.n_tests} sets, {found.permutations:,} random sets of genes, seed {found.seed}; genes measured in "
            "brackets. The null takes genes for independent of each other."
        ),
        alt="; ".join(f"{row.words}: {row.score:.2f}" for row in rows) + ".",
    )

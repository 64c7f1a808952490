"""A classifier in pictures: how it ranks patients, how true its probabilities are, and what it rests on."""

from __future__ import annotations

import pandas as pd

from core.analyses.prediction_result import Predicted
from core.analyses.prediction_words import auc_text, positives
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.prediction_features import coefficients
from core.plots.prediction_performance import calibration, decision, recall, roc
from core.plots.words import counted

FOR_OTHERS = "The interval is for other patients, these predictions being given. "


@drawings.register
def _(result: Predicted) -> tuple[Drawing, ...]:
    who = f"n = {result.n:,}, {positives(result.n_positive, result.positive)}; "
    who += f"nested cross-validation, {result.folds} folds, {counted(result.repeats, 'repeat')}"
    return (
        roc(result.performance, result.label, who),
        _spread(result),
        calibration(result.performance, result.label, who),
        decision(result.performance, result.label, who),
        recall(result.performance, result.label, who),
        *coefficients(result),
    )


def _spread(result: Predicted) -> Drawing:
    """The AUC of every repeat beside the interval of their mean and the AUC on the model's own patients."""
    area, spread = result.performance.auc, result.spread
    has = area.lower is not None
    figure = theme.figure(height=210, margin={"l": 8, "r": 12, "t": 8, "b": 44})
    figure.add_scatter(
        x=spread["auc"],
        y=[0.0] * len(spread),
        mode="markers",
        name=f"each of {counted(result.repeats, 'repeat')}",
        marker={"color": theme.NEUTRAL, "size": 9, "symbol": "line-ns-open", "line": {"width": 2}},
        hovertemplate="repeat %{customdata}: AUC %{x:.3f}<extra></extra>",
        customdata=spread["repeat"],
    )
    errors = (
        {"type": "data", "symmetric": False, "array": [area.upper - area.auc], "arrayminus": [area.auc - area.lower]}
        if has
        else None
    )
    figure.add_scatter(
        x=[area.auc],
        y=[1.0],
        mode="markers",
        error_x=errors,
        name="mean probability, DeLong's interval",
        marker={"color": theme.PALETTE[0], "size": 10},
        hovertemplate="AUC %{x:.3f}<extra></extra>",
    )
    figure.add_scatter(
        x=[result.apparent],
        y=[2.0],
        mode="markers",
        name="on its own patients",
        marker={"color": theme.PALETTE[1], "size": 10, "symbol": "diamond-open", "line": {"width": 2}},
        hovertemplate="apparent AUC %{x:.3f}<extra></extra>",
    )
    figure.add_shape(
        type="line", x0=0.5, x1=0.5, y0=-0.6, y1=2.6, line={"color": theme.NEUTRAL, "dash": "dot", "width": 1}
    )
    low = min(0.45, float(spread["auc"].min()), area.lower if area.lower is not None else 1.0) - 0.03
    figure.update_xaxes(title_text="AUC", range=[low, 1.02])
    figure.update_yaxes(visible=False, range=[-0.6, 2.6])
    data = pd.concat(
        [
            spread.assign(what="repeat"),
            pd.DataFrame(
                {
                    "what": ["mean probability", "own patients"],
                    "auc": [area.auc, result.apparent],
                    "lower": [area.lower, None],
                    "upper": [area.upper, None],
                }
            ).astype({"lower": float, "upper": float}),
        ],
        ignore_index=True,
    )
    return Drawing(
        name="prediction_spread",
        title="How far the AUC can be trusted",
        figure=figure,
        data=data,
        caption=(
            f"{auc_text(area)}. {FOR_OTHERS if has else ''}The marks are the same patients divided anew. On its own "
            f"patients: {result.apparent:.2f}. Dotted: chance."
        ),
        alt=(
            f"{auc_text(area)}; repeats from {spread['auc'].min():.2f} to {spread['auc'].max():.2f}; apparent AUC "
            f"{result.apparent:.2f}."
        ),
    )

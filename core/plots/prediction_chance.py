"""The AUCs of shuffled labels, and where the true labels stand among them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.prediction_chance import Chance
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.survival.words import p_text

BARS = 24


@drawings.register
def _(result: Chance) -> tuple[Drawing, ...]:
    null = result.null["auc"].to_numpy()
    low, high = min(null.min(), result.observed) - 0.02, max(null.max(), result.observed) + 0.02
    counts, edges = np.histogram(null, bins=BARS, range=(low, high))
    figure = theme.figure(height=240, margin={"l": 48, "r": 12, "t": 8, "b": 48}, showlegend=False)
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=0.94 * (edges[1] - edges[0]),
        marker={"color": theme.tint(theme.NEUTRAL, 0.7), "line": {"width": 0}},
        hovertemplate="AUC about %{x:.2f}: %{y}<extra></extra>",
    )
    top = 1.2 * max(counts.max(), 1)
    line = {"color": theme.PALETTE[1], "width": 2.5}
    figure.add_shape(type="line", x0=result.observed, x1=result.observed, y0=0, y1=top, line=line)
    right = result.observed > (low + high) / 2
    figure.add_annotation(
        x=result.observed,
        y=top,
        text=f"true labels<br>{result.observed:.2f}, {p_text(result.p)}",
        showarrow=False,
        xanchor="right" if right else "left",
        xshift=-6 if right else 6,
        yanchor="top",
        align="right" if right else "left",
    )
    figure.update_xaxes(title_text="AUC of one repeat", range=[low, high])
    figure.update_yaxes(title_text="Shufflings", range=[0, top])
    among = f"within {result.within}" if result.within else "among all patients"
    rows = [
        pd.DataFrame({"labels": "shuffled", "auc": null}),
        pd.DataFrame({"labels": ["true"], "auc": [result.observed]}),
    ]
    return (
        Drawing(
            name="prediction_chance",
            title="More than chance?",
            figure=figure,
            data=pd.concat(rows, ignore_index=True),
            caption=(
                f"n = {result.n:,}, {result.n_positive:,} positive. Labels shuffled {result.permutations} times "
                f"{among}, all of the cross-validation done again each time; "
                f"{p_text(result.p)}, one-sided (seed {result.seed})."
            ),
            alt=(
                f"Histogram of the AUCs of {result.permutations} shufflings, {null.min():.2f} to {null.max():.2f}; "
                f"true labels {result.observed:.2f}, {p_text(result.p)}."
            ),
        ),
    )

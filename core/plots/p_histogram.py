"""All p-values of a screen: flat where nothing goes on, high at the left where something does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.plots import theme
from core.plots.drawing import Drawing

BARS = 20


def p_histogram(p: np.ndarray, *, name: str, of: str, nothing: str, related: str) -> Drawing:
    """The p-values (n,) that there are, `of` features or pairs, beside what chance alone would give.

    nothing  completes "If ..., every bar would be about as high as chance makes it"; related: what rises and falls
             together, so that the bars are not independent
    """
    counts, edges = np.histogram(p, bins=BARS, range=(0, 1))
    expected = len(p) / BARS
    figure = theme.figure(height=220, margin={"l": 56, "r": 12, "t": 8, "b": 48}, showlegend=False, dragmode=False)
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=0.94 / BARS,
        marker={"color": theme.PALETTE[0], "line": {"width": 0}},
        hovertext=[f"p {low:.2f} to {high:.2f}: {n:,}" for low, high, n in zip(edges, edges[1:], counts, strict=False)],
        hoverinfo="text",
    )
    dash = {"color": theme.NEUTRAL, "width": 1.5, "dash": "dash"}
    figure.add_shape(type="line", x0=0, x1=1, y0=expected, y1=expected, line=dash)
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], title_text="p", fixedrange=True)
    figure.update_yaxes(title_text=of, rangemode="tozero", fixedrange=True)
    return Drawing(
        name=name,
        title="Is there anything at all?",
        figure=figure,
        data=pd.DataFrame({"from": edges[:-1], "to": edges[1:], "tests": counts, "expected_of_chance": expected}),
        caption=(
            f"The p-values of all {len(p):,} tests. If {nothing}, every bar would be about {expected:,.4g} high on "
            f"average (dashed): {counts[0]:,} are below {edges[1]:g}. {related} rise and fall together, so a single "
            "bar proves nothing."
        ),
        alt=f"Histogram of {len(p):,} p-values: {counts[0]:,} below {edges[1]:g}, {expected:,.4g} expected.",
    )

"""One feature: a histogram, and a box per group of patients with everybody beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.distribution import FeatureDistribution
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.levels import level_colours
from core.plots.words import counted, q_text, wrapped
from core.survival.words import p_text

#: Bars of a histogram: Freedman and Diaconis say how many, within these.
FEWEST_BARS, MOST_BARS = 8, 40


@drawings.register
def _(result: FeatureDistribution) -> tuple[Drawing, ...]:
    if not result.n:
        return ()
    return (*((_groups(result),) if result.levels else ()), _histogram(result))


def _groups(result: FeatureDistribution) -> Drawing:
    figure = theme.figure(
        xaxis_title=wrapped(result.label, 44),
        showlegend=False,
        height=120 + 62 * len(result.levels),
        margin={"l": 8, "r": 12, "t": 8, "b": 48},
        dragmode=False,
    )
    medians = []
    for level, colour in level_colours(list(result.levels)).items():
        values = result.values.loc[result.values["group"] == level, "value"]
        figure.add_box(
            x=values,
            name=f"{wrapped(level, 18)}<br>n = {len(values):,}",
            marker={"color": theme.tint(colour, 0.55), "size": 4},
            line={"color": colour, "width": 2},
            fillcolor=theme.tint(colour, 0.15),
            boxpoints="all",
            jitter=0.6,
            pointpos=0,
            hoveron="boxes",
        )
        medians.append(f"{level} median {values.median():.3g} (n = {len(values):,})")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(showgrid=True)
    return Drawing(
        name="feature_by_groups",
        title=f"{result.feature} by {result.by}",
        figure=figure,
        data=result.values.dropna().drop(columns="patient_id").reset_index(drop=True),
        caption=_said(result),
        alt=f"Box plot of {result.feature}: {'; '.join(medians)}.",
    )


def _said(result: FeatureDistribution) -> str:
    test = result.association
    shown = int(result.values["group"].notna().sum())
    left = f" {result.n_no_group:,} have no {result.by}." if result.n_no_group else ""
    said = f"n = {shown:,} of {counted(result.n_cohort, 'patient')}.{left} "
    if test is None:
        return f"{said}{result.state}"
    said += f"{test.test}, {p_text(test.p)}; {test.effect_name} {test.effect:.2f}. "
    if result.screen is not None and not np.isnan(result.q):
        said += f"Among the {result.screen.n_tests:,} features of the set against the same groups, {q_text(result.q)}."
    elif result.screen is not None:
        said += "A group of fewer than 5 patients: the other features are not tested beside it, so there is no q."
    return said


def _histogram(result: FeatureDistribution) -> Drawing:
    values = result.values["value"].to_numpy(dtype=float)
    counts, edges = np.histogram(values, _edges(values))
    figure = theme.figure(
        xaxis_title=wrapped(result.label, 44),
        yaxis_title="patients",
        showlegend=False,
        bargap=0.04,
        height=300,
        margin={"l": 56, "r": 12, "t": 8, "b": 48},
        dragmode=False,
    )
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges) * 0.96,
        marker_color=theme.PALETTE[0],
        customdata=np.column_stack([edges[:-1], edges[1:]]),
        hovertemplate="%{customdata[0]:.4g} to %{customdata[1]:.4g}: %{y} patients<extra></extra>",
    )
    median = float(np.median(values))
    figure.add_vline(x=median, line={"color": theme.NEUTRAL, "width": 2, "dash": "dash"})
    return Drawing(
        name="feature_histogram",
        title=f"{result.feature}, all patients",
        figure=figure,
        data=pd.DataFrame({"from": edges[:-1], "to": edges[1:], "patients": counts}),
        caption=f"n = {result.n:,} of {counted(result.n_cohort, 'patient')}; dashed: median {median:.4g}.",
        alt=f"Histogram of {result.feature}: median {median:.3g}, from {values.min():.3g} to {values.max():.3g}.",
    )


def _edges(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.array([low - 0.5, low + 0.5])
    quarter = float(np.subtract(*np.quantile(values, (0.75, 0.25))))
    width = 2 * quarter / len(values) ** (1 / 3)
    bars = MOST_BARS if width <= 0 else int(np.clip(np.ceil((high - low) / width), FEWEST_BARS, MOST_BARS))
    return np.linspace(low, high, bars + 1)

"""Invariance across centres: p of every set of features, and what one set leaves unexplained in each environment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.invariance_result import InvarianceAcross
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import wrapped
from core.radiogenomics.invariance_environments import BONFERRONI
from core.radiogenomics.invariance_words import named, set_sentence
from core.survival.words import p_text
from core.vocabulary import counted

ACCEPTED, REJECTED = theme.PALETTE[0], theme.PALETTE[1]
#: p below this is drawn there.
SMALLEST = 1e-6
#: Pixels of an environment's row, and how far patients are spread within it.
ROW, SPREAD = 46, 0.3


@drawings.register
def _(result: InvarianceAcross) -> tuple[Drawing, ...]:
    return _sets(result), _residuals(result)


def _sets(result: InvarianceAcross) -> Drawing:
    """A mark per set: how many features it has, and how well its residuals agree between environments."""
    found = result.found
    sets = found.sets.assign(size=[len(names) for names in found.sets["variables"]])
    x = sets["size"] + _beside(sets["size"].to_numpy())
    height = -np.log10(sets["p"].clip(lower=SMALLEST))
    figure = theme.figure(height=380, margin={"l": 60, "r": 12, "t": 36, "b": 48}, dragmode=False)
    kinds = (
        ("accepted", sets["accepted"], ACCEPTED, "circle"),
        ("rejected", ~sets["accepted"], REJECTED, "x"),
    )
    for label, which, colour, symbol in kinds:
        if which.any():
            figure.add_scatter(
                x=x[which], y=height[which], mode="markers", name=f"{label} ({int(which.sum())})", showlegend=True,
                marker={"color": colour, "symbol": symbol, "size": 7},
                hovertext=[wrapped(set_sentence(found, place), 46, 8) for place in np.flatnonzero(which)],
                hoverinfo="text",
            )  # fmt: skip
    top = max(float(height.max()) * 1.08, 1.6)
    line = {"color": theme.NEUTRAL, "width": 1.5, "dash": "dash"}
    edge = -np.log10(found.alpha)
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=edge, y1=edge, line=line)
    ticks = [each for each in (0, 1, 2, 3, 4, 5, 6) if each <= top]
    figure.update_yaxes(
        range=[top, -0.06 * top],
        tickvals=ticks,
        ticktext=["1", "0.1", "0.01", "0.001", "10<sup>−4</sup>", "10<sup>−5</sup>", "≤ 10<sup>−6</sup>"][: len(ticks)],
        title_text="p (residuals agree)",
    )
    figure.update_xaxes(dtick=1, range=[-0.6, len(found.variables) + 0.6], title_text="Features in the set")
    data = sets.assign(variables=["; ".join(names) for names in sets["variables"]])
    accepted = int(sets["accepted"].sum())
    return Drawing(
        name="invariance_sets",
        title="Which sets of features are accepted?",
        figure=figure,
        data=data,
        caption=(
            f"{counted(len(sets), 'set')} of {counted(len(found.variables), 'screened feature')}; n = {result.n:,}, "
            f"{result.n_positive:,} of the positive class ({result.positive}); "
            f"{counted(len(found.environments), 'environment')}. p: smallest of Welch's tests over the environments, "
            f"times {_times(found.factor)}. Above the dashed line (p > {found.alpha:g}) a set is accepted: nothing was "
            "found against it."
        ),
        alt=f"p of {len(sets)} sets of features by size: {accepted} accepted, {len(sets) - accepted} rejected.",
    )


def _times(factor: str) -> str:
    return "their number (Bonferroni)" if factor == BONFERRONI else "one less than their number (as published)"


def _beside(sizes: np.ndarray) -> np.ndarray:
    """Marks of one size side by side within their column."""
    away = np.zeros(len(sizes))
    for size in np.unique(sizes):
        here = np.flatnonzero(sizes == size)
        away[here] = np.linspace(-0.36, 0.36, len(here)) if len(here) > 1 else 0.0
    return away


def _residuals(result: InvarianceAcross) -> Drawing:
    """A row per environment: every patient's class less the fitted probability, and their mean with its interval."""
    from scipy.special import stdtrit

    found, places = result.found, result.places
    table = result.residuals
    names = list(places["environment"])
    figure = theme.figure(
        height=170 + ROW * len(names), margin={"l": 8, "r": 12, "t": 36, "b": 48}, dragmode=False, hovermode="closest"
    )
    chance = np.random.default_rng(0)
    row_of = {name: place for place, name in enumerate(names)}
    y = table["environment"].map(row_of) + chance.uniform(-SPREAD, SPREAD, len(table))
    kinds = (
        (f"positive: {result.positive}", table["residual"] > 0, theme.PALETTE[1], "circle"),
        ("negative", table["residual"] <= 0, theme.PALETTE[0], "diamond"),
    )
    for label, which, colour, symbol in kinds:
        figure.add_scatter(
            x=table["residual"][which], y=y[which], mode="markers", name=wrapped(label, 24, 1), showlegend=True,
            marker={"color": colour, "symbol": symbol, "size": 5, "opacity": 0.55}, hoverinfo="skip",
        )  # fmt: skip
    grouped = table.groupby("environment")["residual"].agg(["mean", "std", "size"]).loc[names]
    half = stdtrit(grouped["size"] - 1, 0.975) * grouped["std"] / np.sqrt(grouped["size"])
    figure.add_scatter(
        x=grouped["mean"], y=list(range(len(names))), mode="markers", name="mean, 95 % CI", showlegend=True,
        error_x={"type": "data", "array": half, "color": theme.NEUTRAL, "thickness": 2, "width": 6},
        marker={"color": theme.NEUTRAL, "symbol": "line-ns-open", "size": 16, "line": {"width": 3}},
        hovertext=[_hover(row) for row in places.itertuples()], hoverinfo="text",
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": theme.NEUTRAL, "width": 1, "dash": "dot"})
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[f"{wrapped(row.environment, 16)}<br>n = {row.n}" for row in places.itertuples()],
        range=[len(names) - 0.5, -0.5],
        ticks="",
        showgrid=False,
    )
    figure.update_xaxes(range=[-1.05, 1.05], title_text="Class less fitted probability", tickvals=[-1, -0.5, 0, 0.5, 1])
    row = found.sets.iloc[result.shown]
    return Drawing(
        name="invariance_residuals",
        title="What is left unexplained in each environment",
        figure=figure,
        data=pd.concat([table.assign(mark="patient"), places.assign(mark="environment")], ignore_index=True),
        caption=(
            f"Residuals of {named(row['variables'])} over n = {result.n:,} patients, {p_text(row['p'])} corrected over "
            "environments. A mean right of 0: more patients of the positive class than the model of all patients "
            "expects there. An invariant set leaves every mean near 0; so does a test with few patients."
        ),
        alt="Residuals per environment. " + " ".join(_hover(row, " ") for row in places.itertuples()),
    )


def _hover(row, joint: str = "<br>") -> str:
    gap = f"{row.gap:+.2f}".replace("-", "−")
    return (
        f"{theme.literal(row.environment)}: n = {row.n}, {row.n_positive} positive;{joint}against the others {gap}, "
        f"{p_text(row.p)} alone;{joint}a gap of {row.detectable:.2f} would mostly be seen."
    )

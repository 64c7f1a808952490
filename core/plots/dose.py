"""Dose-volume histograms: a thin line per patient, a thick one per group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.dose import EVERYBODY, UNKNOWN, DoseSummary
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import wrapped

#: Thin lines drawn at most; of more patients an even choice by mean dose.
MOST_LINES = 400
#: How strongly a patient's line shows: fainter the more there are.
FAINTEST, STRONGEST = 0.16, 0.4


@drawings.register
def _(result: DoseSummary) -> tuple[Drawing, ...]:
    return (_histograms(result),)


def _histograms(result: DoseSummary) -> Drawing:
    thin = _thin(result)
    figure = theme.figure(height=440, margin={"l": 56, "r": 12, "t": 8, "b": 48}, hovermode="closest")
    colours = _colours(result.levels)
    dashes = theme.dashes(result.levels)
    opacity = float(np.clip(24 / max(result.n, 1), FAINTEST, STRONGEST))
    gap = np.append(result.dose_gy, np.nan)
    for level in result.levels:
        lines = thin[result.group[thin.index] == level].to_numpy()
        figure.add_scatter(
            x=np.tile(gap, len(lines)),
            y=np.column_stack([lines, np.full(len(lines), np.nan)]).ravel(),
            mode="lines",
            line={"color": colours[level], "width": 1},
            opacity=opacity,
            hoverinfo="skip",
            showlegend=False,
        )
    told = []
    for level in result.levels:
        median = result.medians[result.medians["group"] == level]
        n = int(median["n"].iloc[0])
        figure.add_scatter(
            x=median["dose_gy"],
            y=median["volume_percent"],
            mode="lines",
            name=wrapped(f"{level} (n = {n:,})", 30),
            line={"color": colours[level], "width": 3.5, "dash": dashes[level]},
            hovertemplate=f"%{{y:.0f}} % of the volume gets %{{x:.1f}} Gy or more<extra>{wrapped(level)}</extra>",
        )
        half = median.loc[median["volume_percent"] >= 50, "dose_gy"].max()
        told.append(f"{level}: half the volume gets at least {half:.0f} Gy (n = {n})")
    figure.update_xaxes(title_text="Dose (Gy)", range=[0, float(result.dose_gy[-1])])
    figure.update_yaxes(title_text="Volume that gets at least it (%)", range=[0, 102])
    return Drawing(
        name="dose_volume",
        title=f"Dose-volume histograms: {result.structure}",
        figure=figure,
        data=_drawn(result, thin),
        caption=(
            f"n = {result.n:,} of {result.n_cohort:,} patients, a thin line "
            f"{'each' if len(thin) == result.n else f'for {len(thin)} of them, evenly chosen by mean dose'}; thick: "
            f"the median over all patients at each dose{f', by {result.outcome}' if result.outcome else ''}."
        ),
        alt=f"Cumulative dose-volume histograms of {result.structure}. {'; '.join(told)}.",
    )


def _thin(result: DoseSummary) -> pd.DataFrame:
    """The curves that are drawn as thin lines."""
    if result.n <= MOST_LINES:
        return result.curves
    order = result.table["mean_gy"].sort_values(kind="stable").index
    chosen = order[np.linspace(0, result.n - 1, MOST_LINES).round().astype(int)]
    return result.curves.loc[result.curves.index.isin(chosen)]


def _colours(levels: tuple[str, ...]) -> dict[str, str]:
    chosen = theme.colours([level for level in levels if level != UNKNOWN])
    return chosen | {UNKNOWN: theme.NEUTRAL} | ({EVERYBODY: theme.PALETTE[0]} if EVERYBODY in levels else {})


def _drawn(result: DoseSummary, thin: pd.DataFrame) -> pd.DataFrame:
    """Every point: the number of the line (no patient's id), or "median"."""
    parts = [result.medians[["group", "dose_gy", "volume_percent"]].assign(line="median")]
    numbered = thin.reset_index(drop=True)
    long = numbered.stack().rename_axis(["line", "dose_gy"]).rename("volume_percent").reset_index()
    group = result.group[thin.index].reset_index(drop=True)
    parts.append(long.assign(group=long["line"].map(group), line=(long["line"] + 1).astype(str)))
    return pd.concat(parts, ignore_index=True)[["group", "line", "dose_gy", "volume_percent"]]

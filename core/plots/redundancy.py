"""Correlations of all features as a map in which features that say the same stand together."""

from __future__ import annotations

import numpy as np

from core.analyses.redundant import RedundantFeatures
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import short_names
from core.plots.words import counted, wrapped

#: More features than these are drawn by those that were kept alone, and of these the first.
MOST = 250
#: Up to this many names are written.
NAMED = 45


@drawings.register
def _(result: RedundantFeatures) -> tuple[Drawing, ...]:
    names = np.array(result.names, dtype=object)
    places = result.found.order
    whole = len(places) <= MOST
    if not whole:
        kept = set(result.found.kept)
        places = np.array([place for place in places if names[place] in kept][:MOST])
    rho = np.round(result.found.rho[np.ix_(places, places)], 3)
    shown = [str(name) for name in names[places]]
    short = short_names(shown, result.families)
    hover = [[f"{wrapped(a, 46)}<br>{wrapped(b, 46)}" for b in shown] for a in shown] if len(shown) <= 130 else None
    figure = theme.figure(height=560, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.add_heatmap(
        z=rho.astype("float32"),
        x=list(range(len(shown))),
        y=list(range(len(shown))),
        zmin=-1,
        zmax=1,
        colorscale=theme.DIVERGING,
        colorbar={"title": {"text": "rho"}, "len": 220, "lenmode": "pixels", "y": 1, "yanchor": "top"},
        **({"hovertext": hover, "hovertemplate": "%{hovertext}<br>rho %{z:.2f}<extra></extra>"} if hover else {}),
    )
    labels = {}
    if len(shown) <= NAMED:
        labels = {"tickvals": list(range(len(shown))), "ticktext": [wrapped(short[name], 24, 1) for name in shown]}
    figure.update_xaxes(showticklabels=False, ticks="", showline=False)
    figure.update_yaxes(autorange="reversed", showgrid=False, showline=False, ticks="", **labels)
    if not labels:
        figure.update_yaxes(showticklabels=False)
    return (
        Drawing(
            name="redundancy_map",
            title="How closely features go together",
            figure=figure,
            data=_long(shown, rho),
            caption=_caption(result, len(shown), whole),
            alt=f"Map of the rank correlations of {counted(len(shown), 'feature')}: {_pairs(result)}",
        ),
    )


def _long(names: list[str], rho: np.ndarray):
    import pandas as pd

    rows, columns = np.triu_indices(len(names), 1)
    return pd.DataFrame(
        {
            "first": [names[place] for place in rows],
            "second": [names[place] for place in columns],
            "rho": rho[rows, columns],
        }
    )


def _pairs(result: RedundantFeatures) -> str:
    p = len(result.names)
    return (
        f"{result.found.n_pairs:,} of {p * (p - 1) // 2:,} pairs have |rho| of at least {result.found.cut:g}; "
        f"{len(result.found.kept):,} of {p:,} features say nearly as much as all."
    )


def _caption(result: RedundantFeatures, drawn: int, whole: bool) -> str:
    fewer = "" if whole else f" Drawn: {drawn:,} of the features that are kept."
    return (
        f"Spearman, {counted(result.found.n, 'patient')} of {result.n_measured:,} with features and "
        f"{result.n_cohort:,} in the cohort. Ordered by average linkage of 1 - |rho|.{fewer}"
    )

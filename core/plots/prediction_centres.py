"""The AUC in each centre by a model of the others, and all of them together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.analyses.prediction_centres import AcrossCentres
from core.analyses.prediction_words import positives
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import wrapped

LINE = 34


@drawings.register
def _(result: AcrossCentres) -> tuple[Drawing, ...]:
    rows = _rows(result)
    known = rows[rows["auc"].notna()]
    if known.empty:
        return ()
    places = np.arange(len(rows))[::-1]
    figure = theme.figure(height=64 + LINE * len(rows), margin={"l": 8, "r": 12, "t": 8, "b": 44}, showlegend=False)
    figure.add_shape(
        type="line",
        x0=0.5,
        x1=0.5,
        y0=-0.6,
        y1=len(rows) - 0.4,
        line={"color": theme.NEUTRAL, "width": 1, "dash": "dot"},
    )
    for together, colour, symbol in ((False, theme.PALETTE[0], "circle"), (True, theme.PALETTE[1], "diamond")):
        chosen = (rows["together"] == together) & rows["auc"].notna()
        some = rows[chosen]
        if some.empty:
            continue
        figure.add_scatter(
            x=some["auc"],
            y=places[chosen.to_numpy()],
            mode="markers",
            marker={"color": colour, "size": 9, "symbol": symbol},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": (some["upper"] - some["auc"]).fillna(0),
                "arrayminus": (some["auc"] - some["lower"]).fillna(0),
                "thickness": 1.8,
                "width": 4,
            },
            hovertext=[_hover(row) for row in some.itertuples()],
            hoverinfo="text",
        )
    low = min(0.4, float(known[["auc", "lower"]].min().min()) - 0.03)
    for place, row in zip(places, rows.itertuples(), strict=True):
        if np.isnan(row.auc):
            figure.add_annotation(
                x=low + 0.01,
                y=place,
                text=wrapped(row.state, 44, 2),
                showarrow=False,
                xanchor="left",
                align="left",
                font={"size": 11, "color": theme.NEUTRAL},
            )
    figure.update_xaxes(title_text="AUC in patients of an unseen group", range=[low, 1.02])
    names = [f"{wrapped(row.name, 18, 1)}<br>n = {row.n:,}, {row.n_positive:,} +" for row in rows.itertuples()]
    figure.update_yaxes(tickvals=places, ticktext=names, range=[-0.6, len(rows) - 0.4], tickfont={"size": 11})
    told = "; ".join(f"{row.name} {row.auc:.2f}" for row in known.itertuples())
    return (
        Drawing(
            name="prediction_centres",
            title=f"{result.label} in each group of {result.by}, by a model of the others",
            figure=figure,
            data=rows.drop(columns="together"),
            caption=(
                f"n = {result.n:,}, {positives(result.n_positive, result.positive)} (+). Bars: 95 % intervals (DeLong, "
                "logit). Dotted: chance. Diamonds: within, the groups weighted by their pairs; pooled, all together."
            ),
            alt=f"AUC by group left out: {told}.",
        ),
    )


def _rows(result: AcrossCentres) -> pd.DataFrame:
    """A row per group, then those of all together."""
    own = result.table.rename(columns={"centre": "name"})[["name", "n", "n_positive", "auc", "lower", "upper", "state"]]
    rows = [own.assign(together=False)]
    counts = {"n": result.n, "n_positive": result.n_positive, "state": "", "together": True}
    if result.within is not None:
        some = own[own["auc"].notna()]
        limits = {"auc": result.within, "lower": result.within_lower, "upper": result.within_upper}
        shown = {"n": int(some["n"].sum()), "n_positive": int(some["n_positive"].sum())}
        rows.append(pd.DataFrame([{"name": "within", **counts, **shown, **limits}]))
    if result.pooled is not None:
        area = result.pooled
        limits = {"auc": area.auc, "lower": area.lower, "upper": area.upper}
        rows.append(pd.DataFrame([{"name": "pooled", **counts, "n": area.n, "n_positive": area.n_positive, **limits}]))
    return pd.concat([each.astype({"lower": float, "upper": float}) for each in rows], ignore_index=True)


def _hover(row) -> str:
    limits = "" if np.isnan(row.lower) else f" (95 % CI {row.lower:.2f} to {row.upper:.2f})"
    return (
        f"<b>{theme.literal(row.name)}</b><br>AUC {row.auc:.2f}{limits}<br>n = {row.n:,}, {row.n_positive:,} positive"
    )

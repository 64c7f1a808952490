"""How far patients move on the common network when the setting changes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import counted
from core.survival.words import p_text
from core.transport.shift import Shift

OBSERVED, NULL = theme.PALETTE[1], theme.PALETTE[0]


@drawings.register
def _(result: Shift) -> tuple[Drawing, ...]:
    return (_patients(result), _means(result))


def _left_out(result: Shift) -> str:
    told = [
        (len(result.only_first) + len(result.only_second), "have one setting only"),
        (len(result.missing), "lack a value"),
        (len(result.zero_mass), "have no mass on the nodes"),
    ]
    words = [f"{count} {why}" for count, why in told if count]
    same = len(result.identical_nodes)
    copied = f" {same} of the features have the same value under both settings for everybody." if same else ""
    return copied + (f" Left out: {', '.join(words)}." if words else "")


def _patients(result: Shift) -> Drawing:
    """A dot per patient over the interval of random features, the nearest first."""
    rows = result.patients.sort_values(["w1", "patient"]).reset_index(drop=True)
    rows.insert(0, "rank", np.arange(1, len(rows) + 1))
    figure = theme.figure(height=380, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    gap = np.full(len(rows), np.nan)
    figure.add_scatter(
        x=np.column_stack([rows["rank"], rows["rank"], gap]).ravel(),
        y=np.column_stack([rows["null_low"], rows["null_high"], gap]).ravel(),
        mode="lines",
        line={"color": theme.tint(NULL, 0.35), "width": max(1.5, min(4.0, 220 / len(rows)))},
        name="random features: central 95 %",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=rows["rank"],
        y=rows["null_median"],
        mode="markers",
        marker={"symbol": "line-ew-open", "color": NULL, "size": 8, "line": {"width": 2}},
        name="their median",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=rows["rank"],
        y=rows["w1"],
        mode="markers",
        marker={"color": OBSERVED, "size": 7},
        name="this network",
        hovertext=[
            f"{theme.literal(row.patient)}: W1 {row.w1:.3f} hops<br>random features {row.null_low:.3f} to "
            f"{row.null_high:.3f}, {p_text(row.p_value)}<br>median to other patients {row.between_median:.3f}"
            for row in rows.itertuples()
        ],
        hoverinfo="text",
    )
    figure.update_xaxes(title="patients, least moved first", tickformat="d")
    figure.update_yaxes(title="W1 between the settings (hops)", rangemode="tozero")
    below = round(result.share_below_null * result.n)
    return Drawing(
        name="shift_per_patient",
        title="How far each patient moves",
        figure=figure,
        data=rows,
        caption=(
            f"n = {counted(result.n, 'patient')} on {result.m} features. {below} of {result.n} move less than the "
            "median "
            f"of {result.draws} draws of as many random features (seed {result.seed}).{_left_out(result)}"
        ),
        alt=(
            f"Wasserstein distance between two settings for {result.n} patients with the interval of random features; "
            f"median {result.median_w1:.3f} hops, {below} patients lie below their null median."
        ),
    )


def _means(result: Shift) -> Drawing:
    """The mean over patients among the means of random features."""
    counts, ends = np.histogram(result.null_means[np.isfinite(result.null_means)], bins=24)
    rows = pd.DataFrame({"low": ends[:-1], "high": ends[1:], "draws": counts})
    figure = theme.figure(height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False, bargap=0.04)
    figure.add_bar(
        x=(rows["low"] + rows["high"]) / 2,
        y=rows["draws"],
        width=rows["high"] - rows["low"],
        marker={"color": theme.tint(NULL, 0.6), "line": {"width": 0}},
        hovertext=[f"{row.low:.3f} to {row.high:.3f}: {counted(row.draws, 'draw')}" for row in rows.itertuples()],
        hoverinfo="text",
    )
    figure.add_vline(x=result.mean_w1, line={"color": OBSERVED, "width": 3})
    right = result.mean_w1 > (ends[0] + ends[-1]) / 2
    figure.add_annotation(
        x=result.mean_w1,
        y=1,
        yref="paper",
        yanchor="top",
        xanchor="right" if right else "left",
        xshift=-6 if right else 6,
        text=f"this network: {result.mean_w1:.3f}<br>{p_text(result.p_mean)}",
        showarrow=False,
        align="right" if right else "left",
    )
    figure.update_xaxes(title="mean W1 over the patients (hops)")
    figure.update_yaxes(title="draws of random features", tickformat="d")
    return Drawing(
        name="shift_null",
        title="Against random features",
        figure=figure,
        data=rows.assign(observed_mean=result.mean_w1),
        caption=(
            f"Mean W1 of n = {counted(result.n, 'patient')} on this network beside {result.draws} draws of "
            f"{result.m} features "
            f"from {result.n_pool} (seed {result.seed}); p = (1 + draws at or below) / (1 + draws)."
        ),
        alt=(
            f"Histogram of {result.draws} mean distances of random features, median "
            f"{result.null_mean_median:.3f}; this "
            f"network has {result.mean_w1:.3f}, {p_text(result.p_mean)}."
        ),
    )

"""How the log-rank statistic changes with the cut, where the search ended, and how far that end moves."""

from __future__ import annotations

from core.plots import theme
from core.plots.drawing import Drawing
from core.plots.words import wrapped
from core.survival.cutpoint import SearchedCut
from core.survival.words import p_text


def cutpoint(search: SearchedCut, marker: str, unit: str) -> Drawing:
    """The statistic at every cut tried. It has no p-axis: the largest of many must not be read as one test."""
    curve, colour = search.curve.rename(columns={"chi_square": "share"}), theme.PALETTE[0]
    curve["share"] /= curve["share"].max()  # read as chi-square, the largest would be taken for a test
    figure = theme.figure(height=300, showlegend=False, margin={"l": 8, "r": 12, "t": 26, "b": 44})
    if search.cut_low is not None:
        figure.add_vrect(
            x0=search.cut_low, x1=search.cut_high, fillcolor=theme.tint(theme.PALETTE[1], 0.15), line_width=0
        )
    figure.add_scatter(
        x=curve["cut"],
        y=curve["share"],
        mode="lines+markers" if len(curve) <= 60 else "lines",
        line={"color": colour, "width": 1.6, "shape": "hv"},
        marker={"size": 4, "color": colour},
        customdata=curve[["n_low"]],
        hovertemplate="cut %{x:.4g}<br>%{y:.0%} of the largest<br>%{customdata[0]} patients at or below<extra></extra>",
    )
    figure.add_vline(x=search.cut, line={"color": theme.PALETTE[1], "width": 2, "dash": "dash"})
    figure.add_annotation(
        text=theme.literal(f"{search.cut:.4g}: corrected {p_text(search.p_corrected)}"),
        x=search.cut,
        y=1,
        yref="y domain",
        yanchor="bottom",
        xanchor="left" if search.cut <= curve["cut"].median() else "right",
        showarrow=False,
        font={"size": 12},
    )
    label = f"{marker} ({unit})" if unit else marker
    figure.update_xaxes(title_text=wrapped(label, 44, 2), fixedrange=True)
    figure.update_yaxes(
        title_text="Log-rank statistic, share of the largest", tickformat=".0%", rangemode="tozero", fixedrange=True
    )
    where = (
        f"shaded: 95 % of the cuts found in {search.n_resamples} resamples, {search.cut_low:.4g} to "
        f"{search.cut_high:.4g}"
        if search.cut_low is not None
        else f"only {search.n_resamples} of {search.resamples} resamples had a cut, too few for an interval"
    )
    return Drawing(
        name="searched_cut",
        title=f"Where the cut of {marker} was searched",
        figure=figure,
        data=curve,
        caption=f"n = {search.n}, {search.n_events} events. {len(curve)} cuts that leave {search.low:.0%} to "
        f"{search.high:.0%} of the patients at or below; dashed: the cut chosen, {search.n_low} and {search.n_high} "
        f"patients; {where}. The largest of these statistics is no test by itself: its p is corrected by "
        f"{search.permutations:,} permutations (seed {search.seed}).",
        alt=f"Log-rank statistic over {len(curve)} cuts of {marker}; the largest is at {search.cut:.4g}; "
        f"corrected {p_text(search.p_corrected)}.",
    )

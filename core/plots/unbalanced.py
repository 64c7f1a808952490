"""Unbalanced transport at several prices of mass: what the cost is made of, and what the clusters then are."""

from __future__ import annotations

from core.analyses.unbalanced_sweep import UnbalancedSweep
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.words import counted, percent
from core.transport.total_mass import SAME_GROUPS

MOVED, MADE, TOTALS = "mass moved", "mass made or destroyed, node by node", "difference of totals"
LINES = (
    ("rand_balanced", "with balanced clusters", "solid"),
    ("rand_total_cut", "with total mass, same sizes", "dash"),
    ("rand_total_kmeans", "with k-means of total mass", "dot"),
)


@drawings.register
def _(result: UnbalancedSweep) -> tuple[Drawing, ...]:
    table = result.table
    prices = [f"{gamma:g}" for gamma in table["gamma"]]
    figure = theme.subplots(
        rows=1,
        cols=2,
        horizontal_spacing=0.14,
        subplot_titles=("share of the cost", "adjusted Rand of the clusters"),
    )
    _terms(figure, table, prices)
    _agreement(figure, table, prices)
    figure.update_layout(
        height=360,
        barmode="stack",
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 90, "b": 8},
        legend={"y": 1.14, "traceorder": "normal"},
    )
    figure.update_annotations(font={"size": 13})
    figure.update_xaxes(title="price of mass (gamma)", type="category")
    sampled = "" if result.n_sampled == result.n else f" of {result.n_sampled} patients drawn"
    return (
        Drawing(
            name="unbalanced_sweep",
            title="Unbalanced transport: moved, or only counted",
            figure=figure,
            data=table.assign(sizes=[", ".join(map(str, sizes)) for sizes in table["sizes"]]),
            caption=(
                f"n = {counted(result.n, 'patient')}, k = {result.k}. {' '.join(result.notes)} Left: cost over "
                f"{counted(result.n_pairs, 'pair')}{sampled}; mass moves at most 2 gamma of the network's "
                f"{result.diameter:.3g} across. Right: {result.centroid} centroids, best of "
                f"{counted(result.restarts, 'start')}, seed {result.seed}. Clusters merely sort by total mass when "
                f"{result.rule}."
            ),
            alt=f"Cost of unbalanced transport and agreement of its clusters against gamma. {_aloud(result)}.",
        ),
    )


def _terms(figure, table, prices: list[str]) -> None:
    parts = (
        (MOVED, 1 - table["mass_share"], theme.PALETTE[0]),
        (MADE, table["mass_share"] - table["totals_share"], theme.PALETTE[4]),
        (TOTALS, table["totals_share"], theme.PALETTE[7]),
    )
    for name, share, colour in parts:
        figure.add_bar(
            x=prices,
            y=share,
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            text=[f"{percent(value)}" if value >= 0.08 else "" for value in share],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            customdata=share * table["mean_cost"],
            hovertemplate=f"gamma %{{x}}: {name} %{{y:.1%}} of the cost, %{{customdata:.3g}} on average<extra></extra>",
            row=1,
            col=1,
        )
    figure.update_yaxes(tickformat=".0%", range=[0, 1], row=1, col=1)


def _agreement(figure, table, prices: list[str]) -> None:
    for place, (column, name, dash) in enumerate(LINES):
        colour = (theme.PALETTE[2], theme.PALETTE[1], theme.PALETTE[3])[place]
        figure.add_scatter(
            x=prices,
            y=table[column],
            mode="lines+markers",
            name=name,
            line={"color": colour, "dash": dash},
            marker={"color": colour, "symbol": theme.SYMBOLS[place], "size": 9},
            cliponaxis=False,
            hovertemplate=f"gamma %{{x}}: adjusted Rand {name} %{{y:.2f}}<extra></extra>",
            row=1,
            col=2,
        )
    figure.add_hline(y=SAME_GROUPS, line={"color": theme.NEUTRAL, "dash": "dash", "width": 1}, row=1, col=2)
    lowest = min(0.0, float(table[[column for column, _, _ in LINES]].min().min()))
    figure.update_yaxes(range=[lowest - 0.05, 1.05], row=1, col=2)


def _aloud(result: UnbalancedSweep) -> str:
    return "; ".join(
        f"gamma {row.gamma:g}: {percent(row.mass_share)} of the cost is mass made or destroyed "
        f"({percent(row.totals_share)} difference of totals), adjusted Rand "
        f"{row.rand_balanced:.2f} with balanced clusters and {row.rand_total_cut:.2f} with total mass"
        for row in result.table.itertuples()
    )

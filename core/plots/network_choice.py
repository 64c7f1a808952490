"""How each network was chosen: EBIC along the penalties, and what another gamma would have given."""

from __future__ import annotations

import pandas as pd

from core.analyses.network_result import FeatureNetworks
from core.plots import theme
from core.plots.drawing import Drawing


def choice_of_network(result: FeatureNetworks) -> tuple[Drawing, ...]:
    """How EBIC chose the penalty, and how many edges other values of gamma would give."""
    return (_path(result), _gammas(result))


def _looks(result: FeatureNetworks) -> list[tuple]:
    settings = [network.setting for network in result.networks]
    colours, dashes, symbols = theme.colours(settings), theme.dashes(settings), theme.symbols(settings)
    return [(network, colours[s], dashes[s], symbols[s]) for network, s in zip(result.networks, settings, strict=True)]


def _path(result: FeatureNetworks) -> Drawing:
    """Edges and EBIC against the penalty, with the chosen one marked."""
    figure = theme.subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    parts = []
    for network, colour, dash, symbol in _looks(result):
        path = network.path
        line = {"color": colour, "dash": dash}
        chosen = path.iloc[(path["lambda"] - network.chosen_lambda).abs().argmin()]
        for row, column in ((1, "ebic"), (2, "nonzero")):
            figure.add_scatter(
                x=path["lambda"],
                y=path[column],
                mode="lines",
                line=line,
                name=theme.literal(network.setting),
                legendgroup=network.setting,
                showlegend=row == 1,
                hovertemplate="penalty %{x:.3g}: %{y:,.5~g}<extra></extra>",
                row=row,
                col=1,
            )
            figure.add_scatter(
                x=[chosen["lambda"]],
                y=[chosen[column]],
                mode="markers",
                marker={"size": 12, "color": colour, "symbol": symbol},
                name=f"chosen for {theme.literal(network.setting)}",
                legendgroup=network.setting,
                showlegend=row == 1,
                hovertemplate="chosen penalty %{x:.3g}: %{y:,.5~g}<extra></extra>",
                row=row,
                col=1,
            )
        parts.append(path.assign(setting=network.setting, chosen=path["lambda"] == chosen["lambda"]))
    figure.update_layout(height=420, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest")
    figure.update_xaxes(type="log", tickvals=[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1])
    figure.update_xaxes(title="penalty (lambda)", row=2, col=1)
    figure.update_yaxes(title="EBIC", row=1, col=1)
    figure.update_yaxes(title="partial correlations kept", row=2, col=1)
    told = "; ".join(
        f"{network.setting}: lambda {network.chosen_lambda:.3g}, n = {network.n}, {len(network.entered)} features"
        for network in result.networks
    )
    skipped = sum(int(network.path["ebic"].isna().sum()) for network in result.networks)
    left = f" {skipped} penalties without a positive definite matrix have no EBIC." if skipped else ""
    return Drawing(
        name="ebic_path",
        title="Which penalty EBIC chose",
        figure=figure,
        data=pd.concat(parts, ignore_index=True),
        caption=(
            f"{told}. The lowest EBIC wins. Below: partial correlations that are not zero, before the edge cut.{left}"
        ),
        alt=f"EBIC and number of partial correlations against the penalty of the graphical lasso. Chosen: {told}.",
    )


def _gammas(result: FeatureNetworks) -> Drawing:
    """Edges above the cut for other values of gamma."""
    figure = theme.figure(height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    rows = pd.concat(
        [network.by_gamma.assign(setting=network.setting) for network in result.networks], ignore_index=True
    )
    for network, colour, _, _ in _looks(result):
        figure.add_bar(
            x=[f"{gamma:g}" for gamma in network.by_gamma["gamma"]],
            y=network.by_gamma["edges"],
            marker={"color": colour, "line": {"width": 0}},
            text=[f"{edges:,}" for edges in network.by_gamma["edges"]],
            textposition="outside",
            cliponaxis=False,
            name=theme.literal(network.setting),
            hovertemplate="gamma %{x}: %{y:,} edges<extra></extra>",
        )
    figure.update_xaxes(title="EBIC gamma", type="category")
    top = max(1, int(rows["edges"].max()))
    figure.update_yaxes(title="edges above the cut", range=[0, top * 1.15], tickformat="d", nticks=5)
    told = "; ".join(
        f"{network.setting}: " + ", ".join(f"{row.edges} at {row.gamma:g}" for row in network.by_gamma.itertuples())
        for network in result.networks
    )
    return Drawing(
        name="gamma_sensitivity",
        title="What another gamma would give",
        figure=figure,
        data=rows[["setting", "gamma", "lambda", "edges"]],
        caption="Edges above the cut. A higher gamma prefers fewer edges; with few patients 0.5 often leaves none.",
        alt=f"Number of edges against EBIC gamma. {told}.",
    )

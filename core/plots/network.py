"""Networks of features: both settings in one layout, the components they share, and how each network was chosen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.analyses.network import FeatureNetworks, SettingNetwork
from core.network.graph import Graph, layout
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import OTHER, family_colours, family_order, family_symbols
from core.plots.network_choice import choice_of_network
from core.plots.network_pairs import component_pairs
from core.plots.words import counted
from core.store.schema import ONE_SETTING

#: The common network is marked as with a highlighter, which reads on white and on dark.
MARKER = theme.tint("#E69F00", 0.38)
THIN, THICK, GLOW = 1.0, 2.6, 9.0
#: Free room around the features, as a share of the width.
ROOM = 0.06


@drawings.register
def _(result: FeatureNetworks) -> tuple[Drawing, ...]:
    return (*_pictures(result), *component_pairs(result), *choice_of_network(result))


def _pictures(result: FeatureNetworks) -> tuple[Drawing, ...]:
    """A picture per setting; a feature stands at the same place in each."""
    union = _union([network.graph for network in result.networks])
    places = dict(zip(union.names, layout(union), strict=True))
    return tuple(_picture(result, network, places, number) for number, network in enumerate(result.networks, 1))


def _union(graphs: list[Graph]) -> Graph:
    """Every feature with an edge under some setting, and every edge, with the mean weight of those that have it."""
    weights: dict[tuple[str, str], list[float]] = {}
    for graph in graphs:
        for (i, j), weight in zip(graph.edges, graph.weights, strict=True):
            weights.setdefault(tuple(sorted((graph.names[i], graph.names[j]))), []).append(float(weight))
    names = sorted({name for pair in weights for name in pair})
    place = {name: index for index, name in enumerate(names)}
    pairs = sorted(weights)
    edges = np.array([(place[a], place[b]) for a, b in pairs], dtype=int).reshape(-1, 2)
    return Graph(tuple(names), edges, np.array([np.mean(weights[pair]) for pair in pairs]))


def _picture(result: FeatureNetworks, network: SettingNetwork, places: dict, number: int) -> Drawing:
    edges, nodes = _edges(result, network, places), _nodes(result, network, places)
    both = len(result.networks) > 1
    figure = theme.figure(height=500, margin={"l": 4, "r": 4, "t": 60, "b": 4}, dragmode="pan", hovermode="closest")
    _glow(figure, result, edges, nodes)
    for shared, name, width, strength in ((False, "edge here only", THIN, 0.55), (True, "edge in both", THICK, 1.0)):
        some = edges[edges["shared"] == shared]
        # Both kinds are in both legends, so that the two pictures have the same frame.
        if both or len(some):
            line = {"width": width if both else THIN + 0.4, "color": theme.tint(theme.NEUTRAL, strength)}
            figure.add_scatter(**_strokes(some), line=line, name=name if both else "edge", legendrank=3)
    _dots(figure, result, nodes)
    figure.update_xaxes(visible=False, range=_around(nodes["x"]))
    figure.update_yaxes(visible=False, range=_around(nodes["y"]))
    drawn = len(nodes)
    alone = len(network.entered) - int((nodes["degree"] > 0).sum())
    shared = f", {int(edges['shared'].sum())} of them in both settings" if both else ""
    caption = (
        f"n = {counted(network.n, 'patient')}. {len(network.entered)} features entered, "
        f"{counted(len(edges), 'edge')}{shared}; {alone} features have no edge here. "
        f"Size: number of edges. Same places in both pictures (layout seed 0). {_said(result)}"
    )
    return Drawing(
        name=f"network_{number}",
        title=f"Network under {network.setting}" if network.setting != ONE_SETTING else "Network",
        figure=figure,
        data=pd.concat([nodes, edges], ignore_index=True).assign(setting=network.setting),
        caption=caption if both else caption.replace("Same places in both pictures (layout", "Layout by springs ("),
        alt=(
            f"Network of {drawn} features under {network.setting} from {network.n} patients, with {len(edges)} edges"
            f"{shared}. {_said(result)}"
        ),
    )


def _said(result: FeatureNetworks) -> str:
    if result.chosen is None:
        return "No network is chosen: nothing is highlighted."
    kind = "common network" if result.agreed is not None else "chosen component"
    return f"Highlighted: the {kind} of {len(result.chosen.names)} features."


def _nodes(result: FeatureNetworks, network: SettingNetwork, places: dict) -> pd.DataFrame:
    """A row per feature that has an edge under some setting."""
    degree = pd.concat([network.edges["feature_a"], network.edges["feature_b"]]).value_counts()
    chosen = set(result.chosen.names) if result.chosen is not None else set()
    names = list(places)
    return pd.DataFrame(
        {
            "mark": "feature",
            "feature": names,
            "family": [result.families.get(name) or OTHER for name in names],
            "filter": [result.filters.get(name, "") for name in names],
            "degree": [int(degree.get(name, 0)) for name in names],
            "entered": [name in set(network.entered) for name in names],
            "highlighted": [name in chosen for name in names],
            "x": [places[name][0] for name in names],
            "y": [places[name][1] for name in names],
        }
    )


def _edges(result: FeatureNetworks, network: SettingNetwork, places: dict) -> pd.DataFrame:
    """A row per edge of this setting, with both ends."""
    chosen = set()
    if result.chosen is not None:
        names = result.chosen.names
        chosen = {tuple(sorted((names[i], names[j]))) for i, j in result.chosen.edges}
    frame = network.edges.rename(columns={"feature_a": "feature", "feature_b": "other_feature"})
    ends = list(zip(frame["feature"], frame["other_feature"], strict=True))
    return frame.assign(
        mark="edge",
        highlighted=[tuple(sorted(pair)) in chosen for pair in ends],
        x=[places[a][0] for a, _ in ends],
        y=[places[a][1] for a, _ in ends],
        x_other=[places[b][0] for _, b in ends],
        y_other=[places[b][1] for _, b in ends],
    )


def _strokes(edges: pd.DataFrame) -> dict:
    """The edges as one line with gaps."""
    gap = np.full(len(edges), np.nan)
    x = np.column_stack([edges["x"], edges["x_other"], gap]).ravel() if len(edges) else [None]
    y = np.column_stack([edges["y"], edges["y_other"], gap]).ravel() if len(edges) else [None]
    return {"x": x, "y": y, "mode": "lines", "hoverinfo": "skip"}


def _glow(figure: go.Figure, result: FeatureNetworks, edges: pd.DataFrame, nodes: pd.DataFrame) -> None:
    """What patients are compared on, marked under the rest."""
    chosen = nodes[nodes["highlighted"]]
    if chosen.empty:
        return
    line = {"width": GLOW, "color": MARKER}
    figure.add_scatter(**_strokes(edges[edges["highlighted"]]), line=line, showlegend=False)
    marker = {"size": _sizes(chosen) + 11, "color": MARKER, "line": {"width": 0}}
    figure.add_scatter(
        x=chosen["x"],
        y=chosen["y"],
        mode="markers",
        marker=marker,
        hoverinfo="skip",
        name="common network" if result.agreed is not None else "chosen part",
        legendrank=2,
    )


def _dots(figure: go.Figure, result: FeatureNetworks, nodes: pd.DataFrame) -> None:
    """The features, a trace per family; those without an edge here are hollow."""
    colours, symbols = family_colours(result.families.values()), family_symbols(result.families.values())
    for family in family_order(nodes["family"]):
        # The legend takes the look of the first, which should not be a hollow one.
        some = nodes[nodes["family"] == family].sort_values("degree", ascending=False)
        fill = [colours[family] if degree else "rgba(0,0,0,0)" for degree in some["degree"]]
        marker = {
            "size": _sizes(some),
            "color": fill,
            "symbol": symbols[family],
            "line": {"width": 1.2, "color": colours[family]},
            "opacity": 1.0,
        }
        hover = [
            f"<b>{theme.literal(row.feature)}</b><br>{theme.literal(row.family)}, filter {theme.literal(row.filter)}"
            f"<br>{counted(row.degree, 'edge') if row.entered else 'left out under this setting'}"
            f"{'<br>in the network to compare patients on' if row.highlighted else ''}"
            for row in some.itertuples()
        ]
        figure.add_scatter(
            x=some["x"],
            y=some["y"],
            mode="markers",
            marker=marker,
            name=family,
            hovertext=hover,
            hoverinfo="text",
            legendrank=1,
        )


def _around(places: pd.Series) -> list[float]:
    if places.empty:
        return [-1.0, 1.0]
    room = ROOM * max(float(places.max() - places.min()), 1.0)
    return [float(places.min()) - room, float(places.max()) + room]


def _sizes(nodes: pd.DataFrame) -> np.ndarray:
    return 6 + 3.2 * np.sqrt(nodes["degree"].to_numpy(float))

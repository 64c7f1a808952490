"""Networks of features: both settings in one layout, the components they share, and how each network was chosen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.analyses.network_result import FeatureNetworks, SettingNetwork
from core.definitions import definition
from core.network.graph import Graph
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import OTHER
from core.plots.network_choice import choice_of_network
from core.plots.network_marks import WIDTHS, dots, glow, lines, middles, names, sizes
from core.plots.network_pairs import component_pairs
from core.plots.network_places import places
from core.plots.words import counted
from core.store.schema import ONE_SETTING
from core.store.sources.names import described

#: Free room around the features, as a share of the width.
ROOM = 0.06

#: Per setting, how often an edge (two features in either order) was found in subsamples, 0 to 1.
Frequencies = Mapping[str, Mapping[tuple[str, str], float]]


@drawings.register
def _(result: FeatureNetworks) -> tuple[Drawing, ...]:
    return (*network_pictures(result), *component_pairs(result), *choice_of_network(result))


def network_pictures(
    result: FeatureNetworks,
    frequencies: Frequencies | None = None,
    *,
    subsamples: int = 0,
    codes: Mapping[str, str] | None = None,
) -> tuple[Drawing, ...]:
    """A picture per setting; a feature stands at the same place in each.

    With `frequencies` (of `subsamples` subsamples) an edge is the darker the more often it was found; one without an
    entry was never found. `codes` are IBSI codes by feature; without them they are read from the features' names.
    """
    stand = places(_union([network.graph for network in result.networks]))
    codes = {name: described(name).ibsi for name in stand} if codes is None else codes
    most = max((float(_strength(network).max()) for network in result.networks if len(network.edges)), default=1.0)
    made = []
    for number, network in enumerate(result.networks, 1):
        found = None if frequencies is None else frequencies.get(network.setting)
        edges, nodes = _edges(result, network, stand, found), _nodes(result, network, stand, codes)
        figure = _figure(result, edges, nodes, most, subsamples if found is not None else None)
        made.append(_drawing(result, network, number, figure, edges, nodes, found is not None))
    return tuple(made)


def marked(drawing: Drawing, feature: str) -> Drawing:
    """The picture of a network with a ring around a feature, when it is drawn there."""
    rows = drawing.data[(drawing.data["mark"] == "feature") & (drawing.data["feature"] == feature)]
    if rows.empty:
        return drawing
    figure = go.Figure(drawing.figure)
    ring = {"size": 30, "symbol": "circle-open", "color": theme.NEUTRAL, "line": {"width": 3}}
    figure.add_scatter(
        x=rows["x"], y=rows["y"], mode="markers", marker=ring, hoverinfo="skip", showlegend=False, name="chosen"
    )
    return Drawing(drawing.name, drawing.title, figure, drawing.data, drawing.caption, drawing.alt, drawing.stamp)


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


def _strength(network: SettingNetwork) -> pd.Series:
    """The sum of |partial correlation| over the edges of each feature that has one."""
    size = network.edges["partial"].abs()
    ends = [size.groupby(network.edges[end]).sum() for end in ("feature_a", "feature_b")]
    return ends[0].add(ends[1], fill_value=0.0)


def _nodes(result: FeatureNetworks, network: SettingNetwork, stand: dict, codes: Mapping[str, str]) -> pd.DataFrame:
    """A row per feature that has an edge under some setting."""
    degree = pd.concat([network.edges["feature_a"], network.edges["feature_b"]]).value_counts()
    strength = _strength(network)
    chosen = set(result.chosen.names) if result.chosen is not None else set()
    entered, names = set(network.entered), list(stand)
    return pd.DataFrame(
        {
            "mark": "feature",
            "feature": names,
            "family": [result.families.get(name) or OTHER for name in names],
            "filter": [result.filters.get(name, "") for name in names],
            "ibsi": [codes.get(name, "") for name in names],
            "definition": [definition(codes.get(name, ""), result.families.get(name, ""), name) for name in names],
            "degree": [int(degree.get(name, 0)) for name in names],
            "strength": [float(strength.get(name, 0.0)) for name in names],
            "entered": [name in entered for name in names],
            "highlighted": [name in chosen for name in names],
            "x": [stand[name][0] for name in names],
            "y": [stand[name][1] for name in names],
        }
    )


def _edges(result: FeatureNetworks, network: SettingNetwork, stand: dict, found: Mapping | None) -> pd.DataFrame:
    """A row per edge of this setting, with both ends."""
    chosen = set()
    if result.chosen is not None:
        names = result.chosen.names
        chosen = {tuple(sorted((names[i], names[j]))) for i, j in result.chosen.edges}
    frame = network.edges.rename(columns={"feature_a": "feature", "feature_b": "other_feature"})
    ends = [tuple(sorted(pair)) for pair in zip(frame["feature"], frame["other_feature"], strict=True)]
    often = None if found is None else {tuple(sorted(pair)): float(share) for pair, share in found.items()}
    return frame.assign(
        mark="edge",
        highlighted=[pair in chosen for pair in ends],
        frequency=[np.nan if often is None else often.get(pair, 0.0) for pair in ends],
        x=[stand[a][0] for a in frame["feature"]],
        y=[stand[a][1] for a in frame["feature"]],
        x_other=[stand[b][0] for b in frame["other_feature"]],
        y_other=[stand[b][1] for b in frame["other_feature"]],
    )


def _figure(
    result: FeatureNetworks, edges: pd.DataFrame, nodes: pd.DataFrame, most: float, subsamples: int | None
) -> go.Figure:
    """The picture, from the highlighter at the bottom to the names on top."""
    figure = theme.figure(height=520, margin={"l": 4, "r": 4, "t": 60, "b": 4}, dragmode="pan", hovermode="closest")
    size = sizes(nodes, most)
    both = len(result.networks) > 1
    glow(figure, "common network" if result.agreed is not None else "chosen part", edges, nodes, size)
    lines(figure, edges, both, subsamples is not None)
    middles(figure, edges, both, subsamples or 0)
    dots(figure, list(result.families.values()), nodes, size)
    names(figure, nodes, size, edges)
    figure.update_layout(legend_itemsizing="constant")
    figure.update_xaxes(visible=False, range=_around(nodes["x"]))
    figure.update_yaxes(visible=False, range=_around(nodes["y"]))
    return figure


def _drawing(
    result: FeatureNetworks,
    network: SettingNetwork,
    number: int,
    figure: go.Figure,
    edges: pd.DataFrame,
    nodes: pd.DataFrame,
    sure: bool,
) -> Drawing:
    both = len(result.networks) > 1
    alone = len(network.entered) - int((nodes["degree"] > 0).sum())
    shared = f", {int(edges['shared'].sum())} of them in both settings" if both else ""
    places = "Same places in both pictures" if both else "Layout by springs"
    *most, last = list(WIDTHS)[1:]
    looks = (
        "Size: strength, the sum of |partial correlation| over a feature's edges. Width: |partial correlation|, in "
        f"steps at {', '.join(f'{step:g}' for step in most)} and {last:g}."
    )
    if sure:
        looks += " The darker, the more often an edge is found in subsamples (steps at 25, 50 and 80 %)."
    return Drawing(
        name=f"network_{number}",
        title=f"Network under {network.setting}" if network.setting != ONE_SETTING else "Network",
        figure=figure,
        data=pd.concat([nodes, edges], ignore_index=True).assign(setting=network.setting),
        caption=(
            f"n = {counted(network.n, 'patient')}. {len(network.entered)} features entered, "
            f"{counted(len(edges), 'edge')}{shared}; {counted(alone, 'feature')} without one here. "
            f"{looks} {places} (layout seed 0). {_said(result)}"
        ),
        alt=(
            f"Network of {len(nodes)} features under {network.setting} from {network.n} patients, with {len(edges)} "
            f"edges{shared}. {_said(result)}"
        ),
    )


def _said(result: FeatureNetworks) -> str:
    if result.chosen is None:
        return "No network is chosen: nothing is highlighted."
    kind = "common network" if result.agreed is not None else "chosen component"
    return f"Highlighted: the {kind} of {len(result.chosen.names)} features."


def _around(places: pd.Series) -> list[float]:
    if places.empty:
        return [-1.0, 1.0]
    room = ROOM * max(float(places.max() - places.min()), 1.0)
    return [float(places.min()) - room, float(places.max()) + room]

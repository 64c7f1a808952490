"""Two patients on the network: where one has more mass than the other, and the way it takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.analyses.moves import Moves
from core.network.graph import layout
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.families import short_names

#: Colours of a feature that has more mass in the first patient, in the second, and of what moves.
MORE_A, MORE_B, MOVES = "#0072B2", "#D55E00", "#009E73"
#: Widths of the classes of edges, thin to thick, and the share of the largest move at which each begins.
CLASSES = ((1.6, 0.0), (3.2, 0.25), (5.5, 0.6))
#: Features named in the picture: those whose mass differs most.
NAMED = 4


@drawings.register
def _(result: Moves) -> tuple[Drawing, ...]:
    return (_picture(result),)


def _picture(result: Moves) -> Drawing:
    places = pd.DataFrame(layout(result.graph), index=list(result.graph.names), columns=["x", "y"])
    nodes = result.nodes.join(places, on="feature")
    figure = theme.figure(height=520, margin={"l": 8, "r": 8, "t": 56, "b": 8}, dragmode="pan", hovermode="closest")
    _roads(figure, result.graph, places)
    _moves(figure, result, places)
    _features(figure, result, nodes)
    for axis, column in ((figure.update_xaxes, "x"), (figure.update_yaxes, "y")):
        room = 0.1 * max(float(np.ptp(nodes[column])), 0.5)
        axis(visible=False, range=[float(nodes[column].min()) - room, float(nodes[column].max()) + room])
    said, created = _said(result)
    first, second = (_who(result, which) for which in "ab")
    long = pd.concat([nodes.assign(mark="feature"), result.edges.assign(mark="move")], ignore_index=True)
    return Drawing(
        name="moves",
        title="What the distance of two patients is made of",
        figure=figure,
        data=long,
        caption=(
            f"From the {first} to the {second}, of n = {result.n:,}. Blue features hold more of the first patient's "
            f"mass, orange ones of the second's, by the size of the sign; arrows carry it along the edges, by "
            f"thickness. {said[0].upper()}{said[1:]}.{created}"
        ),
        alt=(f"Network of {len(nodes)} features with {len(result.edges)} arrows. {said}. {_largest(result)}"),
    )


def _mass(result: Moves, mass: float, digits: int = 1) -> str:
    """A share in percent, or a mass where masses are not shares."""
    return f"{100 * mass:.{digits}f} % of the mass" if result.gamma is None else f"a mass of {mass:.{digits + 1}f}"


def _said(result: Moves) -> tuple[str, str]:
    whole = f"the distance of {result.w1:.3f} {result.unit}"
    moves = f"{_mass(result, result.moved)} moves, over {result.mean_road:.2f} {result.unit} on average"
    if result.gamma is None:
        return f"{moves}: together {whole}", ""
    price = result.gamma * result.created
    created = (
        f" A mass of {result.created:.2f} appears or disappears instead, at {result.gamma:g} each: {price:.3f} of "
        f"the whole {result.w1:.3f}."
    )
    return moves, created


def _who(result: Moves, which: str) -> str:
    cluster, rank = getattr(result, f"cluster_{which}"), getattr(result, f"rank_{which}")
    return (
        f"patient nearest to the centroid of cluster {cluster}" if rank == 1 else f"patient {rank} of cluster {cluster}"
    )


def _largest(result: Moves) -> str:
    if result.edges.empty:
        return "Nothing moves: the two distributions are the same."
    top = result.edges.iloc[0]
    return f"Most work: {_mass(result, top['mass'])} from {top['from_feature']} to {top['to_feature']}."


def _roads(figure: go.Figure, graph, places: pd.DataFrame) -> None:
    """Every edge of the network, faint."""
    x, y = [], []
    for i, j in graph.edges:
        one, other = places.loc[graph.names[i]], places.loc[graph.names[j]]
        x += [one["x"], other["x"], None]
        y += [one["y"], other["y"], None]
    line = {"width": 1, "color": theme.tint(theme.NEUTRAL, 0.45)}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="edge, nothing moves")


def _moves(figure: go.Figure, result: Moves, places: pd.DataFrame) -> None:
    """Arrows from where mass leaves to where it goes: lines in three widths, with a head in the middle of each."""
    edges = result.edges
    if edges.empty:
        return
    relative = edges["mass"] / edges["mass"].max()
    starts, ends = places.loc[edges["from_feature"]].to_numpy(), places.loc[edges["to_feature"]].to_numpy()
    for number, (width, least) in enumerate(CLASSES):
        most = CLASSES[number + 1][1] if number + 1 < len(CLASSES) else np.inf
        some = ((relative >= least) & (relative < most)).to_numpy()
        gap = np.full(int(some.sum()), np.nan)
        x = np.column_stack([starts[some, 0], ends[some, 0], gap]).ravel()
        y = np.column_stack([starts[some, 1], ends[some, 1], gap]).ravel()
        largest = number + 1 == len(CLASSES)
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"width": width, "color": MOVES}, hoverinfo="skip",
            name="mass moves", legendgroup="moves", showlegend=largest,
        )  # fmt: skip
    hover = [
        f"{theme.literal(row.from_feature)}<br>→ {theme.literal(row.to_feature)}"
        f"<br>{_mass(result, row.mass, 2)}, work {row.work:.4f} {result.unit}"
        for row in edges.itertuples()
    ]
    # The head points away from the invisible sign before it, so it lies along the edge at any size of the figure.
    heads, gap = (starts + 2 * ends) / 3, np.full(len(edges), np.nan)
    size = np.column_stack([0 * relative, 10 + 6 * np.sqrt(relative), 0 * relative])
    figure.add_scatter(
        x=np.column_stack([starts[:, 0], heads[:, 0], gap]).ravel(),
        y=np.column_stack([starts[:, 1], heads[:, 1], gap]).ravel(),
        mode="markers",
        marker={"symbol": "arrow", "angleref": "previous", "size": size.ravel(), "color": MOVES, "opacity": 1.0},
        hovertext=[each for text in hover for each in ("", text, "")],
        hoverinfo="text",
        legendgroup="moves",
        showlegend=False,
    )


def _features(figure: go.Figure, result: Moves, nodes: pd.DataFrame) -> None:
    largest = nodes["difference"].abs().max() or 1.0
    short = short_names(list(nodes["feature"]), result.families)
    named = set(nodes.reindex(nodes["difference"].abs().sort_values(ascending=False).index)["feature"][:NAMED])
    raw = result.scale == "raw"
    kinds = (
        ("more in the first patient", MORE_A, nodes["difference"] < 0),
        ("more in the second", MORE_B, nodes["difference"] >= 0),
    )
    for label, colour, which in kinds:
        some = nodes[which]
        hover = [
            f"<b>{theme.literal(row.feature)}</b><br>first patient: {_mass(result, row.mass_a, 2)}"
            f"<br>second: {_mass(result, row.mass_b, 2)}"
            + (f"<br>raw values {row.raw_a:.4g} and {row.raw_b:.4g}" if raw else "")
            for row in some.itertuples()
        ]
        figure.add_scatter(
            x=some["x"],
            y=some["y"],
            mode="markers+text",
            marker={
                "size": 6 + 20 * np.sqrt(some["difference"].abs() / largest),
                "color": colour,
                "line": {"width": 0},
                "opacity": 1.0,
            },
            text=[theme.literal(short[name]) if name in named else "" for name in some["feature"]],
            textposition="top center",
            textfont={"size": 11},
            hovertext=hover,
            hoverinfo="text",
            name=label,
        )

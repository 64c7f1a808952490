"""Two patients on the network: where one has more mass than the other, and the way it takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.analyses.moves import Moves
from core.plots import drawings, theme
from core.plots.drawing import Drawing
from core.plots.network_marks import names
from core.plots.network_places import places
from core.store.sources.names import described

#: Colours of a feature that has more mass in the first patient, in the second, and of what moves.
MORE_A, MORE_B, MOVES = "#0072B2", "#D55E00", "#009E73"
#: Widths of the classes of edges, thin to thick, and the share of the largest move at which each begins.
CLASSES = ((1.6, 0.0), (3.2, 0.25), (5.5, 0.6))


@drawings.register
def _(result: Moves) -> tuple[Drawing, ...]:
    return (_picture(result),)


def _picture(result: Moves) -> Drawing:
    stand = pd.DataFrame.from_dict(places(result.graph), orient="index", columns=["x", "y"])
    nodes = result.nodes.join(stand, on="feature")
    figure = theme.figure(height=520, margin={"l": 8, "r": 8, "t": 56, "b": 8}, dragmode="pan", hovermode="closest")
    _roads(figure, result.graph, stand)
    _moves(figure, result, stand)
    _features(figure, result, nodes)
    _names(figure, result, nodes)
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


def _roads(figure: go.Figure, graph, stand: pd.DataFrame) -> None:
    """Every edge of the network, faint."""
    x, y = [], []
    for i, j in graph.edges:
        one, other = stand.loc[graph.names[i]], stand.loc[graph.names[j]]
        x += [one["x"], other["x"], None]
        y += [one["y"], other["y"], None]
    line = {"width": 1, "color": theme.tint(theme.NEUTRAL, 0.45)}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="edge, nothing moves")


def _moves(figure: go.Figure, result: Moves, stand: pd.DataFrame) -> None:
    """Arrows from where mass leaves to where it goes: lines in three widths, with a head in the middle of each."""
    edges = result.edges
    if edges.empty:
        return
    relative = edges["mass"] / edges["mass"].max()
    starts, ends = stand.loc[edges["from_feature"]].to_numpy(), stand.loc[edges["to_feature"]].to_numpy()
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
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "size": size.ravel(),
            "color": MOVES,
            "opacity": 1.0,
            "line": {"width": 0},
        },
        hovertext=[each for text in hover for each in ("", text, "")],
        hoverinfo="text",
        legendgroup="moves",
        showlegend=False,
    )


def _features(figure: go.Figure, result: Moves, nodes: pd.DataFrame) -> None:
    largest = nodes["difference"].abs().max() or 1.0
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
            mode="markers",
            marker={
                "size": _sizes(some, largest),
                "color": colour,
                "line": {"width": 0},
                "opacity": 1.0,
            },
            hovertext=hover,
            hoverinfo="text",
            name=label,
        )


def _sizes(nodes: pd.DataFrame, largest: float) -> np.ndarray:
    return 6 + 20 * np.sqrt(nodes["difference"].abs().to_numpy() / largest)


def _names(figure: go.Figure, result: Moves, nodes: pd.DataFrame) -> None:
    """The features whose mass differs most by name, where there is room."""
    known = [described(name) for name in nodes["feature"]]
    told = nodes.assign(
        strength=nodes["difference"].abs(),
        filter=[each.filter for each in known],
        ibsi=[each.ibsi for each in known],
        family=[result.families.get(name, "") for name in nodes["feature"]],
    )
    ends = np.array(result.graph.names)[result.graph.edges]
    here = nodes.set_index("feature")
    edges = pd.DataFrame(here.loc[ends[:, 0], ["x", "y"]].to_numpy(), columns=["x", "y"])
    edges[["x_other", "y_other"]] = here.loc[ends[:, 1], ["x", "y"]].to_numpy()
    names(figure, told, _sizes(nodes, nodes["difference"].abs().max() or 1.0), edges)

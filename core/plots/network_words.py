"""What the marks of a network say: texts under the pointer, and the names of the strongest features."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.plots import theme
from core.plots.words import counted, percent
from core.store.sources.ibsi import CODES
from core.store.sources.names import described

#: Signs in a line under the pointer: a phone shows about so many.
LINE = 46
#: Names are placed as if the picture were this large, the smallest it gets (a phone), in pixels.
WIDE, HIGH = 350, 370
#: Pixels of a sign and of a line of the names.
SIGN, ROW = 6.0, 13.0
#: Signs in a line of a name; most names that are drawn.
NAME, MOST = 18, 12


def feature_hover(row, own_filter: bool) -> str:
    """What is known of a feature, and its part in this network."""
    kind = [
        row.family,
        f"filter {row.filter}" if row.filter and own_filter else "",
        f"IBSI {row.ibsi}" * bool(row.ibsi),
    ]
    if not row.entered:
        part = "left out under this setting"
    elif not row.degree:
        part = "no edge under this setting"
    else:
        part = f"strength {row.strength:.2f} over {counted(row.degree, 'edge')}"
    lines = [
        f"<b>{_broken(row.feature)}</b>",
        theme.literal(" · ".join(each for each in kind if each)),
        f"<i>{_broken(row.definition)}</i>" if row.definition else "",
        part,
        "in the network to compare patients on" if row.highlighted else "",
    ]
    return "<br>".join(line for line in lines if line)


def edge_hover(row, both: bool, subsamples: int) -> str:
    """Both ends of an edge, how strong it is, and how sure."""
    lines = [f"<b>{_broken(row.feature)}</b>", f"<b>{_broken(row.other_feature)}</b>"]
    lines.append(f"partial correlation {row.partial:+.2f}".replace("-", "−"))
    if both:
        lines.append("in both settings" if row.shared else "under this setting only")
    if np.isfinite(row.frequency):
        of = f"{subsamples:,} subsamples" if subsamples else "the subsamples"
        lines.append(f"in {percent(row.frequency)} of {of}")
    return "<br>".join(lines)


def _broken(text: str) -> str:
    """The text over as many lines as it takes."""
    return "<br>".join(theme.literal(line) for line in textwrap.wrap(str(text), LINE)) or " "


@dataclass(frozen=True)
class Name:
    """A name in the picture: at x, y, moved by pixels, with the side of it that touches that place."""

    feature: str
    text: str
    x: float
    y: float
    xanchor: str
    yanchor: str
    xshift: float
    yshift: float


def put(figure: go.Figure, name: Name) -> None:
    """Write the name where it belongs."""
    figure.add_annotation(
        x=name.x,
        y=name.y,
        text=name.text,
        xanchor=name.xanchor,
        yanchor=name.yanchor,
        xshift=name.xshift,
        yshift=name.yshift,
        align=name.xanchor,
        showarrow=False,
        font={"size": 11},
        borderpad=0,
    )


def names_to_draw(nodes: pd.DataFrame, sizes: np.ndarray, edges: pd.DataFrame) -> list[Name]:
    """The names of the strongest features that have room, the strongest first.

    `nodes`: feature, filter, ibsi, strength, x, y; `sizes`: their diameters in pixels; `edges`: x, y, x_other, y_other.
    A name stands beside its feature where it covers no other name and no feature, even on a phone, and of such places
    where it covers least of the edges; one without room is left out.
    """
    x, y = _pixels(nodes["x"], WIDE), _pixels(nodes["y"], HIGH)
    discs = [(a - s / 2, b - s / 2, a + s / 2, b + s / 2) for a, b, s in zip(x, y, sizes, strict=True)]
    one_filter = nodes["filter"].nunique() < 2
    on_edges = _along(edges)
    taken: list[tuple[float, ...]] = []
    names = []
    for place in np.argsort(-nodes["strength"].to_numpy(), kind="stable"):
        row = nodes.iloc[place]
        if not row["strength"] > 0 or len(names) == MOST:
            break
        lines = textwrap.wrap(bare_name(row["feature"], row["ibsi"], one_filter), NAME, max_lines=3, placeholder=" …")
        others = [disc for number, disc in enumerate(discs) if number != place]
        free = [
            (anchors, shift, box)
            for anchors, shift, box in _boxes(x[place], y[place], sizes[place] / 2 + 3, lines)
            if box[0] >= 0 and box[1] >= 0 and box[2] <= WIDE and box[3] <= HIGH
            and not _covers(box, others) and not _covers(box, taken)
        ]  # fmt: skip
        if free:
            anchors, shift, box = min(free, key=lambda each: _inside(on_edges, each[2]))
            taken.append(box)
            text = "<br>".join(theme.literal(line) for line in lines)
            names.append(Name(row["feature"], text, float(row["x"]), float(row["y"]), *anchors, *shift))
    return names


def bare_name(feature: str, ibsi: str, one_filter: bool) -> str:
    """The feature's own words without its family, and without the filter where all have the same."""
    known = described(feature)
    parts = known.label.split(" · ")
    name = _SPELT.get(ibsi) or (parts[1] if len(parts) > 1 else parts[0])
    return f"{name} {known.filter}" if known.filter not in ("", "original") and not one_filter else name


def _spelt() -> dict[str, str]:
    """The full name of each IBSI code, for programs that abbreviate."""
    names = {code: name for family in CODES.values() for name, code in family.items()}
    names |= {"IB1Z": "inverse difference", "NDRX": "inverse difference normalised", "UR99": "joint variance"}
    names |= {"WF0Z": "inverse difference moment", "1QCO": "inverse difference moment normalised"}
    names |= {"R8DG": "information correlation 1", "JN9H": "information correlation 2", "L0JK": "maximum diameter"}
    names |= {"QG58": "10th percentile", "8DWT": "90th percentile"}
    return {code: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() for code, name in names.items()}


_SPELT = _spelt()


def _pixels(stand: pd.Series, length: int) -> np.ndarray:
    """Where 0 to 1 is in the picture, in pixels, beside the free room around it."""
    return length * (0.05 + 0.9 * stand.to_numpy(float))


def _along(edges: pd.DataFrame) -> np.ndarray:
    """Points along the edges, in pixels."""
    share = np.linspace(0, 1, 25)
    x, y = (np.outer(edges[side], 1 - share) + np.outer(edges[f"{side}_other"], share) for side in "xy")
    return np.column_stack([_pixels(pd.Series(x.ravel()), WIDE), _pixels(pd.Series(y.ravel()), HIGH)])


def _inside(points: np.ndarray, box: tuple[float, ...]) -> int:
    return int(((points >= box[:2]) & (points <= box[2:])).all(axis=1).sum())


def _boxes(x: float, y: float, away: float, lines: list[str]) -> Iterable[tuple]:
    """Where a name could stand, the best place first: anchors, shifts and the box that it fills; y grows upwards."""
    wide, high = SIGN * max(map(len, lines)), ROW * len(lines)
    yield ("left", "middle"), (away, 0), (x + away, y - high / 2, x + away + wide, y + high / 2)
    yield ("right", "middle"), (-away, 0), (x - away - wide, y - high / 2, x - away, y + high / 2)
    yield ("center", "bottom"), (0, away), (x - wide / 2, y + away, x + wide / 2, y + away + high)
    yield ("center", "top"), (0, -away), (x - wide / 2, y - away - high, x + wide / 2, y - away)


def _covers(box: tuple[float, ...], others: Iterable[tuple[float, ...]]) -> bool:
    return any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in others)

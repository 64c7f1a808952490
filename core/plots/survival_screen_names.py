"""Which marks of a volcano are named, and where the names stand so that none covers another, even on a phone."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd

from core.plots import theme
from core.plots.network_words import ROW, Name, bare_name
from core.plots.network_words import SIGN as WIDTH_OF_SIGN

#: Pixels inside the axes of the smallest picture there is: a phone, with a legend of five lines.
WIDE, HIGH = 285, 320
#: Most names that are drawn; where nothing was found, only the first few.
MOST, FEW = 8, 3
#: Signs in a line of a name.
SIGNS = 20
#: Pixels from a mark to its name.
AWAY = 7.0


def names_to_draw(
    points: pd.DataFrame, frame: tuple[float, float, float, float], line: float, few: bool = False
) -> list[Name]:
    """The names of the marks with the smallest p that have room, those first.

    points  feature, ibsi, family, filter, copy_of, found, x, y, in the order of p; frame: x and y from and to; line: y
    of the threshold, whose own words stand at the right. A name covers neither another name nor a mark; what has no
    room for one has none. Copies are not named, nor what was not found where something was.
    """
    left, right, bottom, top = frame
    x = (points["x"].to_numpy() - left) / (right - left) * WIDE
    y = (points["y"].to_numpy() - bottom) / (top - bottom) * HIGH
    marks = np.column_stack([x, y])
    at = (line - bottom) / (top - bottom) * HIGH
    taken = [(WIDE - 60.0, at, float(WIDE), at + ROW)]
    wanted = points[(points["copy_of"] == "") & (points["found"] | few)]
    one_filter = points["filter"].nunique() < 2
    names: list[Name] = []
    for place, row in wanted.iterrows():
        if len(names) == (FEW if few else MOST):
            break
        lines = textwrap.wrap(_short(row, one_filter), SIGNS, max_lines=3, placeholder=" …")
        free = (
            (anchors, shift, box)
            for anchors, shift, box in _boxes(x[place], y[place], lines)
            if box[0] >= 0
            and box[1] >= 0
            and box[2] <= WIDE
            and box[3] <= HIGH
            and not _covers(box, taken)
            and not _inside(marks, box)
        )
        chosen = next(free, None)
        if chosen is None:
            continue
        anchors, shift, box = chosen
        taken.append(box)
        text = "<br>".join(theme.literal(line) for line in lines)
        names.append(Name(row["feature"], text, float(row["x"]), float(row["y"]), *anchors, *shift))
    return names


def _short(row: pd.Series, one_filter: bool) -> str:
    """The family and the feature's own words; a gene's name."""
    if not row["family"]:
        return str(row["feature"])
    name = bare_name(row["feature"], row["ibsi"], one_filter)
    return name if row["family"].lower() in name.lower() else f"{row['family']} {name}"


def _boxes(x: float, y: float, lines: list[str]):
    """Where a name could stand: anchors, shifts and the box that it fills; y grows upwards."""
    wide, high = WIDTH_OF_SIGN * max(map(len, lines)), ROW * len(lines)
    yield ("left", "middle"), (AWAY, 0), (x + AWAY, y - high / 2, x + AWAY + wide, y + high / 2)
    yield ("right", "middle"), (-AWAY, 0), (x - AWAY - wide, y - high / 2, x - AWAY, y + high / 2)
    yield ("center", "bottom"), (0, AWAY), (x - wide / 2, y + AWAY, x + wide / 2, y + AWAY + high)
    yield ("center", "top"), (0, -AWAY), (x - wide / 2, y - AWAY - high, x + wide / 2, y - AWAY)


def _covers(box: tuple[float, ...], others: list[tuple[float, ...]]) -> bool:
    return any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in others)


def _inside(marks: np.ndarray, box: tuple[float, ...]) -> bool:
    return bool(((marks >= box[:2]) & (marks <= box[2:])).all(axis=1).any())

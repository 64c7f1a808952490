"""Which marks of a volcano are named, and where the names stand so that none covers another, even on a phone."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd

from core.plots import theme
from core.plots.network_words import SIGN as WIDTH_OF_SIGN
from core.plots.network_words import Name, bare_name

#: Pixels inside the axes of the smallest picture there is: a phone, with a legend of five lines.
WIDE, HIGH = 285, 320
#: How many times wider and higher pictures are than that. A name keeps its size while the marks move apart, so one
#: that is free of others on a phone may meet them on a wide screen.
SCALES = ((1.0, 1.0), (1.3, 1.1), (1.7, 1.2), (2.3, 1.25), (3.0, 1.25))
#: Most names that are drawn; where nothing was found, only the first few.
MOST, FEW = 8, 3
#: Signs in a line of a name.
SIGNS = 20
#: Pixels from a mark to its name, half of a mark, and a line of a name.
AWAY, HALF, ROW = 7.0, 4.0, 14.5
#: Pixels that the words of the threshold take at the right.
THRESHOLD = 60.0

Box = tuple[float, float, float, float]


def names_to_draw(
    points: pd.DataFrame, frame: tuple[float, float, float, float], line: float, few: bool = False
) -> list[Name]:
    """The names of the marks with the smallest p that have room, those first.

    points  feature, ibsi, family, filter, copy_of, found, x, y, in the order of p; frame: x and y from and to; line: y
    of the threshold, whose own words stand at the right. A name covers neither another name nor a mark, on a phone as
    on a wide screen; what has no room for one has none. Copies are not named, nor what was not found where something
    was.
    """
    left, right, bottom, top = frame
    marks = np.column_stack([(points["x"] - left) / (right - left), (points["y"] - bottom) / (top - bottom)])
    pictures = [(WIDE * wider, HIGH * higher) for wider, higher in SCALES]
    at = (line - bottom) / (top - bottom)
    taken = [[(wide - THRESHOLD, at * high, wide, at * high + ROW)] for wide, high in pictures]
    wanted = points[(points["copy_of"] == "") & (points["found"] | few)]
    one_filter = points["filter"].nunique() < 2
    names: list[Name] = []
    for place, row in wanted.iterrows():
        if len(names) == (FEW if few else MOST):
            break
        lines = textwrap.wrap(_short(row, one_filter), SIGNS, max_lines=3, placeholder=" …")
        others = marks[(marks != marks[place]).any(axis=1)]
        for anchors, shift, size in _sides(lines):
            boxes = [_box(marks[place] * picture, anchors, shift, size) for picture in pictures]
            if all(map(_free, boxes, pictures, taken, [others * picture for picture in pictures])):
                for box, others_there in zip(boxes, taken, strict=True):
                    others_there.append(box)
                text = "<br>".join(theme.literal(line) for line in lines)
                names.append(Name(row["feature"], text, float(row["x"]), float(row["y"]), *anchors, *shift))
                break
    return names


def _short(row: pd.Series, one_filter: bool) -> str:
    """The family and the feature's own words; a gene's name."""
    if not row["family"]:
        return str(row["feature"])
    name = bare_name(row["feature"], row["ibsi"], one_filter)
    return name if row["family"].lower() in name.lower() else f"{row['family']} {name}"


def _sides(lines: list[str]):
    """Where a name could stand, the best place first: anchors, shifts and its size in pixels; y grows upwards."""
    size = WIDTH_OF_SIGN * max(map(len, lines)), ROW * len(lines)
    yield ("left", "middle"), (AWAY, 0), size
    yield ("right", "middle"), (-AWAY, 0), size
    yield ("center", "bottom"), (0, AWAY), size
    yield ("center", "top"), (0, -AWAY), size
    for side, x in (("right", -3.0), ("left", 3.0)):
        yield (side, "bottom"), (x, AWAY), size
        yield (side, "top"), (x, -AWAY), size


def _box(mark: np.ndarray, anchors: tuple[str, str], shift: tuple[float, float], size: tuple[float, float]) -> Box:
    x = mark[0] + shift[0] - size[0] * {"left": 0.0, "center": 0.5, "right": 1.0}[anchors[0]]
    y = mark[1] + shift[1] - size[1] * {"bottom": 0.0, "middle": 0.5, "top": 1.0}[anchors[1]]
    return x, y, x + size[0], y + size[1]


def _free(box: Box, picture: tuple[float, float], taken: list[Box], marks: np.ndarray) -> bool:
    """Whether the box is inside the picture and covers neither what is taken nor a mark."""
    if box[0] < 0 or box[1] < 0 or box[2] > picture[0] or box[3] > picture[1]:
        return False
    if any(box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken):
        return False
    low, high = np.array(box[:2]) - HALF, np.array(box[2:]) + HALF
    return not ((marks > low) & (marks < high)).all(axis=1).any()

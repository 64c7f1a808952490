"""The scale of colours beside a heat map."""

from __future__ import annotations

from typing import Any


def upright(title: str = "", **more: Any) -> dict[str, Any]:
    """A slim bar at the right of the map, its title along it so that a phone has the width for the map.

    Never lying above the map: Plotly then moves the label of made-up data out of the picture.
    """
    bar = {"thickness": 10, "outlinewidth": 0, "len": 1, "y": 0.5, "nticks": 5, "tickfont": {"size": 10}}
    return bar | ({"title": {"text": title, "side": "right"}} if title else {}) | more

"""Survival of the four groups by two indices."""

from __future__ import annotations

from dataclasses import replace

from core.analyses.quadrants import QuadrantCurves
from core.plots import drawings
from core.plots.drawing import Drawing


@drawings.register
def _(result: QuadrantCurves) -> tuple[Drawing, ...]:
    curves, *_ = drawings(result.comparison)
    return (
        replace(
            curves,
            name="quadrants",
            title=f"{result.comparison.endpoint} by both indices, out of fold",
            caption=f"{curves.caption} {result.comparison.rule}",
        ),
    )

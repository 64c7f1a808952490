"""A frozen classifier in other patients: its ROC curve, calibration and net benefit there."""

from __future__ import annotations

from core.analyses.prediction_elsewhere_result import Applied
from core.plots import drawings
from core.plots.drawing import Drawing
from core.plots.prediction_performance import calibration, decision, roc


@drawings.register
def _(result: Applied) -> tuple[Drawing, ...]:
    who = f"{result.study}, n = {result.n:,}, {result.n_positive:,} positive; model of {result.home}, unchanged"
    return tuple(
        draw(result.performance, result.label, who, "prediction_elsewhere") for draw in (roc, calibration, decision)
    )

"""Everything that probabilities are judged by, with a named state where a part cannot be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.analyses.prediction_result import Performance
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.stats.calibration import GROUPS, brier, calibration_groups, calibration_line, calibration_smooth
from core.stats.decision import decision_curve
from core.stats.roc import auc, precision_recall, roc_curve

#: Patients behind each group of a calibration curve, and resamples of each band.
PER_GROUP, RESAMPLES, SMOOTHS = 15, 1000, 200


def performance(y: np.ndarray, probability: np.ndarray, seed: int, progress: Progress = quiet) -> Performance:
    """How good are these probabilities (n,) of outcomes y (n,) that had no part in making them?

    Raises what `core.stats.roc.auc` raises where there are fewer than 5 patients of a class.
    """
    states: dict[str, str] = {}

    def tried(part: str, make: Callable[..., Any], *more: Any, **how: Any) -> Any:
        try:
            return make(y, probability, *more, **how)
        except NotEstimable as state:
            states[part] = str(state)
            return None

    area = auc(y, probability)
    progress(0.2, "intervals")
    recall = precision_recall(y, probability, RESAMPLES, seed)
    progress(0.4, "intervals")
    smooth = tried("smooth", calibration_smooth, resamples=SMOOTHS, seed=seed)
    progress(0.7, "intervals")
    return Performance(
        auc=area,
        roc=roc_curve(y, probability),
        recall=recall,
        brier=brier(y, probability),
        line=tried("line", calibration_line),
        groups=tried("groups", calibration_groups, groups=int(np.clip(len(y) // PER_GROUP, 2, GROUPS))),
        smooth=smooth,
        decision=decision_curve(y, probability, resamples=RESAMPLES, seed=seed),
        states=states,
    )

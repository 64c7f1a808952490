"""What a classifier was found to be worth, and the classifier itself."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.prediction.frozen import Frozen
from core.stats.calibration import Brier, CalibrationGroups, CalibrationLine, CalibrationSmooth
from core.stats.confusion import Confusion
from core.stats.decision import DecisionCurve
from core.stats.roc import Auc, PrecisionRecall, RocCurve

HALF, PREVALENCE, YOUDEN = "half", "prevalence", "youden"


@dataclass(frozen=True, eq=False)
class Performance:
    """How good probabilities are: of patients whom the model has not seen.

    auc, roc, recall   ranking; line, groups, smooth, brier: whether they are as large as they should be
    decision           net benefit of acting on them; None, with the reason, where one cannot be told
    states             part -> reason, for each of the parts that is None
    """

    auc: Auc
    roc: RocCurve
    recall: PrecisionRecall
    brier: Brier
    line: CalibrationLine | None
    groups: CalibrationGroups | None
    smooth: CalibrationSmooth | None
    decision: DecisionCurve
    states: dict[str, str]


@dataclass(frozen=True, eq=False)
class Predicted:
    """A classifier by nested cross-validation, and what it would be if it were learnt on everybody.

    label       what is predicted; n patients, n_positive of them positive, of n_cohort; left_out: reason, n
    performance of probabilities that are means over the repeats: every patient counts once
    spread      a row per repeat: repeat, auc
    apparent    AUC on the very patients that the last model was learnt on; optimism: apparent less performance.auc
    confusion   at the threshold `cut` in words (`threshold` names it)
    settings    a row per setting of the classifier: setting, chosen (by how many of the outer models)
    stability   a row per column, the largest first: feature, label, family, weight (last model, per standard deviation;
                importances of a forest), mean and sd of the outer models' weights, inside (share of the outer models
                that use it), same_sign (share of those in which its sign is that of the mean); without weights for a
                support vector machine
    volume      the feature that is the volume by its name, "" for none; volume_auc: what it reaches alone, in the same
                folds; None where it is not among the features or hardly varies
    per_column  patients of the rarer class per column that the classifier may use
    frozen      the last model, to be carried away; None with the reason in no_frozen
    probabilities  positive, probability: a row per patient, in the order of the probability
    words       what was found and what to keep in mind
    """

    label: str
    positive: str
    negative: str
    of: str
    how: str
    n: int
    n_positive: int
    n_cohort: int
    left_out: pd.DataFrame
    n_columns: int
    performance: Performance
    spread: pd.DataFrame
    apparent: float
    optimism: float
    threshold: str
    cut: str
    confusion: Confusion
    settings: pd.DataFrame
    stability: pd.DataFrame
    volume: str
    volume_auc: float | None
    per_column: float
    frozen: Frozen | None
    no_frozen: str
    probabilities: pd.DataFrame
    folds: int
    inner: int
    repeats: int
    seed: int
    cautions: tuple[str, ...]
    words: tuple[str, ...] = ()

"""What became of a frozen classifier in patients that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.prediction_result import Performance
from core.analyses.prediction_words import auc_text, calibration_words, measure_text
from core.stats.confusion import Confusion
from core.stats.roc import Auc


@dataclass(frozen=True, eq=False)
class Applied:
    """A frozen model in other patients.

    label, label_there       what is predicted, and what it was held against there
    home, home_auc, home_n   where it was learnt, its AUC there by nested cross-validation, and on how many
    study, cohort            where it was applied, and to whom, in words
    n, n_positive            patients with features and outcome; of n_cohort there n_same are the model's own patients
                             and were left out, as were those of left_out (reason, n)
    cut                      the threshold that was frozen with it; confusion: the calls at it
    n_matched of n_features  are there; `missing` are not, and stand at their training medians
    shift                    feature, distance: mean there less the training mean, in training standard deviations;
                             n_far of them are farther than 2
    """

    label: str
    label_there: str
    positive: str
    home: str
    home_auc: Auc
    home_n: int
    study: str
    cohort: str
    performance: Performance
    cut: float
    chosen_cut: str
    confusion: Confusion
    n: int
    n_positive: int
    n_cohort: int
    n_same: int
    left_out: pd.DataFrame
    n_features: int
    n_matched: int
    missing: tuple[str, ...]
    scale: str
    n_far: int
    shift: pd.DataFrame
    words: tuple[str, ...] = ()


def elsewhere_words(found: Applied) -> tuple[str, ...]:
    """The sentences, the most important first."""
    area = found.performance.auc
    said = [
        f"{found.label_there} in {found.study}{f' ({found.cohort})' if found.cohort else ''}: {auc_text(area)}, by the "
        f"frozen model; n = {found.n:,}, {found.n_positive:,} positive.",
        f"Where it was learnt, for {found.label}, nested cross-validation gave {found.home_auc.auc:.2f} "
        f"({found.home_n:,} patients).",
        *calibration_words(found.performance),
        f"Called positive from {found.cut:.2f} on ({found.chosen_cut}): sensitivity "
        f"{measure_text(found.confusion.sensitivity)}, specificity {measure_text(found.confusion.specificity)}.",
        f"{found.n_matched:,} of {found.n_features:,} features were found by name"
        + (f"; {len(found.missing):,} stand at their training medians." if found.missing else "."),
    ]
    if found.n_far:
        said.append(
            f"Caution: {found.n_far:,} of {found.n_matched:,} features lie more than two standard deviations from "
            "where they were learnt, on average: these images differ from those of the model."
        )
    if found.scale == "z-scored":
        said.append(
            "Caution: the features were z-scored before they came here, each table on its own patients. That takes out "
            "a part of the difference between them, and makes the probabilities depend on who else was imaged."
        )
    return tuple(said)

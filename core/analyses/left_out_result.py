"""What classifiers tried on left-out centres found."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class LeftOutCentres:
    """Classifiers of every arm, tried on the centre that was left out and on mixed splits.

    table        a row per centre and arm: n, n_positive, auc, sensitivity, specificity and mcc with `_lower`, `_upper`,
                 how the intervals came about, counts of calls, n_selected and n_used features, why there is none
    pooled       a row per arm over all left-out patients; `auc` counts pairs within a centre, `auc_all` all pairs
    differences  each other arm less the plain lasso, paired: measure, difference, lower, upper,
                 p, p_adjusted (Holm over all of them), n_called_otherwise
    mixed, mixed_differences  the same measures over random splits with every centre on both sides; empty when not asked
    features     in how many of the centres' classifiers each feature has a coefficient
    scores       patient_id, centre, positive and a probability per arm, of the classifier that left the centre out
    states       centre, reason: those that could not be tried
    """

    target: str
    positive: str
    environment: str
    table: pd.DataFrame
    pooled: pd.DataFrame
    differences: pd.DataFrame
    mixed: pd.DataFrame
    mixed_differences: pd.DataFrame
    features: pd.DataFrame
    scores: pd.DataFrame
    states: pd.DataFrame
    left_out: pd.DataFrame
    n: int
    n_positive: int
    n_cohort: int
    n_features: int
    repeats: int
    splits: int
    seed: int
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

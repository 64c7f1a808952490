"""The analysis that a checklist reports on: what it shows, in words, once it has been worked out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reported:
    """Sentences about one analysis, each empty where it shows nothing of the kind.

    state        why it shows nothing at all: none was chosen, or its data do not allow it
    imaging      whether imaging features are in it; interval: whether performance has a confidence interval
    multiplicity how p-values are corrected for the number of features or genes; reduction: how features become fewer
    partly       what it shows of the whole model where that is not all
    leaks        whether the filter or a covariate knows the outcome: cautions, or that none was found
    """

    title: str = ""
    page: str = ""
    state: str = ""
    outcome: str = ""
    n: str = ""
    candidates: str = ""
    handling: str = ""
    model: str = ""
    validation: str = ""
    kind: str = ""
    heterogeneity: str = ""
    measures: str = ""
    output: str = ""
    balance: str = ""
    tuning: str = ""
    multiplicity: str = ""
    reduction: str = ""
    confounders: str = ""
    full: str = ""
    partly: str = ""
    missing: str = ""
    predictions: str = ""
    selection: str = ""
    unadjusted: str = ""
    discrimination: str = ""
    resampled: str = ""
    calibration: str = ""
    calibration_resampled: str = ""
    utility: str = ""
    risk: str = ""
    clinical: str = ""
    biology: str = ""
    comparison: str = ""
    per_coefficient: str = ""
    seeds: str = ""
    leaks: str = ""
    imaging: bool = False
    interval: bool = False

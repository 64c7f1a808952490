"""Curves of an outcome against a dose: as given, as fitted to the cohort, and what was observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.radiogenomics.logistic_curve import LogisticCurve
from core.radiogenomics.ntcp import LkbFit
from core.stats.calibration import Brier, CalibrationLine


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve: `dose_gy` and `probability` (k,), with its name, its parameters in words, and where they are from."""

    name: str
    parameters: str
    source: str
    dose_gy: np.ndarray
    probability: np.ndarray


@dataclass(frozen=True, eq=False)
class Against:
    """What was observed at which dose, and the curves of that dose.

    axis      what the dose is: `gEUD with a = 1 (n = 1), Gy`
    bins      a row per bin of patients: from_gy, to_gy, mean_gy, n, n_events, share, lower, upper (Wilson)
    patients  dose_gy, event, of every patient
    """

    axis: str
    bins: pd.DataFrame
    patients: pd.DataFrame
    curves: tuple[Curve, ...]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Given probabilities against what was observed; `line` None, and `state` why, where it has no estimate.

    groups    n, n_positive, expected, observed, lower, upper, from, to; empty where patients are too few
    """

    name: str
    line: CalibrationLine | None
    state: str
    groups: pd.DataFrame
    brier: Brier
    expected: float
    observed: float


@dataclass(frozen=True, eq=False)
class DoseResponse:
    """A complication or control of a structure's dose.

    event        the outcome in words; what: "complication" or "control"
    given        the curve whose parameters were given, with the observed; fitted: those of the cohort, None where there
                 is no fit, and `no_fit` says why
    calibration  of every given curve
    lkb          the Lyman-Kutcher-Burman fit, None for control; logistic: the logistic fit, on the dose of `fitted`
    estimates    model, parameter, unit, value, lower, upper (NaN: the likelihood leaves that end open), how
    n, n_events  patients with dose and outcome, of n_cohort; left_out: reason, n of the others
    """

    what: str
    structure: str
    event: str
    doses: str
    given: Against
    fitted: Against | None
    no_fit: str
    calibration: tuple[Calibration, ...]
    lkb: LkbFit | None
    logistic: LogisticCurve | None
    estimates: pd.DataFrame
    n: int
    n_events: int
    n_cohort: int
    left_out: pd.DataFrame
    words: tuple[str, ...]

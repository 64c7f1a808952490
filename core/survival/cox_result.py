"""What a Cox model of several covariates says: its coefficients, its terms, its curves, and how well it ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.survival.proportional import Residuals


@dataclass(frozen=True)
class CoxRow:
    """One coefficient (log hazard ratio) with 95 % Wald interval and p.

    level      against its term's reference; "" for a number, whose ratio is per unit; both parts' for an interaction;
               the part of the curve for a spline, whose coefficients mean nothing one by one
    n          patients of the level (all for a number); n_events: those of them with an event
    sd         standard deviation of a number in its own unit, and the hazard ratio for one more; None otherwise
    """

    term: str
    level: str
    n: int
    n_events: int
    coefficient: float
    standard_error: float
    ratio: float
    lower: float
    upper: float
    p: float
    sd: float | None
    ratio_per_sd: float | None
    lower_per_sd: float | None
    upper_per_sd: float | None


@dataclass(frozen=True)
class CoxTerm:
    """One covariate or interaction as a whole.

    kind         "number", "category", "spline" or "interaction"; parts: the covariates it is made of
    reference    of a category, with its patients and events; None otherwise
    lr_p         likelihood-ratio test of the model without it; None, with the reason in `note`, where an interaction
                 contains it
    ph_p         score test of proportional hazards, small where they do not look so; None where the events cannot tell
    n_missing    patients with an outcome who lack it
    """

    term: str
    kind: str
    parts: tuple[str, ...]
    reference: str | None
    n_reference: int | None
    n_events_reference: int | None
    n_missing: int
    dof: int
    lr_statistic: float | None
    lr_p: float | None
    ph_statistic: float | None
    ph_p: float | None
    note: str


@dataclass(frozen=True)
class Contrast:
    """The hazard ratio of the value `high` against `low`, with its 95 % Wald interval."""

    low: float
    high: float
    ratio: float
    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class SplineCurve:
    """The hazard ratio over the values of a number that may bend, against `reference`, the median.

    table      value, ratio, lower, upper (95 %, at each value by itself) from the 5th to the 95th percentile
    quartiles  the third against the first
    nonlinear_p  likelihood-ratio test of the curve against a straight line in the same model
    values     (n,) the number in the patients of the model, sorted
    """

    term: str
    knots: tuple[float, ...]
    reference: float
    table: pd.DataFrame
    quartiles: Contrast
    nonlinear_statistic: float
    nonlinear_dof: int
    nonlinear_p: float
    values: np.ndarray


@dataclass(frozen=True)
class Effect:
    """What one part of an interaction is worth at one value of the other: a ratio with 95 % interval, and no p of its
    own, for the interaction has one test.

    of, level    the covariate; its level against its reference, or "" for a number, per standard deviation `sd`
    where, at    the other covariate, and its level, or its value in words
    n, n_events  patients with that level of the other (all when it is a number), of them with `level` if there is one
    """

    interaction: str
    of: str
    level: str
    sd: float | None
    where: str
    at: str
    n: int
    n_events: int
    ratio: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Alone:
    """A covariate by itself on the same patients and strata; `quartiles` of a spline."""

    term: str
    rows: tuple[CoxRow, ...]
    lr_statistic: float
    dof: int
    lr_p: float
    quartiles: Contrast | None


@dataclass(frozen=True, eq=False)
class CoxModel:
    """A Cox model of several covariates; `lr_p` tests them all together.

    curves               of the splines; effects: of the parts of interactions; alone: each covariate by itself
    residuals            how each term's effect moves with time; ph_global_p tests all terms together
    c_index              Harrell's c of the model on its own patients; c_index_pairs says which pairs; None without any
    c_index_corrected    the same less the mean optimism over resamples_used of `resamples`; None without
    n_excluded           without time or event; n_no_stratum: without a stratum; n_incomplete: lacking some covariate
    """

    rows: tuple[CoxRow, ...]
    terms: tuple[CoxTerm, ...]
    curves: tuple[SplineCurve, ...]
    effects: tuple[Effect, ...]
    alone: tuple[Alone, ...]
    residuals: dict[str, Residuals]
    ties: str
    proportionality: str
    ph_global_statistic: float | None
    ph_global_p: float | None
    log_likelihood: float
    log_likelihood_null: float
    lr_statistic: float
    lr_dof: int
    lr_p: float
    events_per_coefficient: float
    c_index: float | None
    c_index_pairs: str
    c_index_corrected: float | None
    c_index_optimism: float | None
    resamples: int
    resamples_used: int
    seed: int
    n_strata: int
    notes: tuple[str, ...]
    n: int
    n_events: int
    n_excluded: int
    n_no_stratum: int
    n_incomplete: int

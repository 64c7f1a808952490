"""What a search for the order of a logistic model found."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.radiogenomics.left_out import HeldOut


@dataclass(frozen=True)
class OrderTerm:
    """One term of the final model. The odds ratio is per standard deviation `sd`, the coefficient per unit.

    share   of the resamples in which it was among the terms at the chosen order; 1 for a term that every model has
    kept    whether every model has it
    """

    name: str
    coefficient: float
    odds_ratio_per_sd: float
    sd: float
    share: float
    kept: bool = False


@dataclass(frozen=True, eq=False)
class OrderSelection:
    """The order chosen, the model of that order, and what it is worth on patients left out.

    order, best         the smallest order within one standard error of the best one; the best one. Terms that every
                        model has do not count
    orders              order, mean (of the measure on patients not drawn), standard_error
    selected            candidate, order, share: of the resamples whose model of that order has the candidate
    sets                terms (names joined by " + "), n_resamples: models of the chosen order, the most frequent first
    terms, intercept    the most frequent set fitted to all patients (of equal ones the most likely); log_likelihood
    held_out            the whole search repeated without each of 5 parts; None where it was not asked for
    kept                terms that every model has; held_out_kept: the model of these alone, on the same 5 parts, None
                        without them
    separating          fits in resamples that were passed over because outcomes were separated
    n_incomplete        patients with an outcome who lack a candidate; n_excluded: without an outcome
    constant            candidates that are the same for everybody, and so were left out
    infinite            candidates without a finite coefficient, left out: carried by patients of one outcome only
    """

    order: int
    best: int
    measure: str
    orders: pd.DataFrame
    selected: pd.DataFrame
    sets: pd.DataFrame
    terms: tuple[OrderTerm, ...]
    intercept: float
    log_likelihood: float
    held_out: HeldOut | None
    kept: tuple[str, ...]
    held_out_kept: HeldOut | None
    candidates: tuple[str, ...]
    constant: tuple[str, ...]
    infinite: tuple[str, ...]
    resamples: int
    resamples_used: int
    seed: int
    separating: int
    no_interval: str
    notes: tuple[str, ...]
    n: int
    n_events: int
    n_incomplete: int
    n_excluded: int

"""One Cox model of given terms, or the reason why it has no finite estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.errors import NotEstimable
from core.survival.covariates import Term
from core.survival.design import dependent
from core.survival.efron import RiskSums, maximum
from core.survival.separation import separated
from core.vocabulary import counted, listed

#: What to do where the likelihood has no maximum: added to what else can be done.
RIDGE = "choose the ridge fit (from 10 events on), which shrinks the ratios and has one"


@dataclass(frozen=True, eq=False)
class Patients:
    """(n,) times, events (bool) and strata numbered from 0 of those in the model."""

    time: np.ndarray
    event: np.ndarray
    stratum: np.ndarray

    @cached_property
    def sums(self) -> RiskSums:
        return RiskSums.of(self.time, self.event, self.stratum)


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients (p,) of columns x (n, p) with their covariance (p, p)."""

    x: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    log_likelihood_null: float

    @property
    def errors(self) -> np.ndarray:
        """(p,) standard errors."""
        return np.sqrt(np.diag(self.covariance))

    def test(self) -> tuple[float, float]:
        """Statistic and p of the likelihood-ratio test of all coefficients."""
        return self.beyond(None)

    def beyond(self, smaller: Fit | None) -> tuple[float, float]:
        """Statistic and p of the likelihood-ratio test against a model with some of these columns, or with none."""
        from scipy.special import chdtrc

        before = self.log_likelihood_null if smaller is None else smaller.log_likelihood
        gain = max(0.0, 2 * (self.log_likelihood - before))
        dof = len(self.coefficients) - (0 if smaller is None else len(smaller.coefficients))
        return gain, float(chdtrc(dof, gain))


def columns_of(terms: Sequence[Term], n: int) -> np.ndarray:
    """(n, p) the columns of the terms, side by side."""
    return np.column_stack([column.values for term in terms for column in term.columns] or [np.empty((n, 0))])


def fit(patients: Patients, terms: Sequence[Term]) -> Fit:
    """Fit the terms by Newton's method.

    Raises `NotEstimable` for too many or dependent columns, separation, and a likelihood that was not maximised.
    Not by lifelines: with a number times a group, whose columns nearly follow from each other, it may end far from the
    maximum with no more than a warning (tests/survival/test_cox_model.py has such patients).
    """
    _sound(patients, terms, columns_of(terms, len(patients.time)))
    return refit(patients, terms)


def refit(patients: Patients, terms: Sequence[Term]) -> Fit:
    """The same without its checks: for some of the terms, or less bent ones, of a model with finite estimates, as those
    have them too.
    """
    x = columns_of(terms, len(patients.time))
    found = maximum(patients.sums, x)
    if found is None:
        raise NotEstimable(
            "The Cox model has no maximum that can be told from a likelihood rising for ever.",
            f"Remove a covariate, join small groups, widen the cohort, or {RIDGE}.",
        )
    return Fit(x, found.coefficients, found.covariance, found.log_likelihood, found.log_likelihood_null)


def _sound(patients: Patients, terms: Sequence[Term], x: np.ndarray) -> None:
    names = [_named(term.name, column.level) for term in terms for column in term.columns]
    events = int(patients.event.sum())
    varying(terms, len(x))
    if x.shape[1] >= events:
        raise NotEstimable(
            f"The model has {counted(x.shape[1], 'coefficient')} and {counted(events, 'event')}; it takes more "
            "events than that.",
            f"Remove covariates, join levels, widen the cohort, or {RIDGE}.",
        )
    lost = [names[i] for i in dependent(patients.time, patients.event, x, patients.stratum)]
    if lost:
        raise NotEstimable(
            f"Nothing is left to estimate of {listed(lost, 'and')}: the covariates before, or the strata, say it all.",
            f"Remove {listed(lost, 'and')}, or the covariates or strata that say the same.",
        )
    endless = separated(patients.sums, x)
    if endless:
        raise NotEstimable(
            f"Not estimable (separation): by {listed([names[i] for i in endless], 'and')} it is told too well who has "
            "the event next, so that the hazard ratio has no finite value.",
            f"Join levels that have few events, remove the covariate, widen the cohort, or {RIDGE}.",
        )


def varying(terms: Sequence[Term], n: int) -> None:
    """Raise `NotEstimable` for a term that is the same for all n patients."""
    for term in terms:
        if not term.columns:
            raise NotEstimable(
                f"All {n} patients in the model have {term.name} '{term.reference}'.",
                f"Remove {term.name} or widen the cohort.",
            )
        if any(_beyond(column.values) for column in term.columns):
            raise NotEstimable(
                f"The values of {term.name} are too large or too small to compute with.", "Give it in another unit."
            )
        if np.ptp(term.columns[0].values) == 0 and len(term.columns) == 1:
            raise NotEstimable(f"{term.name} is the same for all {n} patients in the model.", f"Remove {term.name}.")


def _named(term: str, level: str) -> str:
    return f"{term} '{level}'" if level else term


def _beyond(values: np.ndarray) -> bool:
    """Whether squares of these values run over, or to nothing."""
    largest = np.abs(values).max(initial=0)
    return bool(largest > 1e100 or 0 < largest < 1e-100)

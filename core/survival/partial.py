"""One Cox model of given terms, maximised by lifelines, or the reason why it has no finite estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.stats.quietly import quietly
from core.survival.covariates import Term
from core.survival.design import dependent
from core.survival.efron import RiskSums
from core.survival.separation import separated

#: lifelines' own names for its two limits. Of several coefficients the one nearest zero keeps fewer right digits than
#: the others, so the limit is lower than for a single ratio.
PRECISION = MappingProxyType({"precision": 1e-20, "r_precision": 1e-15})


@dataclass(frozen=True, eq=False)
class Patients:
    """(n,) times, events (bool) and strata numbered from 0 of those in the model."""

    time: np.ndarray
    event: np.ndarray
    stratum: np.ndarray


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients (p,) of columns x (n, p) with their errors; `proportional`: each term's p of the test of it."""

    x: np.ndarray
    coefficients: np.ndarray
    errors: np.ndarray
    log_likelihood: float
    log_likelihood_null: float
    proportional: dict[str, float | None]

    def test(self) -> tuple[float, float]:
        """Statistic and p of the likelihood-ratio test of all coefficients."""
        from scipy.stats import chi2

        gain = max(0.0, 2 * (self.log_likelihood - self.log_likelihood_null))
        return gain, float(chi2.sf(gain, len(self.coefficients)))


def fit(patients: Patients, terms: Sequence[Term], checked: bool = False) -> Fit:
    """Fit the terms; `checked` when they are part of a model that had finite estimates, which then have them too.

    Raises `NotEstimable` for too many or dependent columns, separation, and a likelihood that was not maximised.
    """
    x = np.column_stack([column.values for term in terms for column in term.columns] or [np.empty(len(patients.time))])
    if not checked:
        _sound(patients, terms, x)
    from lifelines.exceptions import ApproximationWarning, ConvergenceError, ConvergenceWarning, StatisticalWarning

    # Columns are named by position (a covariate may have any name); of unit size, as a step of Newton's wants them.
    size = x.std(axis=0, ddof=1)
    frame = pd.DataFrame(x / size, columns=[f"x{i}" for i in range(x.shape[1])])
    frame = frame.assign(time=patients.time, event=patients.event.astype(int))
    if patients.stratum.any():
        frame["stratum"] = patients.stratum
    with quietly(ConvergenceWarning, StatisticalWarning, ApproximationWarning, RuntimeWarning):
        try:
            model = _maximised(frame)
        except ConvergenceError as failure:
            raise NotEstimable(
                "The Cox model did not converge on these covariates.",
                "Remove a covariate, join small groups, or widen the cohort.",
            ) from failure
        coefficients, errors = model.params_.to_numpy(), model.standard_errors_.to_numpy()
        if not (np.isfinite(coefficients).all() and np.isfinite(errors).all()):
            raise NotEstimable("The Cox model gave no finite estimate.", "Remove a covariate or join small groups.")
        null = model.log_likelihood_ratio_test()
        proportional = {} if checked else _proportional(model, frame, patients, terms)
    return Fit(
        x=x,
        coefficients=coefficients / size,
        errors=errors / size,
        log_likelihood=float(model.log_likelihood_),
        log_likelihood_null=float(model.log_likelihood_ - null.test_statistic / 2),
        proportional=proportional,
    )


def _sound(patients: Patients, terms: Sequence[Term], x: np.ndarray) -> None:
    names = [_named(term.name, column.level) for term in terms for column in term.columns]
    events = int(patients.event.sum())
    for term in terms:
        if not term.columns:
            raise NotEstimable(
                f"All {len(x)} patients in the model have {term.name} '{term.reference}'.",
                f"Remove {term.name} or widen the cohort.",
            )
        if np.ptp(term.columns[0].values) == 0 and len(term.columns) == 1:
            raise NotEstimable(
                f"{term.name} is the same for all {len(x)} patients in the model.", f"Remove {term.name}."
            )
    if x.shape[1] >= events:
        raise NotEstimable(
            f"The model has {x.shape[1]} coefficients and {events} events; it takes more events than that.",
            "Remove covariates, join levels, or widen the cohort.",
        )
    lost = [names[i] for i in dependent(patients.time, patients.event, x, patients.stratum)]
    if lost:
        raise NotEstimable(
            f"What is left of {_listed(lost)} does not vary: it follows from the covariates before it or the strata.",
            f"Remove {_listed(lost)}, or what it follows from.",
        )
    endless = separated(RiskSums.of(patients.time, patients.event, patients.stratum), x)
    if endless:
        raise NotEstimable(
            f"Not estimable (separation): {_listed([names[i] for i in endless])} tells too well who has the event "
            "next, so that the hazard ratio has no finite value.",
            "Join levels that have few events, remove the covariate, or widen the cohort.",
        )


def _named(term: str, level: str) -> str:
    return f"{term} '{level}'" if level else term


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _maximised(frame: pd.DataFrame):
    """The fitted model; in smaller steps when the first full step overshoots, as it may when a group is tiny."""
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    strata = ["stratum"] if "stratum" in frame else None
    for options in (dict(PRECISION), {**PRECISION, "step_size": 0.2}):
        try:
            return CoxPHFitter().fit(frame, "time", "event", strata=strata, fit_options=options)
        except ConvergenceError as failure:
            last = failure
    raise last


def _proportional(model, frame: pd.DataFrame, patients: Patients, terms: Sequence[Term]) -> dict[str, float | None]:
    """Do the scaled Schoenfeld residuals of each term follow Kaplan-Meier time? One test for all its columns.

    Source: Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515, with the average variance for every event.
    """
    from lifelines import KaplanMeierFitter
    from scipy.stats import chi2

    residuals = model.compute_residuals(frame, kind="scaled_schoenfeld")
    curve = KaplanMeierFitter().fit(patients.time, patients.event).survival_function_["KM_estimate"]
    moment = 1 - curve.loc[patients.time[residuals.index]].to_numpy()
    if np.ptp(moment) == 0:  # all events at one time
        return {term.name: None for term in terms}
    moment -= moment.mean()
    trend, variance = moment @ residuals.to_numpy(), model.variance_matrix_.to_numpy()
    scale, start, answers = len(moment) * (moment**2).sum(), 0, {}
    for term in terms:
        of = slice(start, start := start + len(term.columns))
        statistic = trend[of] @ np.linalg.solve(variance[of, of], trend[of]) / scale
        answers[term.name] = float(chi2.sf(statistic, len(term.columns)))
    return answers

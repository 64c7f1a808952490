"""What the coefficients of a Cox model mean together: curves of splines, and one covariate at values of another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.survival.covariates import CATEGORY, INTERACTION, NUMBER, SPLINE, Term
from core.survival.cox_result import Contrast, Effect, SplineCurve
from core.survival.partial import Fit, Patients, refit
from core.survival.proportional import WIDTH
from core.survival.splines import basis

#: The curve is drawn between these percentiles, at so many values.
ENDS, POINTS = (5, 95), 101


def ratios(fitted: Fit, contrasts: np.ndarray) -> np.ndarray:
    """(rows, 3) hazard ratio and 95 % Wald interval of each row of contrasts (rows, p)."""
    middle = contrasts @ fitted.coefficients
    error = np.sqrt(np.einsum("rp,pq,rq->r", contrasts, fitted.covariance, contrasts))
    with np.errstate(over="ignore"):
        return np.exp(np.column_stack((middle, middle - WIDTH * error, middle + WIDTH * error)))


def _places(terms: Sequence[Term]) -> dict[str, np.ndarray]:
    ends = np.cumsum([len(term.columns) for term in terms])
    return {term.name: np.arange(end - len(term.columns), end) for term, end in zip(terms, ends, strict=True)}


# ---------------------------------------------------------------------------------------------- splines


def curves(patients: Patients, terms: Sequence[Term], fitted: Fit) -> tuple[SplineCurve, ...]:
    """The curve of every spline among the terms."""
    return tuple(_curve(patients, terms, term, fitted) for term in terms if term.kind == SPLINE)


def _curve(patients: Patients, terms: Sequence[Term], term: Term, fitted: Fit) -> SplineCurve:
    values = term.columns[0].values
    median, low, high = np.quantile(values, (0.5, ENDS[0] / 100, ENDS[1] / 100))
    grid = np.linspace(low, high, POINTS)
    shown = ratios(fitted, _against(term, terms, grid, median))
    straight = Term(term.name, NUMBER, term.parts, None, None, term.columns[:1])
    line = refit(patients, [straight if other is term else other for other in terms])
    statistic, p = fitted.beyond(line)
    return SplineCurve(
        term=term.name,
        knots=tuple(term.knots.tolist()),
        reference=float(median),
        table=pd.DataFrame(np.column_stack((grid, shown)), columns=["value", "ratio", "lower", "upper"]),
        quartiles=quartiles(term, terms, fitted),
        nonlinear_statistic=statistic,
        nonlinear_dof=len(term.columns) - 1,
        nonlinear_p=p,
        values=np.sort(values),
    )


def quartiles(term: Term, terms: Sequence[Term], fitted: Fit) -> Contrast:
    """The third quartile of a spline's number against the first."""
    low, high = np.quantile(term.columns[0].values, (0.25, 0.75))
    (found,) = ratios(fitted, _against(term, terms, np.array([high]), low))
    return Contrast(float(low), float(high), *found.tolist())


def _against(term: Term, terms: Sequence[Term], values: np.ndarray, reference: float) -> np.ndarray:
    """(rows, p) contrasts of values of a spline's number against its reference."""
    place = _places(terms)
    contrasts = np.zeros((len(values), sum(map(len, place.values()))))
    contrasts[:, place[term.name]] = basis(values, term.knots) - basis(np.array([reference]), term.knots)
    return contrasts


# ---------------------------------------------------------------------------------------------- interactions


def effects(patients: Patients, terms: Sequence[Term], fitted: Fit) -> tuple[Effect, ...]:
    """Each part of each interaction at the values of the other: at every level of a category, at the quartiles of a
    number. What else the part interacts with is at its reference or median.
    """
    by_name = {term.name: term for term in terms}
    found: list[Effect] = []
    for term in terms:
        if term.kind == INTERACTION:
            first, second = (by_name[part] for part in term.parts)
            for of, other in ((first, second), (second, first)):
                found += _within(patients, terms, term, of, other, fitted)
    return tuple(found)


def _within(patients: Patients, terms: Sequence[Term], product: Term, of: Term, other: Term, fitted: Fit):
    for at, state, inside in _states(other):
        for j, column in enumerate(of.columns):
            contrast = _contrast(terms, of, j, {product.name: state})
            sd = float(np.std(column.values, ddof=1)) if of.kind == NUMBER else None
            (ratio,) = ratios(fitted, (contrast if sd is None else contrast * sd)[None, :])
            who = inside & column.carriers
            n, n_events = int(who.sum()), int((who & patients.event).sum())
            yield Effect(product.name, of.name, column.level, sd, other.name, at, n, n_events, *ratio.tolist())


def _states(other: Term):
    """The values at which a covariate is held: in words, in its columns, and whose value it is."""
    if other.kind == CATEGORY:
        yield other.reference, np.zeros(len(other.columns)), other.at_reference
        for k, column in enumerate(other.columns):
            yield column.level, np.eye(len(other.columns))[k], column.carriers
        return
    values = other.columns[0].values
    for name, share in (("first quartile", 0.25), ("third quartile", 0.75)):
        value = np.quantile(values, share)
        yield f"{value:.3g} ({name})", np.array([value]), other.columns[0].carriers


def _contrast(terms: Sequence[Term], of: Term, j: int, states: dict[str, np.ndarray]) -> np.ndarray:
    """The contrast of column j of a term, with the other parts of its interactions held."""
    place, by_name = _places(terms), {term.name: term for term in terms}
    contrast = np.zeros(sum(map(len, place.values())))
    contrast[place[of.name][j]] = 1.0
    for product in terms:
        if product.kind != INTERACTION or of.name not in product.parts:
            continue
        first, second = (by_name[part] for part in product.parts)
        other = second if of is first else first
        state = states.get(product.name)
        if state is None:
            usual = np.median(other.columns[0].values) if other.kind == NUMBER else 0.0  # 0: at the reference
            state = np.full(len(other.columns), usual)
        grid = place[product.name].reshape(len(second.columns), len(first.columns))
        contrast[grid[:, j] if of is first else grid[j]] = state
    return contrast

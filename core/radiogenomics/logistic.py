"""Logistic regression in arrays: one fit, the score tests of what could be added to it, and whether it is finite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable

#: A fit has ended when no patient's log odds move by more; one that has not after so many rounds has no end.
SETTLED, ROUNDS = 1e-8, 30
#: The share of a column's spread that must be its own, not that of other columns.
OWN = 1e-9
#: How far a direction must reach, per patient, to count as separating.
LEVEL = 1e-7


@dataclass(frozen=True, eq=False)
class Logistic:
    """log odds = coefficients[0] + x @ coefficients[1:], by maximum likelihood, of `n` patients and `n_events` events.

    coefficients, standard_errors (k + 1,) the intercept first, per unit of each column
    """

    coefficients: np.ndarray
    standard_errors: np.ndarray
    log_likelihood: float
    n: int
    n_events: int


def logistic(x: np.ndarray, event: np.ndarray) -> Logistic:
    """How do the log odds of an event go with the columns of x (n, k), k from 0 on? event (n,) bool.

    Raises `NotEstimable` where all or no patients have the event, where a column is the same for everybody or follows
    from the others, and where columns separate the outcomes. Source: Cox 1958,
    doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    y = event.astype(float)
    if not 0 < y.sum() < len(y):
        raise NotEstimable(f"{int(y.sum())} of {len(y)} patients have the event.", "Choose an outcome that varies.")
    centre, sd = x.mean(axis=0), x.std(axis=0)
    z = (x - centre) / np.where(sd > 0, sd, 1.0)
    if (np.ptp(x, axis=0) == 0).any() or np.linalg.matrix_rank(with_intercept(z)) < z.shape[1] + 1:
        raise NotEstimable("A column is the same for everybody, or follows from the others.", "Leave one out.")
    if separates(z, event):
        raise NotEstimable(
            "The columns separate patients with the event from those without: no coefficient is finite.",
            "Leave a column out, or add patients.",
        )
    found = newton(with_intercept(z), y, np.ones(len(y)))
    if found is None:
        raise NotEstimable("The fit did not settle.", "Leave a column out, or add patients.")
    beta, value, information = found
    back = np.diag(np.append(1.0, 1 / sd))
    back[0, 1:] = -centre / sd
    covariance = back @ np.linalg.inv(information) @ back.T
    return Logistic(back @ beta, np.sqrt(np.diag(covariance)), value, len(y), int(y.sum()))


def with_intercept(x: np.ndarray) -> np.ndarray:
    """x (n, k) with a first column of ones."""
    return np.column_stack((np.ones(len(x)), x))


def newton(
    columns: np.ndarray, y: np.ndarray, weights: np.ndarray, start: np.ndarray | None = None
) -> tuple[np.ndarray, float, np.ndarray] | None:
    """(coefficients, log-likelihood, information) of weighted patients, or None where the fit does not settle.

    columns (n, k) of like spread, the first of ones; y (n,) 0 or 1; `start` (k,) coefficients close by. A separated
    fit does not settle: its log odds grow by about one in every round.
    """
    beta = np.zeros(columns.shape[1]) if start is None else start
    if start is None:
        share = np.clip(weights @ y / weights.sum(), 1e-9, 1 - 1e-9)
        beta[0] = np.log(share / (1 - share))
    value = log_likelihood(columns @ beta, y, weights)
    for _ in range(ROUNDS):
        chance = probability(columns @ beta)
        information = (columns.T * (weights * chance * (1 - chance))) @ columns
        try:
            step = np.linalg.solve(information, columns.T @ (weights * (y - chance)))
        except np.linalg.LinAlgError:
            return None
        moved = float(np.abs(columns @ step).max())
        if not np.isfinite(moved):
            return None
        tried, size = log_likelihood(columns @ (beta + step), y, weights), 1.0
        while tried < value - 1e-9 * (1 + abs(value)) and size > 1e-6:
            size /= 2
            tried = log_likelihood(columns @ (beta + size * step), y, weights)
        beta, value = beta + size * step, tried
        if moved * size < SETTLED:
            return beta, value, information
    return None


def scores(columns: np.ndarray, y: np.ndarray, weights: np.ndarray, beta: np.ndarray, added: np.ndarray) -> np.ndarray:
    """(p,) Rao's score chi-square of adding each column of `added` (n, p) to a fit; -inf for one that adds nothing.

    Source: Rao 1948, doi:10.1017/S0305004100023987.
    """
    chance = probability(columns @ beta)
    spread = weights * chance * (1 - chance)
    crossed = (columns.T * spread) @ added
    inside = (columns.T * spread) @ columns
    whole = spread @ added**2
    own = whole - np.einsum("kp,kp->p", crossed, np.linalg.solve(inside, crossed))
    gradient = (weights * (y - chance)) @ added
    usable = own > OWN * whole
    return np.where(usable, gradient**2 / np.where(usable, own, 1.0), -np.inf)


def separates(x: np.ndarray, event: np.ndarray) -> bool:
    """Is there a weighted sum of the columns x (n, k) that parts events from others, ties on the border allowed?

    A linear programme looks for it. The columns, with a column of ones, must not depend on each other. Source: Albert
    and Anderson 1984, doi:10.1093/biomet/71.1.1.
    """
    from scipy.optimize import linprog

    if not x.shape[1]:
        return False
    sides = np.where(event, 1.0, -1.0)[:, None] * with_intercept(x)
    found = linprog(-sides.sum(axis=0), A_ub=-sides, b_ub=np.zeros(len(sides)), bounds=[(-1, 1)] * sides.shape[1])
    return found.x is not None and -found.fun > LEVEL * len(sides)


def probability(log_odds: np.ndarray) -> np.ndarray:
    """1/(1 + exp(-log odds)), without overflow."""
    from scipy.special import expit

    return expit(log_odds)


def log_likelihood(log_odds: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    """The weighted Bernoulli log-likelihood of y (n,) 0 or 1."""
    return float(weights @ (y * log_odds - np.logaddexp(0.0, log_odds)))

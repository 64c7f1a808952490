"""p-values of the page for thousands of cohorts, the quick way; test_null_rates.py holds them to those of the page."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import chi2

from core.survival.outcome import Outcome
from core.survival.screen import survival_screen
from core.survival.weighted import weighted_logrank
from tests.survival.cohorts import names


def screened(follow_up: Outcome, values: np.ndarray, adjust: pd.DataFrame | None = None) -> pd.DataFrame:
    """A Cox model for each column of values (n, p): a row each, in their order."""
    table = survival_screen(follow_up, pd.DataFrame(values), adjust=adjust).table
    return table.set_index(table["feature"].astype(int)).sort_index()


def overall_p(follow_up: Outcome, groups: np.ndarray) -> float:
    """The likelihood-ratio test of three groups is that of one column, and that of another beside it."""
    first, second = (pd.DataFrame({name: (groups == name).astype(float)}) for name in ("g1", "g2"))
    alone = survival_screen(follow_up, first).table["lr_p"].iloc[0]
    beside = survival_screen(follow_up, second, adjust=first).table["lr_p"].iloc[0]
    return float(chi2.sf(chi2.isf(alone, 1) + chi2.isf(beside, 1), 2))


def pairs_p(follow_up: Outcome, groups: np.ndarray, count: int) -> list[float]:
    """Log-rank p of every pair of `count` groups."""
    labels = pd.Series(groups, dtype=object)
    pairs = combinations(names((1,) * count), 2)
    return [weighted_logrank(follow_up, labels.where(labels.isin(pair), None)).p for pair in pairs]


def restricted_p(follow_ups: list[Outcome], first: int, until: float) -> np.ndarray:
    """p of the difference in restricted means of the first patients and the others, for all cohorts at once."""
    one, other = areas(follow_ups, slice(0, first), until), areas(follow_ups, slice(first, None), until)
    return 2 * ndtr(-np.abs(one[0] - other[0]) / np.sqrt(one[1] + other[1]))


def areas(follow_ups: list[Outcome], part: slice, until: float) -> tuple[np.ndarray, np.ndarray]:
    """Restricted means and their variances of the patients in `part`: without ties a curve is one product."""
    time, event = (np.array([getattr(each, name)[part] for each in follow_ups]) for name in ("time", "event"))
    order = np.argsort(time, axis=1)
    time, event = np.take_along_axis(time, order, 1), np.take_along_axis(event, order, 1)
    at_risk = np.arange(time.shape[1], 0, -1)
    survival = np.cumprod(1 - event / at_risk, axis=1)
    inside = np.minimum(np.column_stack([time, np.full(len(time), until)]), until)
    each = survival * np.diff(inside, axis=1)
    after = np.cumsum(each[:, ::-1], axis=1)[:, ::-1]
    variance = after**2 * event / (at_risk * np.maximum(at_risk - 1, 1))
    return inside[:, 0] + each.sum(axis=1), variance.sum(axis=1)

"""Standardised mean differences between groups of patients, for numbers and for categories."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd


def number_difference(first: np.ndarray, second: np.ndarray) -> float:
    """(mean - mean) / root of the mean variance of two groups, (n,) and (m,) known values; without its sign.

    NaN when a group has fewer than two values; infinite when neither varies and the means differ.
    Source: Austin 2009, doi:10.1002/sim.3697.
    """
    if min(len(first), len(second)) < 2:
        return float("nan")
    gap, spread = abs(first.mean() - second.mean()), np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    return float(gap / spread) if spread > 0 else float("inf" if gap > 0 else 0.0)


def category_difference(first: np.ndarray, second: np.ndarray) -> float:
    """The Mahalanobis distance of the shares of two groups, from their counts per level, (L,) and (L,).

    Levels that neither group has are left out: they say nothing of this pair and would make its covariance singular.
    Infinite when the groups have no level in common; NaN when a group is empty.
    Source: Yang and Dalton 2012, SAS Global Forum, paper 335.
    """
    present = (first + second) > 0
    if not first.sum() or not second.sum():
        return float("nan")
    if not (first * second).any():
        return float("inf")
    p, q = first[present] / first.sum(), second[present] / second.sum()
    p, q = p[1:], q[1:]
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    gap = p - q
    return float(np.sqrt(gap @ np.linalg.solve(covariance, gap))) if len(gap) else 0.0


def largest_difference(values: pd.Series, groups: pd.Series, names: Sequence[str], category: bool) -> float | None:
    """The largest difference of any two of the groups `names`; None where a group has too few known values for one.

    values (n,) and groups (n,) of the same patients; missing values are left out.
    """
    known = values.notna().to_numpy() & groups.notna().to_numpy()
    label = groups[known].astype(str).to_numpy()
    if category:
        text = values[known].astype(str)
        table = pd.crosstab(label, text.to_numpy()).reindex(index=list(names), fill_value=0).to_numpy(dtype=float)
        found = [category_difference(a, b) for a, b in combinations(table, 2)]
    else:
        numbers = pd.to_numeric(values[known]).to_numpy(dtype=float)
        parts = [numbers[label == name] for name in names]
        found = [number_difference(a, b) for a, b in combinations(parts, 2)]
    found = [each for each in found if not np.isnan(each)]
    return max(found) if found else None

"""Multiplicity: how many of many small p-values would be small by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def benjamini_hochberg(p: ArrayLike) -> np.ndarray:
    """Which of these tests can be believed when a given share of false discoveries is allowed?

    Returns the q-value (the adjusted p-value) of every test, in the shape of `p`. Tests without a p-value
    (NaN) stay NaN and are not counted among the tests. ValueError when a p-value lies outside 0 to 1.

    Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    values = p[tested]
    if values.size == 0:
        return q
    if values.min() < 0 or values.max() > 1:
        raise ValueError("A p-value lies between 0 and 1.")
    order = np.argsort(values)[::-1]
    ranks = np.arange(values.size, 0, -1)
    adjusted = np.empty(values.size)
    adjusted[order] = np.minimum.accumulate(np.minimum(values[order] * values.size / ranks, 1.0))
    q[tested] = adjusted
    return q


def holm(p: ArrayLike) -> np.ndarray:
    """Which of these tests can be believed when not even one false claim among them is allowed?

    Returns the p-value adjusted step-down over all tests that have one, in the shape of `p`; NaN stays NaN and is not
    counted. ValueError when a p-value lies outside 0 to 1. Holm 1979, jstor:4615733.
    """
    p = np.asarray(p, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    values = p[tested]
    if values.size == 0:
        return adjusted
    if values.min() < 0 or values.max() > 1:
        raise ValueError("A p-value lies between 0 and 1.")
    order = np.argsort(values, kind="stable")
    steps = np.empty(values.size)
    steps[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(values.size, 0, -1)), 1.0)
    adjusted[tested] = steps
    return adjusted


#: How the p-values of one family may be adjusted, by the name that readers see.
ADJUSTMENTS = {"Holm": holm, "BH": benjamini_hochberg}

"""Multiplicity: how many of many small p-values would be small by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike


def benjamini_hochberg(p: ArrayLike) -> np.ndarray:
    """Which of these tests can be believed when a given share of false discoveries is allowed?

    Returns the q-value (the adjusted p-value) of every test, in the shape of `p`. Tests without a p-value
    (NaN) stay NaN and are not counted among the tests. ValueError when a p-value lies outside 0 to 1.

    Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    return _adjusted(p, _step_up)


def holm(p: ArrayLike) -> np.ndarray:
    """Which of these tests can be believed when not even one false claim among them is allowed?

    Returns the p-value adjusted step-down over all tests that have one, in the shape of `p`; NaN stays NaN and is not
    counted. ValueError when a p-value lies outside 0 to 1. Holm 1979, jstor:4615733.
    """
    return _adjusted(p, _step_down)


def _adjusted(p: ArrayLike, adjust: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """`adjust` the p-values that there are, from the smallest to the largest, and put them back in their places."""
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
    steps[order] = adjust(values[order])
    adjusted[tested] = steps
    return adjusted


def _step_up(p: np.ndarray) -> np.ndarray:
    share = np.minimum(p * len(p) / np.arange(1, len(p) + 1), 1.0)
    return np.minimum.accumulate(share[::-1])[::-1]


def _step_down(p: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum.accumulate(p * np.arange(len(p), 0, -1)), 1.0)


#: How the p-values of one family may be adjusted, by the name that readers see.
ADJUSTMENTS = {"Holm": holm, "BH": benjamini_hochberg}

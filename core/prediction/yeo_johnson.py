"""Powers that make columns as normal as powers can, negative values included; all columns at once."""

from __future__ import annotations

import numpy as np

#: Where exponents are looked for, and to what width (golden section).
LOW, HIGH, WIDTH = -5.0, 5.0, 1e-5
GOLDEN = (5**0.5 - 1) / 2


def powers(z: np.ndarray) -> np.ndarray:
    """(k,) exponents of most likelihood under a normal distribution, one for each column of z (n, k).

    Source: Yeo and Johnson 2000, doi:10.1093/biomet/87.4.954; scikit-learn's PowerTransformer finds the same ones.
    """
    bent = (np.sign(z) * np.log1p(np.abs(z))).sum(axis=0)

    def badness(power: np.ndarray) -> np.ndarray:
        spread = transformed(z, power).var(axis=0)
        return 0.5 * len(z) * np.log(np.maximum(spread, np.finfo(float).tiny)) - (power - 1) * bent

    low, high = np.full(z.shape[1], LOW), np.full(z.shape[1], HIGH)
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = badness(left), badness(right)
    for _ in range(int(np.ceil(np.log(WIDTH / (HIGH - LOW)) / np.log(GOLDEN)))):
        nearer = at_left < at_right
        low, high = np.where(nearer, low, left), np.where(nearer, right, high)
        tried = np.where(nearer, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        found = badness(tried)
        left, right = np.where(nearer, tried, right), np.where(nearer, left, tried)
        at_left, at_right = np.where(nearer, found, at_right), np.where(nearer, at_left, found)
    return (low + high) / 2


def transformed(z: np.ndarray, power: np.ndarray) -> np.ndarray:
    """z (n, k), each column by its own exponent."""
    other, up = 2 - power, np.log1p(np.abs(z))
    with np.errstate(over="ignore"):
        above = np.where(np.abs(power) > 1e-12, np.expm1(power * up) / np.where(power == 0, 1.0, power), up)
        below = np.where(np.abs(other) > 1e-12, np.expm1(other * up) / np.where(other == 0, 1.0, other), up)
    return np.where(z >= 0, above, -below)

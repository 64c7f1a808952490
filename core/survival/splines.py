"""A number whose log hazard may bend: restricted cubic splines, straight beyond the outer knots."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from core.errors import NotEstimable

#: Quantiles at which Harrell puts the knots, by their number.
QUANTILES = MappingProxyType(
    {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)},
)
DEFAULT_KNOTS = 4
#: With fewer patients the outer knots are the fifth smallest and the fifth largest value.
MANY, FIFTH = 100, 5


def knots_of(values: np.ndarray, count: int, name: str) -> np.ndarray:
    """Harrell's knots of (n,) known values, (count,) rising, `count` from 3 to 5.

    Raises `NotEstimable` when the values are too few or too often the same for so many different knots. Source: Harrell
    2015, Regression Modeling Strategies, doi:10.1007/978-3-319-19425-7; as his Hmisc::rcspline.eval where no value is
    shared by a twentieth of the patients.
    """
    knots = np.quantile(values, QUANTILES[count])
    few = len(values) < FIFTH * 2
    if len(values) < MANY and not few:
        ordered = np.sort(values)
        knots[0], knots[-1] = ordered[FIFTH - 1], ordered[-FIFTH]
    distinct = len(np.unique(values))
    if few or distinct - 2 <= count or (np.diff(knots) <= 0).any():
        fewer = f"Choose {count - 1} knots, or leave" if count > min(QUANTILES) else "Leave"
        raise NotEstimable(
            f"{name} has {distinct} different values among {len(values)} patients, too few or too often the same for "
            f"a spline with {count} knots.",
            f"{fewer} {name} out of the splines.",
        )
    return knots


def basis(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """(n, k - 1) columns for k rising knots: the values themselves, and k - 2 that bend between the knots.

    The bending columns are zero before their first knot, cubic between the knots, straight beyond the last, and in the
    unit of the values. Source: Harrell 2015, Regression Modeling Strategies, doi:10.1007/978-3-319-19425-7.
    """
    first, before, last = knots[0], knots[-2], knots[-1]
    scale = (last - first) ** 2

    def above(knot: float) -> np.ndarray:
        return np.maximum(values - knot, 0.0) ** 3

    columns = [np.asarray(values, dtype=float)]
    for knot in knots[:-2]:
        inner = above(before) * (last - knot) - above(last) * (before - knot)
        columns.append((above(knot) - inner / (last - before)) / scale)
    return np.column_stack(columns)

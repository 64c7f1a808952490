"""Which of many columns follow a number, and which only repeat another column in another unit?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Columns whose correlation is this close to 1 or -1 are one column in two units.
SAME = 1e-9
#: Copies share any number that units do not change; it may differ in the last digits.
CLOSE = 1e-6
#: With fewer patients a rank correlation says nothing.
FEWEST = 3


def spearman_with(values: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How closely does each column follow another number, whatever the scale of either?

    values (n, p), other (n,); missing and infinite cells leave the patient out of that column only. Returns (p,)
    Spearman's rank correlations, ties at their mean rank; NaN with fewer than 3 patients or where either is constant.

    Spearman 1904, doi:10.2307/1412159.
    """
    values, other = np.asarray(values, dtype=float), np.asarray(other, dtype=float)
    known = np.isfinite(values) & np.isfinite(other)[:, None]
    found = np.full(values.shape[1], np.nan)
    for column in np.flatnonzero(known.sum(axis=0) >= FEWEST):
        rows = known[:, column]
        x, y = _ranks(values[rows, column]), _ranks(other[rows])
        x, y = x - x.mean(), y - y.mean()
        spread = np.sqrt((x @ x) * (y @ y))
        if spread > 0:
            found[column] = np.clip(x @ y / spread, -1.0, 1.0)
    return found


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def copies(values: np.ndarray, level: Sequence[float]) -> dict[int, int]:
    """Which columns are an earlier column again, exactly or in another unit or with the other sign?

    values (n, p), NaN where missing; level (p,) any number that a unit does not change, such as the |z| of a test, by
    which copies are looked for: columns without one (NaN) are not. Returns the column of each copy and the first column
    that it repeats; both are known for the same patients.
    """
    values, level = np.asarray(values, dtype=float), np.asarray(level, dtype=float)
    order = np.argsort(level, kind="stable")
    order = order[~np.isnan(level[order])]
    gaps = np.diff(level[order]) > CLOSE * np.maximum(1.0, np.abs(level[order][1:]))
    found: dict[int, int] = {}
    for alike in np.split(order, np.flatnonzero(gaps) + 1):
        firsts: list[int] = []
        for column in np.sort(alike) if len(alike) > 1 else ():
            same = next((first for first in firsts if _same(values[:, first], values[:, column])), None)
            if same is None:
                firsts.append(int(column))
            else:
                found[int(column)] = same
    return found


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    known = np.isfinite(first)
    if not np.array_equal(known, np.isfinite(second)):
        return False
    x, y = _unit(first[known]), _unit(second[known])
    return bool(abs(x @ y) >= 1 - SAME)


def _unit(values: np.ndarray) -> np.ndarray:
    """The column with mean 0 and length 1."""
    largest = np.abs(values).max(initial=0.0)
    values = values / largest if largest > 0 else values  # squares of very large numbers would overflow
    values = values - values.mean()
    length = np.sqrt(values @ values)
    return values / length if length > 0 else values

"""Ranks of many columns at once, who is known for which of them, and ranks freed of what is adjusted for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: What is left of a column, as a share of its length, below which the others determine it.
DETERMINED = 1e-6
#: Directions of the covariates that are shorter than this share of the longest are none.
DEPENDENT = 1e-9


def average_ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where does each patient stand in each of these rows?

    values (rows, n). Returns (rows, n) ranks from 1, ties at their mean rank and missing ones (NaN) at 0, and (rows,)
    the sum of t^3 - t over the ties of t patients, which is what corrects the variance of a rank test.
    """
    rows, n = values.shape
    if not values.size:
        return np.zeros((rows, n)), np.zeros(rows)
    order, first = _sorted(values)
    ranks = np.empty((rows, n))
    if first.all():  # no ties: what follows, made short
        np.put_along_axis(ranks, order, np.arange(1.0, n + 1)[None], axis=1)
        ranks[np.isnan(values)] = 0.0
        return ranks, np.zeros(rows)
    starts = np.flatnonzero(first)
    counts = np.diff(np.append(starts, rows * n))
    middle = starts % n + (counts + 1) / 2
    np.put_along_axis(ranks, order, np.repeat(middle, counts).reshape(rows, n), axis=1)
    ranks[np.isnan(values)] = 0.0
    tied = counts.astype(float) ** 3 - counts
    return ranks, np.bincount(starts // n, weights=tied, minlength=rows)


def levels(values: np.ndarray) -> np.ndarray:
    """The same order of patients in small whole numbers, which are sorted again much faster: (rows, n) like `values`.

    Missing ones get numbers too: whoever is missing must be left out by other means.
    """
    order, first = _sorted(values)
    codes = np.empty(values.shape, dtype=np.uint16 if values.shape[1] <= 2**16 else np.int64)
    np.put_along_axis(codes, order, (np.cumsum(first, axis=1) - 1).astype(codes.dtype), axis=1)
    return codes


def _sorted(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order of each row, missing ones last, and where in it another value begins; every missing one is another."""
    # numpy sorts numbers of two bytes by their digits, which is several times faster, if asked to be stable.
    order = np.argsort(values, axis=1, kind="stable" if values.dtype.itemsize == 2 else None)
    ordered = np.take_along_axis(values, order, axis=1)
    first = np.ones(values.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return order, first


def patterns(values: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows that are known for the same patients: who these are, (n,) bool, and which rows. `values` (rows, n)."""
    known = np.isfinite(values)
    alike: dict[bytes, list[int]] = {}
    for row, key in enumerate(np.packbits(known, axis=1)):
        alike.setdefault(key.tobytes(), []).append(row)
    for rows in alike.values():
        yield known[rows[0]], np.array(rows)


def nuisance(others: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """What is adjusted for, as (n, k) orthonormal columns of mean 0: ranked numbers (n, q), strata by codes (n,).

    A number that is constant or follows from the others takes no column, so k is the degrees of freedom that the
    adjustment costs.
    """
    n = len(codes)
    ranked = average_ranks(others.T)[0].T
    dummies = (codes[:, None] == np.unique(codes)[1:]).astype(float)
    columns = np.hstack([ranked, dummies])
    columns = columns - columns.mean(axis=0) if n else columns
    length = np.sqrt((columns**2).sum(axis=0))
    columns = columns[:, length > DEPENDENT] / length[length > DEPENDENT]
    if not columns.shape[1]:
        return columns
    directions, lengths, _ = np.linalg.svd(columns, full_matrices=False)
    return directions[:, lengths > DEPENDENT * lengths[0]]


def freed(centred: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is left of rows (rows, n) of mean 0 beside `basis` (n, k), at length 1, and (rows,) whether anything is."""
    before = np.sqrt((centred**2).sum(axis=1))
    left = centred - (centred @ basis) @ basis.T if basis.shape[1] else centred
    length = np.sqrt((left**2).sum(axis=1)) if basis.shape[1] else before
    some = length > DETERMINED * before
    return np.divide(left, length[:, None], out=np.zeros_like(left), where=some[:, None]), some

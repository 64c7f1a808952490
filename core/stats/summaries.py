"""What each of many numbers looks like: how many are known, where they lie, and how lopsided they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: A range below this share of the largest value is rounding.
ROUNDING = 1e-12
FEWEST = 3


def summaries(values: pd.DataFrame) -> pd.DataFrame:
    """A row per column of `values` (n, p), NaN where missing.

    Columns: feature, n, n_missing, median, q1, q3 (linear quantiles), lowest, highest, skewness (third standardised
    moment over n, as `scipy.stats.skew`; NaN for one value or fewer than 3 patients) and n_distinct.
    """
    table = values.to_numpy(dtype=float)
    known = np.isfinite(table)
    n = known.sum(axis=0)
    some = np.where(known, table, np.nan)
    quartiles = np.full((5, table.shape[1]), np.nan)
    if (n > 0).any():
        quartiles[:, n > 0] = np.nanquantile(some[:, n > 0], (0, 0.25, 0.5, 0.75, 1), axis=0)
    return pd.DataFrame(
        {
            "feature": [str(name) for name in values.columns],
            "n": n,
            "n_missing": len(table) - n,
            "median": quartiles[2],
            "q1": quartiles[1],
            "q3": quartiles[3],
            "lowest": quartiles[0],
            "highest": quartiles[4],
            "skewness": skewness(table),
            "n_distinct": [len(np.unique(column[here])) for column, here in zip(table.T, known.T, strict=True)],
        }
    )


def skewness(table: np.ndarray) -> np.ndarray:
    """(p,) third standardised moment of each column of (n, p), NaN or infinite cells left out; NaN where undefined."""
    known = np.isfinite(table)
    n = known.sum(axis=0)
    largest = np.where(known, np.abs(table), 0.0).max(axis=0, initial=0.0)
    scale = np.where(largest > 0, largest, 1.0)  # powers of very large numbers would overflow
    filled = np.where(known, table, 0.0) / scale
    mean = filled.sum(axis=0) / np.maximum(n, 1)
    deviation = np.where(known, filled - mean, 0.0)
    second = (deviation**2).sum(axis=0) / np.maximum(n, 1)
    third = (deviation**3).sum(axis=0) / np.maximum(n, 1)
    sound = (n >= FEWEST) & (np.sqrt(second) > ROUNDING)
    return np.divide(third, second**1.5, out=np.full(len(n), np.nan), where=sound)


def by_family(table: pd.DataFrame, families: pd.Series) -> pd.DataFrame:
    """The table of `summaries` family by family: features, missing values, and the spread of the skewness.

    `families` (p,) in the order of the table. Columns: family, features, features_with_gaps, cells_missing, constant,
    skewness_q1, skewness_median, skewness_q3 and strongly_skewed (|skewness| over 1).
    """
    rows = []
    for family, part in table.groupby(families.to_numpy(), sort=False):
        known = part["skewness"].dropna()
        quartiles = np.quantile(known, (0.25, 0.5, 0.75)) if len(known) else [np.nan] * 3
        gaps, cells = int((part["n_missing"] > 0).sum()), int(part["n_missing"].sum())
        constant, skewed = int((part["n_distinct"] <= 1).sum()), int((known.abs() > 1).sum())
        rows.append((family, len(part), gaps, cells, constant, *quartiles, skewed))
    names = ["family", "features", "features_with_gaps", "cells_missing", "constant"]
    return pd.DataFrame(rows, columns=[*names, "skewness_q1", "skewness_median", "skewness_q3", "strongly_skewed"])

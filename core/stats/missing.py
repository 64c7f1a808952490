"""What is missing in a table of patients: per column, and which columns are missing together."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Missingness:
    """columns   column, n_missing, n_known, share_missing (of n), in the order of the frame
    patterns  missing (tuple of columns missing together, empty = complete), n, share; the commonest first
    """

    columns: pd.DataFrame
    patterns: pd.DataFrame
    n_patterns: int
    n_complete: int
    n: int


def missingness(frame: pd.DataFrame, most: int = 10) -> Missingness:
    """How much is missing in each column, and in which combinations? `patterns` shows the `most` commonest of them."""
    absent, n = frame.isna(), len(frame)
    counts = absent.sum()
    columns = pd.DataFrame(
        {
            "column": frame.columns,
            "n_missing": counts.to_numpy(),
            "n_known": n - counts.to_numpy(),
            "share_missing": counts.to_numpy() / max(n, 1),
        }
    )
    together = pd.Series(
        [tuple(frame.columns[row]) for row in absent.to_numpy(dtype=bool)], dtype=object
    ).value_counts()
    # Equal counts come in the order of the columns, so that the same data always give the same list.
    ranked = sorted(together.items(), key=lambda item: (-item[1], [frame.columns.get_loc(name) for name in item[0]]))
    patterns = pd.DataFrame(
        [(missing, count, count / n) for missing, count in ranked[:most]], columns=["missing", "n", "share"]
    )
    return Missingness(columns, patterns, len(ranked), int((~absent.any(axis=1)).sum()), n)

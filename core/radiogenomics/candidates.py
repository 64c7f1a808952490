"""Terms that a model may choose from, and the outcome: made safe at the door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused

#: Fewer patients with, or without, the event cannot be dealt out and drawn from.
FEWEST = 10


@dataclass(frozen=True, eq=False)
class Candidates:
    """The patients who have the outcome and every candidate; built with `Candidates.of`, which checks.

    x               (n, p) of the candidates `names`, in the order given
    y               (n,) 1 with the event, 0 without
    constant        candidates that are the same for everybody, left out
    infinite        candidates without a finite coefficient, left out: carried by patients of one outcome only
    n_incomplete    patients with an outcome who lack a candidate; n_excluded: without an outcome
    """

    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]
    constant: tuple[str, ...]
    infinite: tuple[str, ...]
    n_incomplete: int
    n_excluded: int

    @classmethod
    def of(cls, table: pd.DataFrame, event: Sequence) -> Candidates:
        """Check a table with a row per patient and a numeric column per candidate, and an outcome 1, 0 or missing.

        Raises `Refused` for columns that hold words, dates or infinite numbers and for other codes of the event, and
        `NotEstimable` with fewer than 10 patients of either outcome, when no candidate varies or has a finite
        coefficient, and where one separates the outcomes wholly.
        """
        if len(table) != len(event):
            raise ValueError(f"{len(table)} rows were given with {len(event)} outcomes; give one of each per patient")
        outcome = pd.to_numeric(pd.Series(list(event), dtype=object), errors="coerce").to_numpy(float)
        numbers = table.apply(_numbers)
        if problems := tuple(_problems(table, numbers, event, outcome)):
            raise Refused(problems)
        known, whole = ~np.isnan(outcome), numbers.notna().all(axis=1).to_numpy()
        y = outcome[known & whole]
        if min(y.sum(), (1 - y).sum()) < FEWEST:
            raise NotEstimable(
                f"Of {len(y)} complete patients {int(y.sum())} have the event; {FEWEST} of each are needed.",
                "Widen the cohort, or leave out candidates that many patients lack.",
            )
        numbers = numbers[known & whole]
        varies = numbers.nunique() > 1
        if not varies.any():
            raise NotEstimable("No candidate differs between these patients.", "Choose other candidates.")
        names = [str(name) for name in numbers.columns[varies]]
        x, names, infinite = _overlapping(numbers.loc[:, varies].to_numpy(), y, names)
        constant = tuple(str(name) for name in numbers.columns[~varies])
        left_out = int((known & ~whole).sum()), int((~known).sum())
        return cls(x, y, tuple(names), constant, infinite, *left_out)


def _problems(table: pd.DataFrame, numbers: pd.DataFrame, event: Sequence, outcome: np.ndarray) -> Iterator[Problem]:
    for name in table.columns:
        if (numbers[name].isna() & table[name].notna()).any() or np.isinf(numbers[name]).any():
            yield Problem("Its values are no numbers, or infinite.", str(name), "Code it as finite numbers first.")
    words = np.isnan(outcome) & pd.Series(list(event), dtype=object).notna().to_numpy()
    if odd := int((words | (~np.isnan(outcome) & (outcome != 0) & (outcome != 1))).sum()):
        yield Problem(f"{odd} outcomes are neither 0 nor 1.", "event", "Use 1 for the event, 0 for none.")


def _numbers(column: pd.Series) -> pd.Series:
    """Missing where a value is no number; a date, which pandas would count in nanoseconds, is none."""
    dated = pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column)
    if dated:
        return pd.Series(np.nan, index=column.index)
    return pd.to_numeric(column, errors="coerce").astype(float)


def _overlapping(x: np.ndarray, y: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str], tuple[str, ...]]:
    """The candidates whose own coefficient is finite, and the names of the others; none may part the outcomes wholly.

    A rare variant that only patients with the event carry has no finite coefficient, yet predicts few of them. Leaving
    it out here tells the selection nothing: in every sample of these patients its fit would not settle either.
    """
    ours, others = x[y == 1], x[y == 0]
    gap = np.maximum(ours.min(axis=0) - others.max(axis=0), others.min(axis=0) - ours.max(axis=0))
    if (gap > 0).any():
        named = ", ".join(name for name, each in zip(names, gap > 0, strict=True) if each)
        raise NotEstimable(
            f"Separates patients with the event from those without, so no coefficient is finite: {named}.",
            "Leave it out; check that it was not recorded because of the event.",
        )
    if (gap == 0).all():
        raise NotEstimable("No candidate has a finite coefficient.", "Choose candidates that both outcomes share.")
    infinite = tuple(name for name, each in zip(names, gap == 0, strict=True) if each)
    return x[:, gap < 0], [name for name in names if name not in infinite], infinite

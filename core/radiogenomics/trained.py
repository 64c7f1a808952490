"""Features made ready for a model with what the training patients alone say: which are kept, gaps, centre and scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable

#: A column of which more than this share is missing is not used.
MOST_MISSING = 0.2
#: Nearly constant, as R's caret has it: the commonest value is this many times as frequent as the next, and no more
#: than this share of values are distinct.
FREQUENT, DISTINCT = 19.0, 0.10


@dataclass(frozen=True, eq=False)
class Ready:
    """What was learned from the training patients.

    columns  places of the columns kept; `medians`, `means` and `deviations` are theirs (k,)
    n_missing, n_constant  columns left out: too often missing; the same, or nearly, for all training patients
    """

    columns: np.ndarray
    medians: np.ndarray
    means: np.ndarray
    deviations: np.ndarray
    n_missing: int
    n_constant: int

    def of(self, values: np.ndarray) -> np.ndarray:
        """(n, k) of any patients (n, p): gaps filled with the training median, centred and scaled as in training."""
        chosen = values[:, self.columns]
        return (np.where(np.isfinite(chosen), chosen, self.medians) - self.means) / self.deviations


def ready(values: np.ndarray) -> Ready:
    """Which columns can be used, and how are they filled and scaled? Learned from these patients, for any others.

    values (n, p), NaN where missing. Left out: columns of which more than a fifth is missing, and those that hardly
    vary by the rule of caret's nearZeroVar (Kuhn 2008, doi:10.18637/jss.v028.i05). Gaps become the median. Raises
    `NotEstimable` when no column is left.
    """
    known = np.isfinite(values)
    present = known.mean(axis=0) >= 1 - MOST_MISSING
    columns = np.flatnonzero(present)
    chosen = np.where(known[:, columns], values[:, columns], np.nan)
    medians = np.nanmedian(chosen, axis=0) if len(columns) else np.zeros(0)
    varies = ~_nearly_constant(chosen)
    filled = np.where(np.isfinite(chosen), chosen, medians)[:, varies]
    columns, medians, n_constant = columns[varies], medians[varies], int((~varies).sum())
    if not len(columns):
        raise NotEstimable("No feature varies between the training patients.", "Choose other features or patients.")
    return Ready(
        columns,
        medians,
        filled.mean(axis=0),
        _deviations(filled),
        n_missing=int((~present).sum()),
        n_constant=n_constant,
    )


def _deviations(filled: np.ndarray) -> np.ndarray:
    largest = np.abs(filled).max(axis=0)
    found = (filled / np.where(largest > 0, largest, 1.0)).std(axis=0) * largest  # squares of large numbers overflow
    return np.where(found > 0, found, 1.0)


def _nearly_constant(values: np.ndarray) -> np.ndarray:
    """By the rule of caret, among the values that are known."""
    n = np.isfinite(values).sum(axis=0)
    ordered = np.sort(values, axis=0)  # missing ones come last
    distinct = 1 + (np.diff(ordered, axis=0) > 0).sum(axis=0)
    found = distinct < 2
    for place in np.flatnonzero((distinct >= 2) & (distinct <= DISTINCT * n)):
        counts = np.sort(np.unique(ordered[: n[place], place], return_counts=True)[1])
        found[place] = counts[-1] > FREQUENT * counts[-2]
    return found

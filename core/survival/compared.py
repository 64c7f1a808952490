"""The patients of a comparison: outcome and group label together, those without a label left out and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.survival.outcome import Outcome

#: More curves than this cannot be told apart in one figure.
MOST_GROUPS = 6


@dataclass(frozen=True, eq=False)
class Compared:
    """`code` (n,) says to which of `levels` each patient belongs; every level has a patient."""

    levels: tuple[str, ...]
    code: np.ndarray
    time: np.ndarray
    event: np.ndarray
    n_no_group: int

    @property
    def sizes(self) -> np.ndarray:
        """(K,) patients per level."""
        return np.bincount(self.code, minlength=len(self.levels))

    @property
    def events(self) -> np.ndarray:
        """(K,) events per level."""
        return np.bincount(self.code[self.event], minlength=len(self.levels))

    def only(self, wanted: Sequence[int]) -> Compared:
        """The same with these levels (by position) alone."""
        inside = np.isin(self.code, wanted)
        position = np.full(len(self.levels), -1)
        position[list(wanted)] = range(len(wanted))
        return Compared(
            levels=tuple(self.levels[i] for i in wanted),
            code=position[self.code[inside]],
            time=self.time[inside],
            event=self.event[inside],
            n_no_group=self.n_no_group,
        )


def compared(outcome: Outcome, groups: Sequence | None, order: Sequence[str] = ()) -> Compared:
    """Bring labels, one per patient given to `Outcome.of`, to the patients with an outcome.

    The levels come in `order`, then in the order of a pandas Categorical or sorted; without `groups` there is one
    level, "all". Raises `NotEstimable` when nobody has a label or there are more than six levels.
    """
    if groups is None:
        return Compared(("all",), np.zeros(outcome.n, dtype=int), outcome.time, outcome.event, 0)
    labels = outcome.take(groups)
    known = labels.notna().to_numpy()
    if not known.any():
        raise NotEstimable(
            "No patient with an outcome has a group label.", "Choose another grouping or widen the cohort."
        )
    natural = map(str, labels.cat.categories) if isinstance(labels.dtype, pd.CategoricalDtype) else ()
    text = labels[known].astype(str)
    present = set(text)
    levels = tuple(level for level in dict.fromkeys([*map(str, order), *natural, *sorted(present)]) if level in present)
    if len(levels) > MOST_GROUPS:
        raise NotEstimable(
            f"The grouping has {len(levels)} groups; at most {MOST_GROUPS} can be compared.",
            "Join rare groups, filter the cohort, or choose a coarser attribute.",
        )
    code = pd.Categorical(text, categories=levels).codes.astype(int)
    return Compared(levels, code, outcome.time[known], outcome.event[known], int((~known).sum()))


def comparable(patients: Compared) -> tuple[Compared, str]:
    """The groups that were at risk when an event happened, and which were not, in words.

    A group censored before the first event says nothing. Raises `NotEstimable` when fewer than two are left, when there
    is no event, or when the groups were never at risk together in a way that lets them differ.
    """
    if len(patients.levels) < 2:
        raise NotEstimable(
            f"A comparison needs two groups; all {len(patients.time)} patients are in '{patients.levels[0]}'.",
            "Widen the cohort or choose another grouping.",
        )
    if not patients.event.any():
        raise NotEstimable("No events happened in these groups.", "Choose another endpoint or widen the cohort.")
    first = patients.time[patients.event].min()
    followed = [i for i in range(len(patients.levels)) if patients.time[patients.code == i].max() >= first]
    lost = [level for i, level in enumerate(patients.levels) if i not in followed]
    if len(followed) < 2 or np.all(
        patients.event[patients.time >= first] & (patients.time[patients.time >= first] == first)
    ):
        raise NotEstimable(
            "The groups were never at risk together in a way that lets them differ.",
            "Choose another grouping or an endpoint with longer follow-up.",
        )
    note = f"Left out, as followed up only until before the first event: {', '.join(lost)}." if lost else ""
    return patients.only(followed), note

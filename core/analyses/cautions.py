"""What a comparison of survival cannot say itself: groups that mean "not known", and markers made of the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.cohort.words import listed
from core.store.sources.missing import only_visible
from core.survival.grouping import Grouping

#: A marker this close to the time itself, in this many patients, is taken for it.
SAME, ENOUGH = 0.95, 10
#: So unlikely it must be that those with a value had the event by chance.
CHANCE = 0.001


def not_known(levels) -> tuple[str, ...]:
    """The levels that say why nothing is known, such as `Not Collected`."""
    return tuple(level for level in map(str, levels) if only_visible([level]))


def cautions(outcomes: pd.DataFrame, marker: str, grouping: Grouping, values: pd.Series | None) -> tuple[str, ...]:
    """Sentences for the reader about this grouping; empty when nothing is odd.

    `outcomes` has columns time and event, a row per patient; `grouping` and `values` are of the same patients.
    """
    told = []
    unknown = not_known(grouping.levels)
    if unknown:
        names = listed([f"'{level}'" for level in unknown])
        told.append(f"Caution: {names} says that {marker} is not known; it is compared as a group. Filter it out.")
    time, event = outcomes["time"].to_numpy(dtype=float), outcomes["event"].to_numpy(dtype=float)
    followed = ~(np.isnan(time) | np.isnan(event))
    if _only_with_event(event[followed] == 1, grouping.labels.notna().to_numpy()[followed]):
        told.append(f"Caution: only patients who had the event have a value of {marker}; the others are left out.")
    if values is not None and _is_time(time[followed], values.to_numpy(dtype=float, na_value=np.nan)[followed]):
        told.append(f"Caution: {marker} orders the patients as the time to the event does, so it cannot explain it.")
    return tuple(told)


def _only_with_event(event: np.ndarray, known: np.ndarray) -> bool:
    """Whether everyone with a value had the event, and that is no chance (hypergeometric)."""
    n, events, drawn = len(event), int(event.sum()), int(known.sum())
    if not drawn or not event[known].all() or events == n:
        return False
    taken = np.arange(drawn)
    return bool(np.log((events - taken) / (n - taken)).sum() < np.log(CHANCE))


def _is_time(time: np.ndarray, values: np.ndarray) -> bool:
    both = np.isfinite(time) & np.isfinite(values)
    if both.sum() < ENOUGH:
        return False
    ranks = pd.DataFrame({"time": time[both], "value": values[both]}).rank()
    if ranks.nunique().min() < 2:
        return False
    return bool(abs(np.corrcoef(ranks["time"], ranks["value"])[0, 1]) >= SAME)

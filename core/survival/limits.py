"""How few patients and events are too few, said once for every test and model of survival."""

from __future__ import annotations

import numpy as np

from core.errors import NotEstimable

#: Below these nothing is tested: curves are described.
FEWEST_PATIENTS, FEWEST_EVENTS = 5, 3
#: Below these, in a group, the chi-square approximation is replaced by permutation.
FEW_PATIENTS, FEW_EVENTS = 10, 5


def all_at_once(time: np.ndarray, event: np.ndarray, stratum: np.ndarray | None = None) -> bool:
    """Whether events happened at one time only, and to everybody at risk then, in each stratum that has any.

    No test or model can tell such patients apart: whoever they are, all of them have the event. Efron's approximation
    for ties would still give a hazard ratio of 1 with an interval, as if something had been measured.
    """
    stratum = np.zeros(len(time), dtype=int) if stratum is None else stratum
    for one in np.unique(stratum[event]):
        inside = stratum == one
        first = time[inside & event].min()
        later = inside & (time >= first)
        if not np.all(event[later] & (time[later] == first)):
            return False
    return True


def refuse_all_at_once(time: np.ndarray, event: np.ndarray, stratum: np.ndarray | None = None) -> None:
    """Raise `NotEstimable` where `all_at_once`."""
    if all_at_once(time, event, stratum):
        raise NotEstimable(
            "All events happened at one time, to everybody at risk then: nothing can differ.",
            "Choose an endpoint with longer follow-up, or widen the cohort.",
        )

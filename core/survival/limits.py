"""How few patients and events are too few, said once for every test and model of survival."""

from __future__ import annotations

import numpy as np

from core.errors import NotEstimable

#: Below these nothing is tested: curves are described.
FEWEST_PATIENTS, FEWEST_EVENTS = 5, 3
#: Below these, in a group, the chi-square approximation is replaced by permutation. The patients
#: are for Gray's test; the log-rank tests need more (`few_patients`).
FEW_PATIENTS, FEW_EVENTS = 10, 5
#: A difference in restricted means rests on each group's own curve and needs more: where nothing differs, 20 against
#: 100 patients reject 7.5 % at 0.05 and 30 against 100 reject 6.6 %.
FEW_FOR_A_MEAN = 30


def few_patients(groups: int) -> int:
    """The size below which one of so many groups is too small for the chi-square of a log-rank test.

    Where nothing differs, 10 against 60 patients reject 6.1 % at 0.05 (with late weights 7.9 %) and six groups of 10
    reject 9 %; four groups of 20 reject 6.5 %, five of 20 7.1 %, five or six of 30 6.0 to 6.4 %.
    """
    return 20 if groups <= 4 else 30


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

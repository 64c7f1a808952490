"""From when to when follow-up counts: a landmark from which time starts anew, and a time at which it ends."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused

NO_FOLLOW_UP = "no time or no event status"
HAD_EVENT = "had the event by the landmark"
NOT_FOLLOWED = "followed up no longer than the landmark"


def window(outcomes: pd.DataFrame, landmark: float = 0.0, until: float = 0.0) -> tuple[pd.DataFrame, pd.Series]:
    """Whose follow-up counts, from `landmark` on and for `until` units of time from there (0: no limit)?

    outcomes  a row per patient with columns time and event (1 or 0), NaN where unknown. Given back are the same rows
    with time counted from the landmark, NaN for patients who are left out, and per such patient the reason. Patients
    with time <= landmark are left out: what they became is known by then, and a group made of what happens before the
    landmark would otherwise be given the time that it took to get into it (immortal time). Events after `until` are
    taken away and those patients are censored then; an event at exactly `until` counts.

    Raises `Refused` for numbers below 0, `NotEstimable` when nobody is followed up beyond the landmark.
    Source: Anderson, Cain and Gelber 1983, doi:10.1200/JCO.1983.1.11.710.
    """
    for name, value in (("landmark", landmark), ("until", until)):
        if not 0 <= value < np.inf:
            raise Refused([Problem(f"{value:g} is not a time.", name, "Give 0 or more, in the unit of the endpoint.")])
    time, event = outcomes["time"].astype(float), outcomes["event"].astype(float)
    known = time.notna() & event.notna()
    early = known & (time <= landmark) if landmark > 0 else known & False
    reasons = pd.Series(NO_FOLLOW_UP, index=outcomes.index[~known]).astype(object)
    gone = pd.Series(np.where(event[early] == 1, HAD_EVENT, NOT_FOLLOWED), index=outcomes.index[early], dtype=object)
    stays = known & ~early
    if early.any() and not stays.any():
        raise NotEstimable(
            f"Nobody is followed up beyond the landmark of {landmark:g}: the "
            f"longest follow-up ends at {time.max():.4g}.",
            "Choose an earlier landmark, or 0 for none.",
        )
    time, event = (time - landmark).where(stays), event.where(stays)
    if until > 0:
        event = event.mask(time > until, 0.0)
        time = time.clip(upper=until)
    return pd.DataFrame({"time": time, "event": event}), pd.concat([reasons, gone]).reindex(
        outcomes.index[~stays]
    ).rename("reason")

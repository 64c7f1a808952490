"""Numbers at risk under a survival plot, in R's convention, and where a curve rests on too few patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

#: Steps between ticks that readers expect, per unit of time.
STEPS = {
    "days": (30, 90, 180, 365, 730, 1825, 3650),
    "weeks": (4, 13, 26, 52, 104, 260, 520),
    "months": (1, 2, 3, 6, 12, 24, 36, 60, 120),
    "years": (0.25, 0.5, 1, 2, 3, 5, 10, 20),
}
MOST_TICKS = 8


def ticks_for(longest: float, unit: str) -> tuple[float, ...]:
    """At most nine ticks from 0 to `longest`, the longest follow-up, at steps usual for the unit."""
    steps = STEPS.get(unit.lower(), ())
    step = next((step for step in steps if longest / step <= MOST_TICKS), None)
    if step is None:
        power = 10.0 ** np.floor(np.log10(max(longest, 1e-9) / MOST_TICKS))
        step = next(power * digit for digit in (1, 2, 5, 10, 20) if longest / (power * digit) <= MOST_TICKS)
    return tuple(float(step * count) for count in range(int(longest / step) + 1))


def risk_table(time: np.ndarray, event: np.ndarray, ticks: Sequence[float]) -> pd.DataFrame:
    """time, at_risk (T >= time), events and censored (T < time): each row adds up to the number of patients.

    time (n,), event (n,) bool. At time 0 everybody is at risk, whoever has a time of zero included.
    """
    died, left = np.sort(time[event]), np.sort(time[~event])
    events, censored = np.searchsorted(died, ticks, "left"), np.searchsorted(left, ticks, "left")
    return pd.DataFrame(
        {"time": list(ticks), "at_risk": len(time) - events - censored, "events": events, "censored": censored}
    )


def tail_from(time: np.ndarray) -> float:
    """The time after which fewer than ten patients, or a tenth of the group, are at risk; 0 for a group below ten."""
    enough = max(10, int(np.ceil(0.1 * len(time))))
    return float(np.sort(time)[-enough]) if len(time) >= enough else 0.0

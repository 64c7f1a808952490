"""How often did the outcome come at which dose? Patients in bins of dose, with an interval for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.stats.mutation import wilson_interval

#: Bins asked for, and the patients that each should have.
BINS, PER_BIN = 6, 12


def dose_bins(dose_gy: Sequence, event: Sequence, bins: int = BINS) -> pd.DataFrame:
    """A row per bin of equal count, lowest doses first: from_gy, to_gy, mean_gy, n, n_events, share, lower, upper.

    dose_gy (n,) and event (n,) bool. Fewer bins where patients are few; equal doses stay together. The limits are
    Wilson's 95 %. Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    frame = pd.DataFrame({"dose": np.asarray(dose_gy, float), "event": np.asarray(event, bool)})
    bins = max(1, min(bins, len(frame) // PER_BIN))
    place = np.floor((frame["dose"].rank() - 0.5) * bins / max(len(frame), 1))
    table = frame.groupby(place).agg(
        from_gy=("dose", "min"),
        to_gy=("dose", "max"),
        mean_gy=("dose", "mean"),
        n=("event", "size"),
        n_events=("event", "sum"),
        share=("event", "mean"),
    )
    table["lower"], table["upper"] = wilson_interval(table["n_events"].to_numpy(), table["n"].to_numpy())
    return table.reset_index(drop=True)

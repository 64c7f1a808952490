"""How large must a difference between environments be for a test of invariance to see it at these numbers?"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd

from core.radiogenomics.invariance import Invariance
from core.radiogenomics.invariance_environments import PUBLISHED

#: The chance with which a difference of the size told would be seen.
POWER = 0.8


def detectable(found: Invariance, place: int) -> pd.DataFrame:
    """A row per environment: environment, n, n_positive, gap, p, detectable; for the set in this row of `sets`.

    gap         mean residual inside less that outside: how much more often patients are of the class than the model
                expects, against the others
    p           of Welch's test there, alone
    detectable  the gap that the test at this environment would find in four of five such studies, by the normal
                approximation with the spread of all residuals on either side (that of an environment with one class
                only would be none), at the level that its p must reach for the set to be rejected
    """
    from core.radiogenomics.invariance_environments import welch

    residuals, count = found.residuals[place], len(found.environments)
    p, gap = (each[0] for each in welch(residuals[None], found.codes, count))
    tests = count - 1 if found.factor == PUBLISHED or count == 2 else count
    reach = NormalDist().inv_cdf(1 - found.alpha / tests / 2) + NormalDist().inv_cdf(POWER)
    sizes = np.bincount(found.codes)
    errors = residuals.std(ddof=1) * np.sqrt(1 / sizes + 1 / (len(residuals) - sizes))
    return found.environments.assign(gap=gap, p=p, detectable=reach * errors)


def fallen(found: Invariance) -> pd.DataFrame:
    """Why sets were rejected: a row per environment and direction, with the number of rejected sets that fail there.

    environment, direction (`more` or `fewer` of the class than the model expects), sets, smallest_p, largest_p.
    """
    out = found.sets[~found.sets["accepted"]]
    table = pd.DataFrame({
        "environment": out["environment"],
        "direction": np.where(out["gap"] > 0, "more", "fewer"),
        "p": out["p"],
    })  # fmt: skip
    grouped = table.groupby(["environment", "direction"])["p"]
    told = grouped.agg(sets="size", smallest_p="min", largest_p="max").reset_index()
    return told.sort_values("sets", ascending=False, kind="stable").reset_index(drop=True)

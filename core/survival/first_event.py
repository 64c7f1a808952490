"""Which of several events came first, and until when that is known: one time and one cause per patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused
from core.survival.outcome import Outcome


@dataclass(frozen=True, eq=False)
class FirstEvents:
    """The first event of each patient, as competing events need it.

    table        index as given, columns time (in the unit of the outcomes) and cause: 0 censored, 1 to K the outcome
                 at that place of `names`; both NaN for patients who lack the time or event of any outcome
    n            patients with all outcomes; n_missing: per name, patients who lack that outcome
    n_events     per name, how often it came first
    n_tied       first events that shared their time with another one, given to the outcome named first
    n_within     first events later than the end of another outcome's follow-up, and within the grace
    n_unordered  patients with an event so long after another outcome was last looked for that the order is not known:
                 they are censored before it
    n_cut_short  of the patients without any event, those censored before their last contact
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    n: int
    n_missing: dict[str, int]
    n_events: dict[str, int]
    n_tied: int
    n_within: int
    n_unordered: int
    n_cut_short: int
    grace: float


def first_events(outcomes: Mapping[str, pd.DataFrame], grace: float = 0.0) -> FirstEvents:
    """Which event came first in each patient, and when, as far as all of them were looked for?

    outcomes  by name, tables with one index and the columns time and event (1 or 0, NaN where unknown), all in one
    unit and from one origin. The first recorded event counts; at equal times it is that of the outcome named first.

    An outcome without its event was last looked for at its time. From then on it may have happened unseen, so a
    later event of another kind need not be the first, and a patient free of all is followed no further: follow-up ends
    where the first of the outcomes without event ends. Whether dead or alive, the same rule cuts, else those who
    die would be followed for longer than those who live, and death would look too frequent.

    `grace` eases the rule, for visits are months apart and the last one before a death is always earlier than it: a
    patient last seen free of an event counts as free of it for this much longer, but not beyond the last contact (the
    latest time of any of the outcomes). 0 assumes nothing; inf assumes that what was not recorded did not happen.

    Raises `Refused` for negative times and other codes than 0 and 1 or a negative grace, `NotEstimable` when nobody
    has all outcomes. Compare how trials treat deaths after missed visits: FDA 2018, Clinical Trial Endpoints for the
    Approval of Cancer Drugs and Biologics, appendix on progression-free survival.
    """
    names = tuple(outcomes)
    if len(names) < 2:
        raise ValueError("Competing events are at least two outcomes.")
    if not grace >= 0:
        raise Refused([Problem(f"{grace:g} is no length of time.", "grace", "Give 0 or more.")])
    frames = [outcomes[name] for name in names]
    index = frames[0].index
    if not all(frame.index.equals(index) for frame in frames):
        raise ValueError("Every outcome must list the same patients in the same order.")
    kept = {name: Outcome.of(frame["time"], frame["event"], "").kept for name, frame in outcomes.items()}
    known = np.all(list(kept.values()), axis=0)
    if not known.any():
        raise NotEstimable(
            f"No patient has a time and an event status of all of {', '.join(names)}.",
            "Widen the cohort, or let fewer endpoints compete.",
        )
    times = np.array([frame["time"].to_numpy(dtype=float)[known] for frame in frames])
    happened = np.array([frame["event"].to_numpy(dtype=float)[known] == 1 for frame in frames])
    first = _first(times, happened, grace)
    table = pd.DataFrame({"time": np.nan, "cause": np.nan}, index=index)
    table.loc[known, "time"], table.loc[known, "cause"] = first.time, first.cause
    return FirstEvents(
        names=names,
        table=table,
        n=int(known.sum()),
        n_missing={name: int((~each).sum()) for name, each in kept.items()},
        n_events={name: int((first.cause == place).sum()) for place, name in enumerate(names, start=1)},
        n_tied=int(first.tied.sum()),
        n_within=int(first.within.sum()),
        n_unordered=int(first.unordered.sum()),
        n_cut_short=int(first.cut_short.sum()),
        grace=float(grace),
    )


@dataclass(frozen=True, eq=False)
class _First:
    """(n,) arrays, one place per patient."""

    time: np.ndarray
    cause: np.ndarray
    tied: np.ndarray
    within: np.ndarray
    unordered: np.ndarray
    cut_short: np.ndarray


def _first(times: np.ndarray, happened: np.ndarray, grace: float) -> _First:
    """`times` and `happened` are (K, n): one row per outcome."""
    dates = np.where(happened, times, np.inf)
    earliest, cause = dates.min(axis=0), dates.argmin(axis=0) + 1
    looked_until = np.where(happened, np.inf, times).min(axis=0)
    contact = times.max(axis=0)
    # Without an outcome that lacks its event nothing is open, and the first event is known whenever it came.
    end = np.where(np.isinf(looked_until), np.inf, np.minimum(looked_until + grace, contact))
    has = np.isfinite(earliest)
    seen = has & (earliest <= end)
    return _First(
        time=np.where(seen, earliest, end),
        cause=np.where(seen, cause, 0),
        tied=seen & ((dates == earliest).sum(axis=0) > 1),
        within=seen & (earliest > looked_until),
        unordered=has & ~seen,
        cut_short=~has & (end < contact),
    )

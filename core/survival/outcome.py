"""Time to event made safe once, at the door: the only survival input that the functions of this folder accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused

CODES = "Use 1 for an event and 0 for censored."


@dataclass(frozen=True, eq=False)
class Outcome:
    """Follow-up of `n` patients; built with `Outcome.of`, which checks and counts.

    time        (n,) float >= 0, in `unit`, counted from `origin`
    event       (n,) bool, True where the event happened at `time`, False where the patient was censored then
    kept        (n + n_excluded,) bool: which of the patients given are in; labels are given for all of them
    n_at_zero   patients whose time is zero: they count as at risk at time zero
    """

    time: np.ndarray
    event: np.ndarray
    kept: np.ndarray
    unit: str
    origin: str
    n: int
    n_events: int
    n_excluded: int
    n_at_zero: int

    @classmethod
    def of(cls, time: Sequence, event: Sequence, unit: str, origin: str = "") -> Outcome:
        """Check two (N,) arrays that may hold missing values; patients lacking either are excluded and counted.

        `event` is 1 or True for an event and 0 or False for censored. Raises `Refused` for words, negative or infinite
        times and other codes of the event, `NotEstimable` when no patient is left.
        """
        times, events = _numbers(time, "time"), _numbers(event, "event")
        if times.shape != events.shape:
            raise ValueError(f"{len(times)} times were given with {len(events)} events; give one of each per patient")
        problems = tuple(_problems(times, events))
        if problems:
            raise Refused(problems)
        kept = ~(np.isnan(times) | np.isnan(events))
        if not kept.any():
            raise NotEstimable(
                "No patient has both a follow-up time and an event status.",
                "Widen the cohort or choose another endpoint.",
            )
        times, happened = times[kept], events[kept] == 1
        return cls(
            time=times,
            event=happened,
            kept=kept,
            unit=unit,
            origin=origin,
            n=len(times),
            n_events=int(happened.sum()),
            n_excluded=int((~kept).sum()),
            n_at_zero=int((times == 0).sum()),
        )

    def take(self, values: Sequence) -> pd.Series:
        """`values`, one per patient given to `Outcome.of`, for the patients who are in: (n,)."""
        series = pd.Series(values).reset_index(drop=True)
        if len(series) != len(self.kept):
            raise ValueError(
                f"{len(series)} values were given for {len(self.kept)} patients; "
                "give one for each patient that the outcome was built from"
            )
        return series[self.kept].reset_index(drop=True)


def _numbers(values: Sequence, where: str) -> np.ndarray:
    try:
        return pd.array(values, dtype="Float64").to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        given = pd.Series(values, dtype=object)
        words = int((pd.to_numeric(given, errors="coerce").isna() & given.notna()).sum())
        remedy = CODES if where == "event" else "Give numbers, and leave unknown times empty."
        raise Refused([Problem(f"{words} values are no numbers.", where, remedy)]) from None


def _problems(times: np.ndarray, events: np.ndarray):
    negative, endless = int((times < 0).sum()), int(np.isinf(times).sum())
    if negative:
        yield Problem(
            f"{negative} follow-up times are negative.", "time", "Correct the dates or leave those patients empty."
        )
    if endless:
        yield Problem(f"{endless} follow-up times are infinite.", "time", "Leave them empty when they are unknown.")
    odd = int((~np.isnan(events) & (events != 0) & (events != 1)).sum())
    if odd:
        yield Problem(f"{odd} events are neither 0 nor 1.", "event", CODES)

"""How well does a prediction rank or tell survival when some patients were censored? Inverse-probability weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Comparisons made at once: bounds the memory at some ten megabytes.
AT_A_TIME = 512


@dataclass(frozen=True, eq=False)
class Uncensored:
    """The chance of being still uncensored, by Kaplan-Meier with censoring as the event: `shares` after `times`."""

    times: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, time: np.ndarray, event: np.ndarray) -> Uncensored:
        """From (n,) times and events (bool); at equal times events come before censoring."""
        moments, counts = np.unique(time[~event], return_counts=True)
        ordered, deaths = np.sort(time), np.sort(time[event])
        at_risk = len(time) - np.searchsorted(ordered, moments, "left")
        at_risk -= np.searchsorted(deaths, moments, "right") - np.searchsorted(deaths, moments, "left")
        return cls(moments, np.cumprod(1 - counts / at_risk))

    def before(self, at: np.ndarray) -> np.ndarray:
        """The chance just before each time."""
        return np.r_[1.0, self.shares][np.searchsorted(self.times, at, "left")]

    def after(self, at: np.ndarray) -> np.ndarray:
        """The chance at each time, those censored then taken off."""
        return np.r_[1.0, self.shares][np.searchsorted(self.times, at, "right")]


def uno(
    time: np.ndarray, event: np.ndarray, risk: np.ndarray, uncensored: Uncensored, until: float = np.inf
) -> float | None:
    """Uno's c: of the comparable pairs whose event came before `until`, the share in which (n,) `risk` ranks rightly.

    Each pair counts 1 / G(t-) squared, G the chance of being uncensored at the event, so that the share does not depend
    on how patients were censored. Ties in risk count half. None without any such pair. R's survival calls it
    concordance(timewt = "n/G2"). Source: Uno et al. 2011, doi:10.1002/sim.4154.
    """
    deaths = np.flatnonzero(event & (time < until))
    chance = uncensored.before(time[deaths])
    deaths, chance = deaths[chance > 0], chance[chance > 0]
    above, pairs = 0.0, 0.0
    for start in range(0, len(deaths), AT_A_TIME):
        first = deaths[start : start + AT_A_TIME, None]
        comparable = (time > time[first]) | ((time == time[first]) & ~event)
        weight = 1 / chance[start : start + AT_A_TIME] ** 2
        pairs += float(comparable.sum(axis=1) @ weight)
        above += float((comparable & (risk < risk[first])).sum(axis=1) @ weight)
        above += float((comparable & (risk == risk[first])).sum(axis=1) @ weight) / 2
    return above / pairs if pairs else None


def brier(
    time: np.ndarray, event: np.ndarray, survival: np.ndarray, at: np.ndarray, uncensored: Uncensored
) -> np.ndarray:
    """(k,) mean squared distance of the predicted (n, k) `survival` at the (k,) times from what happened, weighted.

    NaN at a time when nobody can be uncensored any more. Source: Graf et al. 1999,
    doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5.
    """
    gone = event[:, None] & (time[:, None] <= at)
    here = time[:, None] > at
    with np.errstate(divide="ignore"):
        of_gone = np.where(gone, 1 / uncensored.before(time)[:, None], 0.0)
        of_here = 1 / uncensored.after(at)
    loss = np.where(gone, survival**2 * of_gone, 0.0) + np.where(here, (1 - survival) ** 2 * of_here, 0.0)
    return np.where(np.isfinite(of_here), loss.mean(axis=0), np.nan)


def integrated_brier(
    time: np.ndarray, event: np.ndarray, survival: np.ndarray, at: np.ndarray, uncensored: Uncensored
) -> float:
    """`brier` averaged over the stretch of the (k,) times by the trapezoid rule."""
    scores = brier(time, event, survival, at, uncensored)
    return float(np.trapezoid(scores, at) / (at[-1] - at[0]))

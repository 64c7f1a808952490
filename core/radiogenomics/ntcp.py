"""How probable is a complication of a normal tissue? Lyman-Kutcher-Burman and logistic curves, and a fit of the former.

Published parameters belong to one endpoint, fractionation and way of planning; the sets given here, each with its
source, were read in the abstracts of these papers. Everything else is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused
from core.radiogenomics.dose import Dvh, geud_gy
from core.radiogenomics.probit import Binary
from core.radiogenomics.tcp import above_zero, doses_of, logistic_of_dose

#: Fewer patients with, or without, the complication say nothing of a curve of two parameters.
FEWEST = 5
#: The volume parameters tried when none is given; 1/n is the exponent of the gEUD, and n = 1 the mean dose.
GRID = tuple(float(n) for n in np.geomspace(0.02, 5, 25))
#: So many are tried anew where those of GRID may be likely enough, and so far beyond FALL that reaches.
FINE, BEYOND = 61, 2.0
#: Half the 95 % point of chi-square with one degree of freedom: how far a log-likelihood may fall within an interval.
FALL = 3.841458820694124 / 2
#: An interval is looked for in steps of this factor, and no further than the estimate times or over FARTHEST.
STEP, FARTHEST = 1.2, 1e4


@dataclass(frozen=True)
class Published:
    """Parameters of the Lyman-Kutcher-Burman curve as published: for which endpoint, from how many patients, where.

    `patients` is None where the source is a review of several series.
    """

    endpoint: str
    n: float
    m: float
    td50_gy: float
    patients: int | None
    source: str


#: The doses were converted for the size of the fraction first (`Dvh.eqd2`).
PNEUMONITIS = Published(
    endpoint="radiation pneumonitis by the SWOG criteria, mean lung dose corrected for the dose per fraction",
    n=1.0,
    m=0.37,
    td50_gy=30.8,
    patients=382,
    source="Seppenwoolde et al. 2003, Int J Radiat Oncol Biol Phys 55:724-735, https://pubmed.ncbi.nlm.nih.gov/12573760",
)
SALIVA = Published(
    endpoint="flow of a parotid gland below a quarter of that before, after a year, mean dose of the gland",
    n=1.0,
    m=0.40,
    td50_gy=39.9,
    patients=222,
    source="Dijkema et al. 2010, doi:10.1016/j.ijrobp.2009.07.1708",
)
RECTUM = Published(
    endpoint="late rectal toxicity of grade 2 and more, or rectal bleeding",
    n=0.09,
    m=0.13,
    td50_gy=76.9,
    patients=None,
    source="Michalski et al. 2010, doi:10.1016/j.ijrobp.2009.03.078",
)


@dataclass(frozen=True)
class Estimate:
    """A maximum-likelihood estimate and its 95 % profile-likelihood interval; an end is None where there is none."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class LkbFit:
    """The Lyman-Kutcher-Burman curve of `n_patients` patients, `n_events` with the complication.

    td50_gy, m, n           estimates; `n.low` and `n.high` equal `n.value` where it was given and not estimated
    log_likelihood          at the maximum; log_likelihood_null: of one probability for everybody
    profile_n, profile_log_likelihood    (g,) the volume parameters tried, and the maximum at each
    eud_gy, ntcp            (n_patients,) of the patients who are in, at the estimates
    n_excluded              patients whose outcome is unknown
    """

    td50_gy: Estimate
    m: Estimate
    n: Estimate
    log_likelihood: float
    log_likelihood_null: float
    profile_n: np.ndarray
    profile_log_likelihood: np.ndarray
    eud_gy: np.ndarray
    ntcp: np.ndarray
    n_patients: int
    n_events: int
    n_excluded: int
    notes: tuple[str, ...]


def ntcp_lkb(eud_gy, *, td50_gy: float, m: float):
    """Phi((EUD - TD50)/(m TD50)) of the gEUD with a = 1/n, in Gy: a number, or an array of any shape.

    Its slope at TD50 is 1/(m TD50 sqrt(2 pi)), so gamma50 = 1/(m sqrt(2 pi)). At dose 0 it is Phi(-1/m), not 0.
    Raises `Refused` for negative doses and parameters not above 0. Sources: Lyman 1985, Radiat Res 104:S13-S19;
    Kutcher and Burman 1989, doi:10.1016/0360-3016(89)90972-3; Burman et al. 1991, doi:10.1016/0360-3016(91)90172-Z.
    """
    from scipy.special import ndtr

    above_zero({"td50_gy": td50_gy, "m": m})
    doses = doses_of(eud_gy)
    chance = ndtr((doses - td50_gy) / (m * td50_gy))
    return chance if doses.ndim else float(chance)


def ntcp_logistic(eud_gy, *, td50_gy: float, gamma50: float):
    """1 / (1 + (TD50/EUD)^(4 gamma50)) of the gEUD in Gy: a number, or an array of any shape.

    Its slope at TD50 is gamma50/TD50. Raises `Refused` as `ntcp_lkb`. Source: Gay and Niemierko 2007,
    doi:10.1016/j.ejmp.2007.07.001.
    """
    above_zero({"td50_gy": td50_gy, "gamma50": gamma50})
    return logistic_of_dose(eud_gy, td50_gy, gamma50)


def lkb_eud_gy(dvh: Dvh, n: float) -> float:
    """The dose in Gy that the Lyman-Kutcher-Burman curve takes: the gEUD with a = 1/n; n = 0 gives the greatest."""
    if not 0 <= n < np.inf:
        raise Refused([Problem(f"{n} is no volume parameter.", "n", "Give a number of 0 or more.")])
    return geud_gy(dvh, 1 / n if n > 0 else np.inf)


def fit_lkb(dvhs: Sequence[Dvh], event: Sequence, *, n: float | None = None) -> LkbFit:
    """Which TD50 and m (and n) make the complications of these patients most probable, and which others could be?

    `dvhs` and `event` (1 with the complication, 0 without, missing excluded and counted) one per patient. `n` is
    given, or found between 0.02 and 5 to a sixtieth of what is likely; TD50 and m are then profiled over n as well.
    No chance is used. Raises `Refused` for other codes; `NotEstimable` with fewer than 5 patients of either outcome,
    where a dose separates the outcomes, and where no curve that rises from below 50 % fits better than a flat one.
    Source of the intervals: Venzon and Moolgavkar 1988, doi:10.2307/2347496.
    """
    y, known = _outcomes(dvhs, event)
    inside = [dvh for dvh, keep in zip(dvhs, known, strict=True) if keep]
    tried = np.array([n]) if n is not None else _likely(inside, y)
    eud, data = _doses(inside, y, tried)
    profile, intercept, slope = data.curves()
    best = int(np.argmax(profile))
    if not (intercept[best] < 0 < slope[best]):
        raise NotEstimable(
            "No curve that rises with the dose from below 50 % fits better than its limits.",
            "The complication does not become more frequent with this dose; check the outcome and the structure.",
        )
    m, td50 = -1 / intercept[best], -intercept[best] / slope[best]
    top = float(profile[best])
    volume = _volume(tried, profile, best)
    fitted = ntcp_lkb(eud[best], td50_gy=td50, m=m)
    return LkbFit(
        td50_gy=_interval(td50, top, data.at_td50, data.at_td50_zero(), data.flat()),
        m=_interval(m, top, data.at_m, -np.inf, data.at_td50_zero()),
        n=volume,
        log_likelihood=top,
        log_likelihood_null=float(data.null),
        profile_n=tried,
        profile_log_likelihood=profile,
        eud_gy=eud[best],
        ntcp=fitted,
        n_patients=len(y),
        n_events=int(y.sum()),
        n_excluded=int((~known).sum()),
        notes=tuple(_notes(volume, td50, eud[best], len(tried))),
    )


def _outcomes(dvhs: Sequence[Dvh], event: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """(n,) bool of the patients whose outcome is known, and (all,) bool: who they are."""
    said = pd.Series(list(event), dtype=object)
    given = pd.to_numeric(said, errors="coerce").to_numpy(float)
    if len(given) != len(dvhs):
        raise ValueError(f"{len(dvhs)} tables were given with {len(given)} outcomes; give one of each per patient")
    known = said.notna().to_numpy()
    if odd := int((known & (given != 0) & (given != 1)).sum()):
        raise Refused(
            [Problem(f"{odd} outcomes are neither 0 nor 1.", "event", "Use 1 with the complication, else 0.")]
        )
    y = given[known] == 1
    if min(y.sum(), (~y).sum()) < FEWEST:
        raise NotEstimable(
            f"Of {len(y)} patients {int(y.sum())} have the complication; a curve needs {FEWEST} with and without it.",
            "Widen the cohort or choose a more frequent complication.",
        )
    return y, known


def _doses(dvhs: Sequence[Dvh], y: np.ndarray, tried: np.ndarray) -> tuple[np.ndarray, Binary]:
    """The doses in Gy of each patient at each volume parameter (g, n), and their likelihood."""
    eud = np.array([[lkb_eud_gy(dvh, each) for dvh in dvhs] for each in tried])
    if (eud.min(axis=1) == eud.max(axis=1)).any():
        raise NotEstimable("All patients have the same dose at a volume parameter.", "Check the tables, or give one n.")
    if (eud[:, ~y].max(axis=1) <= eud[:, y].min(axis=1)).any():
        raise NotEstimable(
            "A dose separates patients with the complication from those without: every steep enough curve fits.",
            "Add patients, or give another volume parameter.",
        )
    scale = eud.mean(axis=1)
    return eud, Binary(y, eud / scale[:, None], scale)


def _likely(dvhs: Sequence[Dvh], y: np.ndarray) -> np.ndarray:
    """(FINE,) volume parameters, close together where those of GRID may be likely enough."""
    profile = _doses(dvhs, y, np.array(GRID))[1].curves()[0]
    near = np.flatnonzero(profile >= profile.max() - FALL - BEYOND)
    ends = GRID[max(near[0] - 1, 0)], GRID[min(near[-1] + 1, len(GRID) - 1)]
    return np.geomspace(*ends, FINE)


def _volume(tried: np.ndarray, profile: np.ndarray, best: int) -> Estimate:
    """The most likely n, and where its profile falls by FALL on both sides; open where it does not within GRID."""
    if len(tried) == 1:
        return Estimate(*[float(tried[0])] * 3)
    above = profile - (profile[best] - FALL)
    inside = np.flatnonzero(above >= 0)

    def crossing(place: int, step: int) -> float | None:
        if not 0 <= place + step < len(tried):
            return None
        share = above[place] / (above[place] - above[place + step])
        return float(tried[place] * (tried[place + step] / tried[place]) ** share)

    return Estimate(float(tried[best]), crossing(int(inside[0]), -1), crossing(int(inside[-1]), 1))


def _interval(
    value: float, top: float, likelihood: Callable[[float], float], at_zero: float, at_end: float
) -> Estimate:
    """Where the profile falls by FALL on both sides; open where its limit there does not."""
    low = None if at_zero >= top - FALL else _end(value, top, likelihood, 1 / STEP)
    high = None if at_end >= top - FALL else _end(value, top, likelihood, STEP)
    return Estimate(float(value), low, high)


def _end(value: float, top: float, likelihood: Callable[[float], float], factor: float) -> float | None:
    from scipy.optimize import brentq

    def above(log: float) -> float:
        return likelihood(float(np.exp(log))) - (top - FALL)

    inner = np.log(value)
    while abs(inner - np.log(value)) < np.log(FARTHEST):
        outer = inner + np.log(factor)
        if above(outer) < 0:
            return float(np.exp(brentq(above, *sorted((inner, outer)), xtol=1e-10)))
        inner = outer
    return None


def _notes(volume: Estimate, td50_gy: float, eud_gy: np.ndarray, tried: int) -> Iterator[str]:
    if not eud_gy.min() <= td50_gy <= eud_gy.max():
        yield (
            f"TD50 lies beyond the doses seen ({eud_gy.min():.1f} to {eud_gy.max():.1f} Gy), "
            "so it is a continuation of the curve."
        )
    if tried > 1 and volume.low is None and volume.high is None:
        yield "These patients do not tell one volume parameter from another."

"""How much better does a Cox model rank its own patients than new ones? Harrell's bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, generators, spread
from core.survival.concordance import concordance
from core.survival.efron import RiskSums, maximise
from core.survival.limits import FEWEST_EVENTS
from core.survival.partial import Fit, Patients


@dataclass(frozen=True)
class Optimism:
    """`mean` of c on a sample less c on all patients, over `used` samples; None when fewer than half gave a fit."""

    mean: float | None
    used: int


def optimism(patients: Patients, model: Fit, resamples: int, seed: int, progress: Progress) -> Optimism:
    """Fit the model on `resamples` bootstrap samples of the patients and rank both the sample and all patients by it.

    Samples in which a column no longer varies, or is separated, are left out. Source: Harrell, Lee and Mark 1996,
    doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
    """
    x = (model.x - model.x.mean(axis=0)) / model.x.std(axis=0)
    time, event, stratum = patients.time, patients.event, patients.stratum

    def once(chance: np.random.Generator) -> float:
        rows = chance.integers(0, len(time), len(time))
        beta = _coefficients(time[rows], event[rows], stratum[rows], x[rows])
        if beta is None:
            return np.nan
        risk = (x * beta).sum(axis=1)
        own = concordance(time[rows], event[rows], risk[rows], stratum[rows])
        new = concordance(time, event, risk, stratum)
        return np.nan if own is None or new is None else own - new

    gaps = np.array(spread(once, generators(seed, resamples), progress, "Bootstrap of the c-index"))
    used = int(np.isfinite(gaps).sum())
    return Optimism(float(np.nanmean(gaps)) if used and 2 * used >= resamples else None, used)


def _coefficients(time: np.ndarray, event: np.ndarray, stratum: np.ndarray, x: np.ndarray) -> np.ndarray | None:
    if event.sum() < FEWEST_EVENTS:
        return None
    # A stratum that nobody was drawn from must not leave a gap in the numbering.
    sums = RiskSums.of(time, event, np.unique(stratum, return_inverse=True)[1])
    z = np.ascontiguousarray(x[sums.order])
    found = maximise(sums, z[:, -1:], z[:, :-1], np.zeros(x.shape[1] - 1))
    return np.append(found.others[:, 0], found.coefficient) if found.converged[0] else None

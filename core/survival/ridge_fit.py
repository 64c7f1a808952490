"""The Cox model whose coefficients are pulled towards zero: one fit, and the penalty that predicts best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.survival.efron import RiskSums
from core.survival.partial import Patients

#: Penalties on half the sum of squared log hazard ratios per standard deviation: 1 is a prior standard deviation of 1,
#: 10,000 one of 0.01.
GRID = tuple(float(f"{10**each:.3g}") for each in np.linspace(-1, 4, 26))
#: Newton stops when a step is smaller than this (columns have unit scale).
STEP, ROUNDS = 1e-9, 50


@dataclass(frozen=True, eq=False)
class RidgeFit:
    """One penalised fit: coefficients (p,) per standard deviation of each column, `size` (p,), and what they cost.

    dof  effective degrees of freedom: p without a penalty, towards 0 the larger it is
    """

    coefficients: np.ndarray
    size: np.ndarray
    log_likelihood: float
    dof: float

    @property
    def slopes(self) -> np.ndarray:
        """(p,) coefficients per unit of each column."""
        return self.coefficients / self.size


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """(grid,) cross-validated log partial likelihoods, that without any covariate, and the penalty with the best."""

    likelihoods: np.ndarray
    null: float
    chosen: float


def derivatives(sums: RiskSums, z: np.ndarray, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Efron's log partial likelihood, gradient (p,) and information (p, p) of one model; z (m, p) as `sums` orders."""
    risk = z @ beta
    risk -= risk.max()
    weight = np.exp(risk)[:, None]
    total = sums.at_deaths(weight)
    due = sums.over_deaths(1 / total) * weight
    level = float(risk[sums.deaths].sum() - np.log(total).sum())
    means = sums.at_deaths(weight * z) / total
    return level, z[sums.deaths].sum(axis=0) - (due * z).sum(axis=0), (z * due).T @ z - means.T @ means


def likelihood(sums: RiskSums, z: np.ndarray, beta: np.ndarray) -> float:
    """Efron's log partial likelihood alone."""
    risk = z @ beta
    risk -= risk.max()
    return float(risk[sums.deaths].sum() - np.log(sums.at_deaths(np.exp(risk)[:, None])).sum())


def ridge_path(patients: Patients, x: np.ndarray, penalties: Sequence[float]) -> list[RidgeFit]:
    """The fits of x (n, p) at each penalty, in their order.

    What is maximised is the log partial likelihood less penalty / 2 times the sum of squared coefficients per standard
    deviation: there is one maximum, also with more columns than events or with separation. The same as lifelines with
    penalizer = penalty / n, and as ridge(theta = penalty, scale = FALSE) of R's survival, on columns of unit standard
    deviation. Source: Verweij and van Houwelingen 1994, doi:10.1002/sim.4780132307.
    """
    sd = x.std(axis=0, ddof=1)
    size = np.where(sd > 1e-12 * np.abs(x).max(axis=0, initial=0), sd, 1.0)
    z = (((x - x.mean(axis=0)) / size) * (size == sd))[patients.sums.order]
    return [
        RidgeFit(
            beta, size, level, float(np.trace(np.linalg.solve(information + penalty * np.eye(len(beta)), information)))
        )
        for penalty, beta, level, information in path_of(patients.sums, z, penalties)
    ]


def path_of(
    sums: RiskSums, z: np.ndarray, penalties: Sequence[float]
) -> list[tuple[float, np.ndarray, float, np.ndarray]]:
    """Penalty, coefficients (p,), log-likelihood and information (p, p) at each penalty, for the columns z (m, p), in
    the order of `sums`, as they are: whoever rotates scaled columns has the same fits.
    """
    found = {}
    beta = np.zeros(z.shape[1])
    for penalty in sorted(set(penalties), reverse=True):  # from the most shrunken fit, a near start for the next
        beta, level, information = _maximise(sums, z, penalty, beta)
        found[penalty] = (penalty, beta, level, information)
    return [found[penalty] for penalty in penalties]


def _maximise(sums: RiskSums, z: np.ndarray, penalty: float, beta: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Newton's method, a step halved for as long as it makes things worse."""
    level, gradient, information = derivatives(sums, z, beta)
    for _ in range(ROUNDS):
        step = np.linalg.solve(information + penalty * np.eye(len(beta)), gradient - penalty * beta)
        before = level - penalty * (beta @ beta) / 2
        while True:
            trial = beta + step
            level, gradient, information = derivatives(sums, z, trial)
            if level - penalty * (trial @ trial) / 2 >= before - 1e-9 * abs(before) or np.abs(step).max() < STEP:
                break
            step = step / 2
        beta = trial
        if np.abs(step).max() < STEP:
            break
    return beta, level, information


def folds_of(patients: Patients, folds: int, chance: np.random.Generator) -> np.ndarray:
    """(n,) the fold of each patient; events, and patients without, are dealt out evenly."""
    fold = np.empty(len(patients.time), dtype=int)
    for group in (patients.event, ~patients.event):
        who = chance.permutation(np.flatnonzero(group))
        fold[who] = np.arange(len(who)) % folds
    return fold


def those(patients: Patients, who: np.ndarray) -> Patients:
    """Some of the patients; a stratum that nobody of them is in leaves no gap in the numbering."""
    stratum = np.unique(patients.stratum[who], return_inverse=True)[1]
    return Patients(patients.time[who], patients.event[who], stratum)


def cross_validated(
    patients: Patients,
    x: np.ndarray,
    folds: int,
    chance: np.random.Generator,
    penalties: Sequence[float] = GRID,
    progress: Progress = quiet,
) -> CrossValidated:
    """Which penalty would have predicted best those who were left out?

    For each fold the model is fitted without it; what counts is how much likelier the whole cohort is under that fit
    than the cohort without the fold. Source: Verweij and van Houwelingen 1993, doi:10.1002/sim.4780122407.
    """
    fold = folds_of(patients, folds, chance)
    gains, null = np.zeros(len(penalties)), 0.0
    everybody = x[patients.sums.order]
    nothing = np.zeros(x.shape[1])
    for left_out in range(folds):
        progress(left_out / folds, "Choosing the penalty")
        inside = fold != left_out
        part = those(patients, inside)
        rest = x[inside][part.sums.order]
        null += likelihood(patients.sums, everybody, nothing) - likelihood(part.sums, rest, nothing)
        for place, fit in enumerate(ridge_path(part, x[inside], penalties)):
            slopes = fit.slopes
            gains[place] += likelihood(patients.sums, everybody, slopes) - likelihood(part.sums, rest, slopes)
    progress(1.0, "Choosing the penalty")
    return CrossValidated(gains, null, float(penalties[int(np.argmax(gains))]))

"""What Cox models of the same patients share, and the fits of one more covariate each, with a state where none is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.survival.efron import RiskSums, maximise
from core.survival.hazard import SEPARATION
from core.survival.limits import FEWEST_EVENTS, FEWEST_PATIENTS, all_at_once

ESTIMATED = "estimated"
CONSTANT = "not estimable (constant)"
FEW_PATIENTS = f"not estimable (fewer than {FEWEST_PATIENTS} patients)"
FEW_EVENTS = f"not estimable (fewer than {FEWEST_EVENTS} events)"
AT_ONCE = "not estimable (everybody at risk had the event at one time)"
DETERMINED = "not estimable (no variation left at risk)"  # nothing but what covariates and strata explain
COVARIATES = "not estimable (the covariates have no finite ratio in these patients)"
EXTREME = "not estimable (a few extreme values decide it)"
NOT_CONVERGED = "not estimable (did not converge)"
#: The share of a variable's variation that counts as none.
NOTHING = 1e-10
#: Half a 95 % interval in standard errors.
WIDTH = 1.959963984540054
NUMBERS = ("coefficient", "standard_error", "hazard_ratio", "lower", "upper", "z", "wald_p", "lr_p")


@dataclass(frozen=True, eq=False)
class Design:
    """What the models of the same patients share: covariates `z` of unit scale, in the order of `sums`.

    start   the covariates' coefficients in the model without any feature
    basis   orthonormal columns that span the covariates within strata; stratum: (m,) in the order of `sums`
    """

    sums: RiskSums
    z: np.ndarray
    start: np.ndarray
    basis: np.ndarray
    stratum: np.ndarray


def design(time: np.ndarray, event: np.ndarray, others: np.ndarray, codes: np.ndarray) -> Design | str:
    """The design of these patients, or the state of all features that are known for just them.

    A covariate that no longer varies among fewer patients, such as a centre without any, explains nothing there and is
    left out.
    """
    if len(time) < FEWEST_PATIENTS:
        return FEW_PATIENTS
    if event.sum() < FEWEST_EVENTS:
        return FEW_EVENTS
    if all_at_once(time, event, codes):
        return AT_ONCE
    sums = RiskSums.of(time, event, codes)
    stratum, z = codes[sums.order], _unit(others)[0][sums.order]
    z = z[:, _independent(_within(z, stratum), len(time))]
    start = np.empty(0)
    if z.shape[1]:
        alone = maximise(sums, z[:, -1:], z[:, :-1], np.zeros(z.shape[1] - 1))
        if not alone.converged[0]:
            return COVARIATES
        start = np.append(alone.others[:, 0], alone.coefficient)
    return Design(sums, z, start, np.linalg.qr(_within(z, stratum))[0], stratum)


def dependent(time: np.ndarray, event: np.ndarray, others: np.ndarray, codes: np.ndarray) -> list[int]:
    """Which covariates are constant at risk, or given by the covariates before them or by the strata."""
    order = RiskSums.of(time, event, codes).order
    free = _independent(_within(_unit(others)[0][order], codes[order]), len(time))
    return [position for position in range(others.shape[1]) if position not in free]


def fits(shared: Design, values: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """States (f,) and numbers, NaN where there are none, of the models of (n, f) complete features."""
    from scipy.special import erfc

    x, sd = _unit(values)
    varies = sd > 0
    x = np.ascontiguousarray(x[shared.sums.order])
    rest = _within(x, shared.stratum)
    rest -= shared.basis @ (shared.basis.T @ rest)
    free = varies & ((rest**2).sum(axis=0) > NOTHING * len(values))
    states = np.where(varies, DETERMINED, CONSTANT).astype(object)
    numbers = {name: np.full(len(sd), np.nan) for name in NUMBERS} | {"sd": np.where(varies, sd, np.nan)}
    if not free.any():
        return states, numbers
    fit = maximise(shared.sums, x[:, free], shared.z, shared.start)
    error, coefficient = np.sqrt(fit.variance), fit.coefficient
    with np.errstate(over="ignore", under="ignore"):
        ratio, lower, upper = (np.exp(coefficient + side * WIDTH * error) for side in (0, -1, 1))
    shown = fit.converged & np.isfinite(upper) & (lower > 0)
    failed = np.where(fit.converged, EXTREME, np.where(fit.flat, SEPARATION, NOT_CONVERGED))
    states[free] = np.where(shown, ESTIMATED, failed)
    gain, z = np.maximum(fit.gain, 0), coefficient / error
    # Of chi-square and normal tails on one degree of freedom.
    wald_p, lr_p = erfc(np.abs(z) / np.sqrt(2)), erfc(np.sqrt(gain / 2))
    for name, column in zip(NUMBERS, (coefficient, error, ratio, lower, upper, z, wald_p, lr_p), strict=True):
        numbers[name][free] = np.where(shown, column, np.nan)
    return states, numbers


def _unit(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns with mean 0 and standard deviation 1, and what that was: 0 for one constant but for noise."""
    largest = np.abs(values).max(axis=0, initial=0)
    values = values / np.where(largest > 0, largest, 1.0)  # squares of very large numbers would overflow
    sd = values.std(axis=0, ddof=1)
    sd = np.where(sd > 1e-12, sd, 0.0)
    return (values - values.mean(axis=0)) / np.where(sd > 0, sd, 1.0) * (sd > 0), sd * largest


def _within(values: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Columns less their mean in each stratum, which are rows that follow each other."""
    first = np.flatnonzero(np.r_[True, np.diff(stratum) != 0])
    sizes = np.diff(np.r_[first, len(values)])
    return values - np.repeat(np.add.reduceat(values, first, axis=0) / sizes[:, None], sizes, axis=0)


def _independent(columns: np.ndarray, n: int) -> list[int]:
    """The columns that those before them do not give."""
    chosen: list[int] = []
    basis = np.empty((len(columns), 0))
    for position, column in enumerate(columns.T):
        rest = column - basis @ (basis.T @ column)
        if rest @ rest > NOTHING * n:
            basis = np.linalg.qr(np.column_stack((basis, rest)))[0]
            chosen.append(position)
    return chosen

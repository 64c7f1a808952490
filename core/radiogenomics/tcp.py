"""How probable is control of the tumour? Poisson statistics of surviving clonogens, and the logistic curve.

All doses in Gy. The logistic curve is that of Niemierko; the position D50 and the steepness gamma50 (the rise of the
probability per relative rise of the dose, at 50 %) are defined as by Bentzen and Tucker 1997,
doi:10.1080/095530097143860.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import Problem, Refused
from core.radiogenomics.dose import Dvh, fractionation

LN2 = float(np.log(2))


@dataclass(frozen=True)
class Steepness:
    """`d50_gy`: the uniform dose that controls half the tumours; `gamma50`: d50_gy times the slope there."""

    d50_gy: float
    gamma50: float


def tcp_poisson(dvh: Dvh, *, clonogens: float, alpha_per_gy: float, alpha_beta_gy: float, fractions: int) -> float:
    """The probability that no clonogen survives: the product over the bins of exp(-N0 v exp(-alpha D (1 + d/(a/b)))).

    `clonogens` N0 before treatment, spread evenly over the volume, each bin having its share v and its own dose per
    fraction d = D/n. `alpha_beta_gy` may be infinite. Raises `Refused` with every parameter that is not above 0 and
    for fewer than 1 fraction. Source: Webb and Nahum 1993, doi:10.1088/0031-9155/38/6/001.
    """
    above_zero({"clonogens": clonogens, "alpha_per_gy": alpha_per_gy})
    bed_gy = dvh.bed(fractions, alpha_beta_gy).dose_gy
    return float(np.exp(-clonogens * (dvh.volume @ np.exp(-alpha_per_gy * bed_gy))))


def tcp_logistic(dose_gy, *, d50_gy: float, gamma50: float):
    """1 / (1 + (D50/D)^(4 gamma50)) of a uniform dose, or of a gEUD, in Gy: a number, or an array of any shape.

    0 at dose 0. Its slope at D50 is gamma50/D50. Raises `Refused` for negative doses and for parameters not above 0.
    Source: Gay and Niemierko 2007, doi:10.1016/j.ejmp.2007.07.001.
    """
    above_zero({"d50_gy": d50_gy, "gamma50": gamma50})
    return logistic_of_dose(dose_gy, d50_gy, gamma50)


def logistic_of_dose(dose_gy, half_gy: float, gamma50: float):
    """The logistic curve of the log dose through 50 % at `half_gy`; raises `Refused` for doses below 0."""
    from scipy.special import expit

    doses = doses_of(dose_gy)
    with np.errstate(divide="ignore"):  # the log of dose 0 is minus infinity, and its probability 0
        chance = expit(4 * gamma50 * (np.log(doses) - np.log(half_gy)))
    return chance if doses.ndim else float(chance)


def steepness_of_poisson(
    *, clonogens: float, alpha_per_gy: float, alpha_beta_gy: float, dose_per_fraction_gy: float
) -> Steepness:
    """Where and how steep is the Poisson curve of a uniform dose in fractions of a fixed size?

    D50 = ln(N0/ln 2) / (alpha (1 + d/(a/b))) and gamma50 = ln(N0/ln 2) ln(2)/2: the steepness depends on the number of
    clonogens alone. Raises `Refused` for parameters not above 0 and for N0 of ln 2 or less, whose curve starts above
    50 %. Source: Bentzen and Tucker 1997, doi:10.1080/095530097143860.
    """
    above_zero({"clonogens": clonogens, "alpha_per_gy": alpha_per_gy, "dose_per_fraction_gy": dose_per_fraction_gy})
    fractionation(1, alpha_beta_gy)
    if clonogens <= LN2:
        raise Refused([Problem("Half the tumours or more are controlled without dose.", "clonogens", "Give more.")])
    logs = float(np.log(clonogens / LN2))
    return Steepness(logs / (alpha_per_gy * (1 + dose_per_fraction_gy / alpha_beta_gy)), logs * LN2 / 2)


def poisson_of_steepness(
    *, d50_gy: float, gamma50: float, alpha_beta_gy: float, dose_per_fraction_gy: float
) -> tuple[float, float]:
    """(clonogens, alpha_per_gy) whose Poisson curve has this position and steepness: `steepness_of_poisson` backwards.

    N0 = ln 2 exp(2 gamma50/ln 2), alpha = 2 gamma50 / (ln 2 D50 (1 + d/(a/b))). Raises `Refused` as that does.
    """
    above_zero({"d50_gy": d50_gy, "gamma50": gamma50, "dose_per_fraction_gy": dose_per_fraction_gy})
    fractionation(1, alpha_beta_gy)
    logs = 2 * gamma50 / LN2
    return float(LN2 * np.exp(logs)), logs / (d50_gy * (1 + dose_per_fraction_gy / alpha_beta_gy))


def above_zero(parameters: Mapping[str, float]) -> None:
    """Raise `Refused` with every parameter that is not a finite number above 0."""
    odd = [name for name, value in parameters.items() if not 0 < value < np.inf]
    if odd:
        raise Refused([Problem(f"{parameters[name]} is not a number above 0.", name, "Give one.") for name in odd])


def doses_of(dose_gy) -> np.ndarray:
    """Doses in Gy as an array of any shape; raises `Refused` for negative, infinite and missing ones."""
    doses = np.asarray(dose_gy, dtype=float)
    if odd := int((~(np.isfinite(doses) & (doses >= 0))).sum()):
        raise Refused([Problem(f"{odd} doses are negative or no numbers.", "dose_gy", "Give doses of 0 Gy or more.")])
    return doses

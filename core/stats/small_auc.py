"""An interval for the area under the ROC curve that also holds for a handful of patients, and for areas of 0 and 1."""

from __future__ import annotations

from core.errors import Problem, Refused
from core.stats.roc import WIDTH

#: So near to 0 or 1 no limit of an area can be.
NEAR = 1e-9


def area_variance(area: float, n_positive: int, n_negative: int) -> float:
    """Of an area of this true size, by the exponential model of Hanley and McNeil 1982,
    doi:10.1148/radiology.143.1.7063747.

    Both numbers of patients in the numerator are (n_positive + n_negative) / 2 - 1, as Newcombe 2006 found best,
    doi:10.1002/sim.2324, so that the two classes may change places.
    """
    half = (n_positive + n_negative) / 2 - 1
    spread = 1 + half * (1 - area) / (2 - area) + half * area / (1 + area)
    return area * (1 - area) * spread / (n_positive * n_negative)


def area_limits(area: float, n_positive: int, n_negative: int) -> tuple[float, float]:
    """95 % limits: the true areas from which this one is 1.96 standard errors away, each with its own standard error.

    Newcombe's method 5 (2006, as above), to an area what Wilson's interval is to a share: it needs no estimate of the
    variance, never leaves 0 to 1, and has a length where one class lies wholly above the other. Raises `Refused` for an
    area outside 0 to 1 or a class without patients.
    """
    from scipy.optimize import brentq

    if not 0 <= area <= 1 or min(n_positive, n_negative) < 1:
        raise Refused([Problem("an area lies between 0 and 1 and needs patients of both classes.", "area")])

    def apart(true: float) -> float:
        return (true - area) ** 2 - WIDTH**2 * area_variance(true, n_positive, n_negative)

    # At an area of 0 or 1 the distance is 0 as well; the other root is the limit.
    inside = min(max(area, NEAR), 1 - NEAR)
    lower = 0.0 if area == 0 else brentq(apart, 0.0, inside, xtol=1e-12)
    upper = 1.0 if area == 1 else brentq(apart, inside, 1.0, xtol=1e-12)
    return lower, upper

"""Two-sided p-values of a million of Student's t at once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

#: Below this |t| p is read off a cubic between points that lie 1 / STEPS apart; that is worthwhile from MANY values on.
LIMIT, STEPS, MANY = 5, 1024, 20_000


def student_p(t: np.ndarray, freedom: int) -> np.ndarray:
    """How probable is a |t| at least as large with this many degrees of freedom? The shape of `t`; NaN stays NaN.

    SciPy's `stdtr`; many values at once below |t| = 5 by cubic Hermite interpolation of it, with a relative error below
    1e-11 (h^4 / 384 times the fourth derivative), which takes a tenth of the time.
    """
    from scipy.special import stdtr

    size = np.abs(t)
    if size.size < MANY:
        return 2 * stdtr(freedom, -size)
    beyond = ~(size < LIMIT)  # NaN too
    place = np.where(beyond, 0.0, size) * STEPS
    piece = place.astype(np.int32)
    place -= piece
    constant, linear, square, cube = _pieces(freedom)
    p = np.take(cube, piece)
    for coefficient in (square, linear, constant):
        p *= place
        p += np.take(coefficient, piece)
    p[beyond] = 2 * stdtr(freedom, -size[beyond])
    return p


@lru_cache(maxsize=64)
def _pieces(freedom: int) -> np.ndarray:
    """(4, LIMIT * STEPS) coefficients of the cubic in each piece, by powers of the share of the piece."""
    from scipy.special import gammaln, stdtr

    at = np.arange(LIMIT * STEPS + 1) / STEPS
    value = 2 * stdtr(freedom, -at)
    scale = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * np.log(freedom * np.pi)
    slope = -2 * np.exp(scale - (freedom + 1) / 2 * np.log1p(at**2 / freedom)) / STEPS
    rise = np.diff(value)
    first, last = slope[:-1], slope[1:]
    return np.array([value[:-1], first, 3 * rise - 2 * first - last, first + last - 2 * rise])

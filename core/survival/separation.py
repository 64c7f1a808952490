"""Has a Cox model of several columns a finite maximum, or does its likelihood rise for ever?"""

from __future__ import annotations

import numpy as np

from core.survival.efron import RiskSums

#: How much of a standard deviation, and of a direction, counts as none.
LEVEL = 1e-6


def separated(sums: RiskSums, x: np.ndarray) -> list[int]:
    """The columns of x (n, p) whose coefficients have no finite value; usually none.

    The columns must not depend on each other. The likelihood rises for ever in a direction in which every event has
    the largest value at risk and some patient at risk has a smaller one. A linear programme looks for such a
    direction; its unknowns are the direction and the largest value in each risk set. Tied events must share the
    largest value, with Efron's ties as with Breslow's. Source: Bryson and Johnson 1981,
    doi:10.1080/00401706.1981.10487683.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, vstack

    x = x / np.where((largest := np.abs(x).max(axis=0)) > 0, largest, 1.0)  # squares of large numbers overflow
    sd = x.std(axis=0)
    z = ((x - x.mean(axis=0)) / np.where(sd > 0, sd, 1.0))[sums.order]
    p, count = z.shape[1], len(sums.starts)

    def unit(columns: np.ndarray) -> csr_matrix:
        return csr_matrix((np.ones(len(columns)), (np.arange(len(columns)), columns)), shape=(len(columns), count))

    # Event times are numbered backwards within a stratum, and a later risk set is part of an earlier one.
    later = np.concatenate([np.arange(start, stop - 1) for start, stop in sums.blocks])
    inside = hstack((csr_matrix(z), -unit(sums.back)))
    nested = hstack((csr_matrix((len(later), p)), unit(later) - unit(later + 1)))
    leading = hstack((-csr_matrix(z[sums.deaths]), unit(sums.moment)))
    rows = vstack((inside, nested, leading)).tocsr()
    gain = np.asarray(vstack((inside, nested)).sum(axis=0)).ravel()
    bounds = [(-1, 1)] * p + [(None, None)] * count
    found = linprog(gain, A_ub=rows, b_ub=np.zeros(rows.shape[0]), bounds=bounds)
    if found.x is None or -found.fun <= LEVEL * len(z):
        return []
    return np.flatnonzero(np.abs(found.x[:p]) > LEVEL).tolist()

"""The log-rank statistic at every cut of an ordered list of patients, compiled with numba.

Import this module inside the function that uses it: it imports numba. `core.survival.scan_in_numpy` does without.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from core.survival.scan_in_numpy import NOTHING


@njit(nogil=True, cache=True)
def chi_squares(labels, tables):
    """(B, n) log-rank chi-squares of the first 1, 2, ... n patients against the others, for B orders of patients.

    labels  (B, n) integers: twice the number of event times up to the patient's time, plus 1 for an event
    tables  (B or 1, 3, J + 1) from `core.survival.cutpoint.tables`: running sums over the J event times of the hazard
            d / r, and of the weight w = d (r - d) / (r - 1) over r and over r squared

    The numerator is the running sum of event minus cumulative hazard. With g of the first group at risk the variance
    is the sum of w (g / r) (1 - g / r); a patient more makes g one larger at all event times up to the patient's own,
    so the change needs the running sum of g w / r^2 there: two Fenwick trees (1994, doi:10.1002/spe.4380240306) over
    the patients met so far give it in O(log J).
    """
    runs, n = labels.shape
    times = tables.shape[2] - 1
    found = np.zeros((runs, n))
    met, held = np.empty(times + 1), np.empty(times + 1)
    for run in range(runs):
        hazard, linear, square = tables[run if len(tables) > 1 else 0]
        met[:], held[:] = 0.0, 0.0
        all_met, surplus, variance = 0.0, 0.0, 0.0
        for i in range(n):
            place = labels[run, i] >> 1
            surplus += (labels[run, i] & 1) - hazard[place]
            if place > 0:
                earlier, shared = 0.0, 0.0
                k = place
                while k > 0:
                    earlier += met[k]
                    shared += held[k]
                    k &= k - 1
                shared += square[place] * (all_met - earlier)
                variance += linear[place] - 2 * shared - square[place]
                all_met += 1
                k = place
                while k <= times:
                    met[k] += 1
                    held[k] += square[place]
                    k += k & -k
            if variance > NOTHING * linear[times]:
                found[run, i] = surplus * surplus / variance
    return found

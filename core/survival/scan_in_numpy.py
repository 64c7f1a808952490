"""The scan of `core.survival.scan` where numba is missing: the same steps, taken for all orders of patients at once."""

from __future__ import annotations

import numpy as np

#: A variance below this share of its scale is rounding: the groups were never at risk together when they could differ.
NOTHING = 1e-9


def chi_squares(labels: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """(B, n) chi-squares after each patient; arguments and method as in `core.survival.scan.chi_squares`.

    It costs about as much for one order as for a hundred, so orders are worth giving together.
    """
    runs, n = labels.shape
    times = tables.shape[2] - 1
    run = np.arange(runs)
    own = run if len(tables) > 1 else np.zeros(runs, dtype=int)
    hazard, linear, square = tables.transpose(1, 0, 2)
    scale = linear[own, -1]
    # Row 0 stays empty and the last row takes what is past the end, so that no run needs a case of its own.
    met, held = np.zeros((times + 2, runs)), np.zeros((times + 2, runs))
    found = np.zeros((runs, n))
    all_met, surplus, variance = np.zeros(runs), np.zeros(runs), np.zeros(runs)
    for i in range(n):
        place, event = labels[:, i] >> 1, labels[:, i] & 1
        surplus += event - hazard[own, place]
        earlier, shared = _up_to(place, met, held, run)
        gain = square[own, place]
        shared += gain * (all_met - earlier)
        variance += linear[own, place] - 2 * shared - gain
        all_met += place > 0
        _add(place, gain, met, held, run)
        np.divide(surplus**2, variance, out=found[:, i], where=variance > NOTHING * scale)
    return found


def _up_to(place: np.ndarray, met: np.ndarray, held: np.ndarray, run: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of both trees from the first event time to `place`, in every run."""
    earlier, shared, k = np.zeros(len(run)), np.zeros(len(run)), place.copy()
    while k.any():
        earlier += met[k, run]
        shared += held[k, run]
        k &= k - 1
    return earlier, shared


def _add(place: np.ndarray, gain: np.ndarray, met: np.ndarray, held: np.ndarray, run: np.ndarray) -> None:
    """Note one patient at `place` in both trees of every run, in place; a place of 0 is no event time."""
    last = len(met) - 1
    k = np.where(place > 0, place, last)
    while (k < last).any():
        met[k, run] += 1
        held[k, run] += gain
        k = np.minimum(k + (k & -k), last)

"""Graphical lasso: the sparse inverse correlation matrix, by block coordinate descent compiled with numba.

Import this module inside the function that uses it: it imports numba.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Sums may be reordered and fused; NaN and infinity keep their meaning.
_FAST = {"contract", "reassoc", "nsz"}


@njit(nogil=True, cache=True, fastmath=_FAST)
def settle(W, b, residual, penalty, L, step, active):
    """Bring the coefficients in use (`b` != 0) of one lasso to their joint optimum, in place.

    A Newton step (Cholesky of W over the coefficients in use) is exact while no sign changes; the first
    coefficient that would cross zero stops there, leaves, and the others start again. `L`, `step` and `active`
    are scratch space.
    """
    p = len(b)
    while True:
        m = 0
        for k in range(p):
            if b[k] != 0.0:
                active[m] = k
                m += 1
        for r in range(m):
            k = active[r]
            value = residual[k] - (penalty if b[k] > 0.0 else -penalty)
            for c in range(r + 1):
                entry = W[k, active[c]]
                for q in range(c):
                    entry -= L[r, q] * L[c, q]
                if c < r:
                    L[r, c] = entry / L[c, c]
                    value -= L[r, c] * step[c]
                else:
                    L[r, r] = np.sqrt(entry)
                    step[r] = value / L[r, r]
        for r in range(m - 1, -1, -1):
            value = step[r]
            for q in range(r + 1, m):
                value -= L[q, r] * step[q]
            step[r] = value / L[r, r]
        share, leaver = 1.0, -1
        for r in range(m):
            old = b[active[r]]
            if old * (old + step[r]) < 0.0 and -old < share * abs(step[r]) and old < share * abs(step[r]):
                share, leaver = abs(old / step[r]), r
        for r in range(m):
            k = active[r]
            change = -b[k] if r == leaver else share * step[r]
            b[k] += change
            for i in range(p):
                residual[i] -= change * W[k, i]
        if leaver < 0:
            return


@njit(nogil=True, cache=True, fastmath=_FAST)
def sweep(S, W, B, penalty, tolerance):
    """Renew every column of `W` (p x p) and its lasso coefficients `B` once, in place; the largest change of `W`.

    Column j solves min_b b'W_jj b / 2 - b's_j + penalty |b|_1 over the other features to `tolerance`, and W's
    column becomes W_jj b. Row j of `B` holds b. The diagonal of `W` is that of `S` (it carries no penalty).
    """
    p = len(S)
    residual, step, active, L = np.empty(p), np.empty(p), np.empty(p, np.int64), np.empty((p, p))
    worst = 0.0
    for j in range(p):
        b = B[j]
        for i in range(p):
            residual[i] = S[j, i]
        for k in range(p):
            if b[k] != 0.0:
                for i in range(p):
                    residual[i] -= b[k] * W[k, i]
        everything = True
        for turn in range(10000):
            moved = 0.0
            for k in range(p):
                old = b[k]
                if k == j or (old == 0.0 and not everything):
                    continue
                pull = residual[k] + W[k, k] * old
                b[k] = 0.0
                if pull > penalty:
                    b[k] = (pull - penalty) / W[k, k]
                elif pull < -penalty:
                    b[k] = (pull + penalty) / W[k, k]
                change = b[k] - old
                if change != 0.0:
                    for i in range(p):
                        residual[i] -= change * W[k, i]
                    moved = max(moved, abs(change) * W[k, k])
            if moved < tolerance and everything:
                break
            # Descent over the coefficients in use settles most columns in two turns; where near-duplicate features
            # make it crawl they are solved for at once. Then all coefficients are looked at again.
            everything = moved < tolerance or turn % 3 == 2
            if turn % 3 == 2 and moved >= tolerance:
                settle(W, b, residual, penalty, L, step, active)
        for i in range(p):
            if i != j:
                value = S[j, i] - residual[i]
                worst = max(worst, abs(value - W[j, i]))
                W[j, i] = value
                W[i, j] = value
    return worst


def solve(S: np.ndarray, penalty: float, W: np.ndarray, B: np.ndarray, tolerance: float, sweeps: int, tell) -> bool:
    """Sweep until no entry of `W` moves by more than `tolerance`; False when `sweeps` were not enough.

    `W` and `B` are the start and become the solution. `W` has to be positive definite with |W - S| <= penalty
    off the diagonal, for example the identity with the largest |S|: then it stays definite. `tell()` is called
    before every sweep.
    """
    change = 1.0
    for _ in range(sweeps):
        tell()
        # The early sweeps aim at a moving target: a tenth of the last change is exact enough for them.
        change = sweep(S, W, B, penalty, max(change, tolerance) / 10)
        if change < tolerance:
            return True
    return False


def precision(W: np.ndarray, B: np.ndarray) -> np.ndarray:
    """The inverse of `W` as the lasso coefficients give it, symmetric, with its exact zeros."""
    diagonal = 1 / (np.diag(W) - np.einsum("ij,ij->i", W, B))
    K = -B * diagonal[:, None]
    K = np.where((K != 0) & (K.T != 0), (K + K.T) / 2, 0.0)
    np.fill_diagonal(K, diagonal)
    return K

"""Better starts for the graphical lasso: where its iterates, or the solutions of larger penalties, seem to go.

Compiled with numba, as `core.network.glasso` is. A start that is not positive definite is never taken.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Sums may be reordered and fused; NaN and infinity keep their meaning.
_FAST = {"contract", "reassoc", "nsz"}


@njit(nogil=True, cache=True, fastmath=_FAST)
def definite(A, U):
    """Is the symmetric `A` positive definite? `U` is scratch space for its Cholesky factor (upper triangle)."""
    p = len(A)
    for i in range(p):
        for q in range(i, p):
            U[i, q] = A[i, q]
        k = 0
        # Four rows at a time, as they lie in memory.
        while k + 4 <= i:
            c0, c1, c2, c3 = U[k, i], U[k + 1, i], U[k + 2, i], U[k + 3, i]
            for q in range(i, p):
                U[i, q] -= c0 * U[k, q] + c1 * U[k + 1, q] + c2 * U[k + 2, q] + c3 * U[k + 3, q]
            k += 4
        while k < i:
            c0 = U[k, i]
            for q in range(i, p):
                U[i, q] -= c0 * U[k, q]
            k += 1
        if not U[i, i] > 1e-12:
            return False
        scale = 1 / np.sqrt(U[i, i])
        for q in range(i, p):
            U[i, q] *= scale
    return True


@njit(nogil=True, cache=True, fastmath=_FAST)
def extrapolate(S, W, past, penalty, scratch):
    """Put `W` where its last iterates `past` (a stack of them, the newest last) seem to go, if that is allowed.

    Reduced rank extrapolation: the mixture of the iterates whose mixed step is smallest. It is cut to the box
    |W - S| <= penalty and taken only when positive definite, so that the sweeps may start from it. The oldest
    iterate is overwritten.
    """
    depth, p = len(past) - 1, len(W)
    gram, steps = np.zeros((depth, depth)), np.empty((depth, p))
    for i in range(p):
        for a in range(depth):
            for k in range(i):
                steps[a, k] = past[a + 1, i, k] - past[a, i, k]
            for c in range(a + 1):
                total = 0.0
                for k in range(i):
                    total += steps[a, k] * steps[c, k]
                gram[a, c] += total
    ridge = 1e-10 * np.trace(gram) + 1e-300
    for a in range(depth):
        gram[a, a] += ridge
        for c in range(a):
            gram[c, a] = gram[a, c]
    share = np.linalg.solve(gram, np.ones(depth))
    share /= share.sum()
    trial = past[0]
    for i in range(p):
        row = trial[i]
        row[:i] = 0.0
        for a in range(depth):
            for k in range(i):
                row[k] += share[a] * past[a + 1, i, k]
        for k in range(i):
            row[k] = min(max(row[k], S[i, k] - penalty), S[i, k] + penalty)
            trial[k, i] = row[k]
        row[i] = W[i, i]
    if definite(trial, scratch):
        W[:] = trial


@njit(nogil=True, cache=True)
def follow(S, W, B, before, penalty, W_before, B_before, scratch):
    """Move a solution for the penalty `before` to a start for the smaller `penalty`, in place.

    The solution itself lies outside the new box |W - S| <= penalty, where the descent may lose positive
    definiteness (Mazumder and Hastie 2012, doi:10.1214/12-EJS740). Scaled, (W - S) / before * penalty, it lies inside
    and is definite as a mixture of S and W. Continued from the penalty before that (`W_before` holds that scaled
    difference, `B_before` those coefficients; both are renewed) it is closer, and is taken when definite.
    """
    p = len(S)
    trial = np.empty((p, p))
    for i in range(p):
        for k in range(p):
            now = (W[i, k] - S[i, k]) / before
            trial[i, k] = S[i, k] + penalty * min(max(2 * now - W_before[i, k], -1.0), 1.0)
            W_before[i, k] = now
            b, old = B[i, k], B_before[i, k]
            B_before[i, k] = b
            # A coefficient is continued only where it keeps its sign.
            if b * old > 0.0 and b * (2 * b - old) > 0.0:
                B[i, k] = 2 * b - old
    if not definite(trial, scratch):
        for i in range(p):
            for k in range(p):
                trial[i, k] = S[i, k] + penalty * W_before[i, k]
    W[:] = trial

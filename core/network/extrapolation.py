"""Better starts for the graphical lasso: where its iterates, or the solutions of larger penalties, seem to go.

Compiled with numba, as `core.network.glasso` is. A start that is not positive definite is never taken.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Sums may be reordered and fused; NaN and infinity keep their meaning.
_FAST = {"contract", "reassoc", "nsz"}


@njit(nogil=True, cache=True, fastmath=_FAST)
def definite(A, L):
    """Is the symmetric `A` positive definite? `L` is scratch space for its Cholesky factor."""
    p = len(A)
    for r in range(p):
        for c in range(r):
            entry = A[r, c]
            for q in range(c):
                entry -= L[r, q] * L[c, q]
            L[r, c] = entry / L[c, c]
        entry = A[r, r]
        for q in range(r):
            entry -= L[r, q] * L[r, q]
        if not entry > 1e-12:
            return False
        L[r, r] = np.sqrt(entry)
    return True


@njit(nogil=True, cache=True, fastmath=_FAST)
def extrapolate(S, W, past, penalty, L):
    """Put `W` where its last iterates `past` (a stack of them, the newest last) seem to go, if that is allowed.

    Reduced rank extrapolation: the mixture of the iterates whose mixed step is smallest. It is cut to the box
    |W - S| <= penalty and taken only when positive definite, so that the sweeps may start from it. The oldest
    iterate is overwritten.
    """
    depth, p = len(past) - 1, len(W)
    gram = np.zeros((depth, depth))
    for i in range(p):
        for k in range(i):
            for a in range(depth):
                first = past[a + 1, i, k] - past[a, i, k]
                for c in range(a + 1):
                    gram[a, c] += first * (past[c + 1, i, k] - past[c, i, k])
    ridge = 1e-10 * np.trace(gram) + 1e-300
    for a in range(depth):
        gram[a, a] += ridge
        for c in range(a):
            gram[c, a] = gram[a, c]
    share = np.linalg.solve(gram, np.ones(depth))
    share /= share.sum()
    trial = past[0]
    for i in range(p):
        trial[i, i] = W[i, i]
        for k in range(i):
            value = 0.0
            for a in range(depth):
                value += share[a] * past[a + 1, i, k]
            value = min(max(value, S[i, k] - penalty), S[i, k] + penalty)
            trial[i, k] = value
            trial[k, i] = value
    if definite(trial, L):
        W[:] = trial


@njit(nogil=True, cache=True)
def follow(S, W, B, before, penalty, W_before, B_before, L):
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
    if not definite(trial, L):
        for i in range(p):
            for k in range(p):
                trial[i, k] = S[i, k] + penalty * W_before[i, k]
    W[:] = trial

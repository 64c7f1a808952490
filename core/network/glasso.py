"""Graphical lasso: the sparse inverse correlation matrix, by block coordinate descent compiled with numba.

Import this module inside the function that uses it: it imports numba. The compiled parts release the GIL.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from core.network.extrapolation import extrapolate

#: Sums may be reordered and fused; NaN and infinity keep their meaning.
_FAST = {"contract", "reassoc", "nsz"}
#: Sweeps between two extrapolations, and turns of one lasso before its coefficients are solved for at once.
_DEPTH, _TURNS = 5, 20


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
            step[r] /= L[r, r]
            for q in range(r):
                step[q] -= L[r, q] * step[r]
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
def explain(W, b, residual, members):
    """Subtract what the coefficients `b` in use explain from `residual`; their number, their places in `members`."""
    p = len(b)
    m = 0
    for k in range(p):
        if b[k] != 0.0:
            members[m] = k
            m += 1
    r = 0
    # Four rows at a time: the residual is read and written a quarter as often.
    while r + 4 <= m:
        k0, k1, k2, k3 = members[r], members[r + 1], members[r + 2], members[r + 3]
        b0, b1, b2, b3 = b[k0], b[k1], b[k2], b[k3]
        for i in range(p):
            residual[i] -= b0 * W[k0, i] + b1 * W[k1, i] + b2 * W[k2, i] + b3 * W[k3, i]
        r += 4
    while r < m:
        k = members[r]
        for i in range(p):
            residual[i] -= b[k] * W[k, i]
        r += 1
    return m


@njit(nogil=True, cache=True, fastmath=_FAST)
def sweep(S, W, B, penalty, tolerance, L):
    """Renew every column of `W` (p x p) and its lasso coefficients `B` once, in place; the largest change of `W`.

    Column j solves min_b b'W_jj b / 2 - b's_j + penalty |b|_1 over the other features to `tolerance`, and W's
    column becomes W_jj b. Row j of `B` holds b. The diagonal of `W` is that of `S` (it carries no penalty).
    """
    p = len(S)
    residual, step = np.empty(p), np.empty(p)
    members, active = np.empty(p, np.int64), np.empty(p, np.int64)
    worst = 0.0
    for j in range(p):
        b = B[j]
        residual[:] = S[j]
        m = explain(W, b, residual, members)
        for turn in range(10000):
            moved = 0.0
            for r in range(m):
                k = members[r]
                old = b[k]
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
            if moved >= tolerance:
                # Descent settles most columns in two turns; where near-duplicate features make it crawl, the
                # coefficients in use are solved for at once, which costs as much as many turns.
                if turn % _TURNS == _TURNS - 1:
                    settle(W, b, residual, penalty, L, step, active)
                continue
            moved = 0.0
            for k in range(p):
                if abs(residual[k]) > penalty and b[k] == 0.0 and k != j:
                    b[k] = (residual[k] - penalty if residual[k] > 0.0 else residual[k] + penalty) / W[k, k]
                    moved = max(moved, abs(b[k]) * W[k, k])
                    change = b[k]
                    for i in range(p):
                        residual[i] -= change * W[k, i]
            if moved < tolerance:
                break
            m = 0
            for k in range(p):
                if b[k] != 0.0:
                    members[m] = k
                    m += 1
        residual[j] = S[j, j] - W[j, j]
        total = 0.0
        for i in range(p):
            total += (S[j, i] - residual[i] - W[j, i]) ** 2
        # Most columns stand still before the last one does; writing one down is what takes long.
        if total <= (tolerance / 1000) ** 2:
            worst = max(worst, np.sqrt(total))
            continue
        for i in range(p):
            value = S[j, i] - residual[i]
            worst = max(worst, abs(value - W[j, i]))
            W[j, i] = value
        for i in range(p):
            W[i, j] = W[j, i]
    return worst


@njit(nogil=True, cache=True)
def sweeps_until(S, W, B, penalty, tolerance, change, first, last, past, L):
    """Sweeps number `first` up to `last`, `past` keeping each start; how many were made, and the last one's change."""
    for turn in range(first, last):
        past[turn] = W
        # The early sweeps aim at a moving target: a tenth of the last change is exact enough for them.
        change = sweep(S, W, B, penalty, max(change, tolerance) / 10, L)
        if change < tolerance:
            return turn + 1 - first, change
    return last - first, change


def solve(
    S: np.ndarray,
    penalty: float,
    W: np.ndarray,
    B: np.ndarray,
    tolerance: float,
    sweeps: int,
    tell: Callable[[], None],
) -> bool:
    """Sweep until no entry of `W` moves by more than `tolerance`; False when `sweeps` were not enough.

    `W` and `B` are the start and become the solution. `W` has to be positive definite with |W - S| <= penalty
    off the diagonal, for example the identity with the largest |S|: then it stays definite. `tell()` is called
    before every few sweeps, of large matrices before each.
    """
    p = len(S)
    # From some hundred features on a sweep takes so long that the reader has to be heard after each.
    stride = _DEPTH if p <= 300 else 1
    past, L = np.empty((_DEPTH + 1, p, p)), np.empty((p, p))
    change, done = 1.0, 0
    while done < sweeps:
        tell()
        first = done % _DEPTH
        last = min(first + stride, first + sweeps - done)
        made, change = sweeps_until(S, W, B, penalty, tolerance, change, first, last, past, L)
        done += made
        if change < tolerance:
            return True
        if last == _DEPTH:
            past[_DEPTH] = W
            # numba does not renew compiled code when a function of another file changes: called from here, not there.
            extrapolate(S, W, past, penalty, L)
    return False


def precision(W: np.ndarray, B: np.ndarray) -> np.ndarray:
    """The inverse of `W` as the lasso coefficients give it, symmetric, with its exact zeros."""
    diagonal = 1 / (np.diag(W) - np.einsum("ij,ij->i", W, B))
    K = -B * diagonal[:, None]
    K = np.where((K != 0) & (K.T != 0), (K + K.T) / 2, 0.0)
    np.fill_diagonal(K, diagonal)
    return K

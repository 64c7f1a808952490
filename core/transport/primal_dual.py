"""Compiled rounds of the primal-dual method for barycentres; imported only where numba is."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def rounds(tail, head, lengths, masses, degree, weight, flow, dual, centroid, count):
    """`count` rounds of Chambolle and Pock's method -> the mean centroid (m,) and mean duals (n, m) over them.

    Edges run from `tail` to `head` (E,); `masses` (n, m) are the distributions; `degree` (m,) counts the edges at each
    node; `weight` balances the steps of flows and duals. `flow` (n, E), `dual` (n, m) and `centroid` (m,) are where the
    rounds begin and are left where they end.
    """
    n, m = masses.shape
    step_flow, step_centroid = 1 / (2 * weight), 1 / (n * weight)
    push, pull = np.empty(m), np.zeros(m)
    centroids, duals = np.zeros(m), np.zeros((n, m))
    for i in range(n):
        pull += dual[i]
    for _ in range(count):
        centre = onto_simplex(centroid + step_centroid * pull)
        ahead = 2 * centre - centroid
        pull[:] = 0.0
        for i in range(n):
            for j in range(m):
                push[j] = masses[i, j] - ahead[j]
            for e in range(len(tail)):
                before = flow[i, e]
                reached = before + step_flow * (dual[i, tail[e]] - dual[i, head[e]])
                toll = step_flow * lengths[e]
                after = reached - toll if reached > toll else reached + toll if reached < -toll else 0.0
                flow[i, e] = after
                push[tail[e]] -= 2 * after - before
                push[head[e]] += 2 * after - before
            for j in range(m):
                dual[i, j] += weight / (1 + degree[j]) * push[j]
                pull[j] += dual[i, j]
                duals[i, j] += dual[i, j]
        centroid[:] = centre
        centroids += centre
    return centroids / count, duals / count


@njit(nogil=True, cache=True)
def onto_simplex(point):
    """The nearest distribution to (m,) numbers (Held et al. 1974, doi:10.1007/BF01580223)."""
    falling = np.sort(point)[::-1]
    total, level = 0.0, 0.0
    for j in range(len(falling)):
        total += falling[j]
        if falling[j] <= (total - 1) / (j + 1):
            break
        level = (total - 1) / (j + 1)
    return np.maximum(point - level, 0.0)

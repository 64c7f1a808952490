"""P-values of the Mann-Whitney test where one group is too small for the normal approximation."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np

#: With fewer patients than this in the smaller group the normal approximation is not used.
SMALL = 8
#: Rank sums that are worked on at once; bounds the memory at some tens of megabytes.
CELLS = 2_000_000


@lru_cache(maxsize=256)
def exact_p(small: int, large: int) -> np.ndarray:
    """How probable is a U at least as far from its mean, where nothing differs and no values are tied?

    Returns (small * large + 1,) the two-sided p of U = 0, 1, ...; U of either group, the distribution is symmetric.
    The counts are the coefficients of the Gaussian binomial, in whole numbers of any length.
    Mann and Whitney 1947, doi:10.1214/aoms/1177730491.
    """
    ways = np.zeros(small * large + 1, dtype=object)
    ways[0] = 1
    for factor in range(1, small + 1):
        shift = large + factor
        if shift < len(ways):
            ways[shift:] = ways[shift:] - ways[:-shift]
        for start in range(min(factor, len(ways))):
            ways[start::factor] = np.cumsum(ways[start::factor])
    upto = np.cumsum(ways)
    tail = np.minimum(upto, upto[::-1])
    p = np.minimum((2 * tail / comb(small + large, small)).astype(float), 1.0)
    p.flags.writeable = False
    return p


@lru_cache(maxsize=64)
def labellings(n: int, small: int, draws: int, seed: int) -> tuple[np.ndarray, bool]:
    """Which `small` of n patients the smaller group could be: (B, small) places, and whether these are all choices.

    All of them where there are at most `draws`; else that many drawn at random, the same for the same seed, n and size.
    """
    if comb(n, small) <= draws:
        return np.array(list(combinations(range(n), small))).reshape(-1, small), True
    chance = np.random.default_rng([seed, n, small])
    picked = chance.integers(0, n, (draws, small))
    while True:
        ordered = np.sort(picked, axis=1)
        twice = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
        if not twice.any():
            return ordered, False
        # Drawing a whole choice again is what makes every choice equally probable.
        picked[twice] = chance.integers(0, n, (int(twice.sum()), small))


def permuted_p(
    ranks: np.ndarray, rows: np.ndarray, distance: np.ndarray, sizes: tuple[int, int], draws: int, seed: int
) -> tuple[np.ndarray, bool]:
    """How often is U as far from its mean when the labels of the groups are exchanged?

    ranks (p, n) with ties at their mean and 0 where missing; rows (m,) whose, increasing, and distance (m,) of U from
    its mean, for groups of sizes[0] among sizes[1] known patients. Returns (m,) p and whether every labelling was
    tried: then p is exact, given the ties; otherwise it is (1 + as far) / (1 + draws). It depends on the order of
    neither patients nor columns.
    """
    small, total = sizes
    places, complete = labellings(total, small, draws, seed)
    whose, slot = np.unique(rows, return_inverse=True)
    # The missing ones, at 0, come first and are cut off.
    ordered = np.sort(ranks[whose], axis=1)[:, ranks.shape[1] - total :]
    reached = np.empty(len(rows))
    step = max(1, CELLS // places.size)
    for start in range(0, len(whose), step):
        sums = ordered[start : start + step][:, places].sum(axis=2)
        far = np.sort(np.abs(sums - small * (total + 1) / 2), axis=1)
        for one in np.flatnonzero((slot >= start) & (slot < start + step)):
            # Half ranks are exact in floating point, so that equal means equal.
            reached[one] = len(places) - np.searchsorted(far[slot[one] - start], distance[one], "left")
    return (reached / len(places) if complete else (1 + reached) / (1 + len(places))), complete

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
#: Where fewer of the drawn labellings go as far, all labellings are counted, which takes longer.
FEW_REACHED = 3


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


@lru_cache(maxsize=32)
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
) -> tuple[np.ndarray, np.ndarray]:
    """How often is U as far from its mean when the labels of the groups are exchanged?

    ranks (p, n) with ties at their mean and 0 where missing; rows (m,) whose, and distance (m,) of U from
    its mean, for groups of sizes[0] among sizes[1] known patients. Returns (m,) p and (m,) whether it is exact, given
    the ties: because every labelling was tried, or because too few of those drawn went as far to tell how improbable it
    is, and all were counted. Else p is (1 + as far) / (1 + draws). Neither order, of patients or columns, matters.
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
    if complete:
        return reached / len(places), np.ones(len(rows), dtype=bool)
    # This keeps the level: where p is not above a level, drawing or counting alone would not have put it above either.
    p, beyond = (1 + reached) / (1 + len(places)), reached < FEW_REACHED
    for row in np.unique(slot[beyond]):
        mine = beyond & (slot == row)
        p[mine] = counted_p(ordered[row], distance[mine], small)
    return p, beyond


def counted_p(ranks: np.ndarray, distance: np.ndarray, small: int) -> np.ndarray:
    """The share of all labellings whose rank sum is at least this far from its mean, given the ties; (m,) distances.

    Counts the sums of 1, 2, ... `small` patients by taking in one patient after the other: the shift algorithm of
    Streitberg and Roehmel 1986 (Statistical Software Newsletter 12, 10-17), on twice the ranks, which are whole.
    """
    twice = np.rint(2 * ranks).astype(int)
    ways = np.zeros((small + 1, int(np.sort(twice)[-small:].sum()) + 1))
    ways[0, 0] = 1.0
    for rank in twice:
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank].copy()
    far = np.abs(np.arange(ways.shape[1]) / 2 - small * (len(ranks) + 1) / 2)
    return np.array([ways[small, far >= least].sum() for least in distance]) / comb(len(ranks), small)

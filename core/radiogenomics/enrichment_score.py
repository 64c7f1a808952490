"""How far towards one end of a ranking does a set of genes stand: the running sum and its largest departure."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Departures closer than this are one: which of the two ends is farther must not hang on the last digit.
CLOSE = 1e-12
#: Between neighbouring columns of equal scores; far below the tenth digit for as many genes as there are.
APART = 1e-15


def running_sum(scores: np.ndarray, member: np.ndarray, weight: float = 1.0) -> np.ndarray:
    """The running sum of a set down a ranking: (g,) values after each gene, from the largest score on; the last is 0.

    scores (g,) in falling order and member (g,) bool of the same genes. A member lifts the sum by its share of the
    members' |score|^weight, any other gene lowers it by the same step. Where all members score 0 each lifts it alike.
    Subramanian and others 2005, doi:10.1073/pnas.0506580102.
    """
    lift = np.where(member, np.abs(scores) ** weight, 0.0)
    if not lift.any():
        lift = member.astype(float)
    return np.cumsum(lift / lift.sum() - ~member / (~member).sum())


def enrichment_scores(scores: np.ndarray, places: list[np.ndarray], weight: float = 1.0) -> np.ndarray:
    """The enrichment score of every set in every ranking: the largest departure of its running sum from 0, signed.

    scores  (b, g), a row per ranking, in any order; equal ones (to ten digits of the largest: rank correlations of few
            patients often are) stand in the order of the columns
    places  the columns of each set's genes, at least one and fewer than g
    Returns (b, sets) from -1 to 1. Only members turn the sum, so only they are looked at.
    """
    rankings, genes = scores.shape
    largest = np.abs(scores).max(initial=0.0) or 1.0
    # Told apart by their column, so that a sort need not be stable, which would take several times longer.
    order = np.argsort(np.arange(genes) * APART - np.round(scores / largest, 10), axis=1)
    place = np.empty(order.shape, dtype=np.int32)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(genes, dtype=np.int32), order.shape), axis=1)
    strength = np.abs(scores) if weight == 1 else np.abs(scores) ** weight
    found = np.empty((rankings, len(places)))
    for one, columns in enumerate(places):
        size = len(columns)
        at = place[:, columns]
        down = np.argsort(at, axis=1)
        at = np.take_along_axis(at, down, axis=1)
        lift = np.take_along_axis(strength[:, columns], down, axis=1)
        total = lift.sum(axis=1, keepdims=True)
        share = np.divide(lift, total, out=np.full_like(lift, 1 / size), where=total > 0)
        # Before the k-th member, at - k other genes have lowered the sum.
        lowered = (at - np.arange(size)) / (genes - size)
        after = np.cumsum(share, axis=1) - lowered
        high, low = after.max(axis=1), (after - share).min(axis=1)
        found[:, one] = np.where(high >= -low - CLOSE, high, low)
    return found


def leading_edge(scores: pd.Series, genes: list[str], weight: float = 1.0) -> tuple[str, ...]:
    """The members up to the largest departure of the running sum, which make the score; the strongest first.

    scores by gene in any order; genes: those of the set among them.
    """
    ordered = scores.sort_values(ascending=False, kind="stable")
    member = ordered.index.isin(genes)
    sums = running_sum(ordered.to_numpy(float), member, weight)
    before = np.append(0.0, sums[:-1])
    if sums.max() >= -min(before.min(), sums.min()) - CLOSE:
        last = int(sums.argmax())
        return tuple(ordered.index[: last + 1][member[: last + 1]])
    first = int(np.minimum(before, sums).argmin())
    first += int(sums[first] <= before[first])
    return tuple(ordered.index[first:][member[first:]][::-1])

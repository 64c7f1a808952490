"""Measures over repeated splits of the same patients: how they vary, and whether one arm is better than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OverSplits:
    """`mean` of a measure over the splits that have it, the smallest and the largest, and how many have it."""

    mean: float | None
    least: float | None
    most: float | None
    n_splits: int


def over_splits(values: Sequence[float | None]) -> OverSplits:
    """The splits share patients, so their spread is no confidence interval and none is given."""
    known = [value for value in values if value is not None]
    if not known:
        return OverSplits(None, None, None, 0)
    return OverSplits(float(np.mean(known)), float(min(known)), float(max(known)), len(known))


@dataclass(frozen=True)
class SplitDifference:
    """Mean difference of two arms over the splits that have both, with a corrected 95 % interval, or none."""

    difference: float | None
    lower: float | None
    upper: float | None
    n_splits: int


def split_difference(
    first: Sequence[float | None], second: Sequence[float | None], n_train: int, n_test: int
) -> SplitDifference:
    """Is the first arm better than the second over random splits?

    The variance of the mean is s^2 (1 / splits + n_test / n_train), for splits share their patients: Nadeau and Bengio
    2003, doi:10.1023/A:1024068626366; t with one degree less than splits. No interval with fewer than three splits or
    without any spread.
    """
    from scipy.special import stdtrit

    pairs = [a - b for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    if not pairs:
        return SplitDifference(None, None, None, 0)
    mean, spread = float(np.mean(pairs)), float(np.std(pairs, ddof=1)) if len(pairs) > 1 else 0.0
    if len(pairs) < 3 or spread == 0:
        return SplitDifference(mean, None, None, len(pairs))
    half = float(stdtrit(len(pairs) - 1, 0.975)) * spread * (1 / len(pairs) + n_test / n_train) ** 0.5
    return SplitDifference(mean, mean - half, mean + half, len(pairs))

"""Which pairs of groups differ, when all the pairs that were tried are counted?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.stats.multiplicity import ADJUSTMENTS
from core.survival.linear_rank import DESCRIPTIVE, RankTest


@dataclass(frozen=True)
class Pair:
    """Two of the groups tested against each other; p_adjusted counts all pairs that could be tested."""

    first: str
    second: str
    n: int
    n_events: int
    statistic: float | None
    p: float | None
    p_adjusted: float | None
    method: str
    p_method: str
    note: str


def pairwise(
    test: Callable[[pd.Series, Progress], RankTest],
    groups: Sequence,
    levels: Sequence[str],
    adjustment: str = "Holm",
    progress: Progress = quiet,
) -> tuple[Pair, ...]:
    """Test every pair of `levels`; none when there are fewer than three, for then the overall test is the pair.

    test    takes labels (N,), None for patients of the other groups, and a progress
    groups  (N,) labels; adjustment: a name in `core.stats.multiplicity.ADJUSTMENTS`
    """
    labels = pd.Series(groups).reset_index(drop=True).astype(object)
    chosen = list(combinations(levels, 2)) if len(levels) > 2 else []
    pairs = []
    for done, (first, second) in enumerate(chosen):
        two = labels.where(labels.isin([first, second]), None)
        pairs.append(_pair(first, second, test, two, part(progress, done / len(chosen), 1 / len(chosen))))
    adjusted = ADJUSTMENTS[adjustment]([np.nan if pair.p is None else pair.p for pair in pairs])
    return tuple(
        replace(pair, p_adjusted=None if np.isnan(value) else float(value))
        for pair, value in zip(pairs, adjusted, strict=True)
    )


def _pair(first: str, second: str, test: Callable, two: pd.Series, progress: Progress) -> Pair:
    try:
        found = test(two, progress)
    except NotEstimable as state:
        return Pair(first, second, 0, 0, None, None, None, "", DESCRIPTIVE, str(state))
    return Pair(
        first, second, found.n, found.n_events, found.statistic, found.p, None, found.method, found.p_method, found.note
    )

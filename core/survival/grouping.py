"""Making groups of patients from a marker: halves or thirds of a number, levels of a category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.survival.compared import MOST_GROUPS


@dataclass(frozen=True, eq=False)
class Grouping:
    """Labels for the survival functions, and how they came about.

    labels  (n,) text, None where the marker is missing; levels: in natural order, sizes (patients) beside them
    cuts    the boundaries, in the marker's unit; a value equal to a boundary belongs below it, n_at_cut do
    """

    labels: pd.Series
    levels: tuple[str, ...]
    sizes: tuple[int, ...]
    cuts: tuple[float, ...]
    n_at_cut: int
    n: int
    n_missing: int
    rule: str


def median_groups(values: Sequence[float], unit: str = "") -> Grouping:
    """Low and high half of a number: at most the median, above the median. `NotEstimable` if a half is empty."""
    return _cut(values, (0.5,), ("low", "high"), unit, "Cut at the median")


def tertile_groups(values: Sequence[float], unit: str = "") -> Grouping:
    """Low, middle and high third of a number. `NotEstimable` if tied values leave a third empty."""
    return _cut(values, (1 / 3, 2 / 3), ("low", "middle", "high"), unit, "Cut at the tertiles")


def value_groups(values: Sequence[float], cut: float, unit: str = "", rule: str = "Cut at a value given") -> Grouping:
    """Low and high around a value that is given, such as a published one: at most `cut`, above it.

    Raises `NotEstimable` when all patients are on one side of it.
    """
    numbers, known = _known(values)
    if known.min() > cut or known.max() <= cut:
        side = "above" if known.min() > cut else "at or below"
        raise NotEstimable(
            f"All {len(known)} patients are {side} {cut:g}; they range from {known.min():g} to {known.max():g}.",
            "Choose a cut between these.",
        )
    return _cut_at(numbers, known, (float(cut),), ("low", "high"), unit, rule)


def category_groups(values: Sequence, order: Sequence[str] = ()) -> Grouping:
    """The levels of a category, in `order` and then sorted. `NotEstimable` for none or more than six."""
    labels = pd.Series(values).astype(object)
    known = labels.notna()
    labels = labels.where(known, None).map(str, na_action="ignore")
    present = set(labels[known])
    levels = tuple(level for level in dict.fromkeys([*map(str, order), *sorted(present)]) if level in present)
    if not levels:
        raise NotEstimable("No patient has a value of this attribute.", "Choose another attribute or widen the cohort.")
    if len(levels) > MOST_GROUPS:
        raise NotEstimable(
            f"The attribute has {len(levels)} levels; at most {MOST_GROUPS} can be compared.",
            "Join rare levels, filter the cohort, or choose a coarser attribute.",
        )
    return _grouping(labels, levels, (), 0, "Levels of the attribute")


def _known(values: Sequence[float]) -> tuple[pd.Series, pd.Series]:
    """The numbers, and those of them that are finite."""
    numbers = pd.Series(values).astype(float)
    known = numbers[np.isfinite(numbers)]
    if known.empty:
        raise NotEstimable("No patient has a value of this marker.", "Choose another marker or widen the cohort.")
    return numbers, known


def _cut(values: Sequence[float], shares, names, unit: str, rule: str) -> Grouping:
    numbers, known = _known(values)
    cuts = tuple(float(cut) for cut in np.quantile(known, shares))
    if len(set(np.searchsorted(cuts, known, "left"))) < len(names):
        raise NotEstimable(
            f"{len(names)} groups cannot be made: too many of the {len(known)} patients share the same value.",
            "Use fewer groups, or treat the marker as a category.",
        )
    return _cut_at(numbers, known, cuts, names, unit, rule)


def _cut_at(numbers: pd.Series, known: pd.Series, cuts: tuple[float, ...], names, unit: str, rule: str) -> Grouping:
    levels = _names(names, cuts, unit)
    labels = pd.Series(None, index=numbers.index, dtype=object)
    # A value equal to a cut stays below it.
    labels[known.index] = np.array(levels, dtype=object)[np.searchsorted(cuts, known, "left")]
    return _grouping(labels, levels, cuts, int(np.isin(known, cuts).sum()), rule)


def _names(names: Sequence[str], cuts: Sequence[float], unit: str) -> tuple[str, ...]:
    """`low (≤ 3.2 mm)`, `middle (3.2 to 4.1 mm)`, `high (> 4.1 mm)`, with as many digits as keep the cuts apart."""
    digits = next((d for d in range(3, 17) if len({f"{cut:.{d}g}" for cut in cuts}) == len(cuts)), 17)
    shown = [f"{cut:.{max(digits, 4)}g}" for cut in cuts]
    unit = f" {unit}" if unit else ""
    spans = [f"≤ {shown[0]}", *(f"{a} to {b}" for a, b in pairwise(shown)), f"> {shown[-1]}"]
    return tuple(f"{name} ({span}{unit})" for name, span in zip(names, spans, strict=True))


def _grouping(labels: pd.Series, levels: tuple[str, ...], cuts: tuple[float, ...], tied: int, rule: str) -> Grouping:
    sizes = tuple(int((labels == level).sum()) for level in levels)
    if tied and cuts:
        whose = "1 patient has" if tied == 1 else f"{tied} patients have"
        rule += f"; {whose} exactly the value of a cut and belong{'s' if tied == 1 else ''} below it"
    return Grouping(labels, levels, sizes, cuts, tied, sum(sizes), int(labels.isna().sum()), rule + ".")

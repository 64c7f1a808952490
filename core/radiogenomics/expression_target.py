"""What a model predicts from expression: a number, on which side of the median it lies, or a class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable

NUMBER, SPLIT, CLASSES = "number", "median", "classes"
#: Patients with expression and target below which nothing is fitted.
FEWEST = 30
#: Members of a class below which it is left out: an area needs five of each kind.
FEWEST_OF_CLASS = 5
#: What a score above the median is called.
HIGH = "high"


@dataclass(frozen=True, eq=False)
class Target:
    """What is predicted of n patients.

    kind    NUMBER, SPLIT (is the number above the median of the training patients?) or CLASSES
    values  (n,) the number, or the place of the class among `levels`
    levels  names of the classes; empty but for CLASSES
    """

    kind: str
    values: np.ndarray
    levels: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The name of each score of a patient: one, or with three classes or more one per class."""
        if self.kind == CLASSES:
            return self.levels[1:] if len(self.levels) == 2 else self.levels
        return (HIGH,) if self.kind == SPLIT else ("",)

    @property
    def is_number(self) -> bool:
        return self.kind == NUMBER

    def learned(self, train: np.ndarray) -> np.ndarray:
        """(n,) what a model is shown, as these training patients define it: the number or the code of the class."""
        if self.kind == SPLIT:
            return (self.values > np.median(self.values[train])).astype(float)
        return self.values

    def truth(self, learned: np.ndarray) -> np.ndarray:
        """(outputs, n) what each score is held against: the number, or 1 for members of the class."""
        if self.kind == CLASSES:
            return np.array([learned == self.levels.index(name) for name in self.outputs]).astype(float)
        return learned[None, :].astype(float)

    def permuted(self, order: np.ndarray) -> Target:
        """The same values given to other patients."""
        return Target(self.kind, self.values[order], self.levels)


def number_target(values: Iterable[float], split: bool = False) -> Target:
    """A target from (n,) numbers without gaps; `split`: which side of the training median, as published.

    Raises `NotEstimable` for fewer than FEWEST patients, for a constant, and where so many values are equal that one
    side of the median would be nearly empty.
    """
    values = np.asarray(list(values), dtype=float)
    _enough(len(values))
    if np.ptp(values) < 1e-12 * max(1.0, float(np.abs(values).max())):
        raise NotEstimable("The target is the same in every patient.", "Choose another feature or a wider cohort.")
    if split:
        above = int((values > np.median(values)).sum())
        if min(above, len(values) - above) < 2 * FEWEST_OF_CLASS:
            raise NotEstimable(
                f"Only {above} of {len(values)} patients lie above the median, for too many values are equal.",
                "Predict the value instead.",
            )
    return Target(SPLIT if split else NUMBER, values)


def class_target(labels: Sequence[str], levels: Sequence[str], folds: int) -> tuple[Target, np.ndarray, dict[str, int]]:
    """A target from (n,) labels without gaps, (n,) which patients stay, and the levels left out with their numbers.

    levels  every level in the order of the attribute. One with fewer members than folds (or than five) is left out.
    Raises `NotEstimable` where fewer than two classes or FEWEST patients are left.
    """
    labels = np.asarray(labels, dtype=object)
    least = max(folds, FEWEST_OF_CLASS)
    counts = {level: int((labels == level).sum()) for level in levels}
    kept = tuple(level for level in levels if counts[level] >= least)
    small = {level: count for level, count in counts.items() if 0 < count < least}
    if len(kept) < 2:
        told = ", ".join(f"{level} {count}" for level, count in counts.items() if count) or "none"
        raise NotEstimable(
            f"Two classes of at least {least} patients with expression are needed ({told}).",
            "Choose another attribute, fewer folds or a wider cohort.",
        )
    stays = np.isin(labels, kept)
    _enough(int(stays.sum()))
    place = {level: code for code, level in enumerate(kept)}
    return Target(CLASSES, np.array([place[each] for each in labels[stays]], dtype=float), kept), stays, small


def _enough(n: int) -> None:
    if n < FEWEST:
        raise NotEstimable(
            f"{n} patients have both expression and the target; at least {FEWEST} are needed.",
            "Widen the cohort or choose another target.",
        )

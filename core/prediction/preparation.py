"""From raw columns to comparable ones: imputed, without constants, harmonised, scaled; learnt on training patients."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.errors import NotEstimable, Refused
from core.prediction.recipe import Recipe
from core.prediction.yeo_johnson import powers, transformed
from core.stats.harmonise import Combat, fit_combat

#: A column in which so large a share of the patients have one and the same value says too little to be learnt from.
NEAR_CONSTANT = 0.95


@dataclass(frozen=True, eq=False)
class Preparation:
    """What was learnt of p columns: `kept` (k,) are their places, the other arrays are of those columns.

    median   (k,) put in the place of missing values
    combat   batch effects, or None
    power    (k,) exponents of Yeo and Johnson, with the mean `first_centre` and deviation `first_scale` of what they
             act on; None where columns stay as they are
    centre, scale  (k,) mean and standard deviation (n in the denominator) after all of this
    """

    kept: np.ndarray
    median: np.ndarray
    combat: Combat | None
    power: np.ndarray | None
    first_centre: np.ndarray | None
    first_scale: np.ndarray | None
    centre: np.ndarray
    scale: np.ndarray

    def transform(self, x: np.ndarray, batch: np.ndarray | None = None) -> np.ndarray:
        """(m, k) prepared columns of x (m, p), each patient alone; `batch` (m,) where batch effects were learnt."""
        return (self.before_scaling(x, batch) - self.centre) / self.scale

    def before_scaling(self, x: np.ndarray, batch: np.ndarray | None = None) -> np.ndarray:
        """The same, imputed, harmonised and made normal only."""
        z = _filled(x[:, self.kept], self.median)
        if self.combat is not None:
            z = self.combat.transform(z, batch)
        if self.power is not None:
            z = transformed((z - self.first_centre) / self.first_scale, self.power)
        return z


def prepare(
    x: np.ndarray, recipe: Recipe, batch: np.ndarray | None = None, gaps: np.ndarray | None = None
) -> Preparation:
    """What do these training patients say of their columns? x (n, p) numbers, NaN where missing; never the outcome.

    gaps  (p,) bool, the columns that may be missing in anybody who will be transformed: medians are looked for in these
          alone, which saves time; None stands for all.

    Columns that are missing throughout, or (nearly) constant, are left out. Raises `NotEstimable` where none is left,
    and what `core.stats.harmonise.fit_combat` raises. Medians as scikit-learn's SimpleImputer, scaling as its
    StandardScaler, batch effects as ComBat (Johnson, Li and Rabinovic 2007, doi:10.1093/biostatistics/kxj037).
    """
    median = _medians(x, gaps)
    kept = np.flatnonzero(_varies(x, median))
    if not len(kept):
        raise NotEstimable("No feature varies among the training patients.", "Choose other features or patients.")
    median = median[kept]
    z = _filled(x[:, kept], median)
    combat = None if batch is None else _batches(z, batch)
    if combat is not None:
        z = combat.transform(z, batch)
    if recipe.redundant is not None:
        own = _distinct(z, recipe.redundant)
        kept, median, z = kept[own], median[own], z[:, own]
        if combat is not None:  # learnt from all of them together, then told for those that are kept
            combat = _of(combat, own)
    power = first_centre = first_scale = None
    if recipe.gaussian:
        first_centre, first_scale = z.mean(axis=0), _deviation(z)
        z = (z - first_centre) / first_scale
        power = powers(z)
        z = transformed(z, power)
    return Preparation(kept, median, combat, power, first_centre, first_scale, z.mean(axis=0), _deviation(z))


def _deviation(z: np.ndarray) -> np.ndarray:
    spread = z.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _medians(x: np.ndarray, gaps: np.ndarray | None) -> np.ndarray:
    """(p,) medians, NaN where nothing is known; 0 where there are no gaps to fill."""
    medians = np.zeros(x.shape[1])
    some = np.arange(x.shape[1]) if gaps is None else np.flatnonzero(gaps)
    if len(some):
        rising, known = np.sort(x[:, some], axis=0), (~np.isnan(x[:, some])).sum(axis=0)  # what is missing comes last
        column = np.arange(len(some))
        medians[some] = (rising[(known - 1) // 2, column] + rising[known // 2, column]) / 2
    return medians


def _filled(x: np.ndarray, median: np.ndarray) -> np.ndarray:
    gaps = np.isnan(x)
    return np.where(gaps, median, x) if gaps.any() else x


def _varies(x: np.ndarray, median: np.ndarray) -> np.ndarray:
    """(p,) bool. Where one value is nearly everybody's, it is the middle one of any few more than twice the others."""
    some = min(len(x), 2 * int((1 - NEAR_CONSTANT) * len(x)) + 1)
    first = np.sort(_filled(x[:some], median), axis=0)[(some - 1) // 2]
    same = (_filled(x, median) == first).mean(axis=0)
    return ~np.isnan(median) & (same < NEAR_CONSTANT)


def _distinct(z: np.ndarray, limit: float) -> np.ndarray:
    """Places of columns none of which correlates above `limit` with an earlier one of them."""
    scaled = (z - z.mean(axis=0)) / (_deviation(z) * len(z) ** 0.5)
    alike = np.abs(scaled.T @ scaled) > limit
    open_, kept = np.ones(z.shape[1], dtype=bool), []
    for column in range(z.shape[1]):
        if open_[column]:
            kept.append(column)
            open_ &= ~alike[column]
    return np.array(kept)


def _batches(z: np.ndarray, batch: np.ndarray) -> Combat:
    try:
        return fit_combat(z, batch)
    except Refused as refused:
        raise NotEstimable(str(refused), "Harmonise over another attribute, or leave small batches out.") from None


def _of(combat: Combat, columns: np.ndarray) -> Combat:
    """The batch effects of some of the columns."""
    names = [combat.features[column] for column in columns]
    kept = combat.kept[columns]
    place = np.cumsum(combat.kept) - 1
    some = place[columns[kept]]
    return replace(
        combat,
        features=tuple(names),
        left_alone={name: combat.left_alone[name] for name in names if name in combat.left_alone},
        kept=kept,
        level=combat.level[some],
        spread=combat.spread[some],
        effects=combat.effects[:, some],
        shift=combat.shift[:, some],
        ratio=combat.ratio[:, some],
    )

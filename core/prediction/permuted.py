"""Is it more than chance? The whole recipe again and again on labels that were shuffled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.compute import Progress, generators, in_threads, quiet
from core.prediction.nested import Table, area, nested, repeat_seeds
from core.prediction.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Permuted:
    """observed  AUC of one repeat of the nested cross-validation; null (m,) the same of shuffled labels
    p           (b + 1) / (m + 1), b of the m being at least as large: one-sided, for "better than chance"
    within      whether labels were shuffled within the patients' groups only
    """

    observed: float
    null: np.ndarray
    p: float
    within: bool
    n: int
    n_positive: int
    seed: int


def permutation_test(
    table: Table, recipe: Recipe, permutations: int, groups: np.ndarray | None = None, progress: Progress = quiet
) -> Permuted:
    """How often does the whole recipe do as well when nothing is there to be learnt?

    Labels are shuffled, among all patients or within `groups` (n,), and everything is done again: outer and inner
    splits, preparation, selection, choice of the setting. Both sides are one repeat, for a mean of several varies less.
    Raises as `nested`. Sources: Ojala and Garriga 2010, JMLR 11:1833-1863; Phipson and Smyth 2010,
    doi:10.2202/1544-6115.1585, for the added one.
    """
    once = replace(recipe, repeats=1)
    observed = float(nested(table, replace(once, seed=repeat_seeds(recipe.seed, 1)[0])).auc_by_repeat[0])

    def shuffled(random: np.random.Generator) -> float:
        y = _shuffled(table.y, groups, random)
        again = replace(once, seed=int(random.integers(2**31)))
        return area(y, nested(replace_outcome(table, y), again).probability)

    null = np.array(in_threads(shuffled, generators(recipe.seed, permutations), progress, "Shuffling the labels"))
    p = (1 + int((null >= observed - 1e-12).sum())) / (1 + permutations)
    return Permuted(observed, null, p, groups is not None, len(table.y), int(table.y.sum()), recipe.seed)


def replace_outcome(table: Table, y: np.ndarray) -> Table:
    """The same patients with other labels."""
    return Table(table.x, y, table.batch)


def _shuffled(y: np.ndarray, groups: np.ndarray | None, random: np.random.Generator) -> np.ndarray:
    if groups is None:
        return random.permutation(y)
    new = y.copy()
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        new[rows] = random.permutation(y[rows])
    return new

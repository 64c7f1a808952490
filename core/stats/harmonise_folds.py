"""What harmonising does to patients it was not learnt from: every patient by a fit on the others' folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.stats.harmonise import fit_combat


def cross_harmonised(
    values: pd.DataFrame,
    batch: Sequence,
    covariates: pd.DataFrame | None = None,
    parametric: bool = True,
    mean_only: bool = False,
    folds: int = 5,
    seed: int = 0,
    progress: Progress = quiet,
) -> pd.DataFrame:
    """The table (n, p) in which each patient was harmonised with what the other folds taught.

    Folds are drawn within batches, so that each batch is in every training part. Arguments and errors as `fit_combat`;
    where a fold cannot be fitted, its state is raised. A feature that some fold leaves alone is left alone in all, for
    it would be of two kinds otherwise.
    """
    labels = np.asarray(batch, dtype=object).astype(str)
    chance = np.random.default_rng(seed)
    fold = np.empty(len(labels), dtype=int)
    for name in np.unique(labels):
        rows = np.flatnonzero(labels == name)
        fold[chance.permutation(rows)] = (np.arange(len(rows)) + chance.integers(folds)) % folds
    harmonised, alone = values.to_numpy(dtype=float).copy(), np.zeros(values.shape[1], dtype=bool)
    for place in np.unique(fold):
        progress(place / folds, "Harmonising held-out patients")
        train, held_out = fold != place, fold == place
        others = (None, None) if covariates is None else (covariates[train], covariates[held_out])
        fit = fit_combat(values[train], labels[train], others[0], parametric, mean_only)
        harmonised[held_out] = fit.transform(values[held_out], labels[held_out], others[1])
        alone |= ~fit.kept
    table = values.to_numpy(dtype=float)
    harmonised[:, alone] = table[:, alone]
    return pd.DataFrame(harmonised, index=values.index, columns=values.columns)

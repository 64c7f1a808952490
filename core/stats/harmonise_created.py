"""Does harmonising create associations? Tests of an outcome that was shuffled within batches, so that none is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.stats.harmonise import fit_combat
from core.stats.harmonise_inputs import attribute_columns, unit
from core.stats.harmonise_linear import least_squares

LEVEL = 0.05


@dataclass(frozen=True)
class FalseFinds:
    """Share of tests with p below `level` when nothing is there: `as_it_came`, harmonised without and with protection.

    `errors` are the standard errors of the three, from their spread over the shuffles (features of one shuffle go
    together). `n_tests` is features times shuffles, of `n` patients.
    """

    as_it_came: float
    unprotected: float
    protected: float
    errors: tuple[float, float, float]
    level: float
    n_tests: int
    n: int


def false_finds(
    values: pd.DataFrame,
    batch: Sequence,
    attribute: Sequence,
    covariates: pd.DataFrame | None = None,
    mean_only: bool = False,
    shuffles: int = 40,
    seed: int = 0,
    level: float = LEVEL,
    progress: Progress = quiet,
) -> FalseFinds:
    """How often is an outcome found in the features when it has nothing to do with them?

    values (n, p), batch (n,), attribute (n,) a number or a category without gaps, covariates (n, q) protected besides.
    The attribute is shuffled among the patients of each batch: its spread over the batches stays, every true
    association is gone. Each shuffle is tested as later analyses would (F test of the attribute beside the covariates,
    batch ignored) in the values as they came, harmonised without the attribute, and harmonised with it protected. A
    protected attribute that is uneven over the batches is found too often (Nygaard et al. 2016,
    doi:10.1093/biostatistics/kxv027). Parametric priors. Errors as `fit_combat`.
    """
    columns = attribute_columns(attribute)
    labels = np.asarray(batch, dtype=object).astype(str)
    others = np.empty((len(values), 0)) if covariates is None else covariates.to_numpy(dtype=float)
    chance, found = np.random.default_rng(seed), []
    plain = fit_combat(values, labels, covariates, mean_only=mean_only)
    unprotected = plain.transform(values, labels, covariates)
    table = values.to_numpy(dtype=float)
    for done in range(shuffles):
        progress(done / shuffles, "Testing shuffled outcomes")
        shuffled = np.empty_like(columns)
        for name in np.unique(labels):
            rows = np.flatnonzero(labels == name)
            shuffled[rows] = columns[chance.permutation(rows)]
        both = np.hstack([others, shuffled])
        protected = fit_combat(values, labels, both, mean_only=mean_only).transform(values, labels, both)
        found.append([_p(each, shuffled, others) for each in (table, unprotected, protected)])
    p = np.array(found)
    tested = ~np.isnan(p)
    rates = ((p < level) & tested).sum(axis=2) / np.maximum(tested.sum(axis=2), 1)  # shuffles, kinds
    errors = rates.std(axis=0, ddof=1) / np.sqrt(shuffles) if shuffles > 1 else np.full(3, np.nan)
    return FalseFinds(
        *map(float, rates.mean(axis=0)),
        errors=tuple(map(float, errors)),
        level=level,
        n_tests=int(tested[:, 0].sum()),
        n=len(table),
    )


def _p(values: np.ndarray, tested: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(p,) F test of the columns tested, beside the others; NaN where nothing varies."""
    from scipy.stats import f as distribution

    one = np.ones((len(values), 1))
    less = least_squares(np.hstack([one, unit(others)[0]]), values)
    full = least_squares(np.hstack([one, unit(others)[0], unit(tested)[0]]), values)
    q = tested.shape[1]
    dof = full.n - 1 - others.shape[1] - q
    sound = full.estimable & (full.residual > 0) & (dof > 0)
    left = np.where(sound, full.residual, np.nan) / np.where(sound, dof, 1)
    return distribution.sf(np.maximum(less.residual - full.residual, 0) / q / left, q, np.where(sound, dof, 1))

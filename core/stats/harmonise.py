"""ComBat: batch effects learnt from training patients alone, and taken out of any patients of the same batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.errors import NotEstimable, Problem, Refused
from core.stats.harmonise_inputs import (
    CONFOUNDED,
    Batches,
    batches_of,
    confounding,
    covariates_of,
    features_of,
    labels_of,
    numbered,
    several,
    unit,
)
from core.stats.harmonise_linear import least_squares
from core.stats.harmonise_priors import adjustments

#: Patients per batch below which its estimates are poor and a reader should be told.
FEW_PATIENTS = 10


@dataclass(frozen=True, eq=False)
class Combat:
    """Batch effects of p features in b batches, learnt from `n` patients.

    batches, counts  b names and their training patients
    features         p names; `left_alone` says which are returned as they came, and why
    covariates       q names of what is protected
    kept             (p,) bool, the features that are harmonised; the arrays below hold those alone
    level, spread    (kept,) mean over the batches, and pooled standard deviation within them
    effects          (q, kept) of covariates less `centre`, divided by `scale`
    shift, ratio     (b, kept) shrunken batch effect in units of `spread`, and the batch's variance over the pooled one
    associations     of the batch with covariates and outcomes: see `confounding`
    n_missing        values missing in training
    """

    batches: tuple[str, ...]
    counts: tuple[int, ...]
    features: tuple[str, ...]
    covariates: tuple[str, ...]
    left_alone: Mapping[str, str]
    kept: np.ndarray
    level: np.ndarray
    spread: np.ndarray
    effects: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    shift: np.ndarray
    ratio: np.ndarray
    associations: pd.DataFrame
    n: int
    n_missing: int
    parametric: bool
    mean_only: bool

    @property
    def few(self) -> tuple[str, ...]:
        """Batches of fewer than 10 training patients."""
        return tuple(name for name, count in zip(self.batches, self.counts, strict=True) if count < FEW_PATIENTS)

    def transform(self, values: ArrayLike | pd.DataFrame, batch: Sequence, covariates=None) -> np.ndarray:
        """These patients without the batch effects that were learnt: (m, p) of `values` (m, p), in the same units.

        Each patient is transformed alone, whoever stands beside them, so training and held-out patients are treated
        alike. `batch` (m,); `covariates` (m, q) as in the fit, an effect being carried on beyond the values it was
        learnt from. What is missing stays missing. Raises `Refused` for a batch that the fit did not see, other
        features or covariates, and missing covariates.
        """
        table, names = features_of(values)
        self._same("features", self.features, names, isinstance(values, pd.DataFrame))
        code = self._known_batches(labels_of(batch, len(table)))
        others, labels = covariates_of(covariates, len(table))
        self._same("covariates", self.covariates, labels, isinstance(covariates, pd.DataFrame))
        expected = self.level + ((others - self.centre) / self.scale) @ self.effects
        standard = (table[:, self.kept] - expected) / self.spread
        harmonised = table.copy()
        harmonised[:, self.kept] = (standard - self.shift[code]) / np.sqrt(self.ratio[code]) * self.spread + expected
        return harmonised

    def _same(self, where: str, fitted: tuple[str, ...], given: tuple[str, ...], named: bool) -> None:
        if len(fitted) != len(given):
            problem = f"{len(given)} {where} are given, and the fit has {len(fitted)}."
        elif named and given != fitted and fitted != numbered(where[:-1], len(fitted)):
            other = next(pair for pair in zip(given, fitted, strict=True) if pair[0] != pair[1])
            problem = f"'{other[0]}' stands where the fit has '{other[1]}'."
        else:
            return
        raise Refused([Problem(problem, where, f"Give the {where} of the fit, in their order.")])

    def _known_batches(self, labels: np.ndarray) -> np.ndarray:
        known = {name: place for place, name in enumerate(self.batches)}
        unknown = pd.Series(labels[[label not in known for label in labels]]).value_counts().sort_index()
        if len(unknown):
            listed = ", ".join(f"{name} ({count})" for name, count in unknown.items())
            raise Refused(
                [
                    Problem(
                        f"No effect was learnt for: {listed}. Learnt: {', '.join(self.batches)}.",
                        "batch",
                        "Fit on patients of these batches too, or leave them out.",
                    )
                ]
            )
        return np.array([known[label] for label in labels], dtype=int)


def fit_combat(
    values: ArrayLike | pd.DataFrame,
    batch: Sequence,
    covariates: ArrayLike | pd.DataFrame | None = None,
    parametric: bool = True,
    mean_only: bool = False,
    *,
    outcome: Sequence | Mapping[str, Sequence] | None = None,
    limit: float = CONFOUNDED,
) -> Combat:
    """How do the batches differ in level and spread, each feature borrowing strength from all the others?

    `values` (n, p) of the training patients alone, in any units, NaN where missing; `batch` (n,) labels; `covariates`
    (n, q) numbers whose effects are kept. `parametric` takes normal and inverse gamma priors, otherwise the features
    themselves are the prior; `mean_only` leaves the spread. The numbers are those of R's `sva::ComBat`: with a missing
    value anywhere the pooled variance is divided by n - 1 instead of n, and the mean-only shrinkage does not depend on
    the size of the batch.

    `outcome` (n,), or several by name, is looked at for confounding alone and never enters the fit. A protected group
    that is spread unevenly over the batches makes later tests of that group too sure of themselves (Nygaard et al.
    2016), so an outcome is not a covariate.

    Left as they are, and named in `left_alone`: features that have one value in a batch, too few known patients in one,
    or nothing left beside batches and covariates. Raises `Refused` for gaps in batch or covariates and for infinite
    values; `NotEstimable` for one batch, a batch of one patient (unless `mean_only`), no more patients than effects,
    fewer than two features to share, and what `confounding` finds.

    Sources: Johnson, Li and Rabinovic 2007, doi:10.1093/biostatistics/kxj037; Leek et al. 2012 (sva),
    doi:10.1093/bioinformatics/bts034; Nygaard et al. 2016, doi:10.1093/biostatistics/kxv027.
    """
    table, features = features_of(values)
    batches = batches_of(batch, len(table))
    others, names = covariates_of(covariates, len(table))
    _enough(batches, len(names), mean_only)
    associations = confounding(batches, others, names, outcome, limit)
    scaled, centre, scale = unit(others)
    design = np.column_stack([batches.indicators, scaled])
    left = _left_alone(table, batches, design, mean_only)
    kept = np.array([not reason for reason in left], dtype=bool)
    if kept.sum() < 2:
        raise NotEstimable(
            f"Of {len(features)} features, {kept.sum()} can be harmonised, and they learn from each other.",
            "Give at least two features that vary within every batch.",
        )
    level, spread, effects = _pooled(table[:, kept], batches, design)
    standard = (table[:, kept] - level - scaled @ effects) / spread
    shift, ratio = adjustments(standard, batches.code, parametric, mean_only)
    return Combat(
        batches=batches.names,
        counts=tuple(map(int, batches.counts)),
        features=features,
        covariates=names,
        left_alone={name: reason for name, reason in zip(features, left, strict=True) if reason},
        kept=kept,
        level=level,
        spread=spread,
        effects=effects,
        centre=centre,
        scale=scale,
        shift=shift,
        ratio=ratio,
        associations=associations,
        n=len(table),
        n_missing=int(np.isnan(table).sum()),
        parametric=parametric,
        mean_only=mean_only,
    )


def _pooled(table: np.ndarray, batches: Batches, design: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Level (p,), spread (p,) and effects of covariates (q, p), over all batches."""
    fit = least_squares(design, table)
    b, n = len(batches.names), len(table)
    level = batches.counts @ fit.coefficients[:b] / n
    # sva divides by n, and by n - 1 for all features as soon as one value is missing.
    spread = np.sqrt(fit.residual / (fit.n - 1 if np.isnan(table).any() else n))
    return level, spread, fit.coefficients[b:]


def _enough(batches: Batches, q: int, mean_only: bool) -> None:
    several(batches)
    single = [name for name, count in zip(batches.names, batches.counts, strict=True) if count == 1]
    if single and not mean_only:
        raise NotEstimable(
            f"One patient has no spread: {', '.join(single)}. Batches: {batches}.",
            "Leave such a batch out, join it to one of the same scanner, or harmonise the means only.",
        )
    if len(batches.code) <= len(batches.names) + q:
        raise NotEstimable(
            f"{len(batches.code)} patients do not determine {len(batches.names)} batches and {q} covariates.",
            "Widen the cohort or protect fewer covariates.",
        )


def _left_alone(table: np.ndarray, batches: Batches, design: np.ndarray, mean_only: bool) -> list[str]:
    """Why each feature is not harmonised; empty where it is."""
    reasons = [""] * table.shape[1]
    fewest = 1 if mean_only else 2
    for place, name in enumerate(batches.names):
        rows = table[batches.code == place]
        known = (~np.isnan(rows)).sum(axis=0)
        highest = np.where(np.isnan(rows), -np.inf, rows).max(axis=0)
        lowest = np.where(np.isnan(rows), np.inf, rows).min(axis=0)
        for column in range(table.shape[1]):
            if known[column] < fewest:
                reason = f"{known[column]} of {len(rows)} patients known in batch {name}"
            elif known[column] > 1 and highest[column] == lowest[column]:
                reason = f"one value in batch {name}"
            else:
                continue
            reasons[column] = reasons[column] or reason
    fit = least_squares(design, table)
    for column in np.flatnonzero(~fit.estimable | (fit.residual == 0)):
        nothing = "nothing left beside batches and covariates"
        undetermined = f"covariates not told apart from batches in the {fit.n[column]} patients known"
        reasons[column] = reasons[column] or (nothing if fit.estimable[column] else undetermined)
    return reasons

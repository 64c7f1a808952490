"""How much of each feature is the batch, and a picture of the patients: before and after harmonising."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.errors import NotEstimable, Problem, Refused
from core.stats.harmonise_inputs import Batches, batches_of, confounding, covariates_of, features_of, several, unit
from core.stats.harmonise_linear import least_squares
from core.stats.multiplicity import benjamini_hochberg

#: The largest association of a covariate with the batch: adjusting needs no more than that the two are not the same.
ANY = 1.0
#: Share of a component that is rounding: features that are copies of one have no second one.
NO_SHARE = 1e-12
FLAT = "nothing varies beside the covariates"
FLAT_WITHIN = "nothing varies within batches"


@dataclass(frozen=True, eq=False)
class BatchVariance:
    """table   feature, n, r2, r2_adjusted, f, dof, dof_residual, p, q, note (why a number is lacking, else empty)
    counts    patients of each batch
    n_tests   features with a p-value, over which q is adjusted
    """

    table: pd.DataFrame
    counts: pd.Series
    n: int
    n_tests: int

    @property
    def median(self) -> float:
        """Median over features of the adjusted share, which is about 0 where batches do not matter; NaN without any."""
        known = self.table["r2_adjusted"].dropna()
        return float(known.median()) if len(known) else np.nan


@dataclass(frozen=True, eq=False)
class Components:
    """scores (n, 2) of the patients; `explained` (2,) share of the variance; `batch_share` (2,) of each that is batch.

    Of `n_features` features; `left_out` names those with a gap or of one value.
    """

    scores: np.ndarray
    explained: np.ndarray
    batch_share: np.ndarray
    n: int
    n_features: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class BatchPanel:
    """The same patients before and after harmonising; no p-values after it where the effects were learnt from them."""

    before: BatchVariance
    after: BatchVariance


def batch_panel(
    values: ArrayLike | pd.DataFrame,
    harmonised: ArrayLike,
    batch: Sequence,
    covariates: ArrayLike | pd.DataFrame | None = None,
    held_out: bool = False,
) -> BatchPanel:
    """How much batch is there before and after? `values` and `harmonised` (n, p) of the same patients and features.

    `held_out` says that the effects were learnt from other patients. Otherwise the batch means have been made equal in
    these very patients: an F test of that finds nothing, whatever the truth, so `after` has none. In held-out patients
    what it finds is batch that was not learnt, and the error of what was learnt from few. Errors as `batch_variance`;
    `Refused` when the two tables differ in shape or gaps.
    """
    table, names = features_of(values)
    after, _ = features_of(harmonised)
    same_gaps(table, after)
    before = pd.DataFrame(table, columns=list(names))
    after = pd.DataFrame(after, columns=list(names))
    return BatchPanel(
        batch_variance(before, batch, covariates),
        batch_variance(after, batch, covariates, tested=held_out),
    )


def batch_variance(
    values: ArrayLike | pd.DataFrame,
    batch: Sequence,
    covariates: ArrayLike | pd.DataFrame | None = None,
    tested: bool = True,
) -> BatchVariance:
    """Which share of each feature's variance does the batch explain, and is it more than chance?

    `values` (n, p), NaN where missing; `batch` (n,) labels; `covariates` (n, q) numbers: the share is then of what they
    leave, for batches differ by their patients too. Without an effect `r2` is (b - 1) / (n - 1) on average, while
    `r2_adjusted` is about 0 and may be negative. F test of nested linear models, which supposes normal residuals of
    one spread; q by Benjamini and Hochberg over the features tested. `tested=False` gives no p: the state of patients
    on whom the batch effects were learnt. Raises `Refused` for gaps in batch or covariates, `NotEstimable` for one
    batch, or covariates that determine each other or follow from the batch.

    Sources: Searle 1971, Linear Models, ch. 3 (F test); Ezekiel 1930, Methods of Correlation Analysis (adjusted share).
    """
    from scipy.stats import f as distribution

    table, names = features_of(values)
    batches = batches_of(batch, len(table))
    others, labels = covariates_of(covariates, len(table))
    several(batches)
    confounding(batches, others, labels, limit=ANY)
    scaled, _, _ = unit(others)
    full = least_squares(np.column_stack([batches.indicators, scaled]), table)
    less = least_squares(np.column_stack([np.ones(len(table)), scaled]), table)
    dof = len(batches.names) - 1
    within = full.n - len(batches.names) - len(labels)
    notes = _notes(full, less, within, batches)
    sound = np.array([not note or note == FLAT_WITHIN for note in notes], dtype=bool)
    left, whole = np.where(sound, full.residual, np.nan), np.where(sound, less.residual, np.nan)
    freedom = np.where(sound, within, 1)
    statistic = np.maximum(whole - left, 0) / dof / (np.where(left > 0, left, np.nan) / freedom)
    p = distribution.sf(statistic, dof, freedom) if tested else np.full(len(names), np.nan)
    columns = {
        "feature": names,
        "n": full.n,
        "r2": 1 - left / whole,
        "r2_adjusted": 1 - (left / freedom) / (whole / (freedom + dof)),
        "f": statistic,
        "dof": dof,
        "dof_residual": within,
        "p": p,
        "q": benjamini_hochberg(p),
        "note": notes,
    }
    return BatchVariance(
        table=pd.DataFrame(columns),
        counts=pd.Series(batches.counts, index=list(batches.names)),
        n=len(table),
        n_tests=int((~np.isnan(p)).sum()),
    )


def _notes(full, less, within: np.ndarray, batches: Batches) -> list[str]:
    def note(place: int) -> str:
        if not full.estimable[place] or within[place] < 1:
            return f"{full.n[place]} known patients do not determine {len(batches.names)} batches and the covariates"
        if less.residual[place] == 0:
            return FLAT
        return FLAT_WITHIN if full.residual[place] == 0 else ""

    return [note(place) for place in range(len(full.n))]


def principal_components(values: ArrayLike | pd.DataFrame, batch: Sequence) -> Components:
    """Do the batches lie apart in a picture? The first two principal components of the features at unit variance.

    `values` (n, p), `batch` (n,). Features with a gap or of one value are left out and named. The sign of an axis is
    such that its largest loading is positive. Raises `NotEstimable` for fewer than three patients or two features.
    """
    table, names = features_of(values)
    batches = batches_of(batch, len(table))
    scaled, _, _ = unit(np.where(np.isnan(table), 0.0, table))
    used = ~np.isnan(table).any(axis=0) & scaled.any(axis=0)
    if used.sum() < 2 or len(table) < 3:
        raise NotEstimable(
            f"{len(table)} patients with {used.sum()} features that vary and have no gap make no picture.",
            "Choose features that are known for all, or widen the cohort.",
        )
    scores, explained = _first_two(scaled[:, used])
    means = (batches.indicators.T @ scores) / batches.counts[:, None]
    varied = (scores**2).sum(axis=0)
    between = (means[batches.code] ** 2).sum(axis=0)
    return Components(
        scores=scores,
        explained=explained,
        batch_share=np.divide(between, varied, out=np.full(2, np.nan), where=explained > NO_SHARE),
        n=len(table),
        n_features=int(used.sum()),
        left_out=tuple(name for name, use in zip(names, used, strict=True) if not use),
    )


def _first_two(scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, 2) and shares of the variance, by the smaller of the two cross-products."""
    n, p = scaled.shape
    product = scaled @ scaled.T if n < p else scaled.T @ scaled
    vectors = np.linalg.eigh(product)[1][:, :-3:-1]
    loadings = scaled.T @ vectors if n < p else vectors
    loadings = loadings / np.maximum(np.linalg.norm(loadings, axis=0), 1e-300)
    scores = scaled @ (loadings * np.sign(loadings[np.abs(loadings).argmax(axis=0), [0, 1]]))
    return scores, (scores**2).sum(axis=0) / (scaled**2).sum()


def same_gaps(values: np.ndarray, harmonised: np.ndarray) -> None:
    """Raises `Refused` unless both are of the same patients and features."""
    if values.shape != harmonised.shape or (np.isnan(values) != np.isnan(harmonised)).any():
        problem = f"Tables of {values.shape} and {harmonised.shape} values differ in shape or in what is missing."
        raise Refused([Problem(problem, "harmonised", "Give the same patients and features before and after.")])

"""Over-correction: does harmonising take away, with the batch, what is known to be real?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.errors import NotEstimable
from core.stats.harmonise_inputs import Batches, attribute_columns, batches_of, features_of, same_length, several, unit
from core.stats.harmonise_linear import least_squares
from core.stats.harmonise_panel import same_gaps
from core.stats.multiplicity import benjamini_hochberg

#: Features whose association within batches has a q below this are taken as known to be real.
BELIEVED = 0.05


@dataclass(frozen=True, eq=False)
class Overcorrection:
    """What is left of an attribute's effect, 1 being all of it, over the `n_known` features that surely have one.

    before, after  the pooled effect over the effect within batches, before and after harmonising
    expected_if_unprotected  what taking out the batch means leaves when the attribute is not protected: the share of
                   the attribute's variance that lies within batches
    table          feature, n, r2_before, r2_after (share of variance the attribute explains over all patients, batch
                   ignored), within_r2, p, q (within batches, before), known, effect_before, effect_after (ratios to the
                   effect within batches, NaN where the feature is not known to have one)
    n, n_left_out  patients with the attribute, and without; n_tests features tested
    """

    before: float
    after: float
    expected_if_unprotected: float
    table: pd.DataFrame
    n: int
    n_left_out: int
    n_tests: int
    n_known: int


def overcorrection(
    values: ArrayLike | pd.DataFrame,
    harmonised: ArrayLike | pd.DataFrame,
    batch: Sequence,
    attribute: Sequence,
    believed: float = BELIEVED,
) -> Overcorrection:
    """How much of the effect of something real (age, grade, a mutation) is left after harmonising?

    `values`, `harmonised` (n, p) of the same patients, training or held out; `batch` (n,); `attribute` (n,) a number
    or a category, patients without it being left out.

    The truth is taken from within batches, before: a shift of a whole batch cannot make or hide an association among
    the patients of one batch. The pooled effect afterwards, with the batch ignored as later analyses do, should be that
    same effect. It is smaller where harmonising took the differences between the batches' patients for a batch effect:
    with equal means, the pooled effect of a number is the share of the attribute's variance that lies within batches.
    It is larger where batch is left that goes with the attribute. An effect is the (q,) vector of coefficients; effects
    are compared by their scalar product in the covariance of the attribute, each feature at unit spread within batches,
    summed over features.

    Only features whose association within batches has q below `believed` count: elsewhere there is nothing known to
    lose. Both effects are of the same patients, so that their errors go together, and choosing the clearest features
    does not lower the ratio. After harmonising no p is given, because a fit that protects the attribute makes it too
    small (Nygaard et al. 2016, doi:10.1093/biostatistics/kxv027).

    Raises `NotEstimable` for one batch, an attribute that does not vary within batches, too few patients, or when no
    feature is associated with it; `Refused` for tables of other shapes or gaps.
    """
    table, names = features_of(values)
    after, _ = features_of(harmonised)
    same_gaps(table, after)
    columns = attribute_columns(attribute)
    same_length(len(table), len(columns), "attribute")
    known = ~np.isnan(columns).any(axis=1)
    same_length(len(table), len(batch), "batch")
    batches = batches_of(np.asarray(batch, dtype=object)[known], int(known.sum()))
    several(batches)
    z, within = _varying(columns[known], batches)
    effects = [_pooled(z, table[known]), _pooled(z, after[known])]
    rows, within_effect, weight = _within(batches, z, table[known], names)
    for when, (_, share) in zip(("r2_before", "r2_after"), effects, strict=True):
        rows[when] = share
    rows["known"] = rows["q"] < believed
    count = int(rows["known"].sum())
    if not count:
        raise NotEstimable(
            f"None of {int(rows['p'].notna().sum())} features is associated with the attribute within batches (q below "
            f"{believed:g}, {len(z)} patients), so nothing known can be lost.",
            "Choose an attribute that is known to show in these features.",
        )
    covariance, chosen = np.atleast_2d(np.cov(z.T, ddof=0)), rows["known"].to_numpy()
    truth = _product(within_effect, within_effect, covariance)
    found = [_product(effect, within_effect, covariance) for effect, _ in effects]
    for when, product in zip(("effect_before", "effect_after"), found, strict=True):
        rows[when] = np.divide(product, truth, out=np.full(len(truth), np.nan), where=chosen)
    total = (truth * weight)[chosen].sum()
    return Overcorrection(
        before=float((found[0] * weight)[chosen].sum() / total),
        after=float((found[1] * weight)[chosen].sum() / total),
        expected_if_unprotected=float((within**2).sum() / (z**2).sum()),
        table=rows,
        n=len(z),
        n_left_out=int((~known).sum()),
        n_tests=int(rows["p"].notna().sum()),
        n_known=count,
    )


def _varying(columns: np.ndarray, batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    """The attribute at unit scale, less columns of one value, and what is left of it within batches."""
    z, _, _ = unit(columns)
    z = z[:, z.any(axis=0)]
    within = z - ((batches.indicators.T @ z) / batches.counts[:, None])[batches.code]
    if not z.shape[1] or np.linalg.matrix_rank(within, tol=1e-7 * np.sqrt(len(z))) < z.shape[1]:
        raise NotEstimable(
            f"Within batches the attribute does not vary enough to be told from the batch: {batches}.",
            "Choose another attribute, or patients of batches in which it varies.",
        )
    return z, within


def _pooled(z: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (q, p) with the batch ignored, and the share of variance explained (p,)."""
    one = np.ones((len(z), 1))
    fit, none = least_squares(np.hstack([one, z]), values), least_squares(one, values)
    return fit.coefficients[1:], _share(fit.residual, none.residual)


def _within(batches: Batches, z: np.ndarray, values: np.ndarray, names) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Per feature the test within batches, the coefficients (q, p), and the weight (p,) 1 / residual variance."""
    from scipy.stats import f as distribution

    full = least_squares(np.column_stack([batches.indicators, z]), values)
    less = least_squares(batches.indicators, values)
    q = z.shape[1]
    dof = full.n - len(batches.names) - q
    sound = full.estimable & (dof > 0) & (full.residual > 0)
    spread = np.where(sound, full.residual, np.nan) / np.where(sound, dof, 1)
    statistic = np.maximum(less.residual - full.residual, 0) / q / spread
    p = distribution.sf(statistic, q, np.where(sound, dof, 1))
    share = np.where(sound, _share(full.residual, less.residual), np.nan)
    rows = pd.DataFrame({"feature": names, "n": full.n, "within_r2": share, "p": p, "q": benjamini_hochberg(p)})
    return rows, full.coefficients[-q:], 1 / spread


def _share(left: np.ndarray, of: np.ndarray) -> np.ndarray:
    return 1 - np.divide(left, of, out=np.full(len(of), np.nan), where=of > 0)


def _product(one: np.ndarray, other: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """(p,) scalar products of the columns of two (q, p) tables."""
    return np.einsum("kp,kl,lp->p", one, covariance, other)

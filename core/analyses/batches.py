"""Patients by batch, with what is protected beside it: who can be used, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.stats.harmonise_protected import Protected
from core.store.schema import Attribute

#: So near to the same level and spread in every batch, in standard deviations, values were standardised within them.
STANDARDISED = 1e-3


@dataclass(frozen=True, eq=False)
class Batched:
    """`values` (n, p), `batch` (n,) and `covariates` (n, q) or None, of the same patients.

    `left_out` reason and n; `small` batches that were left out for their size, with their patients.
    """

    values: pd.DataFrame
    batch: pd.Series
    covariates: pd.DataFrame | None
    protected: tuple[str, ...]
    left_out: pd.DataFrame
    small: Mapping[str, int]


def batched(
    values: pd.DataFrame,
    attributes: pd.DataFrame,
    batch: Attribute,
    protect: Sequence[Attribute],
    fewest: int = 1,
) -> Batched:
    """The patients who have features, a batch of at least `fewest` patients, and every protected covariate.

    `attributes` has the same patients as `values`. Raises `NotEstimable` when fewer than two batches are left.
    """
    left = []
    label = _label(batch)
    known = attributes[batch.name].notna()
    left.append((f"no value of {label}", int((~known).sum())))
    for each in protect:
        gap = known & attributes[each.name].isna()
        left.append((f"no value of {_label(each)}, which is protected", int(gap.sum())))
        known &= ~gap
    counts = attributes.loc[known, batch.name].astype(str).value_counts()
    small = counts[counts < fewest].sort_index()
    large = known & attributes[batch.name].astype(object).map(str, na_action="ignore").isin(
        counts.index[counts >= fewest]
    )
    left.append((f"in a batch of fewer than {fewest} patients", int((known & ~large).sum())))
    if (counts >= fewest).sum() < 2:
        told = ", ".join(f"{name} ({n})" for name, n in counts.sort_index().items()) or "none"
        raise NotEstimable(
            f"Two batches of at least {fewest} patients are needed; by {label} there is {told}.",
            "Choose another batch, protect less, or widen the cohort.",
        )
    rows = attributes[large]
    covariates = None
    if protect:
        shown = pd.DataFrame(
            {_label(each): _typed(rows[each.name], each) for each in protect},
            index=rows.index,
        )
        covariates = Protected.of(shown).columns(shown)
    return Batched(
        values=values[large],
        batch=rows[batch.name].astype(str),
        covariates=covariates,
        protected=tuple(_label(each) for each in protect),
        left_out=pd.DataFrame([row for row in left if row[1]], columns=["reason", "n"]),
        small=small.to_dict(),
    )


def standardised_within(values: pd.DataFrame, batch: pd.Series) -> bool:
    """Whether level and spread of every feature are the same in every batch, as after z-scoring batch by batch."""
    if len(values) < 2 * batch.nunique():
        return False
    spread = values.std(ddof=0)
    spread = spread.where(spread > 0)
    parts = values.groupby(batch.to_numpy())
    # Programs divide by n or by n - 1.
    return _alike(parts.mean(), spread) and any(_alike(parts.std(ddof=ddof), spread) for ddof in (0, 1))


def _alike(numbers: pd.DataFrame, spread: pd.Series) -> bool:
    apart = ((numbers - numbers.iloc[0]) / spread).abs().to_numpy()[1:]
    return bool(np.isfinite(apart).any() and np.nanmax(apart) < STANDARDISED)


def _label(attribute: Attribute) -> str:
    return attribute.label or attribute.name


def _typed(column: pd.Series, attribute: Attribute) -> pd.Series:
    if attribute.type == "number":
        return column.astype(float)
    return pd.Series(pd.Categorical(column.astype(str), categories=attribute.levels), index=column.index)

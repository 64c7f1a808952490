"""What harmonisation is given: features, batches and covariates, read strictly, and whether they can be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.errors import NotEstimable, Problem, Refused
from core.stats.contingency import cramers_v

CRAMER, RATIO = "Cramer's V", "correlation ratio"
#: Association with the batch beyond which an effect is not told apart from it. At 0.8 the batches explain 64 % of the
#: covariate, and the standard error of its effect is 1.7 times (1 / sqrt(1 - 0.64)) what it is in balanced batches.
CONFOUNDED = 0.8
#: The share of a column's length that counts as none when columns are compared, as in R's `qr`.
NOTHING = 1e-7


@dataclass(frozen=True, eq=False)
class Batches:
    """`names` sorted, `code` (n,) the place of each patient's batch among them, `counts` of patients in each."""

    names: tuple[str, ...]
    code: np.ndarray
    counts: np.ndarray

    @property
    def indicators(self) -> np.ndarray:
        """(n, batches), 1 in the column of the patient's batch."""
        return np.eye(len(self.names))[self.code]

    def __str__(self) -> str:
        return ", ".join(f"{name} ({count})" for name, count in zip(self.names, self.counts, strict=True))


def features_of(values: ArrayLike | pd.DataFrame) -> tuple[np.ndarray, tuple[str, ...]]:
    """(n, p) numbers, NaN where missing, and p names: those of the frame, or "feature 1" and so on."""
    return _table(values, "features", "feature")


def covariates_of(covariates: ArrayLike | pd.DataFrame | None, n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """(n, q) numbers without gaps, and q names. None is no covariate. Raises `Refused`."""
    if covariates is None:
        return np.empty((n, 0)), ()
    if np.ndim(covariates) == 1:
        covariates = pd.DataFrame(covariates) if isinstance(covariates, pd.Series) else np.asarray(covariates)[:, None]
    table, names = _table(covariates, "covariates", "covariate")
    same_length(n, len(table), "covariates")
    gaps = np.isnan(table).sum(axis=0)
    if gaps.any():
        lacking = ", ".join(f"{name} ({gap})" for name, gap in zip(names, gaps, strict=True) if gap)
        remedy = "Leave those patients or that covariate out."
        raise Refused([Problem(f"Patients lack: {lacking}.", "covariates", remedy)])
    return table, names


def batches_of(batch: Sequence, n: int) -> Batches:
    """The batch of each of `n` patients; labels are compared as text. Raises `Refused` for a missing label."""
    labels = labels_of(batch, n)
    names, code, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return Batches(tuple(map(str, names)), code, counts)


def labels_of(batch: Sequence, n: int) -> np.ndarray:
    """(n,) labels as text. Raises `Refused` for a missing one or another number of them."""
    labels = pd.Series(np.asarray(batch, dtype=object))
    same_length(n, len(labels), "batch")
    if labels.isna().any():
        problem = f"{int(labels.isna().sum())} of {n} patients have no batch."
        raise Refused([Problem(problem, "batch", "Leave them out, or give them a batch.")])
    return labels.astype(str).to_numpy(dtype=str)


def several(batches: Batches) -> None:
    """Raises `NotEstimable` unless there are two batches."""
    if len(batches.names) < 2:
        state = f"All patients are of one batch: {batches}." if batches.names else "There is no patient."
        raise NotEstimable(state, "Choose another batch variable or widen the cohort.")


def confounding(
    batches: Batches,
    covariates: np.ndarray,
    names: Sequence[str],
    outcome: Sequence | Mapping[str, Sequence] | None = None,
    limit: float = CONFOUNDED,
) -> pd.DataFrame:
    """Can the batches be told apart from what is to be kept? Association of each covariate and outcome with the batch.

    Columns: variable, role (covariate or outcome), measure, association (0 to 1), n. A category has Cramer's V; a
    number its correlation ratio (the root of the share of its variance that lies between batches), which for two levels
    is Cramer's V. NaN where the outcome is the same for all. Covariates are (n, q) numbers; `outcome` (n,) or several
    by name. Raises `NotEstimable`, in words, for a covariate that is the same for all, covariates that determine each
    other, a covariate that follows from the batch (rank deficiency), or an association above `limit`.
    """
    _told_apart(batches, covariates, names)
    variables = [("covariate", name, column) for name, column in zip(names, covariates.T, strict=True)]
    if outcome is not None:
        outcomes = outcome if isinstance(outcome, Mapping | pd.DataFrame) else {"outcome": outcome}
        variables += [("outcome", str(name), column) for name, column in outcomes.items()]
    rows = [(name, role, *_association(batches, column)) for role, name, column in variables]
    for name, role, measure, association, n in rows:
        if association > limit:
            raise NotEstimable(
                f"The {role} '{name}' and the batch are nearly the same thing: {measure} {association:.2f} in {n} "
                f"patients, limit {limit:g}. Removing the batch would remove it too. Batches: {batches}.",
                "Use patients of batches in which it varies, or do not harmonise.",
            )
    return pd.DataFrame(rows, columns=["variable", "role", "measure", "association", "n"])


def attribute_columns(attribute: Sequence) -> np.ndarray:
    """(n, q) numbers for an attribute (n,): itself, or one indicator for each level of a category but the first."""
    series = pd.Series(attribute).reset_index(drop=True)
    if _is_number(series):
        return series.to_numpy(dtype=float, na_value=np.nan)[:, None]
    levels = pd.Categorical(series.astype(object))
    columns = np.eye(len(levels.categories))[:, 1:][levels.codes]
    columns[levels.codes < 0] = np.nan
    return columns


def unit(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns of mean 0 and standard deviation 1, with the mean and deviation; a constant column becomes noughts."""
    centre = columns.mean(axis=0)
    spread = columns.std(axis=0)
    spread = np.where(spread <= NOTHING * np.maximum(np.abs(columns).max(axis=0, initial=0), 1e-300), 1.0, spread)
    return (columns - centre) / spread, centre, spread


def numbered(one: str, count: int) -> tuple[str, ...]:
    """Names for columns that came without: "feature 1" and so on."""
    return tuple(f"{one} {place}" for place in range(1, count + 1))


def same_length(n: int, found: int, what: str) -> None:
    """Raises `Refused` unless `what` has a row for each of `n` patients."""
    if n != found:
        raise Refused([Problem(f"{found} rows for {n} patients.", what, "Give one row for each patient.")])


def _table(values: ArrayLike | pd.DataFrame, where: str, one: str) -> tuple[np.ndarray, tuple[str, ...]]:
    names = tuple(map(str, values.columns)) if isinstance(values, pd.DataFrame) else ()
    try:
        if isinstance(values, pd.DataFrame):
            values = values.to_numpy(dtype=float, na_value=np.nan)
        table = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        remedy = "Give a category as one column of 0 and 1 for each level but one."
        raise Refused([Problem("Not all values are numbers.", where, remedy)]) from error
    if table.ndim != 2:
        raise Refused([Problem(f"A table has 2 dimensions, not {table.ndim}.", where, f"Patients by {one}s.")])
    if np.isinf(table).any():
        count = int(np.isinf(table).sum())
        raise Refused([Problem(f"{count} values are infinite.", where, "Correct them, or mark them as missing.")])
    return table, names or numbered(one, table.shape[1])


def _told_apart(batches: Batches, covariates: np.ndarray, names: Sequence[str]) -> None:
    scaled, _, _ = unit(covariates)
    constant = [name for name, column in zip(names, scaled.T, strict=True) if not column.any()]
    if constant:
        raise NotEstimable(
            f"Of the covariates, {_listed(constant)} has one value in all {len(covariates)} patients.", "Leave it out."
        )
    if _rank(scaled) < scaled.shape[1]:
        raise NotEstimable(f"The covariates {_listed(names)} determine each other.", "Leave at least one of them out.")
    within = scaled - _batch_means(batches, scaled)[batches.code]
    if _rank(within) == scaled.shape[1]:
        return
    alone = [name for name, column in zip(names, within.T, strict=True) if not _rank(column[:, None])]
    which = f"The covariate {_listed(alone)}" if alone else f"A combination of the covariates {_listed(names)}"
    raise NotEstimable(
        f"{which} follows from the batch, so that the effects of the two cannot be told apart. Batches: {batches}.",
        "Use patients of batches in which it varies, leave it out, or do not harmonise.",
    )


def _rank(scaled: np.ndarray) -> int:
    """How many columns are independent, a length below `NOTHING` of a column of unit deviation counting as none."""
    if not scaled.size:
        return 0
    return int((np.linalg.svd(scaled, compute_uv=False) > NOTHING * np.sqrt(len(scaled))).sum())


def _batch_means(batches: Batches, columns: np.ndarray) -> np.ndarray:
    return (batches.indicators.T @ columns) / batches.counts[:, None]


def _association(batches: Batches, variable: Sequence) -> tuple[str, float, int]:
    series = pd.Series(variable).reset_index(drop=True)
    same_length(len(batches.code), len(series), "outcome")
    known = series.notna().to_numpy()
    number, n = _is_number(series), int(known.sum())
    table = pd.crosstab(batches.code[known], series[known].astype(object)).to_numpy()
    if min(table.shape, default=0) < 2:
        return (RATIO if number else CRAMER), np.nan, n
    if not number:
        return CRAMER, min(cramers_v(table), 1.0), n
    value = series[known].to_numpy(dtype=float)
    code = batches.code[known]
    means = np.bincount(code, value) / np.maximum(np.bincount(code), 1)
    share = ((means[code] - value.mean()) ** 2).sum() / ((value - value.mean()) ** 2).sum()
    return RATIO, float(np.sqrt(min(share, 1.0))), n


def _is_number(series: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)

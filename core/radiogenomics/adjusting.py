"""From a table of covariates to the columns that every model of a screen shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable

#: The share of a column's variation that must be its own.
OWN = 1e-8


@dataclass(frozen=True, eq=False)
class Adjusting:
    """columns (n, k) of mean 0 and standard deviation 1 over the patients used; `used` (n,) have every covariate.

    n_missing: patients who lack one; dropped: columns that are constant or follow from the others, in words
    """

    columns: np.ndarray
    used: np.ndarray
    names: tuple[str, ...]
    n_missing: int
    dropped: tuple[str, ...]


def adjusting(covariates: pd.DataFrame | None, known: np.ndarray) -> Adjusting:
    """The columns of numbers and of categories, each level against the first, over the patients `known` (n,).

    Raises `NotEstimable` where no patient has all of them.
    """
    if covariates is None or not covariates.shape[1]:
        return Adjusting(np.empty((len(known), 0)), known.copy(), (), 0, ())
    complete = covariates.notna().all(axis=1).to_numpy()
    used = known & complete
    if not used.any():
        raise NotEstimable("No patient has everything that is adjusted for.", "Adjust for less or widen the cohort.")
    made: list[tuple[str, np.ndarray]] = []
    for name in covariates.columns:
        values = covariates[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            made.append((str(name), values.to_numpy(dtype=float)))
            continue
        text = values.astype(object).where(values.notna(), None).map(str, na_action="ignore")
        for level in sorted(text[used].unique())[1:]:
            made.append((f"{name}: {level}", (text == level).to_numpy(dtype=float)))
    columns, dropped, basis = [], [], np.ones((int(used.sum()), 1)) / np.sqrt(used.sum())
    names = []
    for name, column in made:
        inside = column[used]
        sd = inside.std()
        scaled = (column - inside.mean()) / (sd or 1.0)
        rest = scaled[used] - basis @ (basis.T @ scaled[used])
        if sd == 0 or rest @ rest < OWN * used.sum():
            dropped.append(name)
            continue
        basis = np.column_stack((basis, rest / np.sqrt(rest @ rest)))
        columns.append(np.where(used, scaled, 0.0))
        names.append(name)
    together = np.column_stack(columns) if columns else np.empty((len(used), 0))
    return Adjusting(together, used, tuple(names), int((known & ~complete).sum()), tuple(dropped))

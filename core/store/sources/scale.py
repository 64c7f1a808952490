"""Whether a table of features was standardised before it came here, and within which groups."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

#: Means this near 0 and standard deviations this near 1, in this part of the features, are no accident.
NEAR_MEAN, NEAR_SD, MOSTLY = 0.02, 0.05, 0.9
#: Rows a group must have before its spread says anything, and features looked at.
ENOUGH, LOOKED_AT = 8, 300


def scale_of(values: pd.DataFrame, groups: Mapping[str, pd.Series]) -> tuple[str, str]:
    """`raw`, or `z-scored` with where: over all rows, within each setting, or within each level of a category.

    `values` has the index (patient_id, setting); `groups` are categories by patient id.
    """
    columns = np.linspace(0, values.shape[1] - 1, min(values.shape[1], LOOKED_AT)).astype(int)
    values = values.iloc[:, np.unique(columns)]
    settings = values.index.get_level_values("setting")
    patients = values.index.get_level_values("patient_id")
    within = {}
    if settings.nunique() > 1:
        within["within each setting"] = settings.to_numpy()
    for name, group in groups.items():
        levels = group.reindex(patients).to_numpy(dtype=object)
        if 1 < len(set(levels) - {None}) <= 30 and not pd.isna(levels).any():
            within[f"within each {name}"] = levels
    finest = max(
        (how for how, levels in within.items() if _standard_within(values, levels)),
        key=lambda how: len(set(within[how])),
        default="",
    )
    if finest:
        return "z-scored", finest
    return ("z-scored", "over all rows") if _standard(values) else ("raw", "")


def _standard_within(values: pd.DataFrame, levels: np.ndarray) -> bool:
    """Whether every group large enough is standardised, and at least two are."""
    groups = [rows for _, rows in values.groupby(levels) if len(rows) >= ENOUGH]
    return len(groups) > 1 and all(_standard(rows) for rows in groups)


def _standard(values: pd.DataFrame) -> bool:
    if len(values) < ENOUGH:
        return False
    array = values.to_numpy()
    varying = ~(np.nanmax(array, axis=0) == np.nanmin(array, axis=0)) if not np.isnan(array).all(axis=0).any() else None
    array = array if varying is None else array[:, varying]
    if array.shape[1] == 0 or np.isnan(array).all(axis=0).any():
        return False
    means, spreads = np.nanmean(array, axis=0), np.nanstd(array, axis=0)
    near = (np.abs(means) < NEAR_MEAN) & (np.abs(spreads - 1) < NEAR_SD)
    return bool(near.mean() >= MOSTLY)

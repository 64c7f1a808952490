"""What holds of every table of measured features: which columns are features, and which say nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.store.sources.columns import Table
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.settings import Settings

#: A column with a smaller part of numbers is not a feature; a feature with a larger part missing is warned of (W208).
NUMERIC, MISSING_PART = 0.5, 0.3
#: What PyRadiomics puts before its features: its inputs, and facts about the extraction.
INPUTS = ("Image", "Mask", "Label", "Label_channel", "ImageFile", "MaskFile")
DIAGNOSTICS = "diagnostics_"


def numeric(table: Table, taken: set[str | None], settings: Settings, notebook: Notebook) -> list[str]:
    """The columns that are features; columns of text are left out with a warning (W222)."""
    columns, text = [], []
    for name in table.header:
        if name in taken or name in INPUTS or name.startswith(DIAGNOSTICS):
            continue
        share = table.numeric_share(name, settings.missing)
        empty = share == 0 and table.text(name, settings.missing).isna().all()
        broken = share < NUMERIC and not empty
        (text if broken else columns).append(name)
    if text:
        what = f"Columns of text are not features and were left out: {some(text)}."
        notebook.add("W222", what, file=table.file, count=len(text))
    return columns


def extracted(values: pd.DataFrame, table: Table, notebook: Notebook) -> pd.Series:
    """Which rows have some value; the others are left out with a warning (W232)."""
    empty = values.isna().all(axis=1)
    if empty.any():
        what = "Rows without any feature value (the extraction failed?) were left out."
        notebook.add("W232", what, file=table.file, rows=values.index[empty])
    return ~empty


def distinct(
    values: pd.DataFrame, table: Table, said: Mapping, notebook: Notebook, section: str = "features"
) -> pd.DataFrame:
    """The columns that vary (W206) and do not repeat an earlier one cell by cell (W207).

    `section` of study.toml is where `said` stands.
    """
    array = values.to_numpy()
    spread = np.array([np.unique(column[~np.isnan(column)]).size > 1 for column in array.T], bool)
    if not spread.all() and not said.get("keep_constant", False):
        names = list(values.columns[~spread])
        what = f"Features with one value only or none were left out: {some(names)}."
        remedy = KEEP.format("constant", section)
        notebook.add("W206", what, file=table.file, column=_alone(names), count=len(names), remedy=remedy)
        values = values.loc[:, spread]
    seen: dict[bytes, str] = {}
    pairs = {}
    for name in values.columns:
        first = seen.setdefault(values[name].to_numpy().tobytes(), name)
        if first != name:
            pairs[name] = first
    if pairs and not said.get("keep_repeated", False):
        listed = some([f"{shown(name)} = {shown(first)}" for name, first in pairs.items()])
        what = f"Features equal to an earlier one in every row were left out: {listed}."
        column, remedy = _alone(list(pairs)), KEEP.format("repeated", section)
        notebook.add("W207", what, file=table.file, column=column, count=len(pairs), remedy=remedy)
        values = values.drop(columns=list(pairs))
    return values


KEEP = "To keep them, put keep_{} = true under [{}.NAME] in study.toml."


def told_missing(values: pd.DataFrame, table: Table, notebook: Notebook) -> None:
    """Note missing cells (I304), and features that lack many (W208)."""
    missing = values.isna()
    many = missing.columns[missing.mean() > MISSING_PART]
    if len(many):
        what = f"Features with more than {MISSING_PART:.0%} missing were kept: {some(many)}."
        notebook.add("W208", what, file=table.file, column=_alone(list(many)), count=len(many))
    if missing.any(axis=None):
        what = f"Missing cells, in {int(missing.any().sum())} features."
        notebook.add("I304", what, file=table.file, count=int(missing.sum().sum()))


def _alone(names: list[str]) -> str:
    return shown(names[0]) if len(names) == 1 else ""

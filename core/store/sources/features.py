"""Radiomic feature tables: one row per patient, or per patient and acquisition setting, one column per feature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from core.store.schema import ONE_SETTING, FeatureSet
from core.store.sources.columns import Table
from core.store.sources.ids import id_column, once, read_ids
from core.store.sources.names import described, software
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.scale import scale_of
from core.store.sources.settings import Settings
from core.store.sources.spelling import label_of

#: A column with a smaller part of numbers is not a feature; a feature with a larger part missing is warned of (W208).
NUMERIC, MISSING_PART = 0.5, 0.3
#: What PyRadiomics puts before its features: its inputs, and facts about the extraction.
INPUTS = ("Image", "Mask", "Label", "Label_channel", "ImageFile", "MaskFile")
DIAGNOSTICS = "diagnostics_"


@dataclass(frozen=True)
class Block:
    """A feature set with its values (index patient_id, setting) and what the settings would say of it."""

    set: FeatureSet
    values: pd.DataFrame
    settings: dict

    @property
    def patients(self) -> set[str]:
        return set(self.values.index.get_level_values("patient_id"))


def read_features(
    table: Table, name: str, settings: Settings, notebook: Notebook, groups: Mapping[str, pd.Series] | None = None
) -> Block | None:
    """The feature set in a table, or None when it was refused. `groups` are categories of patients within which the
    values may have been standardised."""
    said = settings.named("features", name)
    ids, column = _ids(table, said.get("id", ""), notebook)
    if ids is None:
        return None
    where = table.column(said["setting"]) if "setting" in said else table.column("setting", "acquisition_setting")
    setting = table.text(where, settings.missing).fillna(ONE_SETTING) if where else pd.Series(ONE_SETTING, ids.index)
    program = _program(table, notebook)
    columns = _numeric(table, {column, where}, settings, notebook)
    if not columns:
        what, remedy = "The table has no column of numbers.", "Check the delimiter and the decimal sign."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
        return None
    values = table.matrix(columns, notebook, settings.missing)
    keys = pd.DataFrame({"patient_id": ids, "setting": setting})
    kept = once(keys, table.file, notebook, first=said.get("duplicates") == "first", column=column or "", of=_of(where))
    kept &= _extracted(values, table, notebook)
    values.index = pd.MultiIndex.from_frame(keys)
    values = _distinct(values[kept.to_numpy()], table, said, notebook)
    if values.empty:
        return None
    _told_missing(values, table, notebook)
    names = tuple(str(one) for one in values.columns)
    scale, how = scale_of(values, groups or {})
    if scale != "raw":
        what = f"The features are z-scored already, {how}: differences in mean and spread are gone."
        notebook.add("I306", what, file=table.file, count=len(names))
    program = said.get("software", program or software(names))
    label = said.get(
        "label", label_of(name) if name != "features" else f"{program} features" if program else "Features"
    )
    order = tuple(dict.fromkeys(setting[kept]))
    facts = {key: said.get(key, "") for key in ("roi", "modality")}
    chosen = FeatureSet(
        name,
        label,
        program,
        scale=said.get("scale", scale),
        settings=order,
        features=tuple(described(one) for one in names),
        **facts,
    )
    understood = {"file": table.file, "label": label, "software": chosen.software, "scale": chosen.scale}
    understood |= {"id": column or "", "setting": where or ""} | dict(said)
    return Block(chosen, values, {key: value for key, value in understood.items() if value != ""})


def _of(where: str | None) -> str:
    return "patient and setting" if where else "patient"


def _ids(table: Table, said: str, notebook: Notebook) -> tuple[pd.Series | None, str | None]:
    """The ids of the rows and their column; PyRadiomics tables may name patients only in the path of the image."""
    column = id_column(table, said)
    if column is not None:
        return read_ids(table, column, notebook), column
    image = table.column("Image", "ImageFile")
    if image is None:
        what = "No column of patient ids was found."
        remedy = "Call it patient_id, or name it as id in study.toml."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
        return None, None
    paths = table.text(image).map(lambda cell: PurePosixPath(str(cell).replace("\\", "/")))
    stems = paths.map(lambda path: path.name.split(".")[0])
    from_folder = stems.nunique() == 1 and len(stems) > 1
    ids = paths.map(lambda path: path.parent.name) if from_folder else stems
    what = f"Patient ids were taken from the {'folders' if from_folder else 'names'} of the image files."
    remedy = "For another column, name it as id under [features.NAME] in study.toml."
    notebook.add("W231", what, file=table.file, column=shown(image), count=len(ids), remedy=remedy)
    return ids.astype(object), image


def _program(table: Table, notebook: Notebook) -> str:
    """The extractor with its version, and a warning when rows were extracted under different settings (W233)."""
    options = table.column(f"{DIAGNOSTICS}Configuration_Settings")
    if options and table.text(options).nunique() > 1:
        usual = table.text(options).mode()[0]
        rows = table.lines[(table.text(options) != usual).to_numpy()]
        what = "Rows were extracted under different settings; their values may not be comparable."
        notebook.add("W233", what, file=table.file, column=shown(options), rows=rows)
    version = table.column(f"{DIAGNOSTICS}Versions_PyRadiomics")
    found = sorted(set(table.text(version).dropna())) if version else []
    return f"PyRadiomics {', '.join(found[:3])}" if found else ""


def _numeric(table: Table, taken: set[str | None], settings: Settings, notebook: Notebook) -> list[str]:
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


def _extracted(values: pd.DataFrame, table: Table, notebook: Notebook) -> pd.Series:
    empty = values.isna().all(axis=1)
    if empty.any():
        what = "Rows without any feature value (the extraction failed?) were left out."
        notebook.add("W232", what, file=table.file, rows=values.index[empty])
    return ~empty


def _distinct(values: pd.DataFrame, table: Table, said: Mapping, notebook: Notebook) -> pd.DataFrame:
    """The columns that vary (W206) and do not repeat an earlier one cell by cell (W207)."""
    array = values.to_numpy()
    spread = np.array([np.unique(column[~np.isnan(column)]).size > 1 for column in array.T], bool)
    if not spread.all() and not said.get("keep_constant", False):
        names = list(values.columns[~spread])
        what = f"Features with one value only or none were left out: {some(names)}."
        notebook.add(
            "W206", what, file=table.file, column=_alone(names), count=len(names), remedy=KEEP.format("constant")
        )
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
        column, remedy = _alone(list(pairs)), KEEP.format("repeated")
        notebook.add("W207", what, file=table.file, column=column, count=len(pairs), remedy=remedy)
        values = values.drop(columns=list(pairs))
    return values


KEEP = "To keep them, put keep_{} = true under [features.NAME] in study.toml."


def _told_missing(values: pd.DataFrame, table: Table, notebook: Notebook) -> None:
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

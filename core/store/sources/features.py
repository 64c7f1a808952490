"""Radiomic feature tables: one row per patient, or per patient and acquisition setting, one column per feature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import pandas as pd

from core.store.schema import ONE_SETTING, FeatureSet
from core.store.sources.columns import Table
from core.store.sources.ids import id_column, once, read_ids
from core.store.sources.measured import DIAGNOSTICS, distinct, extracted, numeric, told_missing
from core.store.sources.names import described, software
from core.store.sources.notebook import Notebook, shown
from core.store.sources.scale import scale_of
from core.store.sources.settings import Settings
from core.store.sources.spelling import label_of


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
    columns = numeric(table, {column, where}, settings, notebook)
    if not columns:
        what, remedy = "The table has no column of numbers.", "Check the delimiter and the decimal sign."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
        return None
    values = table.matrix(columns, notebook, settings.missing)
    keys = pd.DataFrame({"patient_id": ids, "setting": setting})
    kept = once(keys, table.file, notebook, first=said.get("duplicates") == "first", column=column or "", of=_of(where))
    kept &= extracted(values, table, notebook)
    values.index = pd.MultiIndex.from_frame(keys)
    values = distinct(values[kept.to_numpy()], table, said, notebook)
    if values.empty:
        return None
    told_missing(values, table, notebook)
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

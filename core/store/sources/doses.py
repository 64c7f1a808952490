"""Dose-volume tables: rows of dose and volume per patient and structure, cumulative or differential."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.radiogenomics.dose import ROUNDING
from core.store.schema import DOSE_KINDS, DOSES, Structure
from core.store.sources.columns import Table
from core.store.sources.ids import id_column, read_ids
from core.store.sources.notebook import Notebook, some
from core.store.sources.settings import Settings

DIFFERENTIAL, CUMULATIVE = DOSE_KINDS
UNITS = {
    **dict.fromkeys(("cm3", "cm^3", "cm\u00b3", "cc", "ml"), "cm3"),
    **dict.fromkeys(("%", "percent", "pct", "percentage"), "percent"),
    **dict.fromkeys(("fraction", "share", "relative", "1"), "fraction"),
}
KINDS = {
    **dict.fromkeys(("cumulative", "cum", "c", "cdvh"), CUMULATIVE),
    **dict.fromkeys(("differential", "diff", "d", "ddvh"), DIFFERENTIAL),
}
#: What the volumes of a whole structure add up to.
WHOLE = {"fraction": 1.0, "percent": 100.0}
#: Names that say a structure is treated and not spared, and those that are neither.
TARGET = re.compile(r"(?<![a-z])(gtv|ctv|ptv|itv|tumou?r|target|boost)", re.IGNORECASE)
NEITHER = re.compile(r"(?<![a-z])(body|external|outside|couch|skin contour)(?![a-z])", re.IGNORECASE)
#: A dose beyond this is more likely in cGy than in Gy.
LARGEST_GY = 200


@dataclass(frozen=True)
class DoseBlock:
    """The structures with their rows (as in the schema), and what the settings would say of them."""

    structures: list[Structure]
    rows: pd.DataFrame
    settings: dict
    by_structure: dict[str, dict]

    @property
    def patients(self) -> set[str]:
        return set(self.rows["patient_id"])

    def only(self, known: set[str]) -> DoseBlock:
        """The block without other patients, and without structures that nobody is left with."""
        rows = self.rows[self.rows["patient_id"].isin(known)]
        kept = [one for one in self.structures if (rows["structure"] == one.name).any()]
        return DoseBlock(kept, rows, self.settings, self.by_structure)


def read_doses(table: Table, settings: Settings, notebook: Notebook) -> DoseBlock | None:
    """The dose-volume tables, or None when they were refused (E123, E141, E150 to E156).

    A table is refused for the same faults as `core.radiogenomics.dose.Dvh.of` refuses it, with the lines of the file.
    """
    column = id_column(table, settings.get("doses", "id"))
    volume = table.column("volume", "volume_cm3", "volume_percent", "volume_fraction")
    named = {"patient_id": column, "structure": table.column("structure"), "dose_gy": table.column("dose_gy")}
    absent = [name for name, found in {**named, "volume": volume}.items() if found is None]
    if absent:
        what = f"A dose-volume table needs patient_id, structure, dose_gy and volume; missing: {some(absent)}."
        remedy = "Head the columns so; doses are in Gy."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
        return None
    ids = read_ids(table, str(column), notebook)
    structure = table.text(str(named["structure"]), settings.missing)
    if structure.isna().any():
        rows = table.lines[structure.isna().to_numpy()]
        notebook.add("E141", "Rows without a structure.", file=table.file, rows=rows, remedy="Name it in every row.")
    numbers = table.matrix([str(named["dose_gy"]), str(volume)], notebook, settings.missing)
    rows = pd.DataFrame({"patient_id": ids, "structure": structure}, index=table.index)
    rows[["dose_gy", "volume"]] = numbers.to_numpy()
    if ids is None or structure.isna().any() or not _sound(rows, table, notebook):
        return None
    units, kinds = _said(table, "unit", UNITS, notebook), _said(table, "kind", KINDS, notebook)
    if units is None or kinds is None:
        return None
    told = volume.casefold().removeprefix("volume").strip("_") if volume else ""
    rows["unit"] = units.where(units.notna(), UNITS.get(told))
    rows["kind"] = kinds
    return _checked(rows, table, settings, notebook, str(column))


def _checked(rows: pd.DataFrame, table: Table, settings: Settings, notebook: Notebook, column: str):
    by_structure = {name: settings.named("structures", name) for name in dict.fromkeys(rows["structure"])}
    for fact in ("unit", "kind"):
        said = {name: one[fact] for name, one in by_structure.items() if fact in one}
        rows[fact] = rows[fact].where(rows[fact].notna(), settings.get("doses", fact) or None)
        rows[fact] = [said.get(name, cell) for name, cell in zip(rows["structure"], rows[fact], strict=True)]
    if not _agree(rows, table, notebook):
        return None
    _kinds(rows, table, notebook)
    units = _units(rows, table, notebook)
    _shapes(rows, units, table, notebook)
    if (rows["dose_gy"] > LARGEST_GY).any():
        over = rows.index[rows["dose_gy"] > LARGEST_GY]
        what = f"Doses above {LARGEST_GY} Gy were kept as they are; are they in cGy?"
        notebook.add("W285", what, file=table.file, rows=over, remedy="Divide doses in cGy by 100.")
    structures = [_structure(name, by_structure[name], units[name]) for name in by_structure]
    understood = {"file": table.file, "id": column} | dict(settings.said.get("doses", {}))
    shown_of = {
        one.name: {"label": one.label, "role": one.role, "unit": one.unit} | dict(by_structure[one.name])
        for one in structures
    }
    return DoseBlock(structures, rows[DOSES].reset_index(drop=True), understood, shown_of)


def _structure(name: str, said: Mapping, unit: str) -> Structure:
    role = "target" if TARGET.search(name) else "" if NEITHER.search(name) else "organ at risk"
    return Structure(name, said.get("label", name.replace("_", " ")), unit, said.get("role", role))


def _sound(rows: pd.DataFrame, table: Table, notebook: Notebook) -> bool:
    """Whether every row has a dose and a volume (E150) and none is negative (E151)."""
    lacking = rows[["dose_gy", "volume"]].isna().any(axis=1)
    negative = (rows[["dose_gy", "volume"]] < 0).any(axis=1)
    if lacking.any():
        what, remedy = "Rows without a dose or a volume.", "Give both as numbers, or remove the row."
        notebook.add("E150", what, file=table.file, rows=rows.index[lacking], remedy=remedy)
    if negative.any():
        what, remedy = "Doses or volumes are negative.", "Both are 0 or more."
        notebook.add("E151", what, file=table.file, rows=rows.index[negative], remedy=remedy)
    return not (lacking.any() or negative.any())


def _said(table: Table, name: str, words: Mapping[str, str], notebook: Notebook) -> pd.Series | None:
    """What a column says of every row, None where it says nothing; None for the column when a word is not known."""
    column = table.column(name)
    if column is None:
        return pd.Series(None, index=table.index, dtype=object)
    cells = table.text(column)
    found = cells.str.casefold().map(words)
    odd = cells.notna() & found.isna()
    if odd.any():
        known = ", ".join(dict.fromkeys(words.values()))
        what = f"The column {name} holds words that are not known."
        notebook.add("E152", what, file=table.file, rows=cells.index[odd], remedy=f"Write one of: {known}.")
        return None
    return found.astype(object).where(found.notna(), None)


def _agree(rows: pd.DataFrame, table: Table, notebook: Notebook) -> bool:
    """Whether a structure has one unit, and one kind for a patient (E153)."""
    mixed = []
    for fact, keys in (("unit", ["structure"]), ("kind", ["patient_id", "structure"])):
        several = rows.groupby(keys)[fact].transform(lambda cells: cells.nunique(dropna=False)) > 1
        if several.any():
            what = f"The rows of one table say more than one {fact}."
            remedy = "Give each structure one unit, and each patient's structure one kind."
            notebook.add("E153", what, file=table.file, rows=rows.index[several], remedy=remedy)
            mixed.append(fact)
    return not mixed


def _kinds(rows: pd.DataFrame, table: Table, notebook: Notebook) -> None:
    """Fill in the kind where nothing says it: cumulative when the volume never rises, unless the whole is a sum."""
    open_rows = rows["kind"].isna()
    if not open_rows.any():
        return
    found = {}
    for key, volume in rows[open_rows].groupby(["patient_id", "structure"], sort=False)["volume"]:
        first, total, steps = volume.iloc[0], volume.sum(), np.diff(volume)
        falls = len(steps) > 0 and (steps <= 0).all() and (steps < 0).any()
        adds_up = any(_near(total, whole) and not _near(first, whole) for whole in WHOLE.values())
        found[key] = CUMULATIVE if falls and not adds_up else DIFFERENTIAL
    keys = pd.MultiIndex.from_frame(rows.loc[open_rows, ["patient_id", "structure"]])
    rows.loc[open_rows, "kind"] = keys.map(found).to_numpy()
    counts = pd.Series(found).value_counts()
    told = ", ".join(f"{count} as {kind}" for kind, count in counts.items())
    what = f"No kind was said, so tables were read by their shape (cumulative where the volume never rises): {told}."
    remedy = "Say it in a column kind, or as kind under [doses] or [structures.NAME] in study.toml."
    notebook.add("I314", what, file=table.file, count=len(found), remedy=remedy)


def _units(rows: pd.DataFrame, table: Table, notebook: Notebook) -> dict[str, str]:
    """The unit of each structure: as said, else fraction or percent where the totals of most patients are 1 or 100."""
    totals = _totals(rows)
    said = rows.groupby("structure", sort=False)["unit"].first()
    units, guessed = {}, {}
    for name, whole in totals.groupby(level="structure", sort=False):
        near = [unit for unit, one in WHOLE.items() if (abs(whole / one - 1) <= ROUNDING).mean() > 0.5]
        units[name] = said[name] or (near[0] if near else "cm3")
        if said[name] is None:
            guessed.setdefault(units[name], []).append(name)
    for unit, names in guessed.items():
        what = f"No unit of volume was said; by the whole volumes of most patients it is {unit} in {len(names)} "
        what += f"structure{'s' if len(names) > 1 else ''}."
        remedy = "Say it in a column unit, or as unit under [doses] or [structures.NAME] in study.toml."
        notebook.add("I316", what, file=table.file, count=len(names), remedy=remedy)
    return units


def _totals(rows: pd.DataFrame) -> pd.Series:
    """The whole volume of each table: the first row of a cumulative one, the sum of a differential one."""
    volume = rows.groupby(["patient_id", "structure", "kind"], sort=False)["volume"]
    totals = pd.DataFrame({"first": volume.first(), "sum": volume.sum()}).reset_index("kind")
    return totals["first"].where(totals["kind"] == CUMULATIVE, totals["sum"])


def _shapes(rows: pd.DataFrame, units: Mapping[str, str], table: Table, notebook: Notebook) -> None:
    """The faults of whole tables: doses that do not rise, totals that are not whole, cumulative tables that rise."""
    keys = [rows["patient_id"], rows["structure"]]
    cumulative = rows["kind"] == CUMULATIVE
    step = rows["dose_gy"].groupby(keys).diff()
    unsorted = (step < 0) | ((step == 0) & ~cumulative)
    rising = cumulative & (rows["volume"].groupby(keys).diff() > 0)
    last = ~rows.duplicated(["patient_id", "structure"], keep="last")
    tail = cumulative & last & (rows["volume"] > 0)
    # A cumulative table of one row is a tail too, or holds nothing.
    totals = _totals(rows)
    wanted = totals.index.get_level_values("structure").map(units).map(WHOLE).to_numpy(dtype=float)
    relative = np.isfinite(wanted)
    broken = (totals <= 0) | (relative & ~(abs(totals / np.where(relative, wanted, 1.0) - 1) <= ROUNDING))
    partial = pd.Series(pd.MultiIndex.from_arrays(keys).map(broken).to_numpy(bool), rows.index)
    first = ~rows.duplicated(["patient_id", "structure"])
    faults = (
        ("E154", unsorted, "Doses do not rise within a patient's structure", "Sort the rows by dose; a patient's "
         "structure has one table."),
        ("E155", first & partial, "The volumes of tables are not the whole structure: not 1 or 100 %, or nothing",
         "Give every part of the volume, and divide relative volumes by the whole."),
        ("E156", rising, "The volume rises in cumulative tables",
         "Each row is the volume that receives at least that dose; for volumes at a dose say kind differential."),
        ("E157", tail, "Cumulative tables end before the volume is 0, so the highest doses are unknown",
         "Add a row with the greatest dose and volume 0."),
    )  # fmt: skip
    for code, bad, what, remedy in faults:
        if bad.any():
            notebook.add(code, f"{what}.", file=table.file, rows=rows.index[bad], remedy=remedy)


def _near(value: float, whole: float) -> bool:
    return abs(value / whole - 1) <= ROUNDING

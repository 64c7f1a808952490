"""Clinical columns as attributes: numbers, categories with ordered levels, or text; every change is a finding."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from core.store.schema import Attribute
from core.store.sources import guard
from core.store.sources.columns import Table
from core.store.sources.genotypes import looks_like_calls, read_genotype
from core.store.sources.ids import folded
from core.store.sources.missing import only_visible
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.roles import GENOTYPE
from core.store.sources.settings import Settings
from core.store.sources.spelling import (
    age_in_years,
    ages_written,
    label_of,
    natural,
    stage_of,
    tumour_order,
    twins,
    unit_of,
)

#: A column of numbers with this part of damaged numbers or less is refused for them (E105), beyond it is text (W216).
DAMAGED = 0.05
#: Numbers with no more than so many different values may be codes; a category has no more than so many levels.
CODES, LEVELS = 10, 50
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
DECIMAL_WHOLE = re.compile(r"[+-]?\d+\.0+")
#: Words in a column's name that say its numbers are names of groups.
CODED = re.compile(r"cluster|code|class|subtype|grade|stage|group|type|status|arm|cohort|idh|hpv|flag", re.IGNORECASE)


@dataclass
class Attributes:
    """The attributes of a table with their values by patient, and what the settings would say of each."""

    attributes: list[Attribute] = field(default_factory=list)
    values: dict[str, pd.Series] = field(default_factory=dict)
    settings: dict[str, dict] = field(default_factory=dict)


def read_attributes(
    table: Table, columns: Sequence[str], roles: Mapping[str, str], settings: Settings, notebook: Notebook
) -> Attributes:
    """Every column as an attribute. Cells that are kept, merged, rewritten or not understood are all accounted for."""
    guard.identifying(table, columns, settings, notebook)
    found, told = Attributes(), _Told(table, notebook)
    for column in columns:
        said, role = settings.named("attributes", column), roles.get(column, "")
        cells = guard.dates(table, column, table.text(column, settings.missing), settings, notebook)
        if len(table.padded(column)):
            told.note("padded", column, table.padded(column))
        if "map" in said:
            cells = cells.map(lambda cell, names=said["map"]: names.get(cell, cell), na_action="ignore")
        if "role" not in said and not role and "type" not in said and looks_like_calls(cells):
            role = GENOTYPE
        if role == GENOTYPE:
            _genotype(found, table, column, cells, said, notebook)
            continue
        kind = said.get("type") or _kind(column, cells, role, table)
        if kind == "number":
            values = _numbers(table, column, cells, role, settings, notebook)
        else:
            values = _spelled(column, cells, kind, role, said, told)
        _add(found, column, kind, role, said, values)
        if role == "stage" and kind == "category":
            _stages(found, table, column, values, notebook)
    told.tell()
    return found


def _add(found: Attributes, column: str, kind: str, role: str, said: Mapping, values: pd.Series) -> None:
    levels = ()
    if kind == "category":
        place = tumour_order if role == "t_stage" else natural
        present = sorted(set(values.dropna()), key=lambda level: (only_visible([level]), place(level)))
        levels = tuple(dict.fromkeys([*(one for one in said.get("levels", ()) if one in present), *present]))
    unit = said.get("unit", unit_of(column, role) if kind == "number" else "")
    label = said.get("label", label_of(column))
    found.attributes.append(Attribute(column, label, kind, unit, levels, role, said.get("description", "")))
    found.values[column] = values
    shown_keys = {"label": label, "type": kind, "unit": unit, "role": role} | dict(said)
    found.settings[column] = {key: value for key, value in shown_keys.items() if value not in ("", ())}


def _genotype(
    found: Attributes, table: Table, column: str, cells: pd.Series, said: Mapping, notebook: Notebook
) -> None:
    read = read_genotype(table, column, cells, notebook)
    if read is None:
        return
    told = [one for one in said.get("levels", ()) if one in read.levels]
    levels = tuple(dict.fromkeys([*told, *read.levels]))
    label = said.get("label", column.replace("_", " "))
    description = said.get("description", read.description)
    found.attributes.append(Attribute(column, label, "category", "", levels, GENOTYPE, description))
    found.values[column] = read.values
    found.settings[column] = {"label": label, "type": "category", "role": GENOTYPE} | dict(said)


def _kind(column: str, cells: pd.Series, role: str, table: Table) -> str:
    """Number, category or text, from the cells and from what the column's name says."""
    known = cells.dropna()
    plain = known.str.replace(",", ".", regex=False) if table.decimal == "," and len(known) else known
    numeric = pd.to_numeric(plain, errors="coerce")
    good = numeric.dropna()
    if role == "age":
        return "number"
    if role:
        return "category"
    damaged = known[numeric.isna()]
    damaged = damaged[damaged.str.contains(r"\d")]
    if len(known) and damaged.map(lambda cell: bool(THOUSANDS.fullmatch(cell))).sum() + len(good) == len(known):
        flags = set(good) <= {0.0, 1.0}
        codes = bool(CODED.search(column)) and good.nunique() <= CODES and bool((good % 1 == 0).all())
        return "category" if len(good) == len(known) and (flags or codes) else "number"
    if good.nunique() > CODES and len(damaged) <= DAMAGED * len(known) and len(good) >= 0.2 * len(known):
        return "number"
    different = known.nunique()
    if good.nunique() > CODES and len(good) > 0.5 * len(known):
        return "text"
    unlike = different > LEVELS or (different > 0.5 * len(known) and different > 10)
    return "text" if unlike else "category"


def _numbers(
    table: Table, column: str, cells: pd.Series, role: str, settings: Settings, notebook: Notebook
) -> pd.Series:
    """Floats. Words in a column of numbers are missing (W215); damaged numbers forbid the import (E105)."""
    if role == "age" and ages_written(cells):
        values = cells.map(age_in_years, na_action="ignore").astype(float)
        what = "Ages written as years and days were read as years with decimals."
        notebook.add("W225", what, file=table.file, column=shown(column), count=int(values.notna().sum()))
    else:
        wordy = cells.dropna()[cells.dropna().map(lambda cell: not re.search(r"\d|inf|nan|#", cell, re.IGNORECASE))]
        if len(wordy):
            what = "Words among numbers were read as missing."
            if only_visible(wordy):
                what = "Cells among numbers that say unknown, not applicable or the like were read as missing."
            remedy = f'To keep them, put type = "category" under [attributes.{shown(column)}] in study.toml.'
            notebook.add("W215", what, file=table.file, column=shown(column), rows=wordy.index, remedy=remedy)
            values = table.numbers(column, notebook, settings.missing | set(wordy))
        else:
            values = table.numbers(column, notebook, settings.missing)
    guard.in_range(table, column, folded(column), values, notebook, days=_in_days(column))
    return values


def _in_days(column: str) -> bool:
    return folded(column).endswith("days")


def _spelled(column: str, cells: pd.Series, kind: str, role: str, said: Mapping, told: _Told) -> pd.Series:
    """Text with one spelling per level: whole numbers without .0, and case variants merged where that is safe."""
    known = cells.dropna()
    decimal = known.map(lambda cell: bool(DECIMAL_WHOLE.fullmatch(cell)))
    numeric = pd.to_numeric(known, errors="coerce").notna()
    if kind == "category" and decimal.any() and numeric.all():
        cells = cells.map(lambda cell: re.sub(r"\.0+$", "", cell), na_action="ignore")
        told.note("whole", column, known.index[decimal])
    elif kind == "text" and numeric.any() and not numeric.all():
        told.note("mixed", column, known.index[~numeric])
    if kind == "category":
        variants = twins(cells)
        changed = cells.index[cells.isin(list(variants))]
        if len(changed) and said.get("ignore_case", role == "sex"):
            cells = cells.replace(variants)
            told.note("merged", column, changed)
        elif len(changed):
            told.note("apart", column, changed)
        unknown = cells.index[cells.map(lambda cell: only_visible([cell]), na_action="ignore").eq(True)]
        if len(unknown):
            told.note("visible", column, unknown)
    return cells.astype(object).where(cells.notna(), None)


def _stages(found: Attributes, table: Table, column: str, values: pd.Series, notebook: Notebook) -> None:
    """Add a column of stages in roman numerals when the spellings of the given one are mixed."""
    read = values.map(stage_of, na_action="ignore")
    spellings, levels = values.nunique(), read.nunique()
    if read.isna().sum() > values.isna().sum() or spellings <= levels:
        return
    name = "stage" if column != "stage" and "stage" not in found.values else f"{column}_read"
    found.attributes[-1] = Attribute(**{**vars(found.attributes[-1]), "role": ""})
    found.settings[column].pop("role", None)
    ordered = tuple(sorted(set(read.dropna()), key=natural))
    label = "Stage" if name == "stage" else label_of(name)
    remark = f"Read from {column}, whose spellings are mixed."
    found.attributes.append(Attribute(name, label, "category", "", ordered, "stage", remark))
    found.values[name] = read.astype(object).where(read.notna(), None)
    what = f"{spellings} spellings of stage were read as {levels} levels of the new attribute {name}; it is kept too."
    notebook.add("W220", what, file=table.file, column=shown(column), count=int(values.notna().sum()))


class _Told:
    """Oddities met in many columns, told as one finding per kind."""

    def __init__(self, table: Table, notebook: Notebook):
        self._table, self._notebook, self._met = table, notebook, {}

    def note(self, kind: str, column: str, rows) -> None:
        self._met.setdefault(kind, []).append((column, list(rows)))

    def tell(self) -> None:
        for kind, met in self._met.items():
            code, what, remedy = ODDITIES[kind]
            names = [column for column, _ in met]
            rows = sorted({row for _, rows in met for row in rows})
            count = sum(len(rows) for _, rows in met)
            where = "" if len(met) == 1 else f", in {len(met)} columns: {some(names)}"
            column = shown(names[0]) if len(met) == 1 else ""
            file = self._table.file
            self._notebook.add(code, f"{what}{where}.", file=file, column=column, rows=rows, count=count, remedy=remedy)


ODDITIES = {
    "padded": ("W202", "Blanks around cells were removed", ""),
    "whole": ("I302", "Codes written with decimals were read as whole numbers", ""),
    "mixed": (
        "W216",
        "Numbers mixed with other cells were kept as text",
        'For numbers put type = "number" under [attributes.NAME] in study.toml and the other cells under [missing].',
    ),
    "merged": (
        "W218",
        "Cells that differ from a commoner spelling only by case were read as that",
        "To keep them apart, put ignore_case = false under [attributes.NAME] in study.toml.",
    ),
    "apart": (
        "W219",
        "Levels that differ only by case were kept apart",
        "To join them, put ignore_case = true under [attributes.NAME] in study.toml.",
    ),
    "visible": (
        "I305",
        "Cells that say unknown, not collected or the like were kept as a level",
        "To count them as missing, list them as tokens under [missing] in study.toml.",
    ),
}

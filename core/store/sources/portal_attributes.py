"""Attributes of a cBioPortal clinical table: the lines above its header say what they are called and what they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

from core.store.sources import guard
from core.store.sources.attributes import Attributes, read_attributes
from core.store.sources.columns import Table
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.settings import Settings

#: A measurement that is known only to lie below or above a limit.
LIMIT = re.compile(r"[<>]=?\s*([+-]?\d+\.?\d*([eE][+-]?\d+)?)")


def portal_attributes(
    table: Table, columns: list[str], given: Mapping[str, str], settings: Settings, notebook: Notebook
) -> Attributes:
    """The columns as attributes, with the names, descriptions and types that the header lines give."""
    declared = _declared(table, notebook)
    table, limited = without_limits(table, [name for name in columns if declared.get(name, {}).get("type")])
    if limited:
        what = f"Measurements given as below or above a limit were read as the limit, in: {some(limited)}."
        rows = sorted({row for rows in limited.values() for row in rows})
        notebook.add("W254", what, file=table.file, rows=rows, count=sum(map(len, limited.values())))
    guessed = []
    for name in columns:
        if "type" in declared.get(name, {}) and table.numeric_share(name, settings.missing) < 1:
            del declared[name]["type"]  # words among its numbers: judged, and spoken of, as any other column
    said = {name: {**declared.get(name, {}), **settings.named("attributes", name)} for name in columns}
    allowed = [*settings.get("patients", "allowed", ()), *_prose(table, columns, settings, notebook)]
    patients = {**settings.said.get("patients", {}), "allowed": allowed}
    read = read_attributes(
        table, columns, given, Settings({**settings.said, "attributes": said, "patients": patients}), notebook
    )
    for attribute in read.attributes:
        words = attribute.name in declared and declared[attribute.name].get("words")
        if words and attribute.type == "number":
            guessed.append(attribute.name)
    if guessed:
        what = f"Declared as text but holding numbers alone, and read as numbers: {some(guessed)}."
        remedy = 'To keep them as groups, put type = "category" under [attributes.NAME] in study.toml.'
        notebook.add("I335", what, file=table.file, count=len(guessed), remedy=remedy)
    for kept in read.settings.values():
        kept.pop("words", None)
    return read


def _declared(table: Table, notebook: Notebook) -> dict[str, dict]:
    """Column -> label, description and type, from the four lines above the header; {} when they are not there."""
    lines = [comment[1:].split("\t") for comment in table.comments[:4]]
    if len(lines) < 4 or any(len(line) != len(table.header) for line in lines):
        what = "The four lines above the header (names, descriptions, types, priorities) are missing or incomplete."
        notebook.add("W266", f"{what} Types were judged from the cells.", file=table.file, count=1)
        return {}
    declared = {}
    for name, label, description, kind in zip(table.header, *(map(str.strip, line) for line in lines[:3]), strict=True):
        said = {"label": label or name}
        if description.rstrip(".") != label:
            said["description"] = description
        if kind == "NUMBER":
            said["type"] = "number"
        elif kind == "STRING":
            said["words"] = True
        declared[name] = said
    return declared


def _prose(table: Table, columns: Sequence[str], settings: Settings, notebook: Notebook) -> list[str]:
    """Columns of free text: the study declares each of its columns, so they are kept, with a warning."""
    trial = Notebook()
    guard.identifying(table, columns, settings, trial)
    prose = [finding.column for finding in trial.errors if "free text" in finding.message]
    for name in prose:
        what = "The column holds free text; it was kept. Make sure that it identifies nobody."
        remedy = "List it under leave_out under [patients] in study.toml to skip it."
        notebook.add("W263", what, file=table.file, column=shown(name), count=1, remedy=remedy)
    return prose


def without_limits(table: Table, columns: Sequence[str]) -> tuple[Table, dict[str, list[int]]]:
    """The table with <5 read as 5 in these columns, and the lines concerned per column."""
    limited = {}
    for name in columns:
        rows = table.lines[table.matching(name, LIMIT)]
        if len(rows):
            limited[name] = list(rows)
    if not limited:
        return table, {}
    plain = {name: table.raw(name).map(lambda cell: LIMIT.sub(r"\1", cell)) for name in limited}
    return with_cells(table, plain), limited


def with_cells(table: Table, changed: Mapping[str, pd.Series]) -> Table:
    """The same table with other cells in some columns."""
    cells = {name: changed[name] if name in changed else table.raw(name) for name in table.header}
    packed = {name: pa.chunked_array([pa.array(column, pa.string())]) for name, column in cells.items()}
    return Table(table.file, table.header, packed, table.lines, table.delimiter, table.comments, table.decimal)

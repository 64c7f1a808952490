"""Read a delimited text table without believing anything about it: every cell stays text until it is asked for.

notebook = Notebook()
table = read_table(path, notebook)          # None when it had to be refused; the notebook says why
table.text("sex")                           # object Series, None where missing, index = line of the file
table.numbers("age", notebook)              # float Series, NaN where missing; other text is noted (E105, E109)
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.store.sources.columns import Table
from core.store.sources.lines import Unreadable, state, text_lines
from core.store.sources.missing import MISSING
from core.store.sources.notebook import Notebook, shown, some

__all__ = ["Notebook", "Table", "read_table"]

#: What one table may hold, so that an import stays under a gigabyte, and how long a column name may be.
CELLS, COLUMNS, NAME = 30_000_000, 120_000, 200
#: Cells held as Python text before they are packed.
BLOCK = 1_500_000
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")

csv.field_size_limit(1 << 24)


def read_table(
    path: Path,
    notebook: Notebook,
    *,
    encoding: str | None = None,
    comment: str | None = None,
    decimal: str = ".",
    cased: bool = False,
) -> Table | None:
    """The table in a .csv, .tsv or .txt file, or .gz of one; None when a finding (E101 to E120) forbids to use it.

    The delimiter is the comma, semicolon or tab met most often in the header. Lines before the header that start with
    `comment` are kept in `Table.comments`. `decimal=","` reads 1,5 as one and a half. With `cased`, names that differ
    only by case are different columns (annotated mutation files have such), which is a warning (W214).
    """
    path = Path(path)
    try:
        before = state(path)
        table = _parsed(path, notebook, encoding, comment, decimal, cased)
        changed = before != state(path)
    except Unreadable:
        return None
    except OSError:
        notebook.add("E120", "The file cannot be read.", file=path.name, count=1, remedy="Check that it is there.")
        return None
    if changed:
        what = "The file changed while it was being read."
        notebook.add("E119", what, file=path.name, count=1, remedy="Import again when it is complete.")
        return None
    return table


def _parsed(
    path: Path, notebook: Notebook, encoding: str | None, comment: str | None, decimal: str, cased: bool
) -> Table | None:
    numbered = enumerate(text_lines(path, notebook, encoding), 1)
    comments, line, first = [], 0, ""
    while not first.strip() or (comment and first.startswith(comment)):
        if first.strip():
            comments.append(first.rstrip("\r\n"))
        line, first = next(numbered, (0, ""))
        if not line:
            break
    if not line:
        notebook.add("E106", "The file is empty.", file=path.name, count=1, remedy="Export it again, or remove it.")
        return None
    delimiter = _delimiter(first, path)
    records = _Records(chain([first], (text for _, text in numbered)), delimiter, line)
    header = _header(next(iter(records), []), path.name, line, notebook, cased)
    if header is None:
        return None
    columns, lines, blank = _columns(records, len(header), path.name, notebook)
    if records.broken or columns is None:
        if records.broken:
            notebook.add("E104", records.broken, file=path.name, rows=(records.line,), remedy=MEND_ROWS)
        return None
    table = Table(
        path.name, header, dict(zip(header, columns, strict=True)), lines, delimiter, tuple(comments), decimal
    )
    if blank:
        notebook.add("W213", "Empty rows were left out.", file=path.name, rows=blank)
    return _without_unnamed(_checked(table, notebook), notebook)


MEND_ROWS = "Correct the row, or export the table again with quotes around cells that hold the delimiter."


class _Records:
    """The records of a table with the line each starts on; stops at the first that cannot be told apart."""

    def __init__(self, lines: Iterator[str], delimiter: str, first: int):
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self._before, self.line, self.broken = first - 1, first, ""

    def __iter__(self) -> Iterator[list[str]]:
        while True:
            self.line = self._before + self._reader.line_num + 1
            try:
                yield next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                self.broken = "A quote is opened and not closed, or text follows a closed quote."
                return


def _delimiter(header: str, path: Path) -> str:
    """Comma, semicolon or tab, whichever the header holds most often outside quotes."""
    bare = re.sub(r'"[^"]*"', "", header)
    usual = "," if ".csv" in path.name.lower() else "\t"
    return max((usual, "\t", ";", ","), key=bare.count)


def _header(cells: list[str], file: str, line: int, notebook: Notebook, cased: bool) -> tuple[str, ...] | None:
    """The trimmed names, or None after noting which cannot be used (E103, E115)."""
    names = [cell.strip() for cell in cells]
    if len(names) > COLUMNS:
        remedy = "Leave out columns, or split the table into several files."
        notebook.add(
            "E114", f"The table has more than {COLUMNS:,} columns.", file=file, count=len(names), remedy=remedy
        )
        return None
    odd = [name for name in names if len(name) > NAME or any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in name)]
    if odd:
        what = f"Column names with control characters or more than {NAME} characters: {some(odd)}."
        notebook.add("E115", what, file=file, rows=(line,), count=len(odd), remedy="Rename these columns.")
    usable = not odd
    seen: dict[str, str] = {}
    for name in filter(None, names):
        twin = seen.get(name.casefold())
        if twin is None:
            seen[name.casefold()] = name
            continue
        same = "appears twice" if twin == name else f"differs from {shown(twin)} only by case"
        what = f"The column name {shown(name)} {same}."
        if cased and twin != name:
            notebook.add("W214", f"{what} Both were kept apart.", file=file, column=shown(name), rows=(line,))
            continue
        remedy = "Rename or remove one of the two."
        notebook.add("E103", what, file=file, column=shown(name), rows=(line,), remedy=remedy)
        usable = False
    return tuple(name or f"\0{place}" for place, name in enumerate(names)) if usable else None


def _columns(records: _Records, width: int, file: str, notebook: Notebook):
    """One packed text array per column, the line of every row, and the lines that were blank."""
    columns: list[list[pa.Array]] = [[] for _ in range(width)]
    lines, blank, ragged, block, cells = [], [], [], [], 0
    for row in records:
        if not any(row):
            if len(row) > 1:
                blank.append(records.line)
            continue
        if len(row) != width:
            ragged.append(records.line)
            continue
        lines.append(records.line)
        block.append(row)
        cells += width
        if cells > CELLS:
            what = f"The table holds more than {CELLS:,} cells."
            remedy = "Leave out columns, or split it into several files."
            notebook.add("E114", what, file=file, rows=(records.line,), remedy=remedy)
            return None, None, None
        if len(block) * width >= BLOCK:
            _pack(columns, block)
            block = []
    _pack(columns, block)
    if ragged:
        what = f"Rows with another number of cells than the header's {width}."
        notebook.add("E104", what, file=file, rows=ragged, remedy=MEND_ROWS)
    elif not lines and not records.broken:
        notebook.add("E106", "The table has a header and no rows.", file=file, count=1, remedy="Export it again.")
    if ragged or not lines:
        return None, None, None
    return [pa.chunked_array(arrays, pa.string()) for arrays in columns], np.array(lines), blank


def _pack(columns: list[list[pa.Array]], rows: list[list[str]]) -> None:
    for arrays, cells in zip(columns, zip(*rows, strict=True), strict=False):
        arrays.append(pa.array(cells, pa.string()))


def _checked(table: Table, notebook: Notebook) -> Table | None:
    """The table unless its numbers use decimal commas, which only its owner can confirm (E102)."""
    if table.delimiter != ";" or table.decimal == ",":
        return table
    found = [(name, table.lines[table.matching(name, DECIMAL_COMMA)]) for name in table.header]
    found = [(name, rows) for name, rows in found if len(rows)]
    if not found:
        return table
    what = f"Numbers are written with decimal commas, in: {some(name for name, _ in found)}."
    remedy = 'Write them with points, or put decimal = "," under [reading] in study.toml.'
    rows = sorted({row for _, rows in found for row in rows})
    notebook.add("E102", what, file=table.file, column=shown(found[0][0]), rows=rows, remedy=remedy)
    return None


def _without_unnamed(table: Table | None, notebook: Notebook) -> Table | None:
    """The table without columns that have no name, when they are empty or only count the rows; else refused (E115)."""
    unnamed = [name for name in table.header if name.startswith("\0")] if table else []
    if not unnamed:
        return table
    counting = []
    for name in unnamed:
        cells = table.raw(name)
        counts = all(cell == str(place) for place, cell in enumerate(cells, int(cells.iloc[0] == "1")))
        if counts or all(cell.strip() in MISSING for cell in cells):
            counting.append(name)
    if len(counting) < len(unnamed):
        place = next(int(name[1:]) + 1 for name in unnamed if name not in counting)
        what = f"Column {place} has no name but holds values."
        notebook.add("E115", what, file=table.file, count=len(unnamed), remedy="Give it a name in the header.")
        return None
    what = "A column without a name that is empty or only counts the rows was left out."
    notebook.add("W212", what, file=table.file, count=len(unnamed))
    return table.without(unnamed)

"""A table of text cells, and the questions that may be asked of a column: its text, its numbers, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.store.sources.missing import BROKEN, MISSING
from core.store.sources.notebook import Notebook, shown, some

#: A larger absolute value is an overflow, not a measurement.
LARGEST = 1e300
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NOT_FINITE = re.compile(r"[+-]?(inf(inity)?|nan)", re.IGNORECASE)
#: Beyond so many columns with the same trouble, one finding names the first few.
APART = 10


class Table:
    """Text cells by column. `lines` gives, for every row, the line of the file it starts on (the header is line 1)."""

    def __init__(
        self,
        file: str,
        header: Sequence[str],
        columns: dict[str, pa.ChunkedArray],
        lines: np.ndarray,
        delimiter: str = ",",
        comments: tuple[str, ...] = (),
        decimal: str = ".",
    ):
        self.file, self.header, self._columns = file, tuple(header), columns
        self.lines, self.delimiter, self.comments, self.decimal = lines, delimiter, comments, decimal

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, column: str) -> bool:
        return column in self._columns

    @cached_property
    def index(self) -> pd.Index:
        return pd.Index(self.lines, name="line")

    @property
    def cells(self) -> pd.DataFrame:
        """Every cell as it stands in the file (object dtype). Made anew on each call: not for very wide tables."""
        return pd.DataFrame({name: self.raw(name) for name in self.header}, index=self.index, dtype=object)

    def without(self, columns: Iterable[str]) -> Table:
        """The same table without these columns."""
        left = set(columns)
        return self.only([name for name in self.header if name not in left])

    def only(self, columns: Sequence[str]) -> Table:
        """The same table with these columns alone."""
        kept = {name: self._columns[name] for name in columns}
        return Table(self.file, columns, kept, self.lines, self.delimiter, self.comments, self.decimal)

    def where(self, kept: np.ndarray) -> Table:
        """The same table with the rows for which `kept` is true."""
        columns = {name: cells.filter(pa.array(kept)) for name, cells in self._columns.items()}
        return Table(self.file, self.header, columns, self.lines[kept], self.delimiter, self.comments, self.decimal)

    def column(self, *names: str) -> str | None:
        """The first of these names that the header has: as written, or else without regard to case."""
        folded = {name.casefold(): name for name in reversed(self.header)}
        exact = next((name for name in names if name in self._columns), None)
        return exact or next((folded[name.casefold()] for name in names if name.casefold() in folded), None)

    def raw(self, column: str) -> pd.Series:
        """The cells of a column as they stand."""
        cells = self._columns[column].to_numpy(zero_copy_only=False)
        return pd.Series(cells, self.index, dtype=object, name=column)

    def text(self, column: str, missing: Iterable[str] = MISSING) -> pd.Series:
        """Trimmed cells, None where missing."""
        trimmed = pc.utf8_trim_whitespace(self._columns[column])
        kept = pc.if_else(_among(trimmed, missing), pa.scalar(None, pa.string()), trimmed)
        return pd.Series(kept.to_numpy(zero_copy_only=False), self.index, dtype=object, name=column)

    def padded(self, column: str) -> np.ndarray:
        """The lines whose cell has blanks around its text."""
        cells = self._columns[column]
        return self.lines[pc.not_equal(cells, pc.utf8_trim_whitespace(cells)).to_numpy()]

    def matching(self, column: str, pattern: re.Pattern) -> np.ndarray:
        """Whether the whole trimmed cell matches, per row."""
        return np.array([bool(pattern.fullmatch(cell.strip())) for cell in self._columns[column].to_pylist()])

    def numeric_share(self, column: str, missing: Iterable[str] = MISSING) -> float:
        """The part of the cells with a value that are finite numbers; 0 when no cell has a value."""
        values, bad = self._floats(column, frozenset(missing))
        known = np.isfinite(values).sum() + len(bad)
        return float(np.isfinite(values).sum() / known) if known else 0.0

    def numbers(self, column: str, notebook: Notebook, missing: Iterable[str] = MISSING) -> pd.Series:
        """Floats, NaN where missing. Other text is E105; infinite, broken and overflowing cells are E109."""
        return self.matrix([column], notebook, missing)[column]

    def matrix(self, columns: Sequence[str], notebook: Notebook, missing: Iterable[str] = MISSING) -> pd.DataFrame:
        """The same for several columns at once, with one finding per kind when many columns are concerned."""
        missing = frozenset(missing)
        values = np.empty((len(self), len(columns)), order="F")
        trouble: dict[str, list[tuple[str, np.ndarray]]] = {"E105": [], "E109": []}
        for place, column in enumerate(columns):
            values[:, place], bad = self._floats(column, missing)
            for code in trouble:
                rows = [row for row, kind in bad.items() if kind == code]
                if rows:
                    trouble[code].append((column, self.lines[rows]))
        for code, found in trouble.items():
            self._note(notebook, code, found)
        return pd.DataFrame(values, self.index, pd.Index(columns), copy=False)

    def _floats(self, column: str, missing: frozenset[str]) -> tuple[np.ndarray, dict[int, str]]:
        """The numbers of a column, and for each row that is neither a number nor missing the code of its trouble."""
        cells = self._columns[column]
        if self.decimal == "." and not _numeral(missing):
            try:
                values = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False)
                if np.abs(values).max(initial=0) <= LARGEST:
                    return values, {}
            except pa.ArrowInvalid:
                pass
        cells = pc.utf8_trim_whitespace(cells)
        cells = pc.if_else(_among(cells, missing), pa.scalar(None, pa.string()), cells)
        if self.decimal == ",":
            cells = pc.replace_substring(cells, ",", ".")
        try:
            values = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False)
            stray = np.flatnonzero(~(np.abs(values) <= LARGEST) & pc.is_valid(cells).to_numpy())
            if not len(stray):
                return values, {}
        except pa.ArrowInvalid:
            pass
        values, bad = np.full(len(self), np.nan), {}
        for row, cell in enumerate(cells.to_pylist()):
            if cell is None:
                continue
            number = float(cell) if NUMBER.fullmatch(cell) else np.inf
            if abs(number) <= LARGEST:
                values[row] = number
            else:
                bad[row] = "E109" if _not_finite(cell) else "E105"
        return values, bad

    def _note(self, notebook: Notebook, code: str, found: list[tuple[str, np.ndarray]]) -> None:
        what, remedy = TROUBLE[code]
        if len(found) <= APART:
            for column, rows in found:
                notebook.add(code, f"{what}.", file=self.file, column=shown(column), rows=rows, remedy=remedy)
            return
        rows = np.concatenate([rows for _, rows in found])
        where = f"{what}, in {len(found)} columns: {some(column for column, _ in found)}."
        notebook.add(code, where, file=self.file, rows=rows, count=len(rows), remedy=remedy)

    @cached_property
    def missing_counts(self) -> dict[str, dict[str, int]]:
        """For every column with missing cells, how many of each token it has."""
        counts = {}
        for name in self.header:
            trimmed = pc.utf8_trim_whitespace(self._columns[name])
            found = pc.value_counts(trimmed.filter(_among(trimmed, MISSING)))
            if len(found):
                counts[name] = {pair["values"].as_py(): pair["counts"].as_py() for pair in found}
        return counts


TROUBLE = {
    "E105": (
        "Cells of a column of numbers are not numbers",
        "Correct them, empty them (= missing), or list what they say as tokens under [missing] in study.toml.",
    ),
    "E109": (
        "Infinite, overflowing or broken cells in a column of numbers",
        "Correct them, empty them (= missing), or list what they say as tokens under [missing] in study.toml.",
    ),
}


@lru_cache
def _numeral(tokens: frozenset[str]) -> bool:
    """Whether a missing token is itself a number, such as 999."""
    return any(NUMBER.fullmatch(token) for token in tokens)


def _not_finite(cell: str) -> bool:
    return bool(NOT_FINITE.fullmatch(cell) or NUMBER.fullmatch(cell)) or cell in BROKEN


def _among(cells: pa.ChunkedArray, tokens: Iterable[str]) -> pa.ChunkedArray:
    return pc.is_in(cells, value_set=pa.array(sorted(tokens), pa.string()))

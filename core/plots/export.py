"""Drawings and tables as files that can be opened anywhere without harm."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.plots.drawing import Drawing

#: A spreadsheet takes a cell that begins so (also after blanks, a byte-order mark or in full width) for a formula.
_FORMULA = re.compile(r"[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n\0]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
#: In a line of notes a spreadsheet starts a new cell after each of these.
_INNER = re.compile(r"([,;\t|]\s*\"?\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_NO_BROWSER = (
    "No Chromium starts on this machine to make SVG and PNG with, so the figures are in figures.html, which any "
    "browser opens. Install Chromium for picture files."
)
_ADDRESS = re.compile(r"\S+\?\S+")


def safe_csv(frame: pd.DataFrame, notes: Iterable[str] = ()) -> bytes:
    """The table as CSV, with the notes as leading `#` lines.

    UTF-8 without a byte-order mark, so that `read.csv(comment.char = "#")` in R and `read_csv(comment="#")` in pandas
    read it as it is. Texts and headers that a spreadsheet would run as a formula get a leading apostrophe; numbers
    keep all their digits and stay numbers; missing cells are empty.
    Source: OWASP, CSV injection; ASVS 5.0 1.2.10.
    """
    frame = _with_index(frame)
    out = io.StringIO(newline="")
    for note in notes:
        for line in str(note).splitlines():
            out.write(f"# {_safe_note(line)}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_safe_text(_header(column)) for column in frame.columns])
    columns = [_cells(frame.iloc[:, i]) for i in range(frame.shape[1])]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()


@dataclass(frozen=True)
class Written:
    """The files that were written, and what the reader should know about them (empty when there is nothing)."""

    files: tuple[Path, ...]
    notice: str = ""


def write_figures(drawings: Sequence[Drawing], folder: str | Path, notes: Iterable[str] = ()) -> Written:
    """Write each drawing as CSV, SVG and PNG; where there is no browser, all of them as one HTML page instead.

    The folder is made when it does not exist; files of the same name are replaced.
    """
    folder, notes = Path(folder), list(notes)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for drawing in drawings:
        stamp = [drawing.stamp] if drawing.stamp and drawing.stamp not in notes else []
        files.append(folder / f"{drawing.name}.csv")
        files[-1].write_bytes(safe_csv(drawing.data, [*stamp, drawing.title, drawing.caption, *notes]))
    if not drawings:
        return Written(())
    pictures = _pictures(drawings)
    if pictures is None:
        page = folder / "figures.html"
        page.write_text(_page(drawings, notes), encoding="utf-8")
        return Written((*files, page), _NO_BROWSER)
    for (name, kind), content in pictures.items():
        files.append(folder / f"{name}.{kind}")
        files[-1].write_bytes(content)
    return Written(tuple(files))


def _pictures(drawings: Sequence[Drawing]) -> dict[tuple[str, str], bytes] | None:
    """SVG and PNG (three pixels per point) by name and kind; None where no browser starts to draw them."""
    import asyncio

    import kaleido
    from choreographer import errors

    async def draw() -> dict[tuple[str, str], bytes]:
        made = {}
        # Without mathjax=False the page would fetch a script from outside.
        async with kaleido.Kaleido(n=1, mathjax=False) as artist:
            for drawing in drawings:
                figure = drawing.printed()
                for kind, scale in (("svg", 1), ("png", 3)):
                    made[drawing.name, kind] = await artist.calc_fig(figure, opts={"format": kind, "scale": scale})
        return made

    # In a thread of its own, because the caller's may have an event loop already.
    with ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(asyncio.run, draw()).result()
        except (
            errors.ChromeNotFoundError,
            errors.BrowserFailedError,
            errors.BrowserDepsError,
            errors.BrowserClosedError,
        ):
            return None


def _page(drawings: Sequence[Drawing], notes: Sequence[str]) -> str:
    """One page with everything in it, plotly's script included once."""
    parts = []
    for i, drawing in enumerate(drawings):
        figure = drawing.printed().to_html(full_html=False, include_plotlyjs=i == 0, config={"displaylogo": False})
        parts.append(f'<figure role="figure" aria-label="{html.escape(drawing.alt)}">{figure}</figure>')
    said = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Figures</title>'
    return f'{head}<body style="font-family:sans-serif;background:#fff">{"".join(parts)}{said}</body></html>'


def _cells(column: pd.Series) -> list[Any]:
    """The column's cells as they are written; of a million rows few texts are different, and each is guarded once."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        values = column.tolist()
        return ["" if value != value else value for value in values]
    known: dict[str, str] = {}

    def cell(value: Any) -> Any:
        if type(value) is not str:
            return _cell(value)
        if value not in known:
            known[value] = _safe_text(value)
        return known[value]

    return [cell(value) for value in column]


def _cell(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, Number):  # booleans and numpy's scalars too
        return "" if value != value else value
    return _safe_text(str(value))


def _safe_text(text: str) -> str:
    guarded = f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
    # A lone carriage return would end the row in a spreadsheet, and R reads no further than a NUL.
    return guarded.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _safe_note(line: str) -> str:
    """A line of notes; within an address commas are percent-encoded, so that it still works."""
    line = _ADDRESS.sub(lambda found: found[0].replace(",", "%2C").replace(";", "%3B").replace("|", "%7C"), line)
    return _INNER.sub(r"\1'", line.replace("\0", ""))


def _header(column: Any) -> str:
    return " | ".join(str(part) for part in column) if isinstance(column, tuple) else str(column)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a meaningful index as its first columns; a plain count is dropped."""
    unnamed = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    return frame if unnamed else frame.reset_index(allow_duplicates=True)

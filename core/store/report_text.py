"""The findings and the summary of an import as plain lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.store.schema import Finding
from core.store.sources.table import Notebook, read_table
from core.store.summary import Summary, by_severity

WIDEST = 80


def findings_text(findings: Sequence[Finding], values: dict[Finding, list[str]] | None = None) -> str:
    """One line per kind of finding under errors, warnings and notes; under it the cells in `values`, if asked for."""
    lines = []
    for severity, group in by_severity(findings).items():
        if group:
            lines.append(f"{len(group)} {severity}{'' if len(group) == 1 else 's'}")
        for finding in group:
            count = f" [{finding.count}]" if finding.count else ""
            lines.append(f"  {printable(str(finding), 2000)}{count}")
            lines += [f"      {cell}" for cell in (values or {}).get(finding, [])]
    return "\n".join(lines)


def summary_text(summary: Summary) -> str:
    """The counts, then the table of patients that two tables have in common."""
    width = max(len(printable(label)) for label, _ in summary.lines)
    lines = [f"{printable(label).ljust(width)}  {printable(text, 500)}" for label, text in summary.lines]
    overlap = summary.overlap
    if len(overlap) > 1:
        names = [printable(name) for name in overlap.index]
        first = max(map(len, names))
        lines += ["", "Patients in both", " " * first + "".join(f"  {name}" for name in names)]
        for name, row in zip(names, overlap.to_numpy(), strict=True):
            cells = "".join(f"  {n:>{len(head)}}" for n, head in zip(row, names, strict=True))
            lines.append(name.ljust(first) + cells)
    return "\n".join(lines)


def cells_of(findings: Sequence[Finding], folder: Path) -> dict[Finding, list[str]]:
    """For each finding the cells (or whole rows) it speaks of, read again from the files: "row 7: text"."""
    tables: dict[str, dict] = {}
    found = {}
    for finding in findings:
        path = folder / finding.file
        if not finding.rows or not finding.file or not path.is_file():
            continue
        rows = tables.setdefault(finding.file, {}).get(finding.column)
        if rows is None:
            rows = tables[finding.file][finding.column] = _rows(path, finding.column)
        found[finding] = [f"row {row}: {printable(rows[row])}" for row in finding.rows if row in rows]
    return found


def _rows(path: Path, column: str) -> dict[int, str]:
    """Line number to cell, or to the whole line where the table or the column cannot be read."""
    table = read_table(path, Notebook(), comment="#", cased=True)
    if table is not None and column in table:
        return table.raw(column).to_dict()
    return dict(enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)) if path.suffix != ".gz" else {}


def printable(text: str, most: int = WIDEST) -> str:
    """The text without control characters and cut to a length a terminal can show."""
    plain = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    return plain if len(plain) <= most else plain[: most - 1] + "\u2026"

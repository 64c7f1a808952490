"""Gene symbols, expression tables and gene sets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from core.store.schema import GENE_SETS
from core.store.sources.columns import Table
from core.store.sources.ids import id_column, once, read_ids
from core.store.sources.lines import Unreadable, text_lines
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.settings import Settings

#: Symbols that a spreadsheet turned into dates (SEPT2, MARCH1, DEC1 ...).
ALTERED = re.compile(
    r"\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)|"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)-\d{1,2}",
    re.IGNORECASE,
)
#: Gene sets with fewer or more genes than this in the data make poor groups.
FEW, MANY = 5, 500
#: A list of every gene symbol that may occur, one per line, when the folder has one.
GENE_LIST = "genes.txt"


def checked(genes: pd.Series, file: str, column: str, known: set[str], notebook: Notebook) -> None:
    """Warn of symbols that a spreadsheet altered (W201), and of unknown ones where there is a list (W210)."""
    altered = genes.map(lambda gene: bool(ALTERED.fullmatch(gene)), na_action="ignore").eq(True)
    if altered.any():
        what = "Gene symbols look like dates: a spreadsheet altered them. They were kept."
        remedy = "Restore the symbols of the SEPTIN, MARCHF and DEC genes from the source."
        rows = genes.index[altered]
        notebook.add("W201", what, file=file, column=shown(column), rows=rows, remedy=remedy)
    if known:
        unknown = sorted(set(genes.dropna()) - known)
        if unknown:
            what = f"Gene symbols that {GENE_LIST} does not list: {some(unknown, 10)}."
            notebook.add("W210", what, file=file, column=shown(column), count=len(unknown))


def read_expression(table: Table, settings: Settings, notebook: Notebook, known: set[str]) -> pd.DataFrame | None:
    """Patients by genes, as floats; None when refused."""
    column = id_column(table, settings.get("expression", "id"))
    if column is None:
        what = "No column of patient ids was found."
        remedy = "Call it patient_id: one row per patient, one column per gene."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
        return None
    ids = read_ids(table, column, notebook)
    genes = [name for name in table.header if name != column]
    if ids is None or not genes:
        return None
    kept = once(pd.DataFrame({"patient_id": ids}), table.file, notebook, first=False, column=column)
    checked(pd.Series(genes, index=[1] * len(genes)), table.file, "", known, notebook)
    values = table.matrix(genes, notebook, settings.missing)
    values.index = pd.Index(ids, name="patient_id")
    missing = int(values.isna().sum().sum())
    if missing:
        what = f"Missing cells, in {int(values.isna().any().sum())} genes."
        notebook.add("I304", what, file=table.file, count=missing)
    return values[kept.to_numpy()]


def read_gene_list(path: Path, notebook: Notebook) -> set[str]:
    """The symbols of a plain list, one per line."""
    try:
        return {line.strip() for line in text_lines(path, notebook) if line.strip() and not line.startswith("#")}
    except Unreadable:
        return set()


def read_gene_sets(paths: Iterable[Path], present: set[str], notebook: Notebook) -> pd.DataFrame:
    """Every set of the GMT files. `present` are the genes of the data, to tell how many of each set can be used."""
    rows: list[tuple[str, str, str]] = []
    names: set[str] = set()
    for path in paths:
        found = _read_gmt(path, notebook)
        again = []
        for name, description, genes in found:
            if name in names:
                again.append(name)
                continue
            names.add(name)
            rows += [(name, description, gene) for gene in genes]
        if again:
            what = f"Gene sets whose name was met before were left out: {some(again)}."
            notebook.add("W227", what, file=path.name, count=len(again))
        _told_sizes(path, found, present, notebook)
    return pd.DataFrame(rows, columns=GENE_SETS)


def _read_gmt(path: Path, notebook: Notebook) -> list[tuple[str, str, list[str]]]:
    found, short, repeated = [], [], []
    try:
        for number, line in enumerate(text_lines(path, notebook), 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, *rest = (field.strip() for field in line.rstrip("\r\n").split("\t"))
            genes = list(dict.fromkeys(filter(None, rest[1:])))
            if not name or not genes:
                short.append(number)
                continue
            if len(genes) < len(list(filter(None, rest[1:]))):
                repeated.append(number)
            found.append((name, "" if rest[0] == "NA" else rest[0], genes))
    except Unreadable:
        return []
    if short:
        what = "Lines of a GMT file need a name, a description and at least one gene, separated by tabs."
        notebook.add("E124", what, file=path.name, rows=short, remedy="Correct or remove these lines.")
    if repeated:
        notebook.add("W226", "Genes repeated within a set were counted once.", file=path.name, rows=repeated)
    return found


def _told_sizes(path: Path, found: list[tuple[str, str, list[str]]], present: set[str], notebook: Notebook) -> None:
    if not present or not found:
        return
    every = {gene for _, _, genes in found for gene in genes}
    what = f"{len(found)} gene sets; {len(every & present)} of their {len(every)} genes are in the data."
    notebook.add("I309", what, file=path.name, count=len(found))
    sizes = {name: len(set(genes) & present) for name, _, genes in found}
    odd = [name for name, size in sizes.items() if not FEW <= size <= MANY]
    if odd:
        what = f"Gene sets with fewer than {FEW} or more than {MANY} genes in the data: {some(odd)}."
        notebook.add("W228", what, file=path.name, count=len(odd))

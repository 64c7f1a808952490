"""Genotypes of polymorphisms with two alleles: one spelling each, ordered by the number of minor alleles."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import pandas as pd

from core.store.sources.columns import Table
from core.store.sources.notebook import Notebook, shown

#: Two alleles with a sign between them, or two letters without one.
APART = re.compile(r"(?P<one>[A-Za-z]+|[0-9])\s*[/|]\s*(?P<other>[A-Za-z]+|[0-9])")
TOGETHER = re.compile(r"(?P<one>[ACGT])\s*(?P<other>[ACGT])", re.IGNORECASE)
COUNTS = ("0", "1", "2")
#: How a call that failed is written.
NO_CALL = re.compile(r"[.\-?]\s*[/|]?\s*[.\-?]|N\s*[/|]?\s*N|no[ _]?call", re.IGNORECASE)
NO_CALL_OF_LETTERS = re.compile(r"0\s*[/|]?\s*0")


@dataclass(frozen=True)
class Genotype:
    """The calls of one polymorphism with all its levels, those that nobody has among them."""

    values: pd.Series
    levels: tuple[str, ...]
    description: str


def looks_like_calls(cells: pd.Series) -> bool:
    """Whether a column without a telling name can only be genotypes: every cell two alleles, some of them alike.

    Mere counts 0, 1 and 2 could be anything, so they need the name or the role.
    """
    known = [cell for cell in cells.dropna().unique() if not NO_CALL.fullmatch(cell)]
    pairs = [_alleles(cell) for cell in known]
    if len(known) < 2 or any(pair is None for pair in pairs):
        return False
    letters = {allele for pair in pairs for allele in pair}
    known_alleles = letters <= set("ACGT") or letters == {"0", "1"}
    return known_alleles and len(letters) == 2 and any(one == other for one, other in pairs)


def read_genotype(table: Table, column: str, cells: pd.Series, notebook: Notebook) -> Genotype | None:
    """The calls of a column that is said to be a genotype, or None when they cannot be (E160, E161).

    cells    text, None where missing
    The minor allele is the rarer one in these patients. Which it is, and how often, is noted (I313).
    """
    known = cells.dropna()
    numeric = known.str.replace(r"\.0+$", "", regex=True)
    if len(known) and numeric.isin(COUNTS).all():
        return _counted(table, column, numeric.reindex(cells.index), notebook)
    where = {"file": table.file, "column": shown(column)}
    failed = known.map(lambda cell: bool(NO_CALL.fullmatch(cell))).astype(bool)
    called = known[~failed]
    if called.map(lambda cell: bool(re.search("[A-Za-z]", cell))).any():
        zeros = called.map(lambda cell: bool(NO_CALL_OF_LETTERS.fullmatch(cell))).astype(bool)
        failed, called = failed | zeros.reindex(failed.index, fill_value=False), called[~zeros]
    if failed.any():
        notebook.add("I315", "Calls that failed were read as missing.", **where, rows=known.index[failed])
    pairs = called.map(_alleles)
    odd = pairs.isna()
    if odd.any() or not len(called):
        what = "Cells of a genotype that are no two alleles, such as A/G, A|G or AG, nor the counts 0, 1 and 2."
        remedy = f'Correct them, or put role = "" under [attributes.{shown(column)}] in study.toml.'
        notebook.add("E161", what, **where, rows=called.index[odd], count=max(int(odd.sum()), 1), remedy=remedy)
        return None
    counts = Counter(allele for pair in pairs for allele in pair)
    if len(counts) > 2:
        common = {allele for allele, _ in counts.most_common(2)}
        rows = called.index[[not set(pair) <= common for pair in pairs]]
        what = f"The genotype has {len(counts)} alleles; a genotype here has two."
        remedy = f"Split it into one column per allele, or put role = '' under [attributes.{shown(column)}]."
        notebook.add("E160", what, **where, rows=rows, remedy=remedy)
        return None
    return _lettered(cells, pairs, counts, where, notebook)


def _lettered(cells: pd.Series, pairs: pd.Series, counts: Counter, where: dict, notebook: Notebook) -> Genotype:
    # Of two alleles that are equally frequent the later in the alphabet is called the minor one.
    ranked = sorted(counts, key=lambda allele: (-counts[allele], allele))
    major, minor = ranked[0], ranked[-1]
    share = counts[minor] / sum(counts.values())
    levels = tuple(dict.fromkeys((f"{major}/{major}", f"{major}/{minor}", f"{minor}/{minor}")))
    values = pairs.map(lambda pair: levels[sum(allele == minor for allele in pair)] if len(levels) > 1 else levels[0])
    if len(levels) == 1:
        notebook.add("W284", "Every patient has the same two alleles.", **where, count=len(pairs))
        return _made(values, cells, levels, f"Only the allele {major} was met.")
    told = f"Minor allele {minor}, frequency {share:.3g} in {len(pairs)} patients"
    what = f"Read as a genotype, every spelling of a call as one. {told}; its levels go from no to two minor alleles."
    notebook.add("I313", what, **where, count=len(pairs))
    return _made(values, cells, levels, f"{told}.")


def _counted(table: Table, column: str, counts: pd.Series, notebook: Notebook) -> Genotype:
    known = counts.dropna()
    share = known.astype(int).sum() / (2 * len(known))
    where = {"file": table.file, "column": shown(column), "count": len(known)}
    told = f"Counts of an allele that is not named, frequency {share:.3g} in {len(known)} patients"
    if share > 0.5:
        what = "The counted allele is the commoner one, so the order of the levels was turned round: 2, 1, 0."
        notebook.add("W283", what, **where, remedy="To count the minor allele, replace 0 by 2 and 2 by 0.")
        return _made(counts, counts, COUNTS[::-1], f"{told}; it is the commoner one.")
    notebook.add("I313", f"Read as a genotype. {told}.", **where)
    return _made(counts, counts, COUNTS, f"{told}.")


def _made(values: pd.Series, cells: pd.Series, levels: tuple[str, ...], description: str) -> Genotype:
    whole = values.reindex(cells.index).astype(object)
    return Genotype(whole.where(whole.notna(), None), levels, description)


def _alleles(cell: str) -> tuple[str, str] | None:
    match = APART.fullmatch(cell) or TOGETHER.fullmatch(cell)
    return (match["one"].upper(), match["other"].upper()) if match else None

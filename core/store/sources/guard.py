"""Columns that should not be in a research table (names, birth dates, free text), and values that cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from core.store.sources.columns import Table
from core.store.sources.notebook import Notebook, shown
from core.store.sources.settings import Settings

#: Column names, words joined by one blank, that identify people.
IDENTIFYING = re.compile(
    r"(patient |first |last |middle |full |family |given |maiden |sur|fore)?name"
    r"|(patient )?(initials|surname)|(date of )?birth( ?da(te|y))?|birthda(te|y)|dob|patient birth date"
    r"|(patient |hospital )?(mrn|medical record( number| no)?|hospital (number|no))"
    r"|ssn|social security( number)?|nhs( number| no)?|insurance( number| no)?|passport( number| no)?|health ?card.*"
    r"|(home |street |e ?mail |patient )?address|e ?mail|(home |mobile |cell )?(tele)?phone( number| no)?|fax"
    r"|zip( ?code)?|post(al)? ?code|street|accession( number| no)|(next of kin|relative).*"
)
#: Cells that identify people wherever they stand.
PATTERNS = (re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}"), re.compile(r"\d{3}-\d{2}-\d{4}"))
#: Free text: cells longer than this, or of as many words, in mostly different cells.
LONG, WORDS = 100, 8

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".replace(" ", "|")
AMBIGUOUS = re.compile(
    rf"\d{{1,2}}[./-]\d{{1,2}}[./-](\d{{4}}|\d{{2}})|\d{{1,2}}[ -]({MONTHS})[a-z]*[ -]\d{{2,4}}", re.IGNORECASE
)
ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?.*)?")


def identifying(table: Table, columns: Iterable[str], settings: Settings, notebook: Notebook) -> None:
    """Refuse columns that identify people, unless the settings allow them by name (E117)."""
    allowed = set(settings.get("patients", "allowed", ()))
    for column in columns:
        if column in allowed:
            continue
        cells = table.text(column, settings.missing).dropna()
        words = " ".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).lower()))
        why = "by its name" if IDENTIFYING.fullmatch(words) else _why(cells)
        if why:
            what = f"The column may identify people ({why})."
            remedy = "Remove it, or list it as allowed under [patients] in study.toml, or under leave_out to skip it."
            notebook.add("E117", what, file=table.file, column=shown(column), count=len(cells), remedy=remedy)


def _why(cells: pd.Series) -> str:
    if cells.map(lambda cell: any(pattern.fullmatch(cell) for pattern in PATTERNS)).any():
        return "it holds addresses or numbers of people"
    different = cells.drop_duplicates()
    prose = different.map(lambda cell: len(cell) > LONG or len(cell.split()) > WORDS)
    if prose.any() and prose.mean() > 0.2 and len(different) > 0.5 * len(cells):
        return "it holds free text"
    return ""


def dates(table: Table, column: str, cells: pd.Series, settings: Settings, notebook: Notebook) -> pd.Series:
    """Dates as YYYY-MM-DD where the settings declare their format; else only ISO dates may stand (E108)."""
    known = cells.dropna()
    declared = settings.named("attributes", column).get("date")
    if declared:
        read = pd.to_datetime(known, format=declared, errors="coerce")
        stray = known.index[read.isna()]
        if len(stray):
            what, remedy = "Dates do not have the declared format.", "Correct them or the format in study.toml."
            notebook.add("E108", what, file=table.file, column=shown(column), rows=stray, remedy=remedy)
        return read.dt.strftime("%Y-%m-%d").reindex(cells.index).astype(object).where(cells.notna(), None)
    odd = known.index[known.map(lambda cell: bool(AMBIGUOUS.fullmatch(cell)))]
    if len(odd) > 0.5 * len(known):
        what = "Dates are not written as YYYY-MM-DD: day and month could be mistaken."
        remedy = f'Rewrite them, or put date = "%d/%m/%Y" under [attributes.{shown(column)}] in study.toml.'
        notebook.add("E108", what, file=table.file, column=shown(column), rows=odd, remedy=remedy)
    elif len(known) and known.map(lambda cell: bool(ISO.fullmatch(cell))).mean() > 0.5:
        what = "Calendar dates were kept as text."
        remedy = "Days since a common origin would be usable and safer."
        notebook.add("I307", what, file=table.file, column=shown(column), count=len(known), remedy=remedy)
    return cells


#: Column (pattern over its folded name) -> least and greatest possible value, least and greatest likely one.
RANGES = (
    (re.compile(r"age|ageyears|ageat\w*|\w*ageatdiagnosis|currentage"), (0, 130, 0, 105)),
    (re.compile(r"bmi|bodymassindex"), (0, 200, 10, 80)),
    (re.compile(r"packyears"), (0, 500, 0, 250)),
    (re.compile(r"\w*(percent|pct|percentage)"), (0, 100, 0, 100)),
    (re.compile(r"weight|weightkg"), (0, 700, 2, 300)),
    (re.compile(r"height|heightcm"), (0, 280, 0.3, 230)),
)


def in_range(table: Table, column: str, key: str, values: pd.Series, notebook: Notebook, days: bool = False) -> None:
    """Refuse impossible values (E118) and warn of unlikely ones (W211), for columns whose meaning is known."""
    limits = next((limits for pattern, limits in RANGES if pattern.fullmatch(key)), None)
    if limits is None:
        return
    least, most, low, high = (limit * 365.25 if days else limit for limit in limits)
    impossible = (values < least) | (values > most)
    unlikely = ~impossible & ((values < low) | (values > high))
    if impossible.any():
        what = f"Values outside {least:g} to {most:g} are impossible here."
        remedy = "Correct them, or empty them (= missing); is the unit another?"
        rows = values.index[impossible]
        notebook.add("E118", what, file=table.file, column=shown(column), rows=rows, remedy=remedy)
    if unlikely.any():
        what = f"Values outside {low:g} to {high:g} are unlikely; they were kept."
        notebook.add("W211", what, file=table.file, column=shown(column), rows=values.index[unlikely])

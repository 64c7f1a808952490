"""Patient ids: always text, compared exactly; other spellings of the same id are suggested, never applied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pandas as pd

from core.store.sources.columns import Table
from core.store.sources.notebook import Notebook, shown

#: Names a column of patient ids goes by, best first; compared without case, blanks and punctuation.
ID_NAMES = ("patientid", "patient", "subjectid", "subject", "caseid", "case", "usubjid", "participantid", "id", "pid")
#: A block with fewer of its patients known than this is refused (E113)...
OVERLAP = 0.5
#: ...unless so many are known as written, and no other way of writing would find more: then they are other patients.
SURE = 20

#: Ways in which the same id is written differently. Each maps an id to what is common to all its spellings.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "upper and lower case": str.casefold,
    "_, -, . and blanks": lambda text: re.sub(r"[\s_.\-]", "", text),
    "leading zeros": lambda text: re.sub(r"(?<!\d)0+(?=\d)", "", text),
    "a TCGA barcode longer than its first 12 characters": lambda text: (
        text[:12] if text.upper().startswith("TCGA-") else text
    ),
}


def folded(name: str) -> str:
    """A column name without case, blanks and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def id_column(table: Table, said: str = "") -> str | None:
    """The column that holds patient ids: the one the settings name, else by its name, else None."""
    if said:
        return table.column(said)
    by_name = {folded(name): name for name in reversed(table.header)}
    return next((by_name[name] for name in ID_NAMES if name in by_name), None)


def read_ids(table: Table, column: str, notebook: Notebook) -> pd.Series | None:
    """The trimmed ids, or None when a row has none (E112). Blanks around ids are a warning (W202)."""
    ids = table.text(column, missing=("",))
    padded = table.padded(column)
    if len(padded):
        what = "Blanks around ids were removed."
        notebook.add("W202", what, file=table.file, column=shown(column), rows=padded)
    if ids.isna().any():
        what, remedy = "Rows without a patient id.", "Give every row its id, or remove the row."
        notebook.add("E112", what, file=table.file, column=shown(column), rows=ids.index[ids.isna()], remedy=remedy)
        return None
    rewritten = ids.str.fullmatch(r"\d(\.\d+)?E\+\d+")
    if rewritten.any():
        what, rows = "Ids look like numbers that a spreadsheet rewrote in powers of ten.", ids.index[rewritten]
        notebook.add("W223", what, file=table.file, column=shown(column), rows=rows, remedy="Restore them as text.")
    return ids


def compared(
    known: Iterable[str], block: Iterable[str], file: str, notebook: Notebook, *, left_out: bool = True
) -> set[str]:
    """The patients of a block that the study knows. Others are left out with a warning (W209), or refuse it (E113)."""
    known, block = set(known), set(block)
    matched = known & block
    only = len(block) - len(matched)
    if not only:
        what = f"{len(matched)} patients matched, {len(known) - len(matched)} only in the study."
        notebook.add("I301", what, file=file, count=len(matched))
        return matched
    counts = f"{len(matched)} patients matched, {len(known) - len(matched)} only in the study, {only} only in this file"
    likely = _respelled(known - matched, block - matched)
    advice = f" {likely[1]} more would match without regard to {likely[0]}." if likely else ""
    part = len(matched) / min(len(known), len(block))
    if part < OVERLAP and (likely or len(matched) < SURE):
        remedy = "Write the ids alike in both files."
        notebook.add("E113", f"Ids do not match: {counts}.{advice}", file=file, count=only, remedy=remedy)
        return matched
    done = "were left out" if left_out else "were added to the study without attributes"
    remedy = 'To keep them, put unlisted = "add" under [patients] in study.toml.' if left_out else ""
    if likely:
        remedy = "Write the ids alike in both files."
    notebook.add("W209", f"{counts}; the latter {done}.{advice}", file=file, count=only, remedy=remedy)
    return matched


def _respelled(left: set[str], right: set[str]) -> tuple[str, int] | None:
    """The way of writing that would match most further ids, and how many; None when none would."""
    best = max(
        ((len({fold(one) for one in left} & {fold(one) for one in right}), name) for name, fold in SPELLINGS.items()),
        default=(0, ""),
    )
    return (best[1], best[0]) if best[0] else None


def once(
    keys: pd.DataFrame, file: str, notebook: Notebook, *, first: bool, column: str = "", of: str = "patient"
) -> pd.Series:
    """Which rows to keep so that each key is there once. Repeated keys are refused (E112) unless `first` says to keep
    the first row of each (W221)."""
    repeated = keys.duplicated(keep="first")
    if not repeated.any():
        return ~repeated
    if first:
        what = f"Further rows of a {of} were left out; the first of each was kept."
        notebook.add("W221", what, file=file, column=shown(column), rows=keys.index[repeated])
    else:
        everyone = keys.duplicated(keep=False)
        what = f"A {of} has more than one row."
        remedy = 'Remove the surplus rows, or put duplicates = "first" in study.toml to keep the first of each.'
        notebook.add("E112", what, file=file, column=shown(column), rows=keys.index[everyone], remedy=remedy)
    return ~repeated

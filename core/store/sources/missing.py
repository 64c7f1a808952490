"""Which cells say that a value is missing, and which say something that only sounds like it."""

from __future__ import annotations

from collections.abc import Iterable

#: Cells (outer blanks aside) that mean "no value". `none` in lower case is left alone: it is often a level ("no drug").
MISSING = frozenset(
    {"", "NA", "N/A", "NaN", "nan", "n/a", "null", "NULL", "Null", "None", ".", "-"}
    | {"[Not Available]", "[Not Applicable]", "[Pending]", "[Discrepancy]", "[Completed]", "[Null]"}
)

#: Cells that say why nothing is known. They stay visible as a level; `missing.tokens` in study.toml turns them off.
VISIBLE = (
    "unknown",
    "not collected",
    "not recorded in database",
    "not recorded",
    "not assessed",
    "not reported",
    "not available",
    "not applicable",
    "not_applicable",
    "not evaluated",
    "indeterminate",
)

#: What a spreadsheet or a program writes when a calculation went wrong; never a number, never silently missing.
BROKEN = ("#DIV/0!", "#VALUE!", "#NUM!", "#REF!", "#NAME?", "#N/A", "#NULL!", "#N/A N/A")


def tokens(extra: Iterable[str] = ()) -> frozenset[str]:
    """The missing tokens together with those that the study's settings add."""
    return MISSING | {token.strip() for token in extra}


def only_visible(cells: Iterable[str]) -> bool:
    """Whether every one of these cells says "unknown" or the like."""
    return all(cell.strip().lower() in VISIBLE for cell in cells)

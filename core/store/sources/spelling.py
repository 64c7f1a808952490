"""Spellings of the same thing: labels from column names, ages in words, stages, levels that differ by case."""

from __future__ import annotations

import re

import pandas as pd

ACRONYMS = frozenset(
    {"hpv", "idh", "egfr", "mgmt", "ajcc", "who", "tnm", "ct", "mri", "pet", "id", "bmi", "cna", "copd", "aids", "tss"}
    | {"rna", "dna", "roi", "isup", "t", "n", "m", "ibsi", "oraw"}
)
AGE = re.compile(
    r"(?P<years>\d{1,3})\s*(?:years?|yrs?|y)[\s,]*(?:(?P<rest>\d{1,3})\s*(?P<unit>days?|d|months?|m))?", re.IGNORECASE
)
STAGE = re.compile(
    r"(?:stage|stade|stadium)?[\s:_-]*(?P<number>0|IV|I{1,3}|[1-4])\s*(?P<letter>[ABC]?)(?P<digit>[1-3]?)",
    re.IGNORECASE,
)
ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}


def label_of(name: str) -> str:
    """A column name as words: `hpv_status` is "HPV status"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name) if not name.isupper() else name
    parts = [part for part in re.split(r"[_.\s]+", words) if part]
    short = re.compile(r"[a-oq-z]{1,2}\d", re.IGNORECASE)
    parts = [
        part.upper() if part.lower() in ACRONYMS or short.fullmatch(part) else part.lower() if part.istitle() else part
        for part in parts
    ]
    label = " ".join(parts) or name
    return label[:1].upper() + label[1:]


def unit_of(name: str, role: str = "") -> str:
    """The unit that a column's name tells, or ""."""
    parts = [part for part in re.split(r"[_.\s()]+", name.lower()) if part]
    if "pack" in parts and "years" in parts:
        return "pack-years"
    for word, unit in (("days", "days"), ("weeks", "weeks"), ("months", "months"), ("years", "years")):
        if word in parts[-1:] or word in parts:
            return unit
    if parts[-1:] and parts[-1] in ("mm", "cm", "ml", "kg", "cc"):
        return parts[-1]
    if parts[-1:] and parts[-1] in ("pct", "percent", "percentage"):
        return "%"
    return "years" if role == "age" else ""


def ages_written(cells: pd.Series) -> bool:
    """Whether ages are written in words, such as years and days."""
    known = cells.dropna()
    return bool(len(known)) and bool(known.map(lambda cell: bool(AGE.fullmatch(cell))).all())


def age_in_years(cell: str) -> float:
    """54 years 347 days as 54.95."""
    match = AGE.fullmatch(cell)
    per_year = 12.0 if match["unit"] and match["unit"].lower().startswith("m") else 365.25
    return float(match["years"]) + float(match["rest"] or 0) / per_year


def stage_of(cell: str) -> str | None:
    """`Stade IVA`, `stage iva` and `IVA` are all IVA; None for anything else."""
    match = STAGE.fullmatch(cell.strip())
    if match is None:
        return None
    number = match["number"].upper()
    return ROMAN.get(number, number) + match["letter"].upper() + match["digit"]


def twins(cells: pd.Series) -> dict[str, str]:
    """Levels that differ from a commoner one only by case and inner blanks, with that commoner one."""
    counts = cells.value_counts()
    chosen: dict[str, str] = {}
    variants = {}
    for level in sorted(counts.index, key=lambda level: (-counts[level], level)):
        first = chosen.setdefault(" ".join(level.casefold().split()), level)
        if first != level:
            variants[level] = first
    return variants


def tumour_order(level: str) -> list[tuple[int, int, str]]:
    """A sorting key of T stages: `natural`, but carcinoma in situ stands between 0 and 1, as T0, Tis, T1."""
    bare = re.sub(r"[^a-z]", "", level.casefold()).removeprefix("carcinoma")
    if bare not in ("is", "tis", "ctis", "ptis", "insitu"):
        return natural(level)
    zero = "0" if bare == "insitu" else f"{bare.removesuffix('is')}0"
    return [*natural(zero)[:-1], (3, 0, level)]


def natural(text: str) -> list[tuple[int, int, str]]:
    """A sorting key in which 2 comes before 10, and upper and lower case stand together, upper case first."""
    parts = [part for part in re.split(r"([0-9]+)", text.casefold()) if part]
    return [(0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part) for part in parts] + [
        (2, 0, text)
    ]

"""A folder that holds nothing but batch output of PyRadiomics: every table becomes a feature set."""

from __future__ import annotations

import csv
from pathlib import Path

from core.store.sources import Understood
from core.store.sources.lines import opened
from core.store.sources.names import PYRADIOMICS
from core.store.sources.notebook import Notebook

TABLES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
#: So many feature names in the header and the file is PyRadiomics output.
ENOUGH = 5


def is_batch(path: Path) -> bool:
    """Whether the header of a file is that of PyRadiomics batch output."""
    if not path.name.lower().endswith(TABLES):
        return False
    try:
        with opened(path) as stream:
            header = stream.readline(1 << 22).decode("utf-8-sig")
        names = next(csv.reader([header], delimiter="\t" if header.count("\t") > header.count(",") else ","), [])
    except (OSError, EOFError, OverflowError, UnicodeDecodeError, csv.Error):
        return False
    own = any(name.startswith("diagnostics_Versions_PyRadiomics") for name in names)
    return own or sum(bool(PYRADIOMICS.fullmatch(name.strip())) for name in names) >= ENOUGH


def recognises(folder: Path) -> bool:
    """Whether the folder has such a file and no table of patients or features by name."""
    names = [path.name.lower() for path in folder.iterdir()]
    named = any(name.startswith(("patients.", "features")) for name in names)
    return not named and any(is_batch(path) for path in folder.iterdir() if path.is_file())


def read(folder: Path, name: str, notebook: Notebook) -> Understood | None:
    """The study, with the patients of its feature tables."""
    from core.store.sources import plain

    return plain.read(folder, name, notebook)

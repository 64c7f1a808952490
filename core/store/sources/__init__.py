"""Folders that can be imported: one module per format, asked in this order whether a folder is theirs.

A format is a module of this package with `recognises(folder) -> bool` and
`read(folder, name, notebook) -> Understood | Draft | None` (None when the findings in the notebook forbid the import).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from core.store.schema import Draft
from core.store.sources.notebook import Notebook

FORMATS = ("cbioportal", "pyradiomics", "plain")


@dataclass(frozen=True)
class Understood:
    """A study read from a folder, and the study.toml that says how it was understood ("" where there is none)."""

    draft: Draft
    study_toml: str = ""


def detect(folder: Path) -> str | None:
    """The name of the first format that recognises the folder, or None."""
    return next((name for name in FORMATS if _format(name).recognises(Path(folder))), None)


def understand(folder: Path, name: str, notebook: Notebook) -> Understood | None:
    """The study in the folder under the id `name`, or None when a finding of the notebook refuses it."""
    folder = Path(folder)
    if not folder.is_dir():
        what = "There is no such folder."
        notebook.add("E120", what, file=folder.name, count=1, remedy="Name the folder that holds the tables.")
        return None
    chosen = detect(folder)
    if chosen is None:
        what = "The folder holds no table of a format that can be imported."
        remedy = "Wanted: patients.csv or features*.csv, a cBioPortal study, or a PyRadiomics batch CSV."
        notebook.add("E123", what, file=folder.name, count=1, remedy=remedy)
        return None
    found = _format(chosen).read(folder, name, notebook)
    if found is None or notebook.refused:
        return None
    found = found if isinstance(found, Understood) else Understood(found)
    found.draft.report = notebook.findings
    return found


def read(folder: Path, name: str, notebook: Notebook) -> Draft | None:
    """The same without the settings."""
    found = understand(folder, name, notebook)
    return found.draft if found else None


def _format(name: str):
    return import_module(f"{__name__}.{name}")

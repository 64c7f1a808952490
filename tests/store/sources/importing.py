"""Small study folders for the tests of the importer, and what must hold of every message about them."""

from __future__ import annotations

import csv
from pathlib import Path

from core.store.schema import Draft, Finding
from core.store.sources import plain, read
from core.store.sources.missing import MISSING
from core.store.sources.notebook import Notebook

PATIENTS = "patient_id,sex,os_days,os_event\nzq-0001,F,410,1\nzq-0002,M,820,0\nzq-0003,F,90,1\n"
FEATURES = "patient_id,alpha,beta\nzq-0001,1.5,7\nzq-0002,2.5,8\nzq-0003,3.5,6\n"


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """The folder with these files."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def imported(folder: Path, files: dict[str, str | bytes]) -> tuple[Draft | None, Notebook]:
    """What comes of a folder with these files; every message is checked to hold no cell of them."""
    notebook = Notebook()
    draft = read(write(folder, files), "study", notebook)
    discreet(notebook.findings, files)
    return draft, notebook


def understood(folder: Path, files: dict[str, str | bytes]) -> tuple[str, Notebook]:
    """The study.toml that comes of a folder with these files."""
    notebook = Notebook()
    found = plain.read(write(folder, files), "study", notebook)
    assert found is not None, [str(one) for one in notebook.errors]
    return found.study_toml, notebook


def the(notebook: Notebook, code: str) -> Finding:
    """The one finding with this code."""
    found = [one for one in notebook.findings if one.code == code]
    assert len(found) == 1, [str(one) for one in notebook.findings]
    return found[0]


def codes(notebook: Notebook) -> set[str]:
    return {one.code for one in notebook.findings}


def discreet(findings: list[Finding], files: dict[str, str | bytes]) -> None:
    """No message may hold a cell of four letters or more, nor a patient id, and each is one line."""
    text = "\n".join(f"{one.message} {one.remedy}" for one in findings)
    assert text.count("\n") == max(len(findings) - 1, 0)
    for name, content in files.items():
        if name.endswith((".csv", ".tsv")) and isinstance(content, str):
            for row in list(csv.reader(content.splitlines()))[1:]:
                for cell in row:
                    known = len(cell.strip()) < 4 or cell.strip() in MISSING
                    assert known or cell.strip() not in text, (cell, text)
    assert "zq-" not in text
    assert "Traceback" not in text

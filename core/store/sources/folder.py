"""Which file of a plain study folder is what, and what its README says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from core.store.schema import Study
from core.store.sources.genes import GENE_LIST
from core.store.sources.lines import Unreadable, text_lines
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.pyradiomics import TABLES, is_batch
from core.store.sources.settings import FILE, Settings

#: Tables of which a study has one: the section of study.toml and what its file is called.
SINGLE = {"patients": "patients", "mutations": "mutations", "expression": "expression", "doses": "dvh"}
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
DESCRIPTION = 4000


@dataclass
class StudyFiles:
    """The files of a study by what they are for."""

    patients: Path | None = None
    features: dict[str, Path] = field(default_factory=dict)
    regions: dict[str, Path] = field(default_factory=dict)
    doses: Path | None = None
    mutations: Path | None = None
    expression: Path | None = None
    gene_sets: list[Path] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


def study_files(folder: Path, settings: Settings, notebook: Notebook) -> StudyFiles:
    """Which file is what. Files that nobody asked for are named in a note; links out of the folder are refused."""
    files = StudyFiles()
    said = {
        one["file"]: (kind, name)
        for kind in ("features", "regions")
        for name, one in settings.said.get(kind, {}).items()
        if "file" in one
    }
    for path in sorted(folder.iterdir()):
        lower = path.name.lower()
        if not path.is_file() or lower.startswith(".") or lower in (FILE, GENE_LIST) or lower.endswith((".md", "~")):
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            remedy = "Copy the file into the folder."
            notebook.add("E120", "The file is a link out of the folder.", file=path.name, count=1, remedy=remedy)
        elif lower.endswith(WORKBOOKS):
            remedy = "Save the sheet that holds the table as CSV, with values instead of formulas."
            notebook.add("E116", "Workbooks are not read.", file=path.name, count=1, remedy=remedy)
        elif lower.endswith(".gmt"):
            files.gene_sets.append(path)
        elif not _place(files, path, lower, settings, said):
            files.other.append(path.name)
    for wanted in [settings.get(section, "file") for section in SINGLE] + list(said):
        if wanted and not (folder / wanted).is_file():
            notebook.add("E121", f"study.toml names the file {shown(wanted)}, which is not there.", file=FILE, count=1)
    if files.other:
        what = f"Files that were not read: {some(files.other, 10)}."
        notebook.add("I310", what, count=len(files.other))
    return files


def _place(files: StudyFiles, path: Path, lower: str, settings: Settings, said: dict[str, tuple[str, str]]) -> bool:
    for section, stem in SINGLE.items():
        named = settings.get(section, "file")
        usual = lower.endswith(TABLES) and lower.split(".")[0] == stem
        if path.name == named or (usual and not named):
            setattr(files, section, path)
            return True
    if path.name in said:
        kind, name = said[path.name]
        getattr(files, kind)[name] = path
        return True
    if lower.endswith(TABLES) and lower.startswith("regions"):
        files.regions[_set_name(path, files.regions, "regions")] = path
        return True
    if lower.endswith(TABLES) and (lower.startswith("features") or is_batch(path)):
        files.features[_set_name(path, files.features, "features")] = path
        return True
    return False


def _set_name(path: Path, taken: dict[str, Path], kind: str) -> str:
    """A short id from the file's name: features_hn1_predict.csv is hn1_predict."""
    stem = re.sub(r"[^a-z0-9]+", "_", path.name.lower().split(".")[0]).strip("_")
    words = [word for word in stem.split("_") if word not in (kind, "long", "settings", "setting", "wide")]
    short = "_".join(words) or kind
    return short if short not in taken else stem


def study_of(folder: Path, name: str, settings: Settings, notebook: Notebook) -> Study:
    """What the folder says of the study itself: its settings first, then its README."""
    heading, description = "", ""
    readme = next((path for path in sorted(folder.iterdir()) if path.name.lower() == "readme.md"), None)
    if readme is not None:
        try:
            lines = [line.rstrip() for line in text_lines(readme, notebook)]
            heading = next((line.lstrip("# ") for line in lines if line.startswith("#")), "")
            description = "\n".join(line for line in lines if line.lstrip("# ") != heading).strip()[:DESCRIPTION]
        except Unreadable:
            pass
    facts = {"name": heading or name, "description": description} | dict(settings.said.get("study", {}))
    return Study(name, **facts)

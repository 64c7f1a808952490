"""Which file of a cBioPortal study folder is which: the meta files say so, the usual names help out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.store.sources.lines import Unreadable, text_lines
from core.store.sources.notebook import Notebook, shown, some

#: The word `meta` with a separator (or the start) on its left and a separator or digit on its right.
META_NAME = re.compile(r"(?:^|.*[^a-z0-9])meta(?:[^a-z]|$).*", re.IGNORECASE)
#: (genetic_alteration_type, datatype) -> what the importer calls it; what is not here is not read yet.
KINDS = {
    ("CLINICAL", "PATIENT_ATTRIBUTES"): "patients",
    ("CLINICAL", "SAMPLE_ATTRIBUTES"): "samples",
    ("MUTATION_EXTENDED", "MAF"): "mutations",
    ("COPY_NUMBER_ALTERATION", "DISCRETE"): "copy number",
    ("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"): "panel matrix",
    ("MRNA_EXPRESSION", "CONTINUOUS"): "expression",
    ("MRNA_EXPRESSION", "Z-SCORE"): "expression z-scores",
    ("GENERIC_ASSAY", "LIMIT-VALUE"): "assay",
}
#: Names a data file usually has, for folders without (complete) meta files.
USUAL = {
    "patients": re.compile(r"data_clinical_patient\.txt"),
    "samples": re.compile(r"data_clinical_sample\.txt"),
    "mutations": re.compile(r"data_mutations(_extended|_mskcc)?\.txt"),
    "copy number": re.compile(r"data_cna\.txt", re.IGNORECASE),
    "panel matrix": re.compile(r"data_gene_panel_matrix\.txt|data_gene_matrix\.txt"),
    "expression z-scores": re.compile(r"data_(mrna_seq|expression|rna_seq).*z-?scores.*\.txt", re.IGNORECASE),
    "expression": re.compile(r"data_(mrna_seq|expression|rna_seq).*\.txt", re.IGNORECASE),
}


@dataclass(frozen=True)
class Profile:
    """One data file: what it is, where it is, and what its meta file says ({} when it has none)."""

    kind: str
    path: Path
    meta: Mapping[str, str]


@dataclass(frozen=True)
class StudyFolder:
    """The files of a study folder by kind, the study's own meta file, and the case lists by suffix."""

    study: Mapping[str, str]
    profiles: tuple[Profile, ...]
    case_lists: Mapping[str, tuple[str, ...]]

    def of(self, kind: str) -> Profile | None:
        """The first file of this kind."""
        return next((profile for profile in self.profiles if profile.kind == kind), None)


def is_meta(path: Path) -> bool:
    """Whether the name says that this is a meta file: brca_meta.txt and meta2.txt do, metastudy.txt does not."""
    name = path.name
    return path.is_file() and not name.startswith(".") and not name.endswith("~") and bool(META_NAME.fullmatch(name))


def looks_like_portal(folder: Path) -> bool:
    """Whether a meta file names a study, or the clinical file has its usual name."""
    if any(USUAL[kind].fullmatch(path.name) for path in folder.iterdir() for kind in ("patients", "samples")):
        return True
    return any("cancer_study_identifier" in _pairs(path, Notebook()) for path in folder.iterdir() if is_meta(path))


def read_folder(folder: Path, notebook: Notebook) -> StudyFolder:
    """Every data file with its kind. Whatever had to be guessed or is not read is said in the notebook."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    study, profiles = {}, []
    for path in filter(is_meta, files):
        meta = _pairs(path, notebook)
        if "genetic_alteration_type" in meta:
            profiles += _declared(path, meta, files, notebook)
        elif "cancer_study_identifier" in meta and "resource_type" not in meta:
            study = meta
    known = {profile.path for profile in profiles}
    guessed = [profile for path in files if path not in known and not is_meta(path) for profile in _usual(path)]
    for profile in guessed:
        what = f"No meta file names it; by its name it was taken for: {profile.kind}."
        notebook.add("W252", what, file=profile.path.name, count=1, remedy="Add the meta file to be sure.")
    if not study:
        what = "There is no meta_study.txt; the study is named after its folder."
        notebook.add("W252", what, file="meta_study.txt", count=1, remedy="Add it to give name and citation.")
    profiles += guessed
    _not_read(files, profiles, notebook)
    return StudyFolder(study, tuple(profiles), _case_lists(folder, notebook))


def _pairs(path: Path, notebook: Notebook) -> dict[str, str]:
    """The `key: value` lines of a small file; the last of equal keys holds."""
    try:
        lines = [line.partition(":") for line, _ in zip(text_lines(path, notebook), range(1000), strict=False)]
    except Unreadable:
        return {}
    return {key.strip(): value.strip() for key, colon, value in lines if colon and not key.startswith("#")}


def _declared(path: Path, meta: dict[str, str], files: list[Path], notebook: Notebook) -> list[Profile]:
    """The data file that a meta file speaks of; none, with a finding, when it is not there."""
    kind = KINDS.get((meta["genetic_alteration_type"].upper(), meta.get("datatype", "").upper()), "")
    by_name = {file.name: file for file in files}
    named = meta.get("data_filename", "")
    if named in by_name:
        return [Profile(kind, by_name[named], meta)]
    likely = re.sub("meta", "data", path.name, count=1, flags=re.IGNORECASE)
    if not named and likely in by_name:
        what = f"It names no data_filename; {likely} was taken."
        notebook.add("W252", what, file=path.name, count=1, remedy="Add the line data_filename.")
        return [Profile(kind, by_name[likely], meta)]
    what = f"Its data file {shown(named)} is not in the folder." if named else "It names no data_filename."
    code = "E132" if kind in ("patients", "samples", "mutations") else "W252"
    notebook.add(code, what, file=path.name, count=1, remedy="Add the file, or remove the meta file.")
    return []


def _usual(path: Path) -> list[Profile]:
    return [Profile(kind, path, {}) for kind, name in USUAL.items() if name.fullmatch(path.name)][:1]


def _not_read(files: list[Path], profiles: list[Profile], notebook: Notebook) -> None:
    for profile in profiles:
        if not profile.kind:
            named = f"{profile.meta['genetic_alteration_type']} / {profile.meta.get('datatype', '')}"
            what = f"Data of this type are not read yet: {shown(named)}."
            notebook.add("I342", what, file=profile.path.name, count=1)
    rest = [path.name for path in files if path not in {p.path for p in profiles} and not is_meta(path)]
    rest = [name for name in rest if name != "study.toml"]
    if rest:
        notebook.add("I342", f"Files that were not read: {some(rest, 20)}.", count=len(rest))


def _case_lists(folder: Path, notebook: Notebook) -> dict[str, tuple[str, ...]]:
    """Suffix of the list (sequenced, cna, all ...) -> its samples."""
    lists = {}
    for path in sorted((folder / "case_lists").glob("*.txt")) if (folder / "case_lists").is_dir() else []:
        meta = _pairs(path, notebook)
        suffix = meta.get("stable_id", "").removeprefix(meta.get("cancer_study_identifier", "")).lstrip("_")
        if suffix:
            lists[suffix] = tuple(meta.get("case_list_ids", "").split())
    return lists

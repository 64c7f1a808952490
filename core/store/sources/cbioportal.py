"""A cBioPortal study folder as a study: clinical tables, mutations, expression and numeric assays."""

from __future__ import annotations

from pathlib import Path

from core.store.schema import Draft, Study
from core.store.sources import Understood
from core.store.sources.notebook import Notebook, shown
from core.store.sources.portal_clinical import read_clinical
from core.store.sources.portal_meta import StudyFolder, looks_like_portal, read_folder
from core.store.sources.portal_profiles import read_assay, read_expression, read_mutations
from core.store.sources.settings import Settings, read_settings, written


def recognises(folder: Path) -> bool:
    """Whether the folder holds meta files of a study, or clinical tables under their usual names."""
    return looks_like_portal(Path(folder))


def read(folder: Path, name: str, notebook: Notebook) -> Understood | None:
    """The study under the id `name`, or None when a finding forbids the import."""
    folder = Path(folder)
    settings = read_settings(folder, notebook)
    if settings is None:
        return None
    files = read_folder(folder, notebook)
    clinical = read_clinical(files, settings, notebook)
    if clinical is None:
        return None
    mutations, panels, patient_panels = read_mutations(files, clinical, notebook)
    draft = Draft(
        study=_study(folder, name, files, settings),
        attributes=clinical.attributes,
        patients=clinical.patients,
        endpoints=clinical.endpoints,
        outcomes=clinical.outcomes,
        mutations=mutations,
        panels=panels,
        patient_panels=patient_panels,
        expression=read_expression(files, clinical, notebook),
    )
    for profile in files.profiles:
        assay = read_assay(profile, clinical, notebook) if profile.kind == "assay" else None
        if assay is not None:
            chosen, frame = assay
            draft.feature_sets.append(chosen)
            draft.values[chosen.name] = frame
    _further(files, notebook)
    if notebook.refused:
        return None
    study = {key: getattr(draft.study, key) for key in ("name", "description", "source", "licence", "citation")}
    said = {"study": {key: text for key, text in study.items() if text}, **clinical.said}
    return Understood(draft, written(said, settings))


def _study(folder: Path, name: str, files: StudyFolder, settings: Settings) -> Study:
    """Name and terms: from study.toml, else from the study's meta file and a licence file beside it."""
    meta = files.study
    pmid = f", PubMed {meta['pmid']}" if meta.get("pmid") else ""
    known = {
        "name": meta.get("name") or folder.name,
        "description": meta.get("description", ""),
        "source": f"cBioPortal study {meta['cancer_study_identifier']}" if meta else "",
        "licence": _licence(folder),
        "citation": f"{meta.get('citation', '')}{pmid}".strip(", "),
    }
    return Study(id=name, **{key: settings.get("study", key, text) for key, text in known.items()})


def _licence(folder: Path) -> str:
    """The first lines of a licence file, as far as they say which licence it is."""
    path = next((path for path in sorted(folder.iterdir()) if path.stem.upper() in ("LICENSE", "LICENCE")), None)
    if path is None:
        return ""
    text = " ".join(path.read_text("utf-8", errors="replace").split())
    return text if len(text) <= 300 else text[:299] + "…"


def _further(files: StudyFolder, notebook: Notebook) -> None:
    """Say which files of a kind that is read once were not read."""
    once = [profile for profile in files.profiles if profile.kind not in ("", "assay")]
    read_first = {profile.kind: profile.path for profile in reversed(once)}
    if "expression" in read_first:
        read_first["expression z-scores"] = read_first["expression"]
    for profile in once:
        if profile.path != read_first[profile.kind]:
            what = f"A further file of {profile.kind}; {shown(read_first[profile.kind].name)} was read."
            notebook.add("I342", what, file=profile.path.name, count=1)

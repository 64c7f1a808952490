"""The clinical tables of a cBioPortal study: attributes of patients and of samples, one row per patient, endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from core.store.schema import Attribute, Endpoint
from core.store.sources.columns import Table
from core.store.sources.competing import competing_said
from core.store.sources.endpoints import read_endpoints
from core.store.sources.ids import once, read_ids
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.portal_attributes import portal_attributes, with_cells
from core.store.sources.portal_meta import StudyFolder
from core.store.sources.roles import ENDPOINTS, Pair, pairs, roles
from core.store.sources.settings import Settings
from core.store.sources.table import read_table

PATIENT, SAMPLE = "PATIENT_ID", "SAMPLE_ID"
#: Words of old status columns; newer ones begin with 0: or 1:.
EVENTS = ("1", "deceased", "dead", "recurred/progressed", "recurred", "progressed", "progression", "dead with tumor")
NO_EVENTS = ("0", "living", "alive", "diseasefree", "disease free", "censored", "alive or dead tumor free")


@dataclass(frozen=True)
class Clinical:
    """Patients with their attributes and outcomes; `samples` gives each sample's patient, `reference` each patient's
    sample that stands for it, `said` what study.toml would say."""

    patients: pd.DataFrame
    attributes: list[Attribute]
    endpoints: list[Endpoint]
    outcomes: pd.DataFrame
    samples: Mapping[str, str]
    reference: Mapping[str, str]
    said: Mapping[str, Mapping]


def read_clinical(folder: StudyFolder, settings: Settings, notebook: Notebook) -> Clinical | None:
    """Both clinical tables as one row per patient; None when a finding forbids to use them.

    A patient with several samples has the attributes of one of them: the first primary tumour, else the first listed.
    """
    samples = _table(folder, "samples", (PATIENT, SAMPLE), settings, notebook)
    if folder.of("samples") is None:
        what = "The sample table (data_clinical_sample.txt) is missing."
        notebook.add("E132", what, count=1, remedy="Add it: it says which sample is whose.")
    people = _table(folder, "patients", (PATIENT,), settings, notebook)
    if samples is None or (people is None and folder.of("patients") is not None):
        return None
    owner = read_ids(samples, PATIENT, notebook)
    names = read_ids(samples, SAMPLE, notebook)
    if owner is None or names is None or not once(names.to_frame(), samples.file, notebook, first=False).all():
        return None
    ids = read_ids(people, PATIENT, notebook) if people else owner.drop_duplicates()
    if ids is None or (people and not once(ids.to_frame(), people.file, notebook, first=False, column=PATIENT).all()):
        return None
    order = _everyone(ids, owner, samples.file, notebook)
    reference = _references(samples, owner)
    return _joined(people, samples, ids, owner, names, order, reference, settings, notebook)


def _table(
    folder: StudyFolder, kind: str, wanted: Sequence[str], settings: Settings, notebook: Notebook
) -> Table | None:
    profile = folder.of(kind)
    table = read_table(profile.path, notebook, comment="#", **settings.reading) if profile else None
    absent = [name for name in wanted if table is not None and name not in table]
    if absent:
        what = f"Columns are missing: {', '.join(absent)}."
        notebook.add("E131", what, file=table.file, count=len(absent), remedy="Add them under these very names.")
        return None
    return table


def _everyone(ids: pd.Series, owner: pd.Series, file: str, notebook: Notebook) -> list[str]:
    """The patients of both tables, with a word on those that only one has."""
    extra = [patient for patient in dict.fromkeys(owner) if patient not in set(ids)]
    bare = len(set(ids) - set(owner))
    if extra:
        what = "Patients of the sample table are not in the patient table; they were added without its attributes."
        notebook.add("W264", what, file=file, count=len(extra))
    if bare:
        what = "Patients of the patient table have no sample; they were kept."
        notebook.add("W264", what, file=file, count=bare)
    return [*ids, *extra]


def _references(samples: Table, owner: pd.Series) -> pd.Series:
    """For each patient the line of the sample that stands for it."""
    kind = samples.column("SAMPLE_TYPE")
    kinds = samples.text(kind) if kind else pd.Series(None, samples.index, dtype=object)
    later = ~kinds.fillna("").str.lower().str.startswith("primary")
    frame = pd.DataFrame({"patient": owner, "later": later, "line": owner.index}).reset_index(drop=True)
    return frame.sort_values(["later", "line"]).drop_duplicates("patient").set_index("patient")["line"]


def _joined(people, samples, ids, owner, names, order, reference, settings, notebook) -> Clinical:
    """One row per patient from both tables."""
    home, home_ids = (people, ids) if people else (samples, owner)
    found = _pairs(home, settings)
    home = _without_negative(home, [pair.time for pair in found], settings, notebook)
    endpoints, outcomes = read_endpoints(home, found, home_ids, settings, notebook)
    taken = {PATIENT, SAMPLE, *settings.get("patients", "leave_out", ())}
    taken |= {name for pair in found for name in (pair.time, pair.event)}
    twice = [name for name in samples.header if people and name in people and name not in taken]
    if twice:
        what = f"Attributes of both clinical tables; those of the patient table were taken: {some(twice)}."
        notebook.add("W255", what, file=samples.file, count=len(twice))
    columns = [name for table in (people, samples) if table for name in table.header if name not in taken]
    given = roles(list(dict.fromkeys(columns)), settings)
    frames, attributes = [], []
    competing = {endpoint.name: competing_said(endpoint, settings) for endpoint in endpoints}
    said = {
        "attributes": {},
        "endpoints": {
            pair.name: {"time": pair.time, "event": pair.event} | competing.get(pair.name, {}) for pair in found
        },
    }
    for table in (people, samples):
        if table is None:
            continue
        wanted = [name for name in table.header if name not in taken and (table is people or name not in twice)]
        read = portal_attributes(table, wanted, given, settings, notebook)
        values = pd.DataFrame(read.values, index=table.index)
        if table is samples:
            _several(values, owner, samples.file, notebook)
        lines = reference if table is samples else pd.Series(ids.index, index=ids.to_numpy())
        values = values.reindex(lines.reindex(order).to_numpy())
        frames.append(values.set_axis(pd.Index(order, name="patient_id", dtype=object)))
        attributes += [_trimmed(attribute, values[attribute.name]) for attribute in read.attributes]
        said["attributes"] |= read.settings
    return Clinical(
        patients=pd.concat(frames, axis=1),
        attributes=attributes,
        endpoints=endpoints,
        outcomes=outcomes.drop_duplicates(["patient_id", "endpoint"], ignore_index=True),
        samples=dict(zip(names, owner, strict=True)),
        reference={patient: names[line] for patient, line in reference.items()},
        said=said,
    )


def _several(values: pd.DataFrame, owner: pd.Series, file: str, notebook: Notebook) -> None:
    """Say how many patients have several samples, and which attributes differ between them."""
    further = owner.duplicated()
    if not further.any():
        return
    several = owner.isin(owner[further])
    differ = values[several].groupby(owner[several]).nunique(dropna=False).gt(1).any()
    names = [name for name in values.columns if differ[name]]
    what = (
        f"{owner[further].nunique()} patients have several samples. Attributes and expression are those of the first "
        "primary tumour, else of the first sample listed; mutations of all samples count."
    )
    if names:
        what += f" Between samples of one patient differ: {some(names)}."
    notebook.add("W253", what, file=file, column=SAMPLE, rows=further.index[further])


def _trimmed(attribute: Attribute, values: pd.Series) -> Attribute:
    """The attribute without levels that only samples had which stand for nobody."""
    present = set(values.dropna()) if attribute.levels else set()
    return Attribute(**{**vars(attribute), "levels": tuple(one for one in attribute.levels if one in present)})


def _without_negative(table: Table, columns: Sequence[str], settings: Settings, notebook: Notebook) -> Table:
    """The table with negative survival times empty: portals have some, and no analysis can use them."""
    changed = {}
    for name in columns:
        values = pd.to_numeric(table.text(name, settings.missing), errors="coerce") if name in table else pd.Series()
        if (values < 0).any():
            what = "Negative times were read as missing."
            notebook.add("W268", what, file=table.file, column=shown(name), rows=values.index[values < 0])
            changed[name] = table.raw(name).where(~(values < 0), "")
    return with_cells(table, changed) if changed else table


def _pairs(table: Table, settings: Settings) -> list[Pair]:
    """Every X_STATUS with X_MONTHS, and the endpoints that the settings name."""
    named = settings.said.get("endpoints", {})
    found = []
    for pair in pairs(table.header, settings):
        if pair.name in named:
            plain = pair.event.endswith("_STATUS") and not (pair.events or pair.censored)
            found.append(replace(pair, events=EVENTS, censored=NO_EVENTS) if plain else pair)
    for time in table.header:
        stem = time.removesuffix("_MONTHS")
        name, event = stem.lower(), f"{stem}_STATUS"
        if stem != time and event in table and name not in named:
            label = ENDPOINTS.get(name, stem)
            found.append(Pair(name, label, time, event, "months", "", EVENTS, NO_EVENTS))
    place = {name: place for place, name in enumerate(table.header)}
    return sorted(found, key=lambda pair: place.get(pair.time, len(place)))

"""A plain study folder: patients.csv, features*.csv, regions*.csv, dvh.csv, mutations.csv, expression.csv, *.gmt,
README.md, study.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.store.paired import derived
from core.store.schema import Draft
from core.store.sources import Understood
from core.store.sources.attributes import read_attributes
from core.store.sources.competing import competing_said
from core.store.sources.doses import DoseBlock, read_doses
from core.store.sources.endpoints import read_endpoints
from core.store.sources.features import Block, read_features
from core.store.sources.folder import StudyFiles, study_files, study_of
from core.store.sources.genes import GENE_LIST, read_expression, read_gene_list, read_gene_sets
from core.store.sources.ids import compared, id_column, once, read_ids
from core.store.sources.mutations import Profiles, read_mutations
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.regional import RegionBlock, not_derived, read_regions
from core.store.sources.roles import pairs, roles
from core.store.sources.settings import FILE, Settings, read_settings, written
from core.store.sources.table import Table, read_table

#: Columns in which the rows of one patient may differ and still be one row of clinical data.
SETTING_LIKE = ("setting", "acquisition_setting", "phase", "scan", "reconstruction", "visit", "series")


def recognises(folder: Path) -> bool:
    """Whether the folder has a table of patients, of features, of paired regions or of doses."""
    return any(
        path.name.lower().startswith(("patients.", "features", "regions", "dvh.")) or path.name == FILE
        for path in folder.iterdir()
        if path.is_file()
    )


def read(folder: Path, name: str, notebook: Notebook) -> Understood | None:
    """The study in the folder, or None when it was refused; every problem is noted in one pass."""
    settings = read_settings(folder, notebook)
    if settings is None:
        return None
    files = study_files(folder, settings, notebook)
    draft = Draft(study_of(folder, name, settings, notebook))
    understood = {"study": {key: getattr(draft.study, key) for key in ("name", "source", "licence", "citation")}}
    _patients(files, draft, understood, settings, notebook)
    known = read_gene_list(folder / GENE_LIST, notebook) if (folder / GENE_LIST).is_file() else set()
    blocks = _features(files, draft, settings, notebook)
    profiles = _table(
        files.mutations, settings, notebook, lambda table: read_mutations(table, settings, notebook, known)
    )
    expression = _table(
        files.expression, settings, notebook, lambda table: read_expression(table, settings, notebook, known)
    )
    regions = [
        block
        for name, path in files.regions.items()
        if (block := _table(path, settings, notebook, lambda t, name=name: read_regions(t, name, settings, notebook)))
    ]
    doses = _table(files.doses, settings, notebook, lambda table: read_doses(table, settings, notebook))
    found = _Found(blocks, profiles, expression, regions, doses)
    _joined(files, draft, found, settings, notebook)
    if blocks:
        understood["features"] = {block.set.name: block.settings for block in blocks}
    if regions:
        understood["regions"] = {block.regions.name: block.settings for block in regions}
    if doses is not None:
        understood |= {"doses": doses.settings, "structures": doses.by_structure}
    if profiles is not None:
        understood["mutations"] = profiles.settings
    genes = set(draft.expression.columns) | {gene for panel in draft.panels.values() for gene in panel}
    draft.gene_sets = read_gene_sets(files.gene_sets, genes, notebook)
    if notebook.refused:
        return None
    draft.report = notebook.findings
    return Understood(draft, written({key: part for key, part in understood.items() if part}, settings))


def _table(path: Path | None, settings: Settings, notebook: Notebook, reader):
    """What the reader makes of a file, None without the file or when the file was refused."""
    table = read_table(path, notebook, **settings.reading) if path else None
    return reader(table) if table is not None else None


def _patients(files: StudyFiles, draft: Draft, understood: dict, settings: Settings, notebook: Notebook) -> None:
    table = read_table(files.patients, notebook, **settings.reading) if files.patients else None
    if table is None:
        draft.patients = pd.DataFrame(index=pd.Index([], name="patient_id", dtype=object))
        return
    column = id_column(table, settings.get("patients", "id"))
    if column is None:
        what, remedy = "No column of patient ids was found.", "Call it patient_id, or name it under [patients]."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
        return
    ids = read_ids(table, column, notebook)
    if ids is None:
        return
    skipped = set(settings.get("patients", "leave_out", ())) | {column}
    table, ids = _one_row_each(table, column, ids, skipped, settings, notebook)
    header = [name for name in table.header if name not in skipped]
    played, found = roles(header, settings), pairs(header, settings)
    centre = next((name for name, role in played.items() if role == "centre"), "")
    draft.endpoints, draft.outcomes = read_endpoints(table, found, ids, settings, notebook, centre)
    used = {name for pair in found for name in (pair.time, pair.event)}
    columns = [name for name in header if name not in used]
    read = read_attributes(table, columns, played, settings, notebook)
    draft.attributes = read.attributes
    draft.patients = pd.DataFrame(read.values, index=ids.index)
    draft.patients.index = pd.Index(ids, name="patient_id")
    understood["patients"] = {"file": table.file, "id": column} | dict(settings.said.get("patients", {}))
    understood["attributes"] = read.settings
    kept = {endpoint.name: endpoint for endpoint in draft.endpoints}
    understood["endpoints"] = {
        pair.name: {
            key: value
            for key in ("label", "time", "event", "unit", "origin", "events", "censored")
            if (value := getattr(pair, key))
        }
        | competing_said(kept[pair.name], settings)
        for pair in found
        if pair.name in kept
    }
    _told_missing(table, header, notebook)


def _one_row_each(
    table: Table, column: str, ids: pd.Series, skipped: set[str], settings: Settings, notebook: Notebook
) -> tuple[Table, pd.Series]:
    """One row per patient. Rows that differ only in setting-like columns are one; other repeats are refused (E112)."""
    if not ids.duplicated().any():
        return table, ids
    alike = [name for name in table.header if name not in skipped and name.casefold() not in SETTING_LIKE]
    varying = [name for name in table.header if name.casefold() in SETTING_LIKE]
    same = table.only(alike).cells.assign(**{"\0id": ids}).drop_duplicates().shape[0] == ids.nunique()
    first = settings.get("patients", "duplicates") == "first"
    if same and not first:
        what = "Further rows of a patient that say the same were left out."
        if varying:
            what = f"Further rows of a patient that say the same were left out, with the columns: {some(varying)}."
        rows = ids.index[ids.duplicated()]
        notebook.add("W221", what, file=table.file, column=shown(column), rows=rows)
        kept = ~ids.duplicated()
        skipped |= set(varying)
    else:
        kept = once(pd.DataFrame({"id": ids}), table.file, notebook, first=first, column=column)
    return table.where(kept.to_numpy()), ids[kept]


def _told_missing(table: Table, header: list[str], notebook: Notebook) -> None:
    counts: dict[str, int] = {}
    columns = [name for name in header if name in table.missing_counts]
    for name in columns:
        for token, number in table.missing_counts[name].items():
            counts[token or "empty"] = counts.get(token or "empty", 0) + number
    if counts:
        kinds = ", ".join(f"{number} {token}" for token, number in sorted(counts.items(), key=lambda pair: -pair[1]))
        what = f"Missing cells, in {len(columns)} columns: {kinds}."
        notebook.add("I304", what, file=table.file, count=sum(counts.values()))


def _features(files: StudyFiles, draft: Draft, settings: Settings, notebook: Notebook) -> list[Block]:
    groups = {one.name: draft.patients[one.name] for one in draft.attributes if one.type == "category"}
    if draft.patients.index.has_duplicates:
        groups = {}
    found = [
        _table(
            path, settings, notebook, lambda table, name=name: read_features(table, name, settings, notebook, groups)
        )
        for name, path in files.features.items()
    ]
    return [block for block in found if block is not None]


@dataclass(frozen=True)
class _Found:
    """What the tables beside that of the patients hold."""

    blocks: list[Block]
    profiles: Profiles | None
    expression: pd.DataFrame | None
    regions: list[RegionBlock]
    doses: DoseBlock | None

    def by_file(self, files: StudyFiles) -> list[tuple[str, set[str]]]:
        """Each file with its patients."""
        named = [(files.features[block.set.name].name, block.patients) for block in self.blocks]
        named += [(files.regions[block.regions.name].name, block.patients) for block in self.regions]
        named += [(files.mutations.name, self.profiles.patients)] if self.profiles is not None else []
        named += [(files.expression.name, set(self.expression.index))] if self.expression is not None else []
        named += [(files.doses.name, self.doses.patients)] if self.doses is not None else []
        return named


def _joined(files: StudyFiles, draft: Draft, found: _Found, settings: Settings, notebook: Notebook) -> None:
    """Put the blocks together over the patients of the study; whoever is left out or added is accounted for."""
    if files.patients is None:
        measured = [block.patients for block in (*found.blocks, *found.regions)]
        if not measured and found.doses is not None:
            measured = [found.doses.patients]
        everyone = sorted(set().union(*measured))
        draft.patients = draft.patients.reindex(pd.Index(everyone, name="patient_id", dtype=object))
        what = "There is no patients.csv: the patients of the feature tables were taken, without attributes."
        notebook.add("W235", what, count=len(everyone))
    add = settings.get("patients", "unlisted") == "add"
    named = found.by_file(files)
    known = set(draft.patients.index)
    for file, patients in named if known else ():
        compared(known, patients, file, notebook, left_out=not add)
    if add:
        more = sorted(set().union(*(patients for _, patients in named)) - known)
        draft.patients = draft.patients.reindex(
            pd.Index([*draft.patients.index, *more], name="patient_id", dtype=object)
        )
        known |= set(more)
    for block in found.blocks:
        draft.feature_sets.append(block.set)
        rows = block.values.index.get_level_values("patient_id").isin(known)
        draft.values[block.set.name] = block.values[rows]
    for block in found.regions:
        _regional(draft, block, known, files.regions[block.regions.name].name, notebook)
    if found.profiles is not None:
        kept = found.profiles.only(known)
        draft.mutations, draft.panels, draft.patient_panels = kept.mutations, kept.panels, kept.patient_panels
    if found.expression is not None:
        draft.expression = found.expression[found.expression.index.isin(known)]
    if found.doses is not None:
        kept = found.doses.only(known)
        draft.structures, draft.doses = kept.structures, kept.rows


def _regional(draft: Draft, block: RegionBlock, known: set[str], file: str, notebook: Notebook) -> None:
    """The paired regions, and the feature sets that follow from them."""
    values = block.values[block.values.index.get_level_values("patient_id").isin(known)]
    draft.regions.append(block.regions)
    draft.region_values[block.regions.name] = values
    made = derived(block.regions, values)
    again = not_derived(draft.values, [one for one, _ in made], file, notebook)
    for one, table in made:
        if one.name not in again and len(table):
            draft.feature_sets.append(one)
            draft.values[one.name] = table

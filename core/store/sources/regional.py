"""Tables of paired regions: a row per patient, section, location and region, one column per feature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from core.store.schema import REGION_KEYS, FeatureSet, Regions
from core.store.sources.columns import Table
from core.store.sources.ids import id_column, once, read_ids
from core.store.sources.measured import distinct, extracted, numeric, told_missing
from core.store.sources.names import described
from core.store.sources.notebook import Notebook, shown, some
from core.store.sources.settings import Settings
from core.store.sources.spelling import label_of

PLACES = ("section", "location", "region")


@dataclass(frozen=True)
class RegionBlock:
    """Paired regions with their values (index as in the schema) and what the settings would say of them."""

    regions: Regions
    values: pd.DataFrame
    settings: dict

    @property
    def patients(self) -> set[str]:
        return set(self.values.index.get_level_values("patient_id"))


def read_regions(table: Table, name: str, settings: Settings, notebook: Notebook) -> RegionBlock | None:
    """The paired regions in a table, or None when it was refused.

    A third region or only one is refused (E140), rows without a place too (E141); a region whose pair lacks the other
    one is left out with a warning (W280).
    """
    said = settings.named("regions", name)
    column = id_column(table, said.get("id", ""))
    places = {place: table.column(said.get(place, place)) for place in PLACES}
    absent = [place for place, found in {"patient_id": column, **places}.items() if found is None]
    if absent:
        what = f"A table of paired regions needs the columns {', '.join(REGION_KEYS)}; missing: {some(absent)}."
        remedy = f"Head them so, or say which they are under [regions.{shown(name)}] in study.toml."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
        return None
    ids, keys = read_ids(table, column, notebook), _places(table, places, settings, notebook)
    if ids is None or keys is None:
        return None
    keys.insert(0, "patient_id", ids)
    members = _members(keys["region"], said, table, places["region"], notebook)
    columns = numeric(table, {column, *places.values()}, settings, notebook)
    if not columns:
        what, remedy = "The table has no column of numbers.", "Check the delimiter and the decimal sign."
        notebook.add("E123", what, file=table.file, count=1, remedy=remedy)
    if members is None or not columns:
        return None
    values = table.matrix(columns, notebook, settings.missing)
    first = said.get("duplicates") == "first"
    kept = once(keys, table.file, notebook, first=first, column=column, of="patient, section, location and region")
    kept &= extracted(values, table, notebook)
    kept &= _paired(keys[kept.to_numpy()], table, notebook).reindex(kept.index, fill_value=False)
    values.index = pd.MultiIndex.from_frame(keys)
    values = distinct(values[kept.to_numpy()], table, said, notebook, "regions")
    if values.empty:
        return None
    told_missing(values, table, notebook)
    sections, locations = (tuple(dict.fromkeys(keys.loc[kept, place])) for place in ("section", "location"))
    label = said.get("label", label_of(name))
    facts = said.get("software", ""), said.get("modality", "")
    features = tuple(described(str(one)) for one in values.columns)
    regions = Regions(name, label, *facts, sections, locations, members, features)
    understood = {"file": table.file, "label": label, "id": column, **places, "members": list(members)} | dict(said)
    return RegionBlock(regions, values, {key: value for key, value in understood.items() if value != ""})


def not_derived(taken: Iterable[str], made: Iterable[FeatureSet], file: str, notebook: Notebook) -> set[str]:
    """The names of derived feature sets that a table of the study has already (W281); the others are told (I311)."""
    made = list(made)
    again = {one.name for one in made} & set(taken)
    if again:
        what = f"Feature sets of these names are there already, so they were not made of the regions: {some(again)}."
        remedy = "Rename the table of features or that of regions."
        notebook.add("W281", what, file=file, count=len(again), remedy=remedy)
    names = [one.name for one in made if one.name not in again]
    if names:
        what = f"Made of the paired regions, for pages that take a value per patient: {some(names)} (the mean over all "
        what += "regions; the first region minus the second, averaged over the pairs)."
        remedy = "Which region is the first says members under [regions.NAME] in study.toml."
        notebook.add("I311", what, file=file, count=len(names), remedy=remedy)
    return again


def _places(table: Table, places: Mapping[str, str | None], settings: Settings, notebook: Notebook):
    """Section, location and region of every row, or None when some row lacks one (E141)."""
    keys = pd.DataFrame({place: table.text(str(found), settings.missing) for place, found in places.items()})
    lacking = keys.isna().any(axis=1)
    if lacking.any():
        what, remedy = "Rows without a section, a location or a region.", "Name all three in every row."
        notebook.add("E141", what, file=table.file, rows=table.lines[lacking.to_numpy()], remedy=remedy)
        return None
    return keys


def _members(
    region: pd.Series, said: Mapping, table: Table, column: str | None, notebook: Notebook
) -> tuple[str, str] | None:
    """The two regions in order: as the settings say, else as they first stand in the file. Others are E140."""
    found = list(dict.fromkeys(region))
    told = list(dict.fromkeys(said.get("members", ())))
    where = {"file": table.file, "column": shown(str(column))}
    if told and len(told) != 2:
        remedy = "Write members = ['first', 'second'], with the names that the file has."
        notebook.add("E140", "members under [regions.NAME] must name two regions.", **where, count=1, remedy=remedy)
        return None
    wanted = told or found[:2]
    other = ~region.isin(wanted).to_numpy()
    if len(found) != 2 or other.any():
        what = f"The column holds {len(found)} regions; every pair has the same two."
        rows = table.lines[other]
        remedy = "Spell the two regions alike in all rows; keep further regions in a table of their own."
        notebook.add("E140", what, **where, rows=rows, count=max(len(rows), 1), remedy=remedy)
        return None
    return wanted[0], wanted[1]


def _paired(keys: pd.DataFrame, table: Table, notebook: Notebook) -> pd.Series:
    """Which rows have both regions of their pair; the others are left out with a warning (W280)."""
    both = keys.groupby(["patient_id", "section", "location"])["region"].transform("nunique") == 2
    if not both.all():
        what = "Regions whose pair lacks the other region were left out."
        remedy = "Add the other region, or remove the row."
        notebook.add("W280", what, file=table.file, rows=keys.index[~both], remedy=remedy)
    return both

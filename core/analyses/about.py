"""What is loaded: a study's provenance, dictionaries, import report and what its tables have in common."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.missing import kinds_of_data
from core.cohort import Cohort
from core.compute import quiet
from core.store.schema import Catalogue, Study


@dataclass(frozen=True)
class AboutStudy:
    """One study as its store describes it; every table is about all its patients, whatever the cohort.

    editions      imported_at, fingerprint, n_patients, current
    attributes    name, label, type, unit, role, levels, n_known, description
    endpoints     name, label, time_unit, origin, n, n_events, competing: the endpoints that rule it out
    feature_sets  name, label, software, roi, modality, scale, settings, n_features, n_patients
    features      feature_set, name, label, family, filter, ibsi, unit
    regions       name, label, modality, members, sections, locations, n_features, n_patients: paired regions
    structures    name, label, role, unit, n_patients: those with dose-volume tables
    overlap       patients that the table of the row and the table of the column have in common
    report        severity, code, file, column, count, rows, message, remedy: what the import found
    truth         kind, item, value: what was planted in a synthetic study, else empty
    """

    study: Study
    fingerprint: str
    n: int
    n_mutation_genes: int
    n_expression_genes: int
    n_gene_sets: int
    editions: pd.DataFrame
    attributes: pd.DataFrame
    endpoints: pd.DataFrame
    feature_sets: pd.DataFrame
    features: pd.DataFrame
    regions: pd.DataFrame
    structures: pd.DataFrame
    overlap: pd.DataFrame
    report: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class About(Analysis):
    name = "about"
    title = "About the study"
    question = "What is loaded, where does it come from, and what did the import find?"
    method = "Everything is read from the edition itself; the fingerprint is a SHA-256 of its content."
    pages = ("Studies",)
    rank = 0

    def read(self, context):
        everybody = Cohort()
        store, catalogue = context.store, context.store.catalogue
        return {
            "catalogue": catalogue,
            "editions": context.library.editions(catalogue.study.id),
            "patients": store.patients(everybody),
            "presence": store.presence(everybody),
            "outcomes": {name: store.outcomes(everybody, name) for name in catalogue.endpoints},
            "report": store.report(),
            "truth": store.truth(),
        }

    def __call__(self, data, progress=quiet):
        catalogue: Catalogue = data["catalogue"]
        presence = data["presence"]
        return AboutStudy(
            study=catalogue.study,
            fingerprint=catalogue.fingerprint,
            n=catalogue.n_patients,
            n_mutation_genes=len(catalogue.mutation_genes),
            n_expression_genes=len(catalogue.expression_genes),
            n_gene_sets=len(catalogue.gene_sets),
            editions=_editions(data["editions"], catalogue.fingerprint),
            attributes=_attributes(catalogue, data["patients"]),
            endpoints=_endpoints(catalogue, data["outcomes"]),
            feature_sets=_feature_sets(catalogue, presence),
            features=_features(catalogue),
            regions=_regions(catalogue, presence),
            structures=_structures(catalogue, presence),
            overlap=_overlap(kinds_of_data(presence, catalogue)),
            report=data["report"][["severity", "code", "file", "column", "count", "rows", "message", "remedy"]],
            truth=data["truth"],
        )


def _editions(kept, current: str) -> pd.DataFrame:
    return pd.DataFrame(
        [(each.imported_at, each.fingerprint, each.n_patients, each.fingerprint == current) for each in kept],
        columns=["imported_at", "fingerprint", "n_patients", "current"],
    )


def _attributes(catalogue: Catalogue, patients: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                each.name,
                each.label,
                each.type,
                each.unit,
                each.role,
                ", ".join(each.levels),
                int(patients[each.name].notna().sum()),
                each.description,
            )
            for each in catalogue.attributes.values()
        ],
        columns=["name", "label", "type", "unit", "role", "levels", "n_known", "description"],
    )


def _endpoints(catalogue: Catalogue, outcomes: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                each.name,
                each.label,
                each.time_unit,
                each.origin,
                int(outcomes[each.name]["time"].notna().sum()),
                int(outcomes[each.name]["event"].sum()),
                ", ".join(each.competing),
            )
            for each in catalogue.endpoints.values()
        ],
        columns=["name", "label", "time_unit", "origin", "n", "n_events", "competing"],
    )


def _feature_sets(catalogue: Catalogue, presence: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                each.name,
                each.label,
                each.software,
                each.roi,
                each.modality,
                each.scale,
                ", ".join(each.settings),
                len(each.features),
                int(presence[f"features: {each.name}"].sum()),
            )
            for each in catalogue.feature_sets.values()
        ],
        columns=["name", "label", "software", "roi", "modality", "scale", "settings", "n_features", "n_patients"],
    )


def _features(catalogue: Catalogue) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (chosen.name, each.name, each.label, each.family, each.filter, each.ibsi, each.unit)
            for chosen in catalogue.feature_sets.values()
            for each in chosen.features
        ],
        columns=["feature_set", "name", "label", "family", "filter", "ibsi", "unit"],
    )


def _regions(catalogue: Catalogue, presence: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                each.name,
                each.label,
                each.modality,
                " minus ".join(each.members),
                ", ".join(each.sections),
                ", ".join(each.locations),
                len(each.features),
                int(presence[f"regions: {each.name}"].sum()),
            )
            for each in catalogue.regions.values()
        ],
        columns=["name", "label", "modality", "members", "sections", "locations", "n_features", "n_patients"],
    )


def _structures(catalogue: Catalogue, presence: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (each.name, each.label, each.role, each.unit, int(presence[f"doses: {each.name}"].sum()))
            for each in catalogue.structures.values()
        ],
        columns=["name", "label", "role", "unit", "n_patients"],
    )


def _overlap(presence: pd.DataFrame) -> pd.DataFrame:
    has = presence.assign(Patients=True)[["Patients", *presence.columns]].astype(int)
    return has.T.dot(has).rename_axis("data")

"""The dictionaries of an edition, read from its tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from core.store.schema import Attribute, Catalogue, Endpoint, Feature, FeatureSet, Regions, Structure, Study

STUDY_FIELDS = ("id", "name", "description", "source", "licence", "citation")
GENES_BY_FREQUENCY = """
    SELECT n.gene FROM (SELECT DISTINCT gene FROM panels JOIN patient_panels USING (panel)) n
    LEFT JOIN (SELECT gene, count(DISTINCT patient_id) AS patients FROM mutations WHERE origin <> 'germline'
        GROUP BY gene) m USING (gene)
    ORDER BY coalesce(m.patients, 0) DESC, n.gene
"""

Rows = Callable[[str], list[tuple]]
Frame = Callable[[str], pd.DataFrame]


def read_catalogue(rows: Rows, frame: Frame) -> Catalogue:
    """Everything that may be asked of the edition on which `rows` and `frame` put a question in SQL.

    An edition written before a kind of table or column came into the format has none of it.
    """
    study: Any = frame("SELECT * FROM study").iloc[0]
    attributes, columns = {}, {}
    for row in frame("SELECT * FROM attributes ORDER BY position").itertuples():
        attributes[row.name] = Attribute(
            row.name, row.label, row.type, row.unit, tuple(row.levels), row.role, row.description
        )
        columns[row.name] = row.column_name
    endpoints = {
        row.name: Endpoint(row.name, row.label, row.time_unit, row.origin, tuple(getattr(row, "competing", ())))
        for row in frame("SELECT * FROM endpoints ORDER BY position").itertuples()
    }
    tables = {row[0] for row in rows("SELECT table_name FROM duckdb_tables()")}
    return Catalogue(
        study=Study(*(study[name] for name in STUDY_FIELDS), synthetic=bool(study["synthetic"])),
        fingerprint=study["fingerprint"],
        n_patients=rows("SELECT count(*) FROM patients")[0][0],
        attributes=attributes,
        endpoints=endpoints,
        feature_sets=_feature_sets(frame),
        mutation_genes=tuple(row[0] for row in rows(GENES_BY_FREQUENCY)),
        expression_genes=tuple(row[0] for row in rows("SELECT gene FROM genes ORDER BY position")),
        gene_sets=tuple(row[0] for row in rows("SELECT DISTINCT name FROM gene_sets ORDER BY name")),
        columns=columns,
        regions=_regions(frame) if "regions" in tables else {},
        structures=_structures(frame) if "structures" in tables else {},
    )


def _feature_sets(frame: Frame) -> dict[str, FeatureSet]:
    by_set = _by_set(frame("SELECT * FROM features ORDER BY feature_set, position"))
    return {
        row.name: FeatureSet(
            row.name,
            row.label,
            row.software,
            row.roi,
            row.modality,
            row.scale,
            tuple(row.settings),
            by_set[row.name],
        )
        for row in frame("SELECT * FROM feature_sets ORDER BY position").itertuples()
    }


def _regions(frame: Frame) -> dict[str, Regions]:
    by_set = _by_set(frame("SELECT * FROM region_features ORDER BY feature_set, position"))
    found = {}
    for row in frame("SELECT * FROM regions ORDER BY position").itertuples():
        first, second = row.members
        places = tuple(row.sections), tuple(row.locations)
        found[row.name] = Regions(
            row.name, row.label, row.software, row.modality, *places, (first, second), by_set[row.name]
        )
    return found


def _structures(frame: Frame) -> dict[str, Structure]:
    rows = frame("SELECT * FROM structures ORDER BY position").itertuples()
    return {row.name: Structure(row.name, row.label, row.unit, row.role) for row in rows}


def _by_set(features: pd.DataFrame) -> dict[str, tuple[Feature, ...]]:
    return {
        name: tuple(
            Feature(row.name, row.label, row.family, row.filter, row.ibsi, row.unit) for row in group.itertuples()
        )
        for name, group in features.groupby("feature_set", sort=False)
    }

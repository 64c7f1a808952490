"""Where and how were the images made? Which attributes say so, and how many patients each of their levels has."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.compute import quiet
from core.store.schema import Attribute, Catalogue

#: What the attributes of a scanner, a reconstruction, a protocol or a place of origin are called.
_PROTOCOL = re.compile(
    r"scanner|vendor|manufactur|kernel|slice|thickness|\bkvp?\b|tube|recon(struction)?\b|protocol|field.?strength|tesla|"
    r"machine|device|modality|contrast.?(agent|phase)|pulse|sequence|station|\bcoil|pixel|voxel.?(size|spacing)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"collection|institution|hospital|\bsite\b|\bcent(re|er)\b", re.IGNORECASE)
#: A number with more values than this is a measurement and not a setting.
MOST_SETTINGS = 12


def is_acquisition(attribute: Attribute) -> bool:
    """Whether an attribute says where or how the images were made, by its role or its name."""
    if attribute.role:
        return attribute.role == "centre"
    return is_protocol(attribute) or bool(_PLACE.search(_words(attribute)))


def is_protocol(attribute: Attribute) -> bool:
    """Whether an attribute says how the images were made, and not only where."""
    return not attribute.role and bool(_PROTOCOL.search(_words(attribute)))


def _words(attribute: Attribute) -> str:
    return f"{attribute.name} {attribute.label}".replace("_", " ")


def acquisition_attributes(catalogue: Catalogue) -> tuple[Attribute, ...]:
    """The attributes that say where or how the images were made, the centre first."""
    found = [each for each in catalogue.attributes.values() if is_acquisition(each) and each.type != "text"]
    return tuple(sorted(found, key=lambda each: each.role != "centre"))


def levels_of(values: pd.Series, measured: pd.Series) -> list[tuple[str, int, int]]:
    """Level, patients, and patients with features among them; a number with many values is one row, its range."""
    known = values.dropna()
    if pd.api.types.is_numeric_dtype(values.dtype):
        if known.nunique() > MOST_SETTINGS:
            told = f"{known.min():g} to {known.max():g}"
            return [(told, len(known), int(measured[known.index].sum()))]
        known = known.map(lambda value: f"{value:g}")
    return [
        (str(level), len(rows), int(measured[rows.index].sum())) for level, rows in known.groupby(known, sort=False)
    ]


@dataclass(frozen=True, eq=False)
class Acquisition:
    """table   attribute, label, level, n patients of the cohort, n_measured of them with features
    missing   attribute, label, n patients without a value
    settings  of the feature set: the same patients measured in several ways
    """

    table: pd.DataFrame
    missing: pd.DataFrame
    settings: tuple[str, ...]
    n_cohort: int
    n_measured: int


@dataclass(frozen=True, kw_only=True)
class AcquisitionAudit(Analysis):
    name = "acquisition"
    title = "Acquisition"
    question = "Where and how were the images of these patients made?"
    method = (
        "Attributes whose role is the centre, or whose name speaks of a scanner, a reconstruction, a protocol or a "
        "place of origin, with the number of patients of each level."
    )
    pages = ("Features",)
    rank = 30

    def needs(self, context):
        return (context.analysis("measured"),)

    def read(self, context):
        measured = context.result(context.analysis("measured"))
        found = acquisition_attributes(context.catalogue)
        table = context.store.patients(context.cohort, [each.name for each in found])
        settings = context.catalogue.feature_sets[measured.feature_set].settings
        return found, table, pd.Series(table.index.isin(measured.values.index), index=table.index), settings

    def __call__(self, data, progress=quiet):
        attributes, table, measured, settings = data
        rows, missing = [], []
        for each in attributes:
            label, order = each.label or each.name, {level: place for place, level in enumerate(each.levels)}
            levels = levels_of(table[each.name], measured)
            levels.sort(key=lambda row: order.get(row[0], len(order)))
            rows += [(each.name, label, *row) for row in levels]
            gaps = int(table[each.name].isna().sum())
            missing += [(each.name, label, gaps)] if gaps else []
        return Acquisition(
            table=pd.DataFrame(rows, columns=["attribute", "label", "level", "n", "n_measured"]),
            missing=pd.DataFrame(missing, columns=["attribute", "label", "n"]),
            settings=settings,
            n_cohort=len(table),
            n_measured=int(measured.sum()),
        )

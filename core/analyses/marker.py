"""What makes the groups: an attribute, a gene, a feature or a cluster, with its value per patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from core.store.schema import NOT_PROFILED

if TYPE_CHECKING:
    from core.analyses.context import Context
    from core.analyses.survival import Survival

NUMBER, CATEGORY, NONE = "number", "category", "none"


@dataclass(frozen=True)
class Marker:
    """`values` by patient_id, None for nothing at all; `levels`: of a category, in order, also those of nobody here."""

    name: str
    values: pd.Series | None
    kind: str
    levels: tuple[str, ...] = ()
    unit: str = ""


def marker(context: Context, asked: Survival, patients: pd.Index) -> Marker:
    """The marker that the choices of the Survival page name, for these patients."""
    return {
        "none": _nothing,
        "attribute": _attribute,
        "gene": _gene,
        "expression": _expression,
        "feature": _feature,
        "cluster": _cluster,
    }[asked.split](context, asked, patients)


def _nothing(context: Context, asked: Survival, patients: pd.Index) -> Marker:
    return Marker("all patients", None, NONE)


def _attribute(context: Context, asked: Survival, patients: pd.Index) -> Marker:
    known = context.catalogue.attributes[asked.attribute]
    values = context.store.patients(context.cohort, [asked.attribute])[asked.attribute]
    return Marker(known.label or known.name, values.reindex(patients), known.type, known.levels, known.unit)


def _gene(context: Context, asked: Survival, patients: pd.Index) -> Marker:
    status = context.store.mutation_status(context.cohort, [asked.gene])[asked.gene]
    status = status.where(status != NOT_PROFILED, None)
    return Marker(f"{asked.gene} status", status.reindex(patients), CATEGORY, ("wild type", "mutated"))


def _expression(context: Context, asked: Survival, patients: pd.Index) -> Marker:
    values = context.store.expression(context.cohort, [asked.expression])[asked.expression]
    return Marker(f"{asked.expression} expression", values.reindex(patients), NUMBER)


def _feature(context: Context, asked: Survival, patients: pd.Index) -> Marker:
    values = context.store.features(context.cohort, asked.features, asked.setting, [asked.feature])[asked.feature]
    units = {each.name: each.unit for each in context.catalogue.feature_sets[asked.features].features}
    return Marker(asked.feature, values.reindex(patients), NUMBER, (), units.get(asked.feature, ""))


def _cluster(context: Context, asked: Survival, patients: pd.Index) -> Marker:
    clusters = context.result(context.analysis("clusters"))
    return Marker("Wasserstein cluster", clusters.names_of().reindex(patients), CATEGORY)

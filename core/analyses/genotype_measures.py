"""The genotype of the view's patients and the numbers that it is compared with, read from the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from core.analyses.genotype_choices import ADDITIVE, ATTRIBUTE, DIFFERENCES, DOMINANT, WHOLE, parts
from core.errors import NotEstimable
from core.radiogenomics.genotype import Coded, genotype, mutation
from core.radiogenomics.paired_regions import GLOBAL, PairedDifferences, paired_differences

if TYPE_CHECKING:
    from core.analyses.context import Context
    from core.analyses.genotype import Genotype

ALLELES = ("0", "1", "2")


@dataclass(frozen=True, eq=False)
class Measures:
    """values  a row per patient of the cohort, a column per number compared, named by `columns`

    columns     column, feature, label, family, where: one row per column; noun, of: what they are, in words
    n_measured  patients with any; differences: how many pairs there were, where they are differences
    """

    values: pd.DataFrame
    columns: pd.DataFrame
    noun: str
    of: str
    n_cohort: int
    n_measured: int
    differences: PairedDifferences | None = None


def coded(context: Context, asked: Genotype, chosen: str | None = None) -> Coded:
    """The genotype that was asked for, or `chosen`, of every patient of the cohort."""
    kind, _, name = (chosen or asked.genotype).partition(":")
    if kind == ATTRIBUTE:
        known = context.catalogue.attributes[name]
        values = context.store.patients(context.cohort, [name])[name]
        # A column of numbers holds the numbers of alleles themselves.
        return genotype(values, known.levels or ALLELES, asked.coding or DOMINANT, known.label or known.name)
    return mutation(context.store.mutation_status(context.cohort, [name])[name], name)


def measures(context: Context, asked: Genotype) -> Measures:
    """The features, or the differences of paired regions, that were asked for."""
    patients = pd.Index(context.store.ids(context.cohort), name="patient_id", dtype=object)
    if asked.over == DIFFERENCES:
        return _differences(context, asked, patients)
    chosen = context.catalogue.feature_sets[asked.features]
    values = context.store.features(context.cohort, chosen.name, asked.setting, chosen.names).reindex(patients)
    columns = pd.DataFrame(
        [(each.name, each.name, each.label or each.name, each.family, WHOLE) for each in chosen.features],
        columns=["column", "feature", "label", "family", "where"],
    )
    setting = f", {asked.setting}" if len(chosen.settings) > 1 else ""
    n = int(values.notna().any(axis=1).sum())
    return Measures(values, columns, "feature", f"{chosen.label or chosen.name}{setting}", len(patients), n)


def _differences(context: Context, asked: Genotype, patients: pd.Index) -> Measures:
    chosen = context.catalogue.regions[asked.paired]
    table = context.store.regions(context.cohort, chosen.name)
    if not len(table):
        raise NotEstimable("No patient of this cohort has paired regions.", "Widen the cohort.")
    among = {name: inside for name, inside in parts(chosen.locations).items() if name in asked.where}
    there = set(table.index.get_level_values("location"))
    among = {name: inside for name, inside in among.items() if there & set(inside)}
    found = paired_differences(table, among, chosen.members)
    wanted = [place for place in asked.where if place == GLOBAL or place in among] or [GLOBAL]
    columns = pd.DataFrame(
        [
            (f"{each.name} | {place}", each.name, each.label or each.name, each.family, place)
            for each in chosen.features
            for place in wanted
        ],
        columns=["column", "feature", "label", "family", "where"],
    )
    values = found.values[list(zip(columns["feature"], columns["where"], strict=True))].reindex(patients)
    values.columns = columns["column"].to_numpy()
    label = f"{chosen.label or chosen.name}, {found.first} minus {found.second}"
    return Measures(values, columns, "difference", label, len(patients), found.n_patients, found)


def is_additive(asked: Genotype) -> bool:
    """Whether numbers of alleles are compared."""
    return asked.coding == ADDITIVE

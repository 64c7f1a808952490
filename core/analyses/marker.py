"""What makes the groups: an attribute, a gene, a feature or a cluster, with its value per patient."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from core.analyses.cautions import not_known
from core.store.schema import NOT_PROFILED
from core.survival.compared import MOST_GROUPS
from core.survival.grouping import Grouping, category_groups, median_groups, tertile_groups, value_groups

if TYPE_CHECKING:
    from core.analyses.context import Context
    from core.analyses.survival import Survival

#: Roles whose levels may be sub-stages, and what one looks like.
STAGES = ("stage", "t_stage", "n_stage")
STAGE = re.compile(r"((?:[TtNn]?[0-4])|(?:[IiVv]{1,3}))\s*[a-dA-D][0-9i]*")
#: The cut of a number that looks at survival.
SEARCHED = "searched"
EACH, MAIN, COMMON, OTHER = "each", "main", "common", "other"
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
    values = context.store.patients(context.cohort, [asked.attribute])[asked.attribute].reindex(patients)
    name, levels = known.label or known.name, known.levels
    if asked.levels == MAIN:
        values, levels = values.map(main_stage, na_action="ignore"), main_stages(levels)
    if asked.levels == COMMON or (asked.levels == MAIN and values.nunique() > MOST_GROUPS):
        values, levels = commonest(values, levels)
    return Marker(name, values, known.type, levels, known.unit)


def commonest(values: pd.Series, levels: Sequence[str]) -> tuple[pd.Series, tuple[str, ...]]:
    """The most frequent levels, as many as leave room for one more group, and the others together.

    Levels that say that nothing is known, such as `Not Collected`, belong to neither and are left out.
    """
    known = values.mask(values.isin(not_known(levels)), None)
    counts = known.value_counts()
    place = {level: i for i, level in enumerate(levels)}
    kept = sorted(counts.index, key=lambda level: (-counts[level], place.get(level, 0)))[: MOST_GROUPS - 1]
    rare = known.notna() & ~known.isin(kept)
    return known.mask(rare, OTHER), (*(level for level in levels if level in kept), OTHER)


def main_stage(level: str) -> str:
    """`IV` for IVA, `T3` for T3b; a level that is no stage stays as it is."""
    found = STAGE.fullmatch(level)
    return found[1] if found else level


def main_stages(levels: Iterable[str]) -> tuple[str, ...]:
    """The main stages in their order; what is no stage, such as in situ, keeps its place."""
    return tuple(dict.fromkeys(map(main_stage, levels)))


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


def grouping(chosen: Marker, cut: str | None, value: float | None) -> Grouping | None:
    """The groups that a marker makes: its levels, or a number cut at a place that survival had no say in.

    None for one curve, and for a cut that is to be searched.
    """
    if chosen.kind == CATEGORY:
        return category_groups(chosen.values, chosen.levels)
    if chosen.kind != NUMBER or cut == SEARCHED:
        return None
    if cut == "value":
        return value_groups(chosen.values, value, chosen.unit)
    return {"median": median_groups, "tertiles": tertile_groups}[cut](chosen.values, chosen.unit)

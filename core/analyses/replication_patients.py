"""Whom clusters are tried on: never the patients who made them; and what is known of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.cluster_table import MOST_LEVELS
from core.analyses.context import Context
from core.analyses.parameters import Option
from core.analyses.replication_tables import Attributes
from core.cohort import Cohort
from core.cohort.expression import parse
from core.cohort.logic import And, Not
from core.cohort.terms import Term
from core.errors import NotEstimable, Refused
from core.store.schema import NOT_PROFILED, Attribute, Catalogue
from core.store.store import Store

REST, WHERE = "rest", "where"


@dataclass(frozen=True)
class Others:
    """The new patients as they are asked for: `n_cohort` of the study `study`; `cautions` say what weakens them."""

    study: str
    study_name: str
    cohort: Cohort
    sentence: str
    n_cohort: int
    cautions: tuple[str, ...]


def others(context: Context, study: str, patients: str, where: str | None) -> Others:
    """Who the clusters are tried on.

    Raises `NotEstimable` when everybody is in discovery, nobody is left, or a patient would be in both.
    """
    here, store = context.view.study == study, context.elsewhere(study)
    if patients == WHERE:
        cohort = parse(where or "", context.group)
    elif not here:
        cohort = Cohort()
    elif not context.cohort.parts:
        raise NotEstimable(
            "Every patient of this study is in discovery, so nobody is left to try the clusters on.",
            "Filter the cohort to the discovery patients (for example one centre) or choose another study.",
        )
    else:
        cohort = Cohort((Not(_discovery(context)),))
    ids = store.ids(cohort)
    same = len(set(ids).intersection(context.store.ids(context.cohort)))
    if here and same:
        raise NotEstimable(
            f"{same:,} of the {len(ids):,} new patients are also in discovery, so this would be no replication.",
            _excluding(context, cohort),
        )
    if not ids:
        raise NotEstimable("There are no new patients.", "Widen the expression of the new patients, or the other way.")
    cautions = []
    if same:
        cautions.append(
            f"{same:,} patients have the same id in both studies. If they are the same persons, this is no replication."
        )
    catalogue = store.catalogue
    return Others(study, catalogue.study.name, cohort, cohort.english(catalogue), len(ids), tuple(cautions))


def _discovery(context: Context) -> Term:
    parts = context.cohort.parts
    return parts[0] if len(parts) == 1 else And(parts)


def _excluding(context: Context, cohort: Cohort) -> str:
    if not context.cohort.parts:
        return "Filter the cohort to the discovery patients (for example one centre) or choose another study."
    rest = Not(_discovery(context))
    return f"Write for the new patients: {Cohort((*cohort.parts, rest))}"


# ------------------------------------------------------------------------------------- what fits, for the parameters


def fitting_set(scope) -> str | None:
    """The feature set that discovery uses, in the same study; else the one with most of its features, scale first."""
    context, sets = scope.context, scope.context.catalogue_of(scope.values["on"]).feature_sets
    try:
        name = context.analysis("distances").features
    except (NotEstimable, Refused):
        return None
    if scope.values["on"] == context.view.study:
        return name
    ours = context.catalogue.feature_sets[name]
    wanted = set(ours.names)
    fit = {each.name: (len(wanted & set(each.names)), each.scale == ours.scale) for each in sets.values()}
    return max(fit, key=fit.__getitem__) if fit else None


def fitting_setting(scope) -> str | None:
    """The setting under which the discovery patients were measured, where the new ones were too."""
    try:
        return scope.context.analysis("distances").setting
    except (NotEstimable, Refused):
        return None


def common_endpoints(scope) -> tuple[Option, ...]:
    """The endpoints that both studies have under one name, and none."""
    there = scope.context.elsewhere(scope.values["on"]).catalogue.endpoints
    both = tuple(each for each in choices.endpoints(scope) if each.value in there)
    return (*both, Option(choices.NONE, "no survival"))


# ----------------------------------------------------------------------------------------------- what is known of them


@dataclass(frozen=True)
class Columns:
    """What is held against the clusters on both sides: attributes in pairs (here, there), genes and the volume."""

    pairs: tuple[tuple[Attribute, Attribute], ...]
    genes: tuple[str, ...]
    volume: str
    endpoint: str

    @property
    def kinds(self) -> dict[str, str]:
        """number or category, by column."""
        kinds = {here.name: here.type for here, _ in self.pairs} | {f"gene {gene}": "category" for gene in self.genes}
        return kinds | ({f"feature {self.volume}": "number"} if self.volume else {})

    @property
    def labels(self) -> dict[str, str]:
        """What a reader calls each column."""
        labels = {here.name: here.label or here.name for here, _ in self.pairs}
        labels |= {f"gene {gene}": gene for gene in self.genes}
        return labels | ({f"feature {self.volume}": self.volume} if self.volume else {})


def common_columns(here: Catalogue, there: Catalogue, genes: int, volume: str, endpoint: str) -> Columns:
    """Attributes of one name, or else of one role, in both; the genes most often mutated here that both profiled."""
    pairs = []
    for each in here.attributes.values():
        other = there.attributes.get(each.name) or (there.role(each.role) if each.role else None)
        if other is not None and other.type == each.type and _testable(each) and _testable(other):
            pairs.append((each, other))
    both = [gene for gene in here.mutation_genes if gene in set(there.mutation_genes)]
    return Columns(tuple(pairs), tuple(both[:genes]), volume, endpoint)


def _testable(attribute: Attribute) -> bool:
    few = 2 <= len(attribute.levels) <= MOST_LEVELS
    return attribute.type == "number" or (attribute.type == "category" and few)


def attributes_of(
    store: Store, cohort: Cohort, columns: Columns, there: bool, volume: pd.Series | None, patients: Sequence
) -> Attributes:
    """A row per patient and a column per thing that is known of both sides, under the names of this study."""
    names = {pair[there].name: pair[0].name for pair in columns.pairs}
    parts = [store.patients(cohort, list(names)).rename(columns=names).loc[patients]]
    if columns.genes:
        status = store.mutation_status(cohort, columns.genes).loc[patients]
        parts.append(status.where(status != NOT_PROFILED, None).add_prefix("gene "))
    if columns.volume:
        parts.append(volume.loc[patients].rename(f"feature {columns.volume}").to_frame())
    known = columns.endpoint != choices.NONE
    return Attributes(
        frame=pd.concat(parts, axis=1),
        outcomes=store.outcomes(cohort, columns.endpoint).loc[patients] if known else None,
        endpoint=store.catalogue.endpoints[columns.endpoint] if known else None,
    )

"""The groups of patients that are compared, here and in other patients: an attribute, or the clusters of the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.analyses import choices, registry
from core.analyses.context import Context
from core.analyses.molecular import mutated
from core.analyses.parameters import Option
from core.analyses.replication_patients import REST, others
from core.cohort import Cohort
from core.errors import NotEstimable
from core.radiogenomics.carried import Molecules
from core.store.schema import Attribute
from core.store.store import Store
from core.view import View

CLUSTERS = "imaging_clusters"


def group_choices(scope) -> tuple[Option, ...]:
    """Attributes with a few levels, and the clusters where there are features to make them of."""
    found = choices.categories(scope, most=8)
    if scope.context.catalogue.feature_sets:
        found = (*found, Option(CLUSTERS, "the imaging clusters of the Clusters page"))
    return found


def second_choices(scope) -> tuple[Option, ...]:
    """Nobody, those of this study who are not in the cohort, and every other study."""
    here = scope.context.view.study
    elsewhere = [Option(each.id, each.name) for each in scope.context.library.studies() if each.id != here]
    return (Option(choices.NONE, "nobody"), Option(here, "the other patients of this study"), *elsewhere)


@dataclass(frozen=True, eq=False)
class Grouping:
    """A label per patient of the cohort, missing where there is none; `label` is what readers call the grouping."""

    label: str
    groups: pd.Series
    n_cohort: int


def grouping(context: Context, groups: str) -> Grouping:
    """The groups of the view's patients."""
    n = context.store.count(context.cohort)
    if groups == CLUSTERS:
        found = context.result(context.analysis("clusters"))
        labels = found.patients.set_index("patient_id")["cluster"]
        return Grouping("imaging clusters", labels.map(lambda label: f"cluster {label}"), n)
    attribute = context.catalogue.attributes[groups]
    values = context.store.patients(context.cohort, [groups])[groups]
    return Grouping(attribute.label or groups, _ordered(values, attribute.levels), n)


def _ordered(values: pd.Series, levels: Sequence[str]) -> pd.Series:
    order = [*levels, *sorted(set(values.dropna().astype(str)).difference(levels))]
    return pd.Series(pd.Categorical(values, categories=order), index=values.index)


def molecules(store: Store, cohort: Cohort, groups: pd.Series) -> Molecules:
    """What is known of the genes of the patients of some groups."""
    catalogue = store.catalogue
    return Molecules(
        groups=groups,
        mutated=mutated(store, cohort) if catalogue.mutation_genes else None,
        expression=store.expression(cohort) if catalogue.expression_genes else None,
    )


@dataclass(frozen=True, eq=False)
class Second:
    """Other patients in groups of the same names; `how` says who they are and how they came to their group."""

    study: str
    study_name: str
    molecules: Molecules
    how: str
    cautions: tuple[str, ...]


def second(context: Context, groups: str, on: str) -> Second:
    """Other patients in the same groups. Raises `NotEstimable` where there are none.

    An attribute is that of the same name, else of the same role, and levels are those spelt alike (of sex, those that
    begin alike). Imaging clusters are assigned: the nearest frozen centroid of the Replication page.
    """
    store = context.elsewhere(on)
    if not store.catalogue.mutation_genes and not store.catalogue.expression_genes:
        raise NotEstimable(
            f"{store.catalogue.study.name} has neither mutations nor expression.", "Choose other patients."
        )
    asked = others(context, on, REST, None)
    if groups == CLUSTERS:
        analysis = assigned(context, on)
        found = context.result(analysis)
        labels = found.patients.set_index("patient_id")["assigned"].map(lambda label: f"cluster {label}")
        how = "assigned to the nearest frozen centroid"
    else:
        ours = context.catalogue.attributes[groups]
        theirs = _same_attribute(store, ours)
        names = matched_levels(ours, theirs.levels)
        values = store.patients(asked.cohort, [theirs.name])[theirs.name]
        unmatched = sorted(set(values.dropna()).difference(names))
        labels = _ordered(values.map(names), ours.levels)
        how = f"by their {theirs.label or theirs.name}"
        if unmatched:
            how += f"; not among the groups here: {', '.join(unmatched)}"
        if labels.dropna().nunique() < 2:
            raise NotEstimable(
                f"{theirs.label or theirs.name} has fewer than two groups in common with {ours.label or ours.name}.",
                "Choose other groups or other patients.",
            )
    return Second(on, asked.study_name, molecules(store, asked.cohort, labels), how, asked.cautions)


def assigned(context: Context, on: str):
    """The assignment of other patients to the clusters of the view, as the Replication page makes it."""
    view: View = context.view.with_options({"replication.on": on, "replication.patients": REST})
    return registry.named("replication").from_view(Context(view, context.library, context.memo, context.progress))


def _same_attribute(store: Store, ours: Attribute) -> Attribute:
    known = store.catalogue.attributes
    theirs = known.get(ours.name) or (store.catalogue.role(ours.role) if ours.role else None)
    if theirs is None or theirs.type != "category":
        raise NotEstimable(
            f"{store.catalogue.study.name} has no attribute of the name {ours.name}"
            + (f" or the role {ours.role}." if ours.role else "."),
            "Choose other groups or other patients.",
        )
    return theirs


def matched_levels(ours: Attribute, theirs: Sequence[str]) -> dict[str, str]:
    """Their level -> ours, for levels that are spelt alike; of sex, for those that begin alike."""
    length = 1 if ours.role == "sex" else None
    key = {level.casefold()[:length]: level for level in ours.levels}
    return {level: key[level.casefold()[:length]] for level in theirs if level.casefold()[:length] in key}

"""What may be in a model of several covariates: the choices a study offers, and their values per patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from core.analyses import choices
from core.analyses.marker import STAGES, main_stage, main_stages
from core.analyses.parameters import Option, Scope
from core.errors import NotEstimable
from core.store.schema import MUTATED, NOT_PROFILED, WILD_TYPE, Attribute, Catalogue

if TYPE_CHECKING:
    from core.analyses.cox import Cox

#: Attributes with these roles are in the model when the link names none; the last only where neither stage nor subsite
#: is known.
USUAL, INSTEAD = ("age", "sex", "stage", "subsite"), "grade"
#: More covariates than this are no model that somebody reads.
MOST = 20
#: Categories with more levels are not chosen unasked.
MOST_LEVELS = 12
NUMBER, CATEGORY = "number", "category"
EACH, MAIN = "each", "main"


@dataclass(frozen=True)
class Covariate:
    """One covariate of a model. `key` is how links write it; `levels` of a category in order, the first the reference
    unless another was chosen.
    """

    key: str
    label: str
    kind: str
    unit: str = ""
    levels: tuple[str, ...] = ()


def usual(scope: Scope) -> tuple[str, ...]:
    """Age, sex, stage and subsite as far as the study knows them."""
    catalogue = scope.context.catalogue
    found = [_with_role(catalogue, role) for role in USUAL]
    if not any(found[2:]):
        found.append(_with_role(catalogue, INSTEAD))
    chosen = tuple(each.name for each in found if each is not None)
    return chosen or tuple(option.value for option in choices.comparable(scope)[:1])


def _with_role(catalogue: Catalogue, role: str) -> Attribute | None:
    fits = (
        each
        for each in catalogue.attributes.values()
        if each.role == role
        and (each.type == NUMBER or (each.type == CATEGORY and 2 <= len(each.levels) <= MOST_LEVELS))
    )
    return next(fits, None)


def feature_sets(scope: Scope) -> tuple[Option, ...]:
    """The feature sets of the study, or none where it has none."""
    return choices.feature_sets(scope) or (Option(choices.NONE, "no imaging features"),)


def strata(scope: Scope) -> tuple[Option, ...]:
    """No strata, or a category; centres first."""
    found = choices.categories(scope, most=60)
    roles = {name: each.role for name, each in scope.context.catalogue.attributes.items()}
    return (Option(choices.NONE, "no strata"), *sorted(found, key=lambda option: roles[option.value] != "centre"))


def chosen(scope: Scope) -> tuple[Covariate, ...]:
    """The covariates that the parameters before name, attributes first, with a label that no other has."""
    values, catalogue = scope.values, scope.context.catalogue
    found = [attribute_covariate(catalogue.attributes[name], values["levels"]) for name in values["attributes"]]
    found += [Covariate(f"gene:{gene}", gene, CATEGORY, "", (WILD_TYPE, MUTATED)) for gene in values["genes"]]
    if values["features"]:
        known = {each.name: each for each in catalogue.feature_sets[values["feature_set"]].features}
        found += [
            Covariate(f"feature:{name}", known[name].label or name, NUMBER, known[name].unit)
            for name in values["features"]
        ]
    labels = [each.label for each in found]
    return tuple(
        each
        if labels.count(each.label) == 1
        else Covariate(each.key, each.key.replace(":", " ", 1), each.kind, each.unit, each.levels)
        for each in found
    )


def attribute_covariate(known: Attribute, levels: str) -> Covariate:
    """The covariate of an attribute; `levels` MAIN joins sub-stages."""
    coarse = levels == MAIN and known.role in STAGES
    names = main_stages(known.levels) if coarse else known.levels
    return Covariate(f"attribute:{known.name}", known.label or known.name, known.type, known.unit, names)


def among_chosen(kind: str = "", but: str = ""):
    """The options of a choice among the chosen covariates: of one kind, and without the one that `but` names."""

    def options(scope: Scope) -> tuple[Option, ...]:
        without = scope.values.get(but)
        return tuple(
            Option(each.key, each.label) for each in chosen(scope) if kind in ("", each.kind) and each.key != without
        )

    return options


def interacting(scope: Scope) -> tuple[Option, ...]:
    """No interaction, or one of at least two covariates."""
    found = among_chosen()(scope)
    return (Option(choices.NONE, "no interaction"), *(found if len(found) > 1 else ()))


def bendable(scope: Scope) -> tuple[Option, ...]:
    """Numbers that are in no interaction."""
    taken = (scope.values.get("interaction"), scope.values.get("interaction_with"))
    return tuple(option for option in among_chosen(NUMBER)(scope) if option.value not in taken)


def references(scope: Scope) -> tuple[Option, ...]:
    """Every level of every category that is chosen."""
    return tuple(
        Option(reference_key(each, level), f"{each.label}: {level}")
        for each in chosen(scope)
        if each.kind == CATEGORY
        for level in each.levels
    )


def reference_key(covariate: Covariate, level: str) -> str:
    """How links write that a level is its covariate's reference."""
    return f"{covariate.key}={level}"


def values_of(context, asked: Cox, covariates: tuple[Covariate, ...], patients: pd.Index) -> pd.DataFrame:
    """The covariates of these patients, a column per label: numbers, or categories in their natural order."""
    if not covariates:
        raise NotEstimable("No covariate is chosen.", "Choose at least one attribute, gene or feature.")
    if len(covariates) > MOST:
        raise NotEstimable(f"{len(covariates)} covariates are chosen; a model takes at most {MOST}.", "Remove some.")
    store, cohort = context.store, context.cohort
    table = {}
    attributes = store.patients(cohort, list(asked.attributes)) if asked.attributes else None
    genes = store.mutation_status(cohort, list(asked.genes)) if asked.genes else None
    features = (
        store.features(cohort, asked.feature_set, asked.setting, list(asked.features)) if asked.features else None
    )
    for each in covariates:
        kind, _, name = each.key.partition(":")
        if kind == "attribute":
            values = attributes[name]
            if asked.levels == MAIN and context.catalogue.attributes[name].role in STAGES:
                values = values.map(main_stage, na_action="ignore")
        elif kind == "gene":
            values = genes[name].where(genes[name] != NOT_PROFILED, None)
        else:
            values = features[name]
        values = values.reindex(patients)
        table[each.label] = (
            values.astype(float)
            if each.kind == NUMBER
            else pd.Series(pd.Categorical(values, categories=each.levels), index=patients)
        )
    return pd.DataFrame(table, index=patients)

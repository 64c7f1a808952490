"""What can be chosen in a study: the options that several analyses offer."""

from __future__ import annotations

from collections.abc import Callable

from core.analyses.parameters import Option, Scope
from core.store.schema import Catalogue, FeatureSet

ALL = "all"
NONE = "none"
#: Offered before the rest, by role, where a default has to be found.
FIRST_ROLES = ("subsite", "hpv", "stage", "centre")


def _here(scope: Scope) -> Catalogue:
    return scope.context.catalogue


def studies(scope: Scope) -> tuple[Option, ...]:
    """Every study, this view's first."""
    entries = sorted(scope.context.library.studies(), key=lambda each: each.id != scope.context.view.study)
    return tuple(Option(each.id, each.name) for each in entries)


def endpoints(scope: Scope) -> tuple[Option, ...]:
    """The endpoints of the view's study."""
    return tuple(Option(each.name, each.label or each.name) for each in _here(scope).endpoints.values())


def few_levels(scope: Scope, most: int = 8) -> tuple[Option, ...]:
    """Categories that colours can tell apart."""
    return categories(scope, most)


def categories(scope: Scope, most: int = 12) -> tuple[Option, ...]:
    """Attributes with two to `most` levels, those with a role first."""
    found = [
        each for each in _here(scope).attributes.values() if each.type == "category" and 2 <= len(each.levels) <= most
    ]
    found.sort(key=lambda each: FIRST_ROLES.index(each.role) if each.role in FIRST_ROLES else len(FIRST_ROLES))
    return tuple(Option(each.name, each.label or each.name) for each in found)


def categories_or_none(scope: Scope) -> tuple[Option, ...]:
    """The categories, and none of them."""
    return (*categories(scope), Option(NONE, "no groups"))


def none_or_categories(scope: Scope) -> tuple[Option, ...]:
    """None of them, and the categories."""
    return (Option(NONE, "nothing"), *categories(scope, most=60))


def comparable(scope: Scope) -> tuple[Option, ...]:
    """Categories that always fit, then numbers, then categories that fit once the cohort has few of their levels."""
    numbers = [each for each in _here(scope).attributes.values() if each.type == "number"]
    small = categories(scope, most=6)
    large = tuple(option for option in categories(scope, most=60) if option not in small)
    return (*small, *(Option(each.name, each.label or each.name) for each in numbers), *large)


def attributes(scope: Scope) -> tuple[Option, ...]:
    """Categories and numbers, those with a role first."""
    found = [each for each in _here(scope).attributes.values() if each.type != "text"]
    found.sort(key=lambda each: not each.role)
    return tuple(Option(each.name, each.label or each.name) for each in found)


def mutation_genes(scope: Scope) -> tuple[Option, ...]:
    """Genes that some patient was profiled for, most often mutated first."""
    return tuple(Option(gene, gene) for gene in _here(scope).mutation_genes)


def expression_genes(scope: Scope) -> tuple[Option, ...]:
    """Genes whose expression was measured, by name; names that begin with a digit, often a spoilt date, come last."""
    genes = sorted(_here(scope).expression_genes, key=lambda gene: (gene[:1].isdigit(), gene))
    return tuple(Option(gene, gene) for gene in genes)


def feature_sets(scope: Scope) -> tuple[Option, ...]:
    """The feature sets of the view's study."""
    return tuple(_set_option(each) for each in _here(scope).feature_sets.values())


def _set_option(chosen: FeatureSet) -> Option:
    return Option(chosen.name, f"{chosen.label or chosen.name} ({len(chosen.features)} features, {chosen.scale})")


def feature_sets_of(parameter: str) -> Callable[[Scope], tuple[Option, ...]]:
    """The feature sets of the study that an earlier parameter names."""

    def among(scope: Scope) -> tuple[Option, ...]:
        where = scope.values[parameter]
        if where is None:  # there is no such study to choose
            return ()
        sets = scope.context.catalogue_of(where).feature_sets
        return tuple(_set_option(each) for each in sets.values())

    return among


def settings_of(feature_set: str, study: str = "") -> Callable[[Scope], tuple[Option, ...]]:
    """The acquisition settings of the feature set that an earlier parameter names."""

    def among(scope: Scope) -> tuple[Option, ...]:
        where = scope.values[study] if study else scope.context.view.study
        if where is None or scope.values[feature_set] is None:
            return ()
        chosen = scope.context.catalogue_of(where).feature_sets[scope.values[feature_set]]
        return tuple(Option(each, each) for each in chosen.settings)

    return among


def features_of(feature_set: str) -> Callable[[Scope], tuple[Option, ...]]:
    """The features of the set that an earlier parameter names."""

    def among(scope: Scope) -> tuple[Option, ...]:
        chosen = _here(scope).feature_sets[scope.values[feature_set]]
        return tuple(Option(each.name, each.label or each.name) for each in chosen.features)

    return among

"""What can be chosen of the study that a frozen model is applied to: by default what has the same name there."""

from __future__ import annotations

from core.analyses.parameters import Option, Scope, options
from core.analyses.target_table import CATEGORY, MUTATION, REST
from core.errors import NotEstimable
from core.store.schema import MUTATED, WILD_TYPE, Attribute, Catalogue


def there(scope: Scope) -> Catalogue:
    """The dictionaries of the study that the model is applied to."""
    if scope.values["on"] is None:
        raise NotEstimable("No study here has imaging features.", "Import one that has.")
    return scope.context.catalogue_of(scope.values["on"])


def same_set(scope: Scope) -> str:
    """The set that has most of the features."""
    own = set(scope.context.catalogue.feature_sets[scope.context.analysis("target").features].names)
    sets = there(scope).feature_sets.values()
    return max(sets, key=lambda each: len(own.intersection(each.names))).name if sets else ""


def kinds(scope: Scope) -> tuple[Option, ...]:
    """What can be compared with there."""
    found = [(MUTATION, "the mutation of a gene")] if there(scope).mutation_genes else []
    return options(*found, *([(CATEGORY, "a category")] if categories(scope) else []))


def own(name: str):
    """The choice of the target; where it is not there too, the first option, which is to choose."""
    return lambda scope: getattr(scope.context.analysis("target"), name) or ""


#: Another outcome is never taken for the same: the reader says what it is called there.
CHOOSE = Option("-", "choose")


def genes(scope: Scope) -> tuple[Option, ...]:
    """The genes there, after none of them."""
    return (CHOOSE, *options(*there(scope).mutation_genes))


def categories(scope: Scope) -> tuple[Option, ...]:
    """The categories there, after none of them."""
    found: list[Attribute] = [
        each for each in there(scope).attributes.values() if each.type == "category" and len(each.levels) >= 2
    ]
    return (CHOOSE, *(Option(each.name, each.label or each.name) for each in found)) if found else ()


def levels(scope: Scope) -> tuple[Option, ...]:
    """The classes of the outcome there, after none of them."""
    if scope.values["over"] == MUTATION:
        return options(MUTATED, WILD_TYPE)
    if scope.values["attribute"] == CHOOSE.value:
        return (CHOOSE,)
    return (CHOOSE, *options(*there(scope).attributes[scope.values["attribute"]].levels))


def others(scope: Scope) -> tuple[Option, ...]:
    """All others, or one of them."""
    found = [each for each in levels(scope) if each.value not in (scope.values["positive"], CHOOSE.value)]
    return (*options((REST, "all others")), *found)


def is_kind(kind: str):
    """Whether the outcome there is of this kind."""
    return lambda values: values["over"] == kind

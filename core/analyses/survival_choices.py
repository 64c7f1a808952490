"""What can be chosen for a Kaplan-Meier: what makes the groups, where numbers are cut, which test, which reference."""

from __future__ import annotations

from core.analyses import choices
from core.analyses.marker import COMMON, EACH, MAIN, OTHER, STAGES, main_stages
from core.analyses.parameters import Option, Scope, options
from core.store.schema import Attribute
from core.survival.compared import MOST_GROUPS

#: Roles whose levels have an order that a trend may follow.
ORDERED = ("stage", "t_stage", "n_stage", "grade")
#: The reference when the reader names none.
FIRST = "first"
WEIGHTS = options(
    ("logrank", "log-rank: every event counts the same"),
    ("early", "early events count more (Fleming-Harrington 1, 0)"),
    ("late", "late events count more (Fleming-Harrington 0, 1)"),
    ("middle", "events in the middle count more (Fleming-Harrington 1, 1)"),
)
CUTS = options(
    ("median", "the median"),
    ("tertiles", "the tertiles"),
    ("value", "a value, such as a published one"),
    ("searched", "a searched value, p corrected for the search"),
)
YEARS = options(("1", "1 year"), ("2", "2 years"), ("3", "3 years"), ("5", "5 years"), ("10", "10 years"))


def splits(scope: Scope) -> tuple[Option, ...]:
    """The kinds of group that this study has."""
    catalogue = scope.context.catalogue
    kinds = [("attribute", "an attribute")] if choices.comparable(scope) else []
    kinds += [("gene", "a mutated gene")] if catalogue.mutation_genes else []
    kinds += [("expression", "the expression of a gene")] if catalogue.expression_genes else []
    kinds += [("feature", "an imaging feature"), ("cluster", "Wasserstein clusters")] if catalogue.feature_sets else []
    return options(*kinds, ("none", "nothing: one curve"))


def split_is(*kinds: str):
    """Whether the groups are made of one of these."""
    return lambda values: values["split"] in kinds


def cut_matters(values) -> bool:
    """Whether the groups may come from a number."""
    return values["split"] in ("attribute", "feature", "expression")


def groups_matter(values) -> bool:
    """Whether there are groups at all."""
    return values["split"] != "none"


def references(scope: Scope) -> tuple[Option, ...]:
    """The first group, or any level of the attribute."""
    known = _attribute(scope)
    levels = known.levels if known is not None and known.type == "category" else ()
    levels = {MAIN: main_stages(levels), COMMON: (*levels, OTHER)}.get(scope.values["levels"], levels)
    return (Option(FIRST, "the first group"), *(Option(level, level) for level in levels if level != FIRST))


def _attribute(scope: Scope) -> Attribute | None:
    return scope.context.catalogue.attributes.get(scope.values["attribute"])


def level_choices(scope: Scope) -> tuple[Option, ...]:
    """How the levels of the attribute may be joined."""
    known = _attribute(scope)
    stages = [(MAIN, "main stages: IVA and IVB are IV")] if known is not None and known.role in STAGES else []
    common = (COMMON, f"the {MOST_GROUPS - 1} most frequent, the others joined")
    return options((EACH, "every level"), *stages, common)


def level_default(scope: Scope) -> str:
    """Every level, unless the attribute has more than curves can be told apart."""
    known = _attribute(scope)
    if known is None or known.type != "category" or len(known.levels) <= MOST_GROUPS:
        return EACH
    return MAIN if known.role in STAGES else COMMON


def is_ordered(scope: Scope) -> bool:
    """Whether the groups have an order that a trend may follow."""
    known = _attribute(scope)
    by_role = scope.values["split"] == "attribute" and known is not None and known.role in ORDERED
    return by_role or (scope.values["cut"] == "tertiles" and (known is None or known.type == "number"))

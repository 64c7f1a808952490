"""The baseline table: who the patients are, overall and by a chosen group."""

from __future__ import annotations

from dataclasses import dataclass

from core.analyses.base import Analysis
from core.analyses.choices import NONE, attributes, categories_or_none, few_levels
from core.analyses.parameters import Choice, Flag, Many, parameter
from core.compute import quiet
from core.stats.tables import MOST_GROUPS, baseline


def _defaults(scope) -> tuple[str, ...]:
    known = scope.context.catalogue.attributes.values()
    fit = [a for a in known if a.type == "number" or (a.type == "category" and len(a.levels) <= 12)]
    return tuple(each.name for each in sorted(fit, key=lambda each: not each.role))[:12]


def _first_group(scope) -> str:
    """The first category whose levels all fit beside each other, so that the table opens with groups."""
    return next((option.value for option in few_levels(scope, MOST_GROUPS)), NONE)


@dataclass(frozen=True, kw_only=True)
class BaselineTable(Analysis):
    name = "baseline"
    title = "Baseline table"
    question = "What do the patients of the cohort look like, overall and by group?"
    method = (
        "Numbers are median [quartiles], categories n (% of those known), missing values counted beside them. Groups "
        "are compared by standardised mean differences, which do not depend on n; p-values only on request, then with "
        "the Benjamini-Hochberg q over the table."
    )
    sources = ("Pollard et al. 2018, tableone, doi:10.1093/jamiaopen/ooy012",)
    pages = ("Cohort",)
    rank = 20

    group: str = parameter(
        Choice("Groups", "The groups to compare side by side.", options=categories_or_none, default=_first_group)
    )
    attributes: tuple[str, ...] = parameter(
        Many("Rows", "The attributes in the table.", options=attributes, default=_defaults, most=40)
    )
    p_values: bool = parameter(Flag("p-values", "Show p and q for each row.", default=False))

    def read(self, context):
        grouped = () if self.group == NONE else (self.group,)
        names = list(dict.fromkeys([*grouped, *self.attributes]))
        known = context.catalogue.attributes
        frame = context.store.patients(context.cohort, names)
        kinds = {name: known[name].type for name in names}
        labels = {
            name: f"{known[name].label or name}{f' ({known[name].unit})' if known[name].unit else ''}" for name in names
        }
        return frame, kinds, labels, {name: known[name].levels for name in names}

    def __call__(self, data, progress=quiet):
        frame, kinds, labels, orders = data
        group = None if self.group == NONE else self.group
        return baseline(frame, kinds, group, labels, orders, self.p_values)

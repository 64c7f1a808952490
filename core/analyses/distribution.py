"""How is one feature distributed, over everybody and by groups of patients?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Option, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.stats.association import Association, numeric_association
from core.stats.rank_groups import RankScreen, rank_screen


@dataclass(frozen=True, eq=False)
class FeatureDistribution:
    """A feature in `n` of `n_cohort` patients, by the groups of `by` ("" for none).

    values     patient_id, value, and group when there are groups (missing where the group is not known)
    levels     the groups that have patients with a value, in their order
    association  the test between the groups; None without groups, `state` says why where it could not be made
    q          of this feature among all features of the set against the same groups (`screen`), NaN where not tested
    """

    feature: str
    label: str
    family: str
    by: str
    values: pd.DataFrame
    levels: tuple[str, ...]
    association: Association | None
    state: str
    q: float
    screen: RankScreen | None
    n: int
    n_missing: int
    n_no_group: int
    n_cohort: int


def _features(scope) -> tuple[Option, ...]:
    chosen = scope.context.catalogue.feature_sets[scope.context.analysis("measured").features]
    listed = scope.context.features
    shown = [each for each in chosen.features if listed is None or each.name in listed.names] or chosen.features
    return tuple(Option(each.name, each.label or each.name) for each in shown)


def _groups(scope) -> tuple[Option, ...]:
    return (*choices.categories(scope, most=12), Option(choices.NONE, "no groups"))


@dataclass(frozen=True, kw_only=True)
class Distribution(Analysis):
    name = "distribution"
    title = "Distribution"
    question = "How is a feature distributed, and does it differ between groups of patients?"
    method = (
        "Mann-Whitney for two groups, Kruskal-Wallis for more, with the effect size of the ranks (exact or by "
        "permutation where a group is small). Because readers look through the features one after the other, the q of "
        "the feature is shown too: Benjamini-Hochberg over Kruskal-Wallis tests of all features of the set against the "
        "same groups. Patients without the feature or the group are left out and counted."
    )
    sources = (
        "Mann and Whitney 1947, doi:10.1214/aoms/1177730491",
        "Kruskal and Wallis 1952, doi:10.1080/01621459.1952.10483441",
        "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
    )
    pages = ("Features",)
    rank = 10

    feature: str = parameter(
        Choice("Feature", "Type to look for a name.", options=_features, nothing="There is no feature to show.")
    )
    by: str = parameter(Choice("By", "The groups of patients that are set side by side.", options=_groups))

    def needs(self, context):
        return (context.analysis("measured"),)

    def read(self, context):
        measured = context.result(context.analysis("measured"))
        if self.by == choices.NONE:
            return measured, None, None
        groups = context.store.patients(context.cohort, [self.by])[self.by].reindex(measured.values.index)
        return measured, groups, context.catalogue.attributes[self.by]

    def __call__(self, data, progress: Progress = quiet):
        measured, groups, attribute = data
        values = measured.values[self.feature]
        known = values.notna()
        table = values[known].rename("value").rename_axis("patient_id").reset_index()
        association, state, screen, levels, without = None, "", None, (), 0
        if groups is not None:
            table["group"] = groups[known].to_numpy()
            without = int(table["group"].isna().sum())
            here = set(table["group"].dropna())
            levels = tuple(level for level in attribute.levels if level in here)
            ordered = pd.Series(pd.Categorical(groups, categories=attribute.levels))
            try:
                association = numeric_association(ordered, values.to_numpy())
                screen = rank_screen(measured.values, groups)
            except NotEstimable as reason:
                state = str(reason)
        unit = measured.units.get(self.feature, "")
        label = f"log {self.feature}" if self.feature in measured.logged else self.feature
        return FeatureDistribution(
            feature=self.feature,
            label=f"{label} ({unit})" if unit and self.feature not in measured.logged else label,
            family=measured.families[self.feature],
            by="" if attribute is None else attribute.label or attribute.name,
            values=table,
            levels=levels,
            association=association,
            state=state,
            q=_q(screen, self.feature),
            screen=screen,
            n=int(known.sum()),
            n_missing=int((~known).sum()),
            n_no_group=without,
            n_cohort=measured.n_cohort,
        )


def _q(screen: RankScreen | None, feature: str) -> float:
    if screen is None:
        return float("nan")
    return float(screen.table.set_index("feature")["q"].get(feature, float("nan")))

"""Kaplan-Meier by any attribute, gene, feature or cluster, for any endpoint."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.comparison import compare
from core.analyses.parameters import Choice, Number, Option, options, parameter
from core.compute import quiet
from core.store.schema import NOT_PROFILED
from core.survival.grouping import Grouping, category_groups, median_groups, tertile_groups

CUTS = {"median": median_groups, "tertiles": tertile_groups}


def _splits(scope) -> tuple[Option, ...]:
    """The kinds of group that this study has."""
    catalogue = scope.context.catalogue
    kinds = [("attribute", "an attribute")] if choices.comparable(scope) else []
    kinds += [("gene", "a mutated gene")] if catalogue.mutation_genes else []
    kinds += [("feature", "an imaging feature"), ("cluster", "Wasserstein clusters")] if catalogue.feature_sets else []
    return options(*kinds, ("none", "nothing: one curve"))


def _is(*kinds: str):
    return lambda values: values["split"] in kinds


def _cut_matters(values) -> bool:
    return values["split"] in ("attribute", "feature")


@dataclass(frozen=True, kw_only=True)
class Survival(Analysis):
    name = "survival"
    title = "Survival"
    question = "Do groups of patients differ in the time to an event, and by how much?"
    method = (
        "Kaplan-Meier curves with log-log bands; numbers at risk count T >= t. Log-rank test (two-sided), by "
        "permutation when a group has fewer than 10 patients or 5 events, none below 5 patients or 3 events in all; "
        "pairs of groups adjusted by Holm. Hazard ratios from Cox regression with Efron's ties, unadjusted, the first "
        "group as reference. Numbers are cut at the median or tertiles of the patients shown, and given per standard "
        "deviation beside it; cut-points are never searched for here."
    )
    sources = (
        "Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452",
        "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x",
        "Davidson-Pilon 2019, lifelines, doi:10.21105/joss.01317",
    )
    pages = ("Survival",)
    rank = 10

    split: str = parameter(Choice("Groups by", "What makes the groups.", options=_splits))
    attribute: str | None = parameter(
        Choice(
            "Attribute",
            "A number, or a category of which the cohort has at most six levels.",
            options=choices.comparable,
            when=_is("attribute"),
        )
    )
    gene: str | None = parameter(
        Choice(
            "Gene",
            "Mutated against wild type; patients not profiled for it are left out and counted.",
            options=choices.mutation_genes,
            when=_is("gene"),
        )
    )
    features: str | None = parameter(
        Choice("Feature set", "Where the feature was measured.", options=choices.feature_sets, when=_is("feature"))
    )
    setting: str | None = parameter(
        Choice("Setting", "The acquisition setting.", options=choices.settings_of("features"), when=_is("feature"))
    )
    feature: str | None = parameter(
        Choice("Feature", "The imaging feature.", options=choices.features_of("features"), when=_is("feature"))
    )
    cut: str | None = parameter(
        Choice(
            "Cut numbers at",
            "Fixed before looking at survival. A searched cut-point would need a corrected p.",
            options=options("median", "tertiles"),
            when=_cut_matters,
        )
    )
    seed: int = parameter(
        Number("Seed", "Of the permutation test of small groups.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        clusters = (context.analysis("clusters"),) if self.split == "cluster" else ()
        return (context.analysis("follow_up"), *clusters)

    def read(self, context):
        followed = context.result(context.analysis("follow_up"))
        return (followed.outcomes, followed.endpoint, *self._marker(context, followed.outcomes.index))

    def _marker(self, context, patients: pd.Index) -> tuple[str, pd.Series | None, str, tuple[str, ...]]:
        """The marker's name, its value per patient, its kind, and the order of its levels."""
        if self.split == "none":
            return "all patients", None, "none", ()
        if self.split == "attribute":
            known = context.catalogue.attributes[self.attribute]
            values = context.store.patients(context.cohort, [self.attribute])[self.attribute]
            return known.label or known.name, values, known.type, known.levels
        if self.split == "gene":
            status = context.store.mutation_status(context.cohort, [self.gene])[self.gene]
            return (
                f"{self.gene} status",
                status.where(status != NOT_PROFILED, None),
                "category",
                ("wild type", "mutated"),
            )
        if self.split == "feature":
            values = context.store.features(context.cohort, self.features, self.setting, [self.feature])[self.feature]
            return self.feature, values.reindex(patients), "number", ()
        clusters = context.result(context.analysis("clusters"))
        return "Wasserstein cluster", clusters.names_of().reindex(patients), "category", ()

    def __call__(self, data, progress=quiet):
        outcomes, endpoint, marker, values, kind, levels = data
        grouping: Grouping | None = None
        if kind == "number":
            grouping = CUTS[self.cut](values)
        elif kind == "category":
            grouping = category_groups(values, levels)
        numbers = values if kind == "number" else None
        return compare(outcomes, endpoint, marker, grouping, numbers, self.seed, progress, levels)

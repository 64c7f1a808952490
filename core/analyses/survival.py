"""Kaplan-Meier by any attribute, gene, feature or cluster, for any endpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.comparison import Asked, compare, shown_tests
from core.analyses.marker import CATEGORY, EACH, NUMBER, SEARCHED, grouping, marker
from core.analyses.parameters import Choice, Flag, Many, Number, options, parameter
from core.analyses.survival_choices import (
    CUTS,
    FIRST,
    WEIGHTS,
    YEARS,
    cut_matters,
    groups_matter,
    is_ordered,
    level_choices,
    level_default,
    references,
    split_is,
    splits,
)
from core.compute import quiet


@dataclass(frozen=True, kw_only=True)
class Survival(Analysis):
    name = "survival"
    title = "Survival"
    question = "Do groups of patients differ in the time to an event, and by how much?"
    method = (
        "Kaplan-Meier curves with log-log bands; numbers at risk count T >= t. Log-rank test (two-sided), on request "
        "weighted or stratified, by permutation when a group has fewer than 5 events or 20 patients (30 of more than "
        "four groups), none below 5 patients or 3 events in all; pairs of groups by the same test, adjusted by Holm "
        "or Benjamini-Hochberg; test "
        "for trend over ordered groups. Hazard ratios from Cox regression with Efron's ties, unadjusted. Restricted "
        "mean survival times with their differences. Numbers are cut at the median, tertiles or a given value of the "
        "patients shown, and given per standard deviation beside it. A searched cut runs over the 10 to 90 % range; "
        "its p comes from searching again in 1,000 permutations, and the uncorrected p is never shown."
    )
    sources = (
        "Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452",
        "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x",
        "Fleming and Harrington 1991, doi:10.1002/9781118150672",
        "Royston and Parmar 2013, doi:10.1186/1471-2288-13-152",
        "Hothorn and Lausen 2003, doi:10.1016/S0167-9473(02)00225-6",
        "Davidson-Pilon 2019, lifelines, doi:10.21105/joss.01317",
    )
    pages = ("Survival",)
    rank = 10

    split: str = parameter(Choice("Groups by", "What makes the groups.", options=splits))
    attribute: str | None = parameter(
        Choice(
            "Attribute",
            "A number, or a category of which the cohort has at most six levels.",
            options=choices.comparable,
            when=split_is("attribute"),
        )
    )
    levels: str | None = parameter(
        Choice(
            "Levels",
            "An attribute may have more levels than curves can be told apart. The most frequent are counted in this "
            "cohort, without looking at survival; levels that say that nothing is known are then left out.",
            options=level_choices,
            default=level_default,
            when=split_is("attribute"),
        )
    )
    gene: str | None = parameter(
        Choice(
            "Gene",
            "Mutated against wild type; patients not profiled for it are left out and counted.",
            options=choices.mutation_genes,
            when=split_is("gene"),
        )
    )
    expression: str | None = parameter(
        Choice(
            "Expressed gene",
            "How strongly the gene is expressed, as the study's table gives it.",
            options=choices.expression_genes,
            when=split_is("expression"),
        )
    )
    features: str | None = parameter(
        Choice("Feature set", "Where the feature was measured.", options=choices.feature_sets, when=split_is("feature"))
    )
    setting: str | None = parameter(
        Choice("Setting", "The acquisition setting.", options=choices.settings_of("features"), when=split_is("feature"))
    )
    feature: str | None = parameter(
        Choice("Feature", "The imaging feature.", options=choices.features_of("features"), when=split_is("feature"))
    )
    cut: str | None = parameter(
        Choice(
            "Cut numbers at",
            "All but the last are fixed before looking at survival. A searched cut is chosen for the largest "
            "difference, so its p is corrected by searching again in permuted data.",
            options=CUTS,
            when=cut_matters,
        )
    )
    value: float | None = parameter(
        Number(
            "Value of the cut",
            "Low is at most this value, high is above it. In the unit of the number.",
            low=-1e12,
            high=1e12,
            step=0.1,
            default=0,
            when=lambda values: cut_matters(values) and values["cut"] == "value",
        )
    )
    weights: str | None = parameter(
        Choice(
            "Test",
            "Choose it before looking at the curves. Pairs of groups are compared by the same test.",
            options=WEIGHTS,
            when=groups_matter,
        )
    )
    strata: str | None = parameter(
        Choice(
            "Compare within",
            "The log-rank test then compares patients of the same stratum only, such as those of one centre.",
            options=choices.none_or_categories,
            default=choices.NONE,
            when=lambda values: groups_matter(values) and values["weights"] == "logrank",
        )
    )
    trend: bool | None = parameter(
        Flag(
            "The groups are ordered: test for trend",
            "One degree of freedom over the groups in their order, scored 1, 2, 3 ...",
            default=is_ordered,
            when=groups_matter,
        )
    )
    adjustment: str | None = parameter(
        Choice(
            "Adjust pairs by",
            "Holm: no false claim among them. Benjamini-Hochberg: a share of false ones among the claimed.",
            options=options(("Holm", "Holm"), ("BH", "Benjamini-Hochberg")),
            when=groups_matter,
        )
    )
    reference: str | None = parameter(
        Choice(
            "Reference group",
            "Hazard ratios and mean differences are against it.",
            options=references,
            default=FIRST,
            when=split_is("attribute"),
        )
    )
    rates: tuple[str, ...] = parameter(
        Many("Survival at", "Times at which survival is told, with its interval.", options=YEARS, default=("2", "5"))
    )
    mean_until: float = parameter(
        Number(
            "Mean survival time up to (0: largest)",
            "Limit of the restricted mean, in the unit chosen; best fixed before looking at the curves. 0 takes "
            "the largest that every group's follow-up allows.",
            low=0,
            high=100_000,
            step=1,
            default=0,
        )
    )
    axis: float = parameter(
        Number(
            "Time axis up to (0: all)",
            "What is drawn, in the unit chosen; no number changes by it.",
            low=0,
            high=100_000,
            step=1,
            default=0,
        )
    )
    seed: int = parameter(
        Number(
            "Seed",
            "Of permutations and resamples.",
            low=0,
            high=99999,
            step=1,
            default=0,
            whole=True,
        )
    )

    def needs(self, context):
        clusters = (context.analysis("clusters"),) if self.split == "cluster" else ()
        return (context.analysis("follow_up"), *clusters)

    def read(self, context):
        followed = context.result(context.analysis("follow_up"))
        strata = None
        if self.strata not in (None, choices.NONE):
            strata = context.store.patients(context.cohort, [self.strata])[self.strata]
        return followed, strata, self._stratum(context), marker(context, self, followed.outcomes.index)

    def _stratum(self, context) -> str:
        known = context.catalogue.attributes.get(self.strata)
        return "" if known is None else known.label or known.name

    def __call__(self, data, progress=quiet):
        followed, strata, by, chosen = data
        searched = chosen.kind == NUMBER and self.cut == SEARCHED
        asked = Asked(
            weights=self.weights or "logrank",
            strata=strata,
            by=by,
            trend=bool(self.trend),
            adjustment=self.adjustment or "Holm",
            reference=None if self.reference in (None, FIRST) or chosen.kind != CATEGORY else self.reference,
            rates_at=tuple(map(float, self.rates)),
            mean_until=self.mean_until,
            axis=self.axis,
            search=searched,
            seed=self.seed,
        )
        groups = grouping(chosen, self.cut, self.value)
        return compare(followed.outcomes, followed.endpoint, chosen, groups, asked, progress)

    def tests(self, context, result):
        follow_up = context.analysis("follow_up")
        number = result.per_sd is not None or result.search is not None
        given = number and self.cut == "value"
        cut = (f"{self.value:g}" if given else self.cut) if number else None
        ways = {"landmark": follow_up.landmark, "until": follow_up.until, "means until": self.mean_until}
        ways |= {"cut": cut, "within": self.strata, "test": self.weights, "levels": self.levels}
        said = {name: text for name, text in ways.items() if text not in (None, 0, choices.NONE, EACH)}
        how = ", ".join(f"{name} {text}" for name, text in said.items())
        entries = shown_tests(result, context.view.study, str(context.cohort), how)
        return tuple(replace(each, given_cut=given) for each in entries)

"""Survival by feature and genotype together: four curves, high or low of one with or without the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.comparison import Asked, Comparison, compare, shown_tests
from core.analyses.comparison_words import read_aloud
from core.analyses.follow_up import Followed
from core.analyses.genotype_feature import FeatureOfScreen, chosen_feature
from core.analyses.marker import CATEGORY, Marker
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.survival.cutpoint import SearchedCut, searched_cut
from core.survival.grouping import Grouping, median_groups, value_groups
from core.survival.outcome import Outcome
from core.survival.words import p_text
from core.vocabulary import counted

MEDIAN, QUANTILE, SEARCHED = "median", "quantile", "searched"
NO_TEST = (
    "The four groups are not tested: the cut was searched for the largest difference, so any test of groups that it "
    "made would claim too much. The p of the search is corrected."
)


@dataclass(frozen=True, eq=False)
class JointStrata:
    """comparison of the four groups; `search` of the cut, when it was searched, on patients with both

    feature, genotype   in words; cut: the boundary, low at most it, in the unit of the feature
    n_both, n_followed  patients with feature and genotype; of them with follow-up
    """

    comparison: Comparison
    search: SearchedCut | None
    feature: str
    genotype: str
    cut: float
    how: str
    n_both: int
    n_followed: int
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GenotypeSurvival(Analysis):
    name = "genotype_survival"
    title = "Feature and genotype"
    question = "Do feature and genotype together say more about survival than either alone?"
    method = (
        "Patients with feature, genotype and follow-up are cut at the median, a quantile, or a searched value of the "
        "feature, and divided into carriers and others: Kaplan-Meier curves of the four groups with the log-rank test "
        "of the Survival page. A searched cut has one p, corrected by searching again in 1,000 permutations, and its "
        "groups are not tested. How the published study chose its thresholds is not known."
    )
    sources = (
        "Budzikowski et al. 2021, Journal of Medical Imaging 8(3):031903, https://pubmed.ncbi.nlm.nih.gov/33889657",
        "Hothorn and Lausen 2003, doi:10.1016/S0167-9473(02)00225-6",
    )
    pages = ("Radiogenomics",)
    rank = 44

    cut: str = parameter(
        Choice(
            "Cut the feature at",
            "The median and a quantile are fixed before looking at survival. A searched cut is chosen for the largest "
            "difference, so only its corrected p is shown.",
            options=options(
                (MEDIAN, "the median"), (QUANTILE, "a quantile"), (SEARCHED, "a searched value, p corrected")
            ),
        )
    )
    quantile: float | None = parameter(
        Number(
            "Quantile",
            "This share of the patients is low.",
            low=0.1,
            high=0.9,
            step=0.05,
            default=0.75,
            when=lambda values: values["cut"] == QUANTILE,
        )
    )
    seed: int = parameter(
        Number("Seed", "Of permutations and resamples.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("follow_up"), context.analysis("genotype_feature"))

    def read(self, context):
        followed = context.result(context.analysis("follow_up"))
        return followed, chosen_feature(context, context.analysis("genotype_feature"))

    def __call__(self, data, progress: Progress = quiet) -> JointStrata:
        followed, chosen = data
        both = both_known(followed, chosen)
        outcomes = followed.outcomes.loc[both.index]
        outcome = Outcome.of(outcomes["time"], outcomes["event"], followed.endpoint.time_unit)
        inside = both.loc[outcome.kept]
        if inside.empty:
            raise NotEstimable(
                "No patient with feature and genotype has follow-up.", "Widen the cohort, or choose another endpoint."
            )
        search, halves = self._halves(inside["value"], outcome, part(progress, 0, 0.6))
        joint = _joint(halves, inside, chosen, followed)
        marker = Marker(f"{chosen.text} and {chosen.genotype.name}", joint.labels, CATEGORY, joint.levels)
        asked = Asked(rates_at=(2.0, 5.0), seed=self.seed)
        found = compare(followed.outcomes, followed.endpoint, marker, joint, asked, part(progress, 0.6, 0.4))
        if search is not None:
            found = _untested(found)
        how = {MEDIAN: "cut median", QUANTILE: f"cut quantile {self.quantile:g}" if self.quantile else ""}
        return JointStrata(
            comparison=found,
            search=search,
            feature=chosen.text,
            genotype=chosen.genotype.name,
            cut=halves.cuts[0],
            how=how.get(self.cut, "cut searched"),
            n_both=len(both),
            n_followed=len(inside),
            words=_words(search, found, chosen),
        )

    def _halves(self, values: pd.Series, outcome: Outcome, progress: Progress) -> tuple[SearchedCut | None, Grouping]:
        if self.cut == MEDIAN:
            return None, median_groups(values)
        if self.cut == QUANTILE:
            cut = float(np.quantile(values, self.quantile))
            return None, value_groups(values, cut, "", f"Cut at the {self.quantile:.0%} quantile")
        search = searched_cut(
            Outcome.of(outcome.time, outcome.event, outcome.unit), values.to_numpy(), seed=self.seed, progress=progress
        )
        return search, value_groups(values, search.cut, "", "Cut where a search found the largest log-rank statistic")

    def tests(self, context, result):
        found = result.comparison
        study, cohort = context.view.study, str(context.cohort)
        entries = shown_tests(found, study, cohort, f"by genotype, {result.how}")
        if result.search is None:
            return entries
        own = shown_tests(replace(found, search=result.search), study, cohort, f"by genotype, {result.how}")
        return tuple(replace(each, searched=True) for each in own)


def both_known(followed: Followed, chosen: FeatureOfScreen) -> pd.DataFrame:
    """value, carrier of the patients who have both."""
    frame = pd.DataFrame({"value": chosen.values, "carrier": chosen.genotype.carrier})
    frame = frame.replace([np.inf, -np.inf], np.nan).reindex(followed.outcomes.index)
    return frame.dropna()


def _joint(halves: Grouping, inside: pd.DataFrame, chosen: FeatureOfScreen, followed: Followed) -> Grouping:
    """Labels of all patients of the cohort: low and high, each with and without the allele."""
    names = {0.0: chosen.genotype.negative, 1.0: chosen.genotype.positive}
    short = dict(zip(halves.levels, ("low", "high"), strict=True))
    levels = tuple(f"{side}, {names[code]}" for side in ("low", "high") for code in (0.0, 1.0))
    labels = pd.Series(None, index=followed.outcomes.index, dtype=object)
    labels[inside.index] = [
        f"{short[half]}, {names[code]}" for half, code in zip(halves.labels, inside["carrier"], strict=True)
    ]
    sizes = tuple(int((labels == level).sum()) for level in levels)
    kept = tuple(level for level, size in zip(levels, sizes, strict=True) if size)
    rule = f"{halves.rule.removesuffix('.')}: {' and '.join(halves.levels)} {chosen.text}; {chosen.genotype.name}."
    n = sum(sizes)
    return Grouping(labels, kept, tuple(filter(None, sizes)), (), halves.n_at_cut, n, len(labels) - n, rule)


def _untested(found: Comparison) -> Comparison:
    """The curves of a searched cut, without what would be too sure of them."""
    states = {name: text for name, text in found.states.items() if name not in ("test", "hazard", "means", "pairs")}
    found = replace(
        found, test=None, pairs=(), trend=None, hazard=None, means=None, states=states | {"test": NO_TEST}, words=()
    )
    return replace(found, words=read_aloud(found))


def _words(search: SearchedCut | None, found: Comparison, chosen: FeatureOfScreen) -> tuple[str, ...]:
    counts = f"n = {found.curves.n}, {counted(found.curves.n_events, 'event')}"
    if search is not None:
        shown = "differ" if search.p_corrected < 0.05 else "are not shown to differ"
        return (
            f"High and low {chosen.text}, cut at {search.cut:.3g}, {shown} once the search is paid for: corrected "
            f"{p_text(search.p_corrected)} ({search.permutations:,} permutations, seed {search.seed}); {counts}.",
        )
    if found.test is None or found.test.p is None:
        return ()
    shown = "differ" if found.test.p < 0.05 else "are not shown to differ"
    return (
        f"The four groups of {chosen.text} and {chosen.genotype.name} {shown}: {p_text(found.test.p)}; {counts}. "
        f"Whether the feature tells more in {chosen.genotype.positive} than in {chosen.genotype.negative} is the "
        "interaction of the model below, which needs no cut.",
    )

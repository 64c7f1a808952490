"""Do patients high on the radiomic index, on the genomic one, on both or on neither fare differently?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.blocks_result import GENOMIC, RADIOMIC, BlocksOf
from core.analyses.comparison import Asked, Comparison, compare, shown_tests
from core.analyses.comparison_words import read_aloud
from core.analyses.marker import CATEGORY, Marker
from core.analyses.parameters import Number, parameter
from core.compute import part, quiet
from core.errors import NotEstimable
from core.survival.grouping import category_groups
from core.survival.linear_rank import PERMUTATION, RankTest
from core.survival.quadrants import QUARTERS, Quadrants, quadrants

METHOD = "log-rank"
NO_RATIO = (
    "No hazard ratio is given between groups made out of fold: its interval would suppose that the groups were known "
    "beforehand. The ladder says what each block adds."
)
RULE = (
    "Each index is a Cox model of its block alone, fitted without the patient's fold, and high above the median of the "
    "patients who made it."
)


@dataclass(frozen=True, eq=False)
class QuadrantCurves:
    """`comparison` holds the four curves; its test is the permutation of the whole procedure in `found`."""

    comparison: Comparison
    found: Quadrants
    indices: pd.DataFrame
    n_cohort: int
    n: int
    n_events: int


@dataclass(frozen=True, kw_only=True)
class QuadrantsByIndices(Analysis):
    name = "quadrants"
    title = "Both indices"
    question = "Do patients high on the radiomic index, on the genomic one, on both or on neither fare differently?"
    method = (
        "A Cox index of the radiomic block alone and one of the genomic block alone, each made in folds that the "
        "patient is not in and cut at the median of those who made it; Kaplan-Meier curves of the four groups. Groups "
        "made out of fold are not independent, so the chi-square of the log-rank test need not hold: covariates are "
        "exchanged between patients, and folds, fits, cuts and statistic made anew. The p is exact for the question "
        "whether the outcome has to do with either block."
    )
    sources = (
        "Simon et al. 2011, doi:10.1093/bib/bbr001",
        "Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452",
    )
    pages = ("Survival",)
    rank = 54
    slow = True

    folds: int = parameter(Number("Folds", "Of the indices.", low=3, high=10, step=1, default=5, whole=True))
    permutations: int = parameter(
        Number(
            "Permutations",
            "Of the whole procedure; the smallest p is 1 / (permutations + 1).",
            low=99,
            high=1999,
            step=100,
            default=199,
            whole=True,
        )
    )
    seed: int = parameter(
        Number("Seed", "Of the folds and permutations.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("blocks"),)

    def read(self, context):
        return context.result(context.analysis("blocks"))

    def __call__(self, data: BlocksOf, progress=quiet):
        lacking = [data.states[name] for name in (RADIOMIC, GENOMIC) if name in data.states]
        if lacking:
            raise NotEstimable(
                f"No groups by two indices: {' '.join(lacking)}",
                "They take a radiomic and a genomic block; choose both where the study has them.",
            )
        found = quadrants(
            data.patients,
            data.block(RADIOMIC),
            data.block(GENOMIC),
            folds=self.folds,
            permutations=self.permutations,
            seed=self.seed,
            progress=part(progress, 0, 0.95),
        )
        patients = data.tables[RADIOMIC].index
        outcomes = data.followed.outcomes.loc[patients]
        names = tuple(named(*each) for each in QUARTERS)
        labels = pd.Series([names[code] for code in found.code], index=patients, dtype=object)
        marker = Marker("the two indices", labels, CATEGORY, names)
        grouping = replace(category_groups(labels, names), rule=RULE)
        shown = compare(outcomes, data.followed.endpoint, marker, grouping, Asked(rates_at=(2.0, 5.0)))
        comparison = replace(
            shown,
            test=_test(found, shown),
            pairs=(),
            trend=None,
            hazard=None,
            means=None,
            rule=RULE,
            states={"hazard": NO_RATIO} | ({} if found.p is not None else {"test": found.note}),
        )
        progress(1.0, "Curves")
        return QuadrantCurves(
            comparison=replace(comparison, words=read_aloud(comparison)),
            found=found,
            indices=pd.DataFrame(
                {RADIOMIC: found.indices[0], GENOMIC: found.indices[1], "group": labels.to_numpy()}, index=patients
            ),
            n_cohort=data.n_cohort,
            n=found.n,
            n_events=found.n_events,
        )

    def tests(self, context, result):
        return shown_tests(result.comparison, context.view.study, str(context.cohort), "out-of-fold indices")


def named(radiomic: bool, genomic: bool) -> str:
    """`radiomic high, genomic low`."""
    return f"radiomic {'high' if radiomic else 'low'}, genomic {'high' if genomic else 'low'}"


def _test(found: Quadrants, shown: Comparison) -> RankTest | None:
    """The test of the whole procedure in the form of the page's tests."""
    if found.p is None:
        return None
    return RankTest(
        statistic=found.statistic,
        dof=len(shown.curves.curves) - 1,
        p=found.p,
        method=METHOD,
        p_method=PERMUTATION,
        permutations=found.permutations,
        groups=(),
        note=found.note,
        n=found.n,
        n_events=found.n_events,
        n_excluded=0,
        n_no_group=0,
    )

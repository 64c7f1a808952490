"""Which features tell a class in the same way in every centre? All subsets of a few, held against the environments."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.analyses.base import Analysis
from core.analyses.centres import AcrossCentres
from core.analyses.invariance_result import InvarianceAcross
from core.analyses.invariance_sentences import invariance_words
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import Progress, quiet
from core.radiogenomics.invariance import invariant_prediction
from core.radiogenomics.invariance_environments import BONFERRONI, PUBLISHED
from core.radiogenomics.invariance_power import detectable, fallen
from core.radiogenomics.invariance_screening import LASSO, MOST, STABILITY
from core.radiogenomics.trained import ready

#: Whose residuals are drawn.
BEST, EMPTY, ALL = "best", "none", "all"


@dataclass(frozen=True, kw_only=True)
class InvariantPrediction(Analysis):
    name = "invariance"
    title = "Invariance across centres"
    question = "Which features tell a class in the same way in every centre?"
    method = (
        "At most eight features are screened along the path of the lasso logistic model. For each of their subsets, "
        "the empty one included: logistic regression over all patients (ten steps), residual = class less fitted "
        "probability, Welch's test of the residuals of each environment against all others; the smallest p times the "
        "number of environments (Bonferroni; as published one less). A set is accepted when its p exceeds alpha. The "
        "gate is open when any set is accepted. Three ways on: all screened features when the gate is open (as "
        "published), the union of the accepted sets, their intersection (the textbook's parents). Features missing in "
        "more than a fifth of the patients or nearly constant are left out, other gaps filled with the median. The "
        "screen sees the same patients as the test, which no p here counts."
    )
    sources = (
        "Peters, Buehlmann and Meinshausen 2016, doi:10.1111/rssb.12167",
        "Santinha et al. 2021, doi:10.1117/1.JMI.8.3.031905",
    )
    pages = ("Prediction",)
    rank = 51

    selection: str = parameter(
        Choice(
            "Screen",
            "Lasso: the features that enter the path first. Stability: those that enter it in most random halves of "
            "the patients.",
            options=options((LASSO, "lasso"), (STABILITY, "stability selection")),
        )
    )
    most: int = parameter(
        Number(
            "Screened at most",
            "All subsets are tested: 2 to this power.",
            low=1,
            high=MOST,
            step=1,
            default=MOST,
            whole=True,
        )
    )
    halves: int | None = parameter(
        Number(
            "Random halves",
            "Of the stability selection.",
            low=5,
            high=100,
            step=5,
            default=20,
            whole=True,
            when=lambda values: values["selection"] == STABILITY,
        )
    )
    seed: int | None = parameter(
        Number(
            "Seed of the halves",
            "Which halves are drawn.",
            low=0,
            high=9999,
            step=1,
            default=0,
            whole=True,
            when=lambda values: values["selection"] == STABILITY,
        )
    )
    alpha: float = parameter(
        Number("alpha", "A set is accepted when its p is larger.", low=0.01, high=0.2, step=0.01, default=0.05)
    )
    factor: str = parameter(
        Choice(
            "Smallest p times",
            "With K environments the published K - 1 rejects a true set in 6 to 8 % of studies where 5 % is meant; K "
            "keeps the level. With two environments both are one test.",
            options=options((BONFERRONI, "K, Bonferroni (corrected)"), (PUBLISHED, "K - 1 (as published)")),
        )
    )
    residuals: str = parameter(
        Choice(
            "Residuals of",
            "The set whose residuals are drawn for each environment.",
            options=options(
                (BEST, "the set with the largest p"),
                (EMPTY, "no feature: the classes themselves"),
                (ALL, "all screened"),
            ),
        )
    )

    def needs(self, context):
        return (context.analysis("centres"),)

    def read(self, context):
        return context.result(context.analysis("centres"))

    def __call__(self, data: AcrossCentres, progress: Progress = quiet):
        prepared = ready(data.values)
        names = [data.features[place] for place in prepared.columns]
        found = invariant_prediction(
            data.patients["positive"].to_numpy(dtype=int),
            prepared.of(data.values),
            names,
            data.patients["environment"].to_numpy(dtype=str),
            selection=self.selection,
            most=self.most,
            halves=self.halves or 20,
            seed=self.seed or 0,
            alpha=self.alpha,
            factor=self.factor,
            progress=progress,
        )
        shown = {EMPTY: 0, ALL: len(found.sets) - 1}.get(self.residuals, int(found.sets["p_environment"].argmax()))
        result = InvarianceAcross(
            target=data.target,
            positive=data.positive,
            environment=data.environment,
            of=data.of,
            found=found,
            shown=shown,
            residuals=found.residuals_of(shown),
            places=detectable(found, shown),
            fallen=fallen(found),
            left_out=data.left_out,
            n=data.n,
            n_positive=data.n_positive,
            n_cohort=data.n_cohort,
        )
        words, notes = invariance_words(result, prepared, len(data.features))
        found = replace(found, residuals=found.residuals[:0])
        return replace(result, found=found, words=words, notes=(*notes, *data.notes))

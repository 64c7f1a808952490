"""Does a rule learned in some centres tell the class in another? Invariant selection against the plain lasso."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.centres import AcrossCentres
from core.analyses.invariance import InvariantPrediction
from core.analyses.left_out_result import LeftOutCentres
from core.analyses.left_out_tables import ARM_NAMES, by_centre, features_used, over_mixed, together
from core.analyses.left_out_words import left_out_words
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.radiogenomics.invariance_arms import PATH, PUBLISHED_GRID, Recipe
from core.radiogenomics.invariance_folds import centre_splits, mixed_splits
from core.radiogenomics.invariance_tested import Tested, tested
from core.vocabulary import listed

INSIDE, ONCE = "in every fold", "once"
TRAINING, EVERYBODY = "training", "everybody"
FIXED, AUTO = "fixed", "auto"


@dataclass(frozen=True, eq=False)
class _Read:
    centres: AcrossCentres
    test: InvariantPrediction


@dataclass(frozen=True, kw_only=True)
class AcrossLeftOut(Analysis):
    name = "left_out_centres"
    title = "Left-out centres"
    question = "Does a rule learned in some centres tell the class in another, and does invariance help?"
    method = (
        "Each centre is left out once; everything is learned from the others: gaps (median), nearly constant features, "
        "scale, the screen, the test of invariance with the training centres as environments, and a lasso logistic "
        "classifier whose penalty has the highest mean Matthews correlation in repeated three-fold cross-validation, "
        "with the selection made anew in every fold. Positive from probability 0.5 on. Five arms: screened features "
        "when the gate is open, union and intersection of the accepted sets, the screen without a test, and the plain "
        "lasso on all features. An arm without features gives everybody the share of positives. AUC: DeLong's interval "
        "on the logit scale, Newcombe's with fewer than five patients of a class, never turned over; over centres, "
        "pairs within a centre, resampled within centre and class. Shares: Wilson. Matthews: bootstrap, 0 where it is "
        "undefined. Against the plain lasso: p by exchanging the two scores in random patients, Holm over all of them."
    )
    sources = (
        "Santinha et al. 2021, doi:10.1117/1.JMI.8.3.031905",
        "DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595",
        "Newcombe 2006, doi:10.1002/sim.2324",
        "Wilson 1927, doi:10.1080/01621459.1927.10502953",
        "Matthews 1975, doi:10.1016/0005-2795(75)90109-9",
        "Venkatraman and Begg 1996, doi:10.1093/biomet/83.4.835",
        "Holm 1979, https://www.jstor.org/stable/4615733",
        "Nadeau and Bengio 2003, doi:10.1023/A:1024068626366",
    )
    pages = ("Prediction",)
    rank = 52
    slow = True

    repeats: int = parameter(
        Number(
            "Repeats of the three folds",
            "That tune the penalty; ten as published.",
            low=1,
            high=20,
            step=1,
            default=10,
            whole=True,
        )
    )
    splits: int = parameter(
        Number(
            "Mixed splits (0: none)",
            "Random splits, 70 % to train, with every centre on both sides: what is expected where the centre is "
            "known. One, as published, says little.",
            low=0,
            high=50,
            step=1,
            default=5,
            whole=True,
        )
    )
    seed: int = parameter(
        Number("Seed", "Of folds, splits and resamples.", low=0, high=9999, step=1, default=0, whole=True)
    )
    selected: str = parameter(
        Choice(
            "Selection",
            "Made once before the folds that tune, those folds have been seen by it: the penalty is tuned on a score "
            "that is too good. The centre left out is not seen either way.",
            options=options(
                (INSIDE, "anew in every tuning fold (corrected)"), (ONCE, "once per training set (as published)")
            ),
        )
    )
    learned: str = parameter(
        Choice(
            "Gaps, constant features and scale from",
            "As published from all patients, the centre left out included: its values, though not its classes, then "
            "help to decide which features there are and what fills a gap. The scale itself is learned again in "
            "training, so of it nothing leaks.",
            options=options(
                (TRAINING, "the training patients (corrected)"), (EVERYBODY, "all patients (as published)")
            ),
        )
    )
    grid: str = parameter(
        Choice(
            "Penalties tried",
            "The path is a hundred from the least that keeps every feature out down. The published hundred are random "
            "powers of two, 2^-10 to 2^3; most of them keep every feature out.",
            options=options((PATH, "along the path"), (PUBLISHED_GRID, "random powers of two (as published)")),
        )
    )
    direction: str = parameter(
        Choice(
            "Direction of the ROC curve",
            "As published, a curve is turned over where the negative patients score higher, so that a rule that is "
            "wrong in a centre looks right there.",
            options=options((FIXED, "fixed (corrected)"), (AUTO, "whichever is better (as published)")),
        )
    )

    def needs(self, context):
        return (context.analysis("centres"), context.analysis("invariance"))

    def read(self, context):
        return _Read(context.result(context.analysis("centres")), context.analysis("invariance"))

    def __call__(self, data: _Read, progress: Progress = quiet):
        centres = data.centres
        y = centres.patients["positive"].to_numpy(dtype=float)
        environment = centres.patients["environment"].to_numpy(dtype=str)
        recipe = self.recipe(data.test)
        share = 1 / (1 + 0.3 * self.splits / len(centres.environments)) if self.splits else 1.0
        splits = centre_splits(environment)
        runs = tested(recipe, y, centres.values, environment, splits, self.seed, part(progress, 0, share))
        good = [run for run in runs if not run.state]
        if not good:
            raise NotEstimable(
                f"No centre can be left out: {runs[0].state}", "Widen the cohort, or choose another environment."
            )
        mixed = self._mixed(recipe, y, centres.values, environment, part(progress, share, 1 - share))
        pooled, differences = together(good, y, environment, self.seed)
        result = LeftOutCentres(
            target=centres.target,
            positive=centres.positive,
            environment=centres.environment,
            table=by_centre(good, y, self.direction == AUTO, self.seed),
            pooled=pooled,
            differences=differences,
            mixed=mixed[0],
            mixed_differences=mixed[1],
            features=features_used(good, centres.features),
            scores=_scores(good, centres),
            states=pd.DataFrame(
                [(run.split.name, run.state) for run in runs if run.state], columns=["centre", "reason"]
            ),
            left_out=centres.left_out,
            n=centres.n,
            n_positive=centres.n_positive,
            n_cohort=centres.n_cohort,
            n_features=len(centres.features),
            repeats=self.repeats,
            splits=self.splits,
            seed=self.seed,
        )
        return replace(result, words=left_out_words(result), notes=(*self._as_published(data.test), *centres.notes))

    def recipe(self, test: InvariantPrediction) -> Recipe:
        """How it is learned: the screen and the test as the Invariance section has them."""
        return Recipe(
            arms=tuple(ARM_NAMES),
            selection=test.selection,
            most=test.most,
            halves=test.halves or 20,
            alpha=test.alpha,
            factor=test.factor,
            inside=self.selected == INSIDE,
            repeats=self.repeats,
            grid=self.grid,
            everybody=self.learned == EVERYBODY,
        )

    def _mixed(self, recipe: Recipe, y, values, environment, progress: Progress) -> tuple[pd.DataFrame, pd.DataFrame]:
        splits = mixed_splits(y, environment, self.splits, self.seed)
        good = [run for run in tested(recipe, y, values, environment, splits, self.seed, progress) if not run.state]
        return over_mixed(good, y, self.seed) if good else (pd.DataFrame(), pd.DataFrame())

    def _as_published(self, test: InvariantPrediction) -> tuple[str, ...]:
        """Which of the published choices were made, in a sentence."""
        made = [
            text
            for text, chosen in (
                ("the selection is made once before the tuning folds", self.selected == ONCE),
                ("gaps and constant features are learned from all patients", self.learned == EVERYBODY),
                ("the penalties are random powers of two", self.grid == PUBLISHED_GRID),
                ("ROC curves are turned over where that is better", self.direction == AUTO),
                ("the smallest p is multiplied by K - 1", test.factor == "published"),
            )
            if chosen
        ]
        return (f"As published: {listed(made, 'and')}.",) if made else ()


def _scores(runs: list[Tested], centres: AcrossCentres) -> pd.DataFrame:
    places = np.concatenate([run.split.test for run in runs])
    table = centres.patients.iloc[places].reset_index().rename(columns={"environment": "centre"})
    for arm, name in ARM_NAMES.items():
        table[name] = np.concatenate([run.scores[arm] for run in runs])
    return table

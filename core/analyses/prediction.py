"""Can a mutation or a class of patients be told from their images?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Flag, Number, Option, options, parameter
from core.analyses.prediction_performance import performance
from core.analyses.prediction_result import HALF, PREVALENCE, YOUDEN, Predicted
from core.analyses.prediction_stability import settings, stability, versions
from core.analyses.prediction_words import prediction_words
from core.analyses.target_table import Labelled
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.network.screening import volume_feature
from core.prediction.frozen import Frozen, frozen
from core.prediction.nested import Learnt, Nested, Table, area, enough, learn, nested
from core.prediction.recipe import CLASSIFIERS, ELASTIC_NET, FOREST, LASSO, RIDGE, SVM, Recipe
from core.stats.confusion import called

KEEP = "all"
#: Patients of a batch below which its effects are not learnt inside folds.
FEWEST_PER_BATCH = 10
INNER = 5


def _batches(scope) -> tuple[Option, ...]:
    return (Option(choices.NONE, "nothing"), *choices.categories(scope, most=60))


@dataclass(frozen=True, eq=False)
class Read:
    """labelled patients; batch (n,) labels or None; about: where they come from, for the frozen model."""

    labelled: Labelled
    batch: np.ndarray | None
    about: dict[str, object]

    @property
    def table(self) -> Table:
        return Table(self.labelled.x.to_numpy(dtype=float), self.labelled.y.to_numpy(dtype=bool), self.batch)


@dataclass(frozen=True, kw_only=True)
class Prediction(Analysis):
    name = "prediction"
    title = "Model"
    question = "Can a mutation or a class of patients be told from their images?"
    method = (
        "Nested cross-validation: outer folds of equal parts of the classes, repeated; in each training set, and there "
        "alone, missing values are put at medians, columns of which 95 % of the patients have one value are left out, "
        "then, as chosen, columns that correlate with an earlier one are left out, batch effects taken out (ComBat), "
        "columns made normal (Yeo-Johnson), all scaled, the columns of the best AUC selected, and the penalty chosen "
        "by the log loss in 5 inner folds. Ridge logistic regression by default, its penalty such that a patient's log "
        "odds have a prior variance of 0.01 to 100. Each patient's probability is the mean over the repeats. AUC with "
        "DeLong's interval on the logit scale; average precision, calibration and net benefit with bootstrap bands. "
        "The final model is learnt on all patients in the same way."
    )
    sources = (
        "Varma and Simon 2006, doi:10.1186/1471-2105-7-91",
        "DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595",
        "le Cessie and van Houwelingen 1992, doi:10.2307/2347628",
        "Friedman, Hastie and Tibshirani 2010, doi:10.18637/jss.v033.i01",
        "Van Calster et al. 2019, doi:10.1186/s12916-019-1466-7",
        "Vickers and Elkin 2006, doi:10.1177/0272989X06295361",
        "Johnson, Li and Rabinovic 2007, doi:10.1093/biostatistics/kxj037",
    )
    pages = ("Prediction",)
    rank = 10

    classifier: str = parameter(
        Choice(
            "Classifier",
            "Ridge keeps all features; lasso and elastic net select some; forest and support vector machine bend.",
            options=options(*((each, CLASSIFIERS[each]) for each in (RIDGE, LASSO, ELASTIC_NET, FOREST, SVM))),
        )
    )
    select: int = parameter(
        Number(
            "Only the best features (0: all)",
            "How many, by their own AUC in each training set; 0 lets all of them in.",
            low=0,
            high=200,
            step=1,
            default=0,
            whole=True,
        )
    )
    redundant: str = parameter(
        Choice(
            "Leave out features that correlate above",
            "A feature that correlates so with an earlier one of its training set is left out.",
            options=options((KEEP, "keep all"), "0.95", "0.9", "0.8"),
        )
    )
    gaussian: bool = parameter(
        Flag(
            "Make features normal (Yeo-Johnson)",
            "Bend each feature by the power that makes it most normal in each training set.",
            default=False,
        )
    )
    harmonise: str = parameter(
        Choice(
            "Harmonise over (ComBat)",
            "Take out the effects of these batches, learnt in each training set. It cannot be told for a batch that "
            "was not seen.",
            options=_batches,
        )
    )
    folds: int = parameter(
        Number(
            "Outer folds", "In how many parts the patients are divided.", low=3, high=10, step=1, default=5, whole=True
        )
    )
    repeats: int = parameter(
        Number("Repeats", "How often they are divided anew.", low=1, high=50, step=1, default=10, whole=True)
    )
    threshold: str = parameter(
        Choice(
            "Called positive",
            "Where the table of right and wrong calls is cut. Youden's cut is chosen in each training set.",
            options=options(
                (PREVALENCE, "from the share of positives on"),
                (HALF, "from 0.5 on"),
                (YOUDEN, "from Youden's threshold on"),
            ),
        )
    )
    seed: int = parameter(
        Number("Seed", "Of every split and drawing.", low=0, high=9999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("target"),)

    @property
    def recipe(self) -> Recipe:
        """The steps as the domain takes them."""
        return Recipe(
            classifier=self.classifier,
            gaussian=self.gaussian,
            redundant=None if self.redundant == KEEP else float(self.redundant),
            best=self.select or None,
            folds=self.folds,
            inner=INNER,
            repeats=self.repeats,
            seed=self.seed,
        )

    @property
    def how(self) -> str:
        """The classifier and its choices in words."""
        said = [CLASSIFIERS[self.classifier]]
        said += [f"the {self.select} best features of each training set"] if self.select else []
        said += [f"none correlating above {self.redundant} with an earlier one"] if self.redundant != KEEP else []
        said += ["features made normal by powers"] if self.gaussian else []
        said += [f"harmonised over {self.harmonise}"] if self.harmonise != choices.NONE else []
        return ", ".join(said)

    def read(self, context) -> Read:
        target = context.analysis("target")
        found = target.labelled(context)
        found, batch = self._with_batches(context, found)
        catalogue = context.catalogue
        about = {
            "study": catalogue.study.id,
            "study_name": catalogue.study.name,
            "fingerprint": catalogue.fingerprint,
            "cohort": str(context.cohort),
            "outcome": found.label,
            "negative": found.negative,
            "feature_set": target.features,
            "setting": target.setting,
            "scale": found.scale,
            "n_positive": int(found.y.sum()),
            "seed": self.seed,
        }
        return Read(found, batch, about)

    def _with_batches(self, context, found: Labelled) -> tuple[Labelled, np.ndarray | None]:
        """The patients whose batch is known, and their batches; those without are counted."""
        if self.harmonise == choices.NONE:
            return found, None
        labels = context.store.patients(context.cohort, [self.harmonise])[self.harmonise].reindex(found.x.index)
        known = labels.notna()
        if not known.all():
            left = found.left_out | {f"no value of {self.harmonise}": int((~known).sum())}
            found = replace(found, x=found.x[known], y=found.y[known], left_out=left)
        counts = labels[known].value_counts()
        small = counts[counts < FEWEST_PER_BATCH]
        if len(small):
            told = ", ".join(f"{name} ({n})" for name, n in small.items())
            raise NotEstimable(
                f"Batches of fewer than {FEWEST_PER_BATCH} patients cannot be harmonised inside folds: {told}.",
                "Filter them out, or harmonise over another attribute.",
            )
        return found, labels[known].to_numpy(dtype=object)

    def __call__(self, data: Read, progress: Progress = quiet):
        table = data.table
        enough(table.y)
        found = nested(table, self.recipe, part(progress, 0.0, 0.8))
        model = learn(table, self.recipe, self.seed)
        told = performance(table.y, found.probability, self.seed, part(progress, 0.8, 0.2))
        apparent = area(table.y, model.probability(table))
        kept, no_frozen = self._frozen(data, model)
        cut, calls = self._calls(table.y, found, model)
        labelled, n_columns = data.labelled, table.x.shape[1]
        usable = min(n_columns, self.select or n_columns)
        volume, by_volume = self._volume(data)
        order = np.argsort(-found.probability, kind="stable")
        result = Predicted(
            label=labelled.label,
            positive=labelled.positive,
            negative=labelled.negative,
            of=labelled.of,
            how=self.how,
            n=len(table.y),
            n_positive=int(table.y.sum()),
            n_cohort=labelled.n_cohort,
            left_out=pd.DataFrame(list(labelled.left_out.items()), columns=["reason", "n"]),
            n_columns=n_columns,
            performance=told,
            spread=pd.DataFrame({"repeat": np.arange(1, self.repeats + 1), "auc": found.auc_by_repeat}),
            apparent=apparent,
            optimism=apparent - told.auc.auc,
            threshold=self.threshold,
            cut=cut,
            confusion=calls,
            settings=settings(found),
            stability=stability(labelled, found, model),
            volume=volume,
            volume_auc=by_volume,
            per_column=min(int(table.y.sum()), int((~table.y).sum())) / usable,
            frozen=kept,
            no_frozen=no_frozen,
            probabilities=pd.DataFrame({"positive": table.y[order], "probability": found.probability[order]}),
            folds=self.folds,
            inner=INNER,
            repeats=self.repeats,
            seed=self.seed,
            cautions=labelled.cautions,
        )
        return replace(result, words=prediction_words(result))

    def _frozen(self, data: Read, model: Learnt) -> tuple[Frozen | None, str]:
        try:
            about = data.about | {"versions": versions()}
            return frozen(model, list(data.labelled.x.columns), self.recipe, about), ""
        except NotEstimable as state:
            return None, str(state)

    def _volume(self, data: Read) -> tuple[str, float | None]:
        """The volume, and its AUC when a ridge fit of it alone is learnt in the same folds."""
        names = list(data.labelled.x.columns[: data.labelled.n_features])
        name = volume_feature(names)
        if name is None or len(names) == 1:
            return "", None
        alone = Table(data.table.x[:, [names.index(name)]], data.table.y)
        try:
            return name, area(alone.y, nested(alone, replace(self.recipe, classifier=RIDGE, best=None)).probability)
        except NotEstimable:
            return name, None

    def _calls(self, y: np.ndarray, found: Nested, model: Learnt):
        """What is called positive, in words, and how right that is."""
        if self.threshold == YOUDEN:
            low, high = found.thresholds.min(), found.thresholds.max()
            return (
                f"from the threshold of Youden of each training set ({low:.2f} to {high:.2f})",
                called(y, found.margin, 0.0),
            )
        if self.threshold == HALF:
            return "from a probability of 0.5 on", called(y, found.probability, 0.5)
        return f"from the share of positives ({model.share:.2f}) on", called(y, found.probability, model.share)

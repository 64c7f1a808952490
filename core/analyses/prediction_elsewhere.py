"""Does a frozen classifier hold in another study, or in other patients of this one?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses import prediction_elsewhere_choices as there
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Expression, Number, parameter
from core.analyses.prediction_elsewhere_result import Applied, elsewhere_words
from core.analyses.prediction_performance import performance
from core.analyses.prediction_result import HALF, Predicted
from core.analyses.target_table import CATEGORY, COVARIATE, MUTATION, classes, covariate_columns
from core.cohort.expression import parse
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.prediction.frozen import Frozen
from core.stats.confusion import called
from core.store.schema import FeatureSet

#: From this distance of the means on, in training standard deviations, a feature lies elsewhere than it was learnt.
FAR = 2.0


@dataclass(frozen=True, eq=False)
class _Read:
    predicted: Predicted
    frozen: Frozen
    values: pd.DataFrame
    y: pd.Series
    there: dict[str, str]
    scale: str
    left_out: dict[str, int]
    n_cohort: int
    n_same: int


@dataclass(frozen=True, kw_only=True)
class PredictionElsewhere(Analysis):
    name = "prediction_elsewhere"
    title = "Another study"
    question = "Does the frozen model hold in patients of another study?"
    method = (
        "The model is learnt on all patients of the cohort and frozen: features, medians, scaling, coefficients and "
        "thresholds. It is then applied, unchanged, to patients of another study, or of this one who are not in the "
        "cohort. Features are matched by their names; those that the other study does not have are put at their "
        "training medians, and below a share of them nothing is predicted. Raw features are never set against "
        "z-scored ones. AUC by DeLong, calibration and net benefit as for the model itself; nothing is fitted again."
    )
    sources = (
        "Steyerberg and Vergouwe 2014, doi:10.1093/eurheartj/ehu207",
        "DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595",
    )
    pages = ("Prediction",)
    rank = 40

    on: str = parameter(
        Choice(
            "Apply to",
            "The study whose patients are predicted; of this study, those outside the cohort.",
            options=choices.studies,
        )
    )
    where: str = parameter(
        Expression(
            "Which patients there",
            "An expression as in the filter, such as centre = A; empty for all.",
            study=lambda scope: scope.values["on"],
        )
    )
    features: str = parameter(
        Choice(
            "Feature set there",
            "Where the features are looked for, by their names.",
            options=choices.feature_sets_of("on"),
            default=there.same_set,
            nothing="The other study has no imaging features.",
            remedy="Apply the model to another study.",
        )
    )
    setting: str = parameter(
        Choice("Setting there", "The acquisition setting.", options=choices.settings_of("features", study="on"))
    )
    over: str = parameter(
        Choice(
            "Outcome there",
            "The kind of outcome.",
            options=there.kinds,
            default=there.own("over"),
            nothing="The other study has neither mutations nor categories to compare with.",
            remedy="Apply the model to another study.",
        )
    )
    gene: str | None = parameter(
        Choice(
            "Gene there",
            "Mutated against wild type.",
            options=there.genes,
            default=there.own("gene"),
            when=there.is_kind(MUTATION),
        )
    )
    attribute: str | None = parameter(
        Choice(
            "Attribute there",
            "What the same outcome is called there.",
            options=there.categories,
            default=there.own("attribute"),
            when=there.is_kind(CATEGORY),
        )
    )
    positive: str = parameter(
        Choice(
            "Positive class there", "The class that is predicted.", options=there.levels, default=there.own("positive")
        )
    )
    against: str | None = parameter(
        Choice(
            "Against there",
            "The negative class; other patients are left out.",
            options=there.others,
            default=there.own("against"),
            when=there.is_kind(CATEGORY),
        )
    )
    least: float = parameter(
        Number(
            "Features needed",
            "Share of the model's features that must be there; the others are taken as missing.",
            low=0.5,
            high=1,
            step=0.05,
            default=0.9,
        )
    )

    def needs(self, context):
        return (context.analysis("prediction"), context.analysis("target"))

    def studies(self, context):
        return tuple(dict.fromkeys((context.view.study, self.on)))

    def read(self, context):
        predicted = context.result(context.analysis("prediction"))
        if predicted.frozen is None:
            raise NotEstimable(predicted.no_frozen, "Choose a logistic regression on the Model tab, unharmonised.")
        if there.CHOOSE.value in (self.gene, self.attribute, self.positive):
            raise NotEstimable(
                f"What is predicted here ({predicted.label}) is not found there by the same name.",
                "Choose under 'Outcome there' what it is called, and which class is the positive one.",
            )
        store = context.elsewhere(self.on)
        chosen = store.catalogue.feature_sets[self.features]
        target = context.analysis("target")
        _same_scale(predicted.frozen, context.catalogue.feature_sets[target.features], chosen, self.on)
        cohort = parse(self.where, context.group)
        ids = pd.Index(store.ids(cohort), name="patient_id")
        own = set(context.store.ids(context.cohort)) if self.on == context.view.study else set()
        same = ids.isin(list(own))
        names = [name for name in chosen.names if name in set(predicted.frozen.features)]
        values = store.features(cohort, self.features, self.setting, names)
        values = values.where(np.isfinite(values))
        values = values[values.notna().any(axis=1)] if names else values.iloc[:0]
        covariates = [name for name in target.covariates if name in store.catalogue.attributes]
        extra = covariate_columns(store, cohort, tuple(covariates), every=True)
        outcome = classes(store, self)
        y = outcome.values.reindex(ids)
        left, keep = {}, ~same
        for lacks, why in ((~ids.isin(values.index), "no imaging features"), (y.isna().to_numpy(), "class not known")):
            if (keep & lacks).any():
                left[why] = int((keep & lacks).sum())
            keep = keep & ~lacks
        rows = ids[keep]
        return _Read(
            predicted=predicted,
            frozen=predicted.frozen,
            values=pd.concat([values.reindex(rows), extra.reindex(rows)], axis=1),
            y=y.loc[rows].astype(bool),
            there={
                "study": "other patients of this study" if own else store.catalogue.study.name,
                "cohort": cohort.english(store.catalogue) if cohort.parts else "",
                "outcome": outcome.label,
            },
            scale=chosen.scale,
            left_out=left,
            n_cohort=len(ids),
            n_same=int(same.sum()),
        )

    def __call__(self, data, progress: Progress = quiet):
        matched = [name for name in data.frozen.features if name in data.values]
        missing = tuple(name for name in data.frozen.features if name not in data.values)
        share = len(matched) / max(len(data.frozen.features), 1)
        if share < self.least:
            raise NotEstimable(
                f"{len(matched):,} of the {len(data.frozen.features):,} features of the model are in this feature set "
                f"({share:.0%}; {self.least:.0%} are asked for). Missing: {_first(missing)}.",
                "Choose a study with the same features, or learn the model on those that both have.",
            )
        if not len(data.y):
            raise NotEstimable(
                f"None of {data.n_cohort:,} patients there has features and a known class without being one of the "
                f"patients of the model ({data.n_same:,} are).",
                "Filter this study, so that the model is learnt on some patients and applied to others.",
            )
        probability = data.frozen.probability(data.values)
        y = data.y.to_numpy(dtype=bool)
        told = performance(y, probability, data.predicted.seed, progress)
        cut = data.frozen.thresholds[data.predicted.threshold]
        distance = _distance(data.frozen, data.values[matched])
        found = Applied(
            label=data.predicted.label,
            label_there=data.there["outcome"],
            home=str(data.frozen.about["study_name"]),
            home_auc=data.predicted.performance.auc,
            home_n=data.predicted.n,
            study=data.there["study"],
            cohort=data.there["cohort"],
            performance=told,
            cut=cut,
            chosen_cut="0.5" if data.predicted.threshold == HALF else "the model's own threshold",
            confusion=called(y, probability, cut),
            n=len(y),
            n_positive=int(y.sum()),
            n_cohort=data.n_cohort,
            n_same=data.n_same,
            left_out=pd.DataFrame(list(data.left_out.items()), columns=["reason", "n"]),
            n_features=len(data.frozen.features),
            n_matched=len(matched),
            missing=missing,
            scale=data.scale,
            n_far=int((np.abs(distance) > FAR).sum()),
            shift=pd.DataFrame({"feature": matched, "distance": distance}),
            positive=data.predicted.positive,
        )
        return replace(found, words=elsewhere_words(found))


def _same_scale(model: Frozen, own: FeatureSet, other: FeatureSet, study: str) -> None:
    if own.scale != other.scale:
        raise NotEstimable(
            f"The model is made of {own.scale} features, and those of {study} are {other.scale}: a coefficient of the "
            "one means nothing on the scale of the other.",
            "Choose a feature set of the same scale, or import the raw features of both studies.",
        )


def _distance(model: Frozen, values: pd.DataFrame) -> np.ndarray:
    """(k,) how far the mean of each feature is from the training mean, in training standard deviations."""
    place = {name: row for row, name in enumerate(model.features)}
    z = model.standardised(values.reindex(columns=list(model.features)))
    return z.mean(axis=0)[[place[name] for name in values]]


def _first(names: tuple[str, ...], most: int = 5) -> str:
    shown = ", ".join(name.removeprefix(COVARIATE) for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown

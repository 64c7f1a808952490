"""Which class of which patients is predicted, and from what: one choice for every section of the Prediction page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Many, Option, options, parameter
from core.analyses.target_table import CATEGORY, MUTATION, REST, Labelled, labelled
from core.compute import quiet
from core.store.schema import MUTATED, WILD_TYPE

#: Roles of attributes that images are seldom asked for.
DULL = ("centre", "sex")
#: The value that stands for features whose set gives no family.
NO_FAMILY = "no family"


def _over(scope) -> tuple[Option, ...]:
    """What this study has that can be predicted from imaging features."""
    catalogue = scope.context.catalogue
    if not catalogue.feature_sets:
        return ()
    found = [(MUTATION, "the mutation of a gene")] if catalogue.mutation_genes else []
    found += [(CATEGORY, "a category")] if choices.categories(scope, most=60) else []
    return options(*found)


def _categories(scope) -> tuple[Option, ...]:
    """Those of two levels first, centres and sexes last: what somebody may want to know from an image."""
    known = scope.context.catalogue.attributes
    found = choices.categories(scope, most=60)
    return tuple(sorted(found, key=lambda each: (known[each.value].role in DULL, len(known[each.value].levels) != 2)))


def _levels(scope) -> tuple[Option, ...]:
    if scope.values["over"] == MUTATION:
        return options(MUTATED, WILD_TYPE)
    return options(*scope.context.catalogue.attributes[scope.values["attribute"]].levels)


def _positive(scope) -> str:
    """The last level: `positive`, `Mutant`, `yes` come after their opposites more often than not."""
    return _levels(scope)[0 if scope.values["over"] == MUTATION else -1].value


def _others(scope) -> tuple[Option, ...]:
    levels = [each for each in _levels(scope) if each.value != scope.values["positive"]]
    return (*options((REST, "all others")), *levels)


def _families(scope) -> tuple[Option, ...]:
    chosen = scope.context.catalogue.feature_sets[scope.values["features"]]
    return options(*dict.fromkeys(each.family or NO_FAMILY for each in chosen.features))


def _is(kind: str):
    return lambda values: values["over"] == kind


@dataclass(frozen=True)
class Target:
    """What is predicted, of whom.

    label      `TP53 mutated`, `HPV status: positive`; positive and negative: the two classes in words
    n          patients with features and class, of the n_cohort of the cohort; n_positive of them are positive
    left_out   reason, n: the others
    n_features, n_covariates  columns from the feature set, and from the clinical covariates
    n_missing  cells of the n x columns that are missing, and are imputed in every training set anew
    cautions   what is odd about this question, for the reader: the filter or a covariate may know the answer
    """

    label: str
    positive: str
    negative: str
    n: int
    n_positive: int
    n_cohort: int
    left_out: pd.DataFrame
    of: str
    scale: str
    n_features: int
    n_covariates: int
    n_missing: int
    cautions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PredictionTarget(Analysis):
    name = "target"
    title = "Outcome and features"
    question = "Which class of which patients is predicted, and from what?"
    method = (
        "One row per patient with imaging features and a known class; others are counted. A patient who was not "
        "profiled for a gene is neither mutated nor wild type. Covariates enter as further columns, categories as 0/1 "
        "columns against their first level, penalised like the features. A filter or covariate that all but determines "
        "the outcome is pointed out: by Goodman and Kruskal's lambda of 0.85 or more, for numbers an AUC of 0.98."
    )
    sources = ("Goodman and Kruskal 1954, doi:10.1080/01621459.1954.10501231",)
    pages = ("Prediction",)
    rank = 5

    over: str = parameter(
        Choice(
            "Predict",
            "A mutation, or a category such as HPV or a subtype.",
            options=_over,
            nothing="This study has no imaging features beside a mutation or category to predict.",
            remedy="Choose another study, or import features with it.",
        )
    )
    gene: str | None = parameter(
        Choice("Gene", "Mutated against wild type.", options=choices.mutation_genes, when=_is(MUTATION))
    )
    attribute: str | None = parameter(
        Choice("Attribute", "One of its levels is predicted.", options=_categories, when=_is(CATEGORY))
    )
    positive: str = parameter(
        Choice("Positive class", "The class whose probability is given.", options=_levels, default=_positive)
    )
    against: str | None = parameter(
        Choice("Against", "The negative class; other patients are left out.", options=_others, when=_is(CATEGORY))
    )
    features: str = parameter(
        Choice(
            "Feature set",
            "The features that predict.",
            options=choices.feature_sets,
            nothing="This study has no imaging features.",
            remedy="Choose another study, or import features with it.",
        )
    )
    setting: str = parameter(Choice("Setting", "The acquisition setting.", options=choices.settings_of("features")))
    families: tuple[str, ...] = parameter(
        Many("Families (none: all)", "Only features of these families.", options=_families, default=(), most=40)
    )
    covariates: tuple[str, ...] = parameter(
        Many(
            "Clinical covariates",
            "Attributes that the model is given besides.",
            options=choices.attributes,
            default=(),
            most=8,
        )
    )

    def labelled(self, context) -> Labelled:
        """The patients of the cohort with their columns and class."""
        return labelled(context, self)

    def read(self, context):
        return self.labelled(context)

    def __call__(self, data, progress=quiet):
        return Target(
            label=data.label,
            positive=data.positive,
            negative=data.negative,
            n=len(data.y),
            n_positive=int(data.y.sum()),
            n_cohort=data.n_cohort,
            left_out=pd.DataFrame(list(data.left_out.items()), columns=["reason", "n"]),
            of=data.of,
            scale=data.scale,
            n_features=data.n_features,
            n_covariates=data.x.shape[1] - data.n_features,
            n_missing=int(data.x.isna().to_numpy().sum()),
            cautions=data.cautions,
        )

"""Which of dose, clinic, genotype and image predict an outcome of radiotherapy, and what do they add to the clinic?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.analyses import choices
from core.analyses import dose_choices as dosed
from core.analyses.base import Analysis
from core.analyses.outcome_terms_read import MEASURED, Terms, metric_options, terms
from core.analyses.outcome_terms_words import terms_words
from core.analyses.parameters import Choice, Flag, Many, Number, Option, options, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.forward import LIKELIHOOD, SPEARMAN
from core.radiogenomics.order import select_order
from core.radiogenomics.order_result import OrderSelection

#: Roles of attributes that are offered as clinical terms at once.
USUAL = ("age", "sex")


def _structures(scope) -> tuple[Option, ...]:
    return dosed.structures("organ at risk")(scope)


def _first_structure(scope) -> tuple[str, ...]:
    found = _structures(scope)
    if not found:
        raise NotEstimable(dosed.NOTHING, dosed.REMEDY)
    return (found[0].value,)


def _clinical(scope) -> tuple[Option, ...]:
    genes = {each.name for each in scope.context.catalogue.roles("genotype")}
    taken = genes | {scope.values["outcome"]}
    return tuple(option for option in choices.attributes(scope) if option.value not in taken)


def _usual(scope) -> tuple[str, ...]:
    offered = {option.value for option in _clinical(scope)}
    found = (scope.context.catalogue.role(role) for role in USUAL)
    return tuple(each.name for each in found if each is not None and each.name in offered)


def _genotypes(scope) -> tuple[Option, ...]:
    return tuple(Option(each.name, each.label or each.name) for each in scope.context.catalogue.roles("genotype"))


def _sets(scope) -> tuple[Option, ...]:
    return (Option(choices.NONE, "no imaging features"), *choices.feature_sets(scope))


def _features(scope) -> tuple[Option, ...]:
    return () if scope.values["features"] == choices.NONE else choices.features_of("features")(scope)


@dataclass(frozen=True, eq=False)
class OutcomeTerms:
    """The search for a model of an outcome of radiotherapy.

    candidates   name, kind (dose, clinical, genotype, image), unit or coding, n (patients with it), of all candidates
    found        the order, the terms, selection shares, and how patients left out were predicted
    n            patients with the outcome and every candidate, of n_cohort; left_out: reason, n
    """

    event: str
    candidates: pd.DataFrame
    found: OrderSelection
    n: int
    n_events: int
    n_cohort: int
    left_out: pd.DataFrame
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OutcomeModel(Analysis):
    name = "outcome_terms"
    title = "Data-driven"
    question = "Which of dose, clinic, genotype and image predict an outcome, and what do they add to the clinic?"
    method = (
        "Logistic regression. In every bootstrap sample of the patients, candidates are scaled and added one by one by "
        "Rao's score; each number of terms is judged on the patients not drawn, by the rank correlation of prediction "
        "and outcome, and the smallest within one standard error of the best is taken. The model has the set of terms "
        "chosen most often. The whole search is then repeated without each of five parts of the patients, who are "
        "predicted by it; only those numbers say how well others would be. Clinical terms can be in every model, and "
        "then what the others add is read against the clinical terms alone, on the same five parts. Numbers enter as "
        "they are, categories as 0/1 columns against their first level, genotypes as the number of minor alleles. "
        "Patients who lack a candidate are left out and counted. Terms chosen by the data have no honest interval or p."
    )
    sources = (
        "El Naqa et al. 2006, doi:10.1016/j.ijrobp.2005.11.022",
        "Breiman et al. 1984, doi:10.1201/9781315139470",
        "Rao 1948, doi:10.1017/S0305004100023987",
        "Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747",
    )
    pages = ("Radiotherapy",)
    rank = 40

    outcome: str = dosed.outcome_parameter(dosed.HARM, "Outcome")
    event: tuple[str, ...] = dosed.event_parameter()
    structures: tuple[str, ...] = parameter(
        Many("Structures", "Whose doses are candidates.", options=_structures, default=_first_structure, most=6)
    )
    metrics: tuple[str, ...] = parameter(
        Many(
            "Dose metrics",
            "Of every structure chosen. They go together closely, so which of them is chosen is often chance.",
            options=metric_options(),
            default=("mean", "max", "v20", "v40"),
            most=len(MEASURED),
        )
    )
    clinical: tuple[str, ...] = parameter(
        Many("Clinical terms", "Attributes known before treatment.", options=_clinical, default=_usual, most=8)
    )
    keep: bool = parameter(
        Flag("Clinical terms in every model", "So that what the others add to them can be seen.", default=True)
    )
    genotypes: tuple[str, ...] = parameter(
        Many("Genotypes", "As the number of minor alleles: 0, 1, 2.", options=_genotypes, default=(), most=20)
    )
    features: str = parameter(
        Choice("Feature set", "Imaging features are candidates too.", options=_sets, default=choices.NONE)
    )
    images: tuple[str, ...] = parameter(
        Many("Imaging features", "Name them beforehand, as few as you can.", options=_features, default=(), most=20)
    )
    largest: int = parameter(
        Number("Most terms tried", "Besides those in every model.", low=1, high=10, step=1, default=4, whole=True)
    )
    measure: str = parameter(
        Choice(
            "Judged by",
            "The likelihood asks for more before it takes a term.",
            options=options((SPEARMAN, "rank correlation"), (LIKELIHOOD, "likelihood")),
        )
    )
    resamples: int = parameter(
        Number("Bootstrap samples", "More are steadier.", low=20, high=1000, step=20, default=100, whole=True)
    )
    seed: int = parameter(
        Number("Seed", "Of the samples and of the five parts.", low=0, high=9999, step=1, default=1, whole=True)
    )

    def read(self, context):
        return terms(context, self)

    def __call__(self, data: Terms, progress: Progress = quiet):
        if data.table.shape[1] == 0:
            raise NotEstimable("No candidate is chosen.", "Choose dose metrics, clinical terms, genotypes or features.")
        found = select_order(
            data.table,
            data.event,
            largest=self.largest,
            measure=self.measure,
            resamples=self.resamples,
            kept=data.clinical if self.keep else (),
            seed=self.seed,
            progress=progress,
        )
        result = OutcomeTerms(
            event=data.event_text,
            candidates=data.candidates,
            found=found,
            n=found.n,
            n_events=found.n_events,
            n_cohort=len(data.table),
            left_out=data.left_out(),
            words=(),
        )
        return replace(result, words=terms_words(result))

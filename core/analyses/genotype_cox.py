"""Does the hazard go with a feature differently in carriers and others? Cox regression with an interaction."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.cox_covariates import CATEGORY, MAIN, NUMBER, Covariate, attribute_covariate
from core.analyses.cox_modelled import Asked, Modelled, cautions_of, left_out
from core.analyses.cox_words import cox_words
from core.analyses.events import event_words
from core.analyses.follow_up import Followed
from core.analyses.genotype_choices import lung_function
from core.analyses.genotype_feature import FeatureOfScreen, chosen_feature
from core.analyses.ledger import Entry
from core.analyses.marker import STAGES, main_stage
from core.analyses.parameters import Many, parameter
from core.compute import Progress, quiet
from core.survival.covariates import INTERACTION
from core.survival.cox import cox_model
from core.survival.cox_result import Effect
from core.survival.limits import FEWEST_PATIENTS
from core.survival.outcome import Outcome
from core.survival.rare import something_left, without_rare


@dataclass(frozen=True, eq=False)
class FeatureTimesGenotype:
    """modelled     the model with the interaction; without: the same patients and covariates, feature and genotype only

    feature, genotype   their labels in the model
    effects     the hazard ratio of the feature per standard deviation in others and in carriers
    interaction_p   likelihood-ratio test of the interaction, on interaction_dof
    """

    modelled: Modelled
    feature: str
    genotype: str
    effects: tuple[Effect, ...]
    interaction_statistic: float
    interaction_dof: int
    interaction_p: float
    n: int
    n_events: int


@dataclass(frozen=True, eq=False)
class _Read:
    followed: Followed
    chosen: FeatureOfScreen
    covariates: tuple[Covariate, ...]
    table: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class GenotypeCox(Analysis):
    name = "genotype_cox"
    title = "Feature, genotype and interaction"
    question = "Does the hazard go with the feature differently in carriers and in others?"
    method = (
        "Cox regression with Efron's ties on feature, carrier and their product, adjusted for what is chosen, on the "
        "patients who have all of them. The interaction by the likelihood-ratio test of the model without it; hazard "
        "ratios of the feature per standard deviation in carriers and in others from the same model, with Wald "
        "intervals."
    )
    sources = (
        "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x",
        "Efron 1977, doi:10.1080/01621459.1977.10480613",
        "Budzikowski et al. 2021, Journal of Medical Imaging 8(3):031903, https://pubmed.ncbi.nlm.nih.gov/33889657",
    )
    pages = ("Radiogenomics",)
    rank = 45

    adjust: tuple[str, ...] = parameter(
        Many(
            "Adjust the model for",
            "Age, sex and forced vital capacity where the study has them.",
            options=choices.comparable,
            default=lung_function,
            most=8,
        )
    )

    def needs(self, context):
        return (context.analysis("follow_up"), context.analysis("genotype_feature"))

    def read(self, context):
        followed = context.result(context.analysis("follow_up"))
        chosen = chosen_feature(context, context.analysis("genotype_feature"))
        patients, known = followed.outcomes.index, context.catalogue.attributes
        covariates, table = _feature_and_genotype(chosen, patients)
        attributes = context.store.patients(context.cohort, list(self.adjust)) if self.adjust else None
        for name in self.adjust:
            each = attribute_covariate(known[name], MAIN)
            if each.label in table:
                each = replace(each, label=f"attribute {name}")
            values = attributes[name].reindex(patients)
            if known[name].role in STAGES:
                values = values.map(main_stage, na_action="ignore")
            table[each.label] = values.astype(float) if each.kind == NUMBER else _levels(values, each.levels)
            covariates.append(each)
        return _Read(followed, chosen, tuple(covariates), pd.DataFrame(table, index=patients))

    def __call__(self, data: _Read, progress: Progress = quiet) -> FeatureTimesGenotype:
        endpoint, outcomes = data.followed.endpoint, data.followed.outcomes
        outcome = Outcome.of(outcomes["time"], outcomes["event"], endpoint.time_unit, endpoint.origin)
        feature, genotype = (each.label for each in data.covariates[:2])
        entered, rare = without_rare(outcome, data.table, None, FEWEST_PATIENTS)
        something_left(entered, rare)
        model = cox_model(outcome, entered, interactions=[(feature, genotype)], univariable=True, progress=progress)
        asked = Asked(data.followed, data.covariates, data.table, None, "")
        units = {each.label: each.unit for each in data.covariates}
        (term,) = (each for each in model.terms if each.kind == INTERACTION)
        modelled = Modelled(
            endpoint=endpoint.label or endpoint.name,
            time_unit=endpoint.time_unit,
            origin=endpoint.origin,
            covariates=data.covariates,
            strata="",
            cox=model,
            ridge=None,
            left_out=left_out(asked, outcome, rare),
            rare=rare,
            words=cox_words(model, event_words(endpoint), units, ""),
            notes=model.notes,
            cautions=cautions_of(asked),
            n_cohort=len(outcomes),
            n=model.n,
            n_events=model.n_events,
        )
        return FeatureTimesGenotype(
            modelled=modelled,
            feature=feature,
            genotype=genotype,
            effects=tuple(each for each in model.effects if each.of == feature),
            interaction_statistic=term.lr_statistic,
            interaction_dof=term.dof,
            interaction_p=term.lr_p,
            n=model.n,
            n_events=model.n_events,
        )

    def tests(self, context, result) -> tuple[Entry, ...]:
        return (result.modelled.entry(context.view.study, str(context.cohort)),)


def _feature_and_genotype(chosen: FeatureOfScreen, patients: pd.Index) -> tuple[list[Covariate], dict[str, pd.Series]]:
    """The first two covariates of the model and their values."""
    coded, feature = chosen.genotype, chosen.text
    name = coded.name if coded.name != feature else f"genotype {coded.name}"
    sides = (coded.negative, coded.positive)
    carrier = coded.carrier.map(dict(enumerate(sides))).reindex(patients)
    covariates = [Covariate("feature", feature, NUMBER), Covariate("genotype", name, CATEGORY, "", sides)]
    return covariates, {feature: chosen.values.reindex(patients).astype(float), name: _levels(carrier, sides)}


def _levels(values: pd.Series, levels: tuple[str, ...]) -> pd.Series:
    return pd.Series(pd.Categorical(values, categories=levels), index=values.index)

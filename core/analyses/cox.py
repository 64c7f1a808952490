"""How much does the hazard change with each of several covariates when the others stay as they are?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices, cox_covariates
from core.analyses.base import Analysis
from core.analyses.cox_covariates import EACH, MAIN, among_chosen, chosen, reference_key
from core.analyses.cox_modelled import Asked, Modelled, cautions_of, left_out
from core.analyses.cox_words import cox_words, ridge_words
from core.analyses.events import event_words
from core.analyses.parameters import Choice, Flag, Many, Number, Scope, options, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.survival.covariates import complete
from core.survival.cox import cox_model
from core.survival.cox_result import CoxModel
from core.survival.limits import FEWEST_PATIENTS
from core.survival.outcome import Outcome
from core.survival.rare import something_left, without_rare
from core.survival.ridge import RidgeModel, ridge_model

PLAIN, RIDGE = "plain", "ridge"


def _plain(values) -> bool:
    return values["fit"] == PLAIN


@dataclass(frozen=True, kw_only=True)
class Cox(Analysis):
    name = "cox"
    title = "Model"
    question = "How much does the hazard change with each covariate when the others stay as they are?"
    method = (
        "Cox regression with Efron's ties on patients who have every covariate; the others are counted. Numbers enter "
        "as they are, or as restricted cubic splines with Harrell's knots; categories against a reference. Wald "
        "intervals; each term by the likelihood-ratio test of the model without it. Proportional hazards by the score "
        "test against Kaplan-Meier time. Harrell's c less its optimism in bootstrap samples. Levels with fewer than 5 "
        "patients or no event are left out unless asked otherwise. The ridge fit shrinks all coefficients per standard "
        "deviation by a penalty that predicts best in cross-validation; its ratios have no interval and no p."
    )
    sources = (
        "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x",
        "Efron 1977, doi:10.1080/01621459.1977.10480613",
        "Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515",
        "Harrell, Lee and Mark 1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4",
        "Harrell 2015, doi:10.1007/978-3-319-19425-7",
        "Verweij and van Houwelingen 1993, doi:10.1002/sim.4780122407",
        "Verweij and van Houwelingen 1994, doi:10.1002/sim.4780132307",
    )
    pages = ("Survival",)
    rank = 30

    attributes: tuple[str, ...] = parameter(
        Many(
            "Attributes",
            "Numbers enter as they are, categories level by level against a reference.",
            options=choices.comparable,
            default=cox_covariates.usual,
        )
    )
    genes: tuple[str, ...] = parameter(
        Many(
            "Genes",
            "Mutated against wild type; patients not profiled for one are left out and counted.",
            options=choices.mutation_genes,
            default=(),
        )
    )
    feature_set: str = parameter(
        Choice("Feature set", "Where the features were measured.", options=cox_covariates.feature_sets)
    )
    setting: str | None = parameter(
        Choice(
            "Setting",
            "The acquisition setting.",
            options=choices.settings_of("feature_set"),
            when=lambda values: values["feature_set"] != choices.NONE,
        )
    )
    features: tuple[str, ...] | None = parameter(
        Many(
            "Features",
            "Imaging features, as they were imported; ratios are also given per standard deviation.",
            options=choices.features_of("feature_set"),
            default=(),
            when=lambda values: values["feature_set"] != choices.NONE,
        )
    )
    levels: str = parameter(
        Choice(
            "Sub-stages",
            "Main stages join IVA and IVB to IV; else each is a level by itself.",
            options=options((MAIN, "main stages"), (EACH, "each level")),
        )
    )
    strata: str = parameter(
        Choice(
            "Strata",
            "Each stratum, for example each centre, has a baseline hazard of its own; ratios are within strata.",
            options=cox_covariates.strata,
        )
    )
    fit: str = parameter(
        Choice(
            "Fit",
            "The ridge fit shrinks the ratios towards 1. It is for more covariates than events allow, and for "
            "covariates that separate; its ratios have no interval and no p.",
            options=options((PLAIN, "Cox model"), (RIDGE, "ridge: shrunken ratios")),
        )
    )
    interaction: str = parameter(
        Choice(
            "Interaction of",
            "Does the ratio of this covariate depend on another? For example a feature by subsite.",
            options=cox_covariates.interacting,
        )
    )
    interaction_with: str | None = parameter(
        Choice(
            "with",
            "The other covariate of the interaction.",
            options=among_chosen(but="interaction"),
            when=lambda values: values["interaction"] != choices.NONE,
        )
    )
    splines: tuple[str, ...] | None = parameter(
        Many(
            "Let bend",
            "Numbers whose log hazard may bend: restricted cubic splines, tested against straight lines.",
            options=cox_covariates.bendable,
            default=(),
            when=_plain,
        )
    )
    knots: int | None = parameter(
        Number(
            "Knots",
            "Of the splines: more knots bend more and need more events.",
            low=3,
            high=5,
            step=1,
            default=4,
            whole=True,
            when=lambda values: bool(values["splines"]),
        )
    )
    references: tuple[str, ...] = parameter(
        Many(
            "References",
            "The level that the others are compared with; the first one unless chosen here, the last chosen counts.",
            options=cox_covariates.references,
            default=(),
        )
    )
    rare: bool = parameter(
        Flag(
            "Leave out rare levels",
            "Levels with fewer than 5 patients or no event in the model leave it with their patients, counted. With "
            "such levels in, a plain fit may be refused.",
            default=True,
        )
    )
    univariable: bool | None = parameter(
        Flag("Also each covariate alone", "On the same patients and strata.", default=True, when=_plain)
    )
    resamples: int | None = parameter(
        Number(
            "Bootstrap samples",
            "For the optimism of the c-index; 0 for none.",
            low=0,
            high=1000,
            step=50,
            default=200,
            whole=True,
            when=_plain,
        )
    )
    folds: int | None = parameter(
        Number(
            "Folds",
            "Of the cross-validation that chooses the penalty.",
            low=3,
            high=20,
            step=1,
            default=10,
            whole=True,
            when=lambda values: values["fit"] == RIDGE,
        )
    )
    seed: int = parameter(
        Number("Seed", "Of the bootstrap, or of the folds.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def tests(self, context, result):
        return (result.entry(context.view.study, str(context.cohort)),)

    def needs(self, context):
        return (context.analysis("follow_up"),)

    def read(self, context):
        followed = context.result(context.analysis("follow_up"))
        patients = followed.outcomes.index
        found = chosen(Scope(context, {name: getattr(self, name) for name in self.parameters()}))
        table = cox_covariates.values_of(context, self, found, patients)
        if self.strata == choices.NONE:
            return Asked(followed, found, table, None, "")
        known = context.catalogue.attributes[self.strata]
        labels = context.store.patients(context.cohort, [self.strata])[self.strata].reindex(patients)
        return Asked(followed, found, table, labels, known.label or known.name)

    def __call__(self, data: Asked, progress=quiet):
        followed, table = data.followed, data.table
        endpoint, outcomes = followed.endpoint, followed.outcomes
        outcome = Outcome.of(outcomes["time"], outcomes["event"], endpoint.time_unit, endpoint.origin)
        # A ridge fit has a finite answer for a level without an event too.
        fewest = FEWEST_PATIENTS if self.rare else None
        entered, rare = without_rare(outcome, table, data.strata, fewest, without_event=self.fit == PLAIN)
        something_left(entered, rare)
        labels = {each.key: each.label for each in data.covariates}
        pair = () if self.interaction == choices.NONE else (self.interaction, self.interaction_with)
        shared = {
            "strata": data.strata,
            "interactions": [tuple(labels[key] for key in pair)] if pair else [],
            "references": self._references(data, outcome, entered),
            "seed": self.seed,
            "progress": progress,
        }
        cox = ridge = None
        if self.fit == RIDGE:
            ridge = ridge_model(outcome, entered, folds=self.folds, **shared)
        else:
            splines = [labels[key] for key in self.splines]
            more = {"univariable": self.univariable, "resamples": self.resamples, "knots": self.knots or 4}
            cox = cox_model(outcome, entered, splines=splines, **more, **shared)
        label = endpoint.label or endpoint.name
        return Modelled(
            endpoint=label,
            time_unit=endpoint.time_unit,
            origin=endpoint.origin,
            covariates=data.covariates,
            strata=data.strata_label,
            cox=cox,
            ridge=ridge,
            left_out=left_out(data, outcome, rare),
            rare=rare,
            words=self._words(cox, ridge, data),
            notes=(cox or ridge).notes,
            cautions=cautions_of(data),
            n_cohort=len(outcomes),
            n=(cox or ridge).n,
            n_events=(cox or ridge).n_events,
        )

    def _words(self, cox: CoxModel | None, ridge: RidgeModel | None, data: Asked) -> tuple[str, ...]:
        event, units = event_words(data.followed.endpoint), {each.label: each.unit for each in data.covariates}
        if cox is not None:
            return cox_words(cox, event, units, data.strata_label)
        return ridge_words(ridge, event, units, data.strata_label)

    def _references(self, data: Asked, outcome: Outcome, entered: pd.DataFrame) -> dict[str, str]:
        """The reference of each category that was given one; raises `NotEstimable` where nobody in the model has it."""
        named = {reference_key(each, level): (each.label, level) for each in data.covariates for level in each.levels}
        found = dict(named[each] for each in self.references)
        used = outcome.kept & complete(entered).all(axis=1).to_numpy()
        for label, level in found.items():
            if not (entered[label].astype(str)[used] == level).any():
                raise NotEstimable(
                    f"No patient in the model has {label} '{level}', which was chosen as its reference.",
                    "Choose another reference, or keep rare levels in.",
                )
        return found

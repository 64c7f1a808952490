"""Which features, or differences between paired regions, go with a genotype or a mutation?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices, genotype_choices
from core.analyses.base import Analysis
from core.analyses.genotype_choices import (
    CODINGS,
    CORRECTED,
    DIFFERENCES,
    FEATURES,
    PUBLISHED,
    is_attribute,
    places,
    usual_places,
)
from core.analyses.genotype_found import GenotypeFound, genotype_found
from core.analyses.genotype_measures import Measures, coded, measures
from core.analyses.parameters import Choice, Many, Number, options, parameter
from core.compute import Progress, quiet
from core.radiogenomics.genotype import Coded
from core.radiogenomics.genotype_screen import genotype_screen


@dataclass(frozen=True, eq=False)
class Read:
    """`covariates` of every patient of the cohort; labels: their names in words."""

    genotype: Coded
    measures: Measures
    covariates: pd.DataFrame | None


def _is(name: str, value: str):
    return lambda values: values[name] == value


@dataclass(frozen=True, kw_only=True)
class Genotype(Analysis):
    name = "genotype"
    title = "Genotype"
    question = "Which imaging features, or differences between paired regions, go with a genotype?"
    method = (
        "Per feature: the area under the ROC curve with DeLong's interval on the logit scale; a logistic model of "
        "carriers per standard deviation (numbers of alleles: proportional odds) with Wald intervals; p of the score "
        "test of the feature's ranks in it, by Student's t, which unadjusted is the Mann-Whitney test; Benjamini-"
        "Hochberg over all features and places. Areas in left-out patients by repeated stratified cross-validation, "
        "scaling, direction and coefficients learnt in the other folds, carriers compared within their fold. "
        "Differences: first minus second region of each pair, averaged over the pairs that are there. As published: "
        "the area of the fitted model on its own patients, averaged over locations, without correction."
    )
    sources = (
        "Budzikowski et al. 2021, Journal of Medical Imaging 8(3):031903, https://pubmed.ncbi.nlm.nih.gov/33889657",
        "DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595",
        "Rao 1948, doi:10.1017/S0305004100023987",
        "McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x",
        "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
    )
    pages = ("Radiogenomics",)
    rank = 40

    genotype: str = parameter(
        Choice(
            "Genotype",
            "A polymorphism, or a gene that is mutated or not. Patients not typed or not profiled are left out and "
            "counted.",
            options=genotype_choices.genotypes,
            nothing="This study has neither genotypes nor mutations.",
            remedy="Choose another study, or import a column with the role genotype.",
        )
    )
    coding: str | None = parameter(
        Choice(
            "Compare",
            "How the published study coded its genotypes is not known. Numbers of alleles are tested by proportional "
            "odds; areas under the curve are always those of carriers.",
            options=CODINGS,
            when=is_attribute,
        )
    )
    over: str = parameter(
        Choice(
            "With",
            "Differences are between the two regions of each pair, averaged over a patient's pairs.",
            options=genotype_choices.over,
            nothing="This study has no imaging features.",
            remedy="Choose another study, or import features with it.",
        )
    )
    paired: str | None = parameter(
        Choice(
            "Paired regions",
            "Where the differences were measured.",
            options=genotype_choices.paired,
            when=_is("over", DIFFERENCES),
        )
    )
    where: tuple[str, ...] | None = parameter(
        Many(
            "Averaged over",
            "All pairs of a patient, a lung, or the sections of one location. Each is tested, and counted.",
            options=places,
            default=usual_places,
            most=40,
            when=_is("over", DIFFERENCES),
        )
    )
    features: str | None = parameter(
        Choice(
            "Feature set",
            "All of its features are tried.",
            options=choices.feature_sets,
            when=_is("over", FEATURES),
        )
    )
    setting: str | None = parameter(
        Choice(
            "Setting",
            "The acquisition setting.",
            options=choices.settings_of("features"),
            when=_is("over", FEATURES),
        )
    )
    mode: str = parameter(
        Choice(
            "Way",
            "As published: average areas of models on the patients they were fitted on, without correction for the "
            "number of features. Corrected: every test counted, and areas in left-out patients.",
            options=options((CORRECTED, "corrected"), (PUBLISHED, "as published")),
        )
    )
    adjust: tuple[str, ...] | None = parameter(
        Many(
            "Adjust for",
            "Attributes that every model contains besides, such as age, sex and centre.",
            options=choices.comparable,
            default=(),
            most=8,
            when=_is("mode", CORRECTED),
        )
    )
    q: float | None = parameter(
        Number(
            "Found below q",
            "Share of false discoveries allowed.",
            low=0.01,
            high=0.25,
            step=0.01,
            default=0.05,
            when=_is("mode", CORRECTED),
        )
    )
    folds: int | None = parameter(
        Number(
            "Folds",
            "Patients are dealt into so many groups, each left out in turn.",
            low=3,
            high=10,
            step=1,
            default=5,
            whole=True,
            when=_is("mode", CORRECTED),
        )
    )
    repeats: int | None = parameter(
        Number(
            "Repeats",
            "How often patients are dealt anew.",
            low=1,
            high=100,
            step=1,
            default=20,
            whole=True,
            when=_is("mode", CORRECTED),
        )
    )
    seed: int | None = parameter(
        Number(
            "Seed",
            "Of dealing patients into folds.",
            low=0,
            high=99999,
            step=1,
            default=0,
            whole=True,
            when=_is("mode", CORRECTED),
        )
    )

    def read(self, context):
        chosen = coded(context, self)
        found = measures(context, self)
        return Read(chosen, found, covariates(context, self.adjust or (), found.values.index))

    def __call__(self, data: Read, progress: Progress = quiet) -> GenotypeFound:
        corrected = self.mode == CORRECTED
        screen = genotype_screen(
            data.measures.values,
            data.genotype,
            data.covariates,
            folds=self.folds or 5,
            repeats=self.repeats if corrected else 0,
            seed=self.seed or 0,
            progress=progress,
        )
        return genotype_found(screen, data.measures, self.mode, self.q or 0.05)


def covariates(context, names: tuple[str, ...], patients: pd.Index) -> pd.DataFrame | None:
    """The attributes to adjust for by their labels, or None for none."""
    if not names:
        return None
    known = context.catalogue.attributes
    labels = [known[name].label or name for name in names]
    table = context.store.patients(context.cohort, list(names)).reindex(patients)
    same = len(set(labels)) < len(labels)
    return table.set_axis(list(names) if same else labels, axis=1)

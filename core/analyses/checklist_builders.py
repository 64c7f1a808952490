"""What each analysis that can be reported shows, in sentences, from its result alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.analyses import leakage
from core.analyses.checklist_ladder import ladder_reported
from core.analyses.checklist_reported import Reported
from core.analyses.parameters import Option, options
from core.cohort import Cohort
from core.errors import NotEstimable
from core.stats.per_coefficient import per_coefficient
from core.vocabulary import counted, listed

if TYPE_CHECKING:
    from core.analyses.base import Analysis
    from core.analyses.context import Context

NONE, COX, GROUPS, SCREEN, LADDER = "none", "cox", "survival", "survival_screen", "ladder"
GENES, PREDICTION = "gene_screen", "prediction"


def offered(context: Context) -> tuple[Option, ...]:
    """The analyses that this study can feed, and none."""
    catalogue = context.catalogue
    features, genes = bool(catalogue.feature_sets), bool(catalogue.mutation_genes or catalogue.expression_genes)
    categories = any(each.type == "category" and len(each.levels) > 1 for each in catalogue.attributes.values())
    found = [(COX, "Cox model (Survival)"), (GROUPS, "groups (Survival)")] if catalogue.endpoints else []
    found += [(SCREEN, "screen (Survival)")] if catalogue.endpoints and (features or genes) else []
    found += [(LADDER, "added value (Survival)")] if catalogue.endpoints and features else []
    found += [(PREDICTION, "model (Prediction)")] if features and (catalogue.mutation_genes or categories) else []
    found += [(GENES, "features against genes (Radiogenomics)")] if features and genes else []
    return options(*found, (NONE, "none: the data alone"))


def reported(context: Context, name: str) -> Reported:
    """What the named analysis of this view shows; a `state` where these data cannot answer it."""
    if name == NONE:
        return Reported(state="")
    analysis = context.analysis(name)
    told = Reported(title=analysis.title, page=analysis.pages[0])
    try:
        result = context.result(analysis)
        found = _BUILDERS[name](context, analysis, result)
    except NotEstimable as state:
        return replace(told, state=f"The analysis has no answer here: {state}")
    return replace(found, title=told.title, page=told.page, seeds=seeds_of(context, analysis))


def seeds_of(context: Context, analysis: Analysis) -> str:
    """Every seed of the analysis and of what it needs, as links write them."""
    found = {name: text for name, text in analysis.all_options(context).items() if name.endswith(".seed")}
    return f"Seed: {', '.join(f'{name} = {text}' for name, text in found.items())}" if found else ""


# ------------------------------------------------------------------------------------------------ one by one


def _cox(context: Context, analysis: Any, result: Any) -> Reported:
    model = result.cox
    labels = [each.label for each in result.covariates]
    imaging = bool(analysis.features)
    counts = f"{result.n:,} of {counted(result.n_cohort, 'patient')}, {result.n_events:,} events"
    found = Reported(
        outcome=f"{result.endpoint}, from {result.origin or 'an origin that is not stated'}: {counts}.",
        n=f"{counts}; who is not in the model is told with the reasons.",
        candidates=f"{counted(len(labels), 'candidate')}: {listed(labels, 'and')}.",
        handling="numbers per standard deviation or as splines, categories against a reference",
        model="Cox proportional hazards, Efron's ties" + (f", stratified by {result.strata}" if result.strata else ""),
        output="hazard ratios; no threshold is set",
        missing="Patients who lack a covariate are left out and counted, with the reason.",
        selection="the reader chose the covariates; nothing was selected by their p",
        risk="the risk is continuous; no cut was searched" if imaging else "",
        confounders=f"adjusted for {listed(labels, 'and')}" if len(labels) > 1 else "",
        clinical=_clinical(analysis, imaging),
        leaks=_event_leaks(context, analysis),
        imaging=imaging,
    )
    if model is None:
        return replace(found, model="ridge-penalised " + found.model)
    corrected = model.c_index_corrected
    return replace(
        found,
        per_coefficient=per_coefficient(model.n_events, model.lr_dof).words,
        partly=f"{counted(len(model.rows), 'coefficient')} with intervals; the CSV holds them as fitted. For "
        "absolute risks the baseline hazard is lacking",
        unadjusted=f"{counted(len(model.alone), 'covariate')} alone, beside the model" if model.alone else "",
        measures="Harrell's c, tests of each term, test of proportional hazards",
        discrimination="" if model.c_index is None else f"Harrell's c {model.c_index:.2f} on its own patients",
        resampled=""
        if corrected is None
        else f"{corrected:.2f} after correction for optimism by {model.resamples_used} bootstrap samples",
        validation=""
        if corrected is None
        else f"optimism by {model.resamples_used} bootstrap samples of the fit; a choice by hand is not in it",
        kind="" if corrected is None else "TRIPOD type 1b (development, with resampling)",
    )


def _clinical(analysis: Any, imaging: bool) -> str:
    return "clinical covariates and imaging features in one model" if imaging and analysis.attributes else ""


def _groups(context: Context, analysis: Any, result: Any) -> Reported:
    curves = result.curves
    imaging = analysis.split == "feature"
    n, events = int(curves.n), int(curves.n_events)
    searched = result.search is not None
    corrected = [f"pairs by {result.adjustment}'s adjustment"] if len(result.pairs) > 1 else []
    corrected += ["the p of the searched cut corrected for the search"] if searched else []
    return Reported(
        outcome=f"{result.endpoint}: {events:,} events in {n:,} of {counted(result.n_cohort, 'patient')}.",
        n=f"{n:,} of {counted(result.n_cohort, 'patient')} in the curves, {events:,} events.",
        model=f"Kaplan-Meier curves by {result.grouped_by}; {result.rule}",
        measures="; ".join(
            ["log-rank test, hazard ratios, restricted means, survival at fixed times with intervals", *corrected]
        ),
        risk="" if searched or not imaging else f"groups by a rule that does not look at the outcome: {result.rule}",
        output=f"groups: {result.rule}",
        leaks=_event_leaks(context, analysis),
        imaging=imaging,
    )


def _screen(context: Context, analysis: Any, result: Any) -> Reported:
    imaging = result.over == "features"
    adjusted = f"each model adjusted for {listed(result.adjust, 'and')}" if result.adjust else ""
    counts = f"{result.n:,} of {counted(result.n_cohort, 'patient')}, {result.n_events:,} events"
    return Reported(
        outcome=f"{result.endpoint}: {counts}.",
        n=f"{counts}; n of each test is in its row.",
        candidates=f"{result.n_features:,} {result.noun}s, tested or named with the reason: {result.n_tests:,} tests.",
        missing="Patients without a value are left out of that model only; n stands in each row.",
        model="one Cox model for each, likelihood-ratio test",
        multiplicity=f"Benjamini-Hochberg over {result.n_tests:,} tests",
        confounders=adjusted,
        clinical=adjusted if imaging and analysis.adjust else "",
        biology="",
        measures="hazard ratios with Wald intervals, q-values",
        leaks=_event_leaks(context, analysis),
        imaging=imaging,
    )


def _genes(context: Context, analysis: Any, result: Any) -> Reported:
    return Reported(
        n=f"{result.n:,} of {counted(result.n_cohort, 'patient')}; n of each pair is in its row.",
        candidates=f"{result.n_features:,} features against {result.n_genes:,} genes: {result.n_tests:,} tests.",
        model="rank tests of every feature against every gene",
        multiplicity=f"Benjamini-Hochberg over {result.n_tests:,} tests",
        confounders=f"adjusted for {listed(result.adjust, 'and')}" if result.adjust else "",
        missing="Patients without a value are left out of that pair only; n stands in each row.",
        biology=f"{counted(result.n_found, 'pair')} of features and genes with q below {result.q:g}"
        if result.n_found
        else "",
        measures="effect sizes of ranks, q-values",
        imaging=True,
    )


def _prediction(context: Context, analysis: Any, result: Any) -> Reported:
    target = context.result(context.analysis("target"))
    covariates = context.analysis("target").covariates
    area, line = result.performance.auc, result.performance.line
    shares = f"{result.n_positive:,} {result.positive}, {result.n - result.n_positive:,} {result.negative}"
    interval = "" if area.lower is None else f" (95 % {area.lower:.2f} to {area.upper:.2f})"
    harmonised = "" if analysis.harmonise == NONE else f"batch effects of {analysis.harmonise} learnt in training sets"
    nested = f"{result.folds} outer folds, {result.repeats} repeats, {result.inner} inner folds"
    slope = "" if line is None else f"slope {line.slope.value:.2f} ({line.slope.lower:.2f} to {line.slope.upper:.2f})"
    return Reported(
        outcome=f"{result.label}: {shares}; {result.n:,} of {counted(result.n_cohort, 'patient')}.",
        n=f"{result.n:,} of {counted(result.n_cohort, 'patient')}, {result.n_positive:,} positive.",
        candidates=f"{counted(result.n_columns, 'column')} of {result.of}, all of them candidates.",
        handling="scaling and selection learnt in each training set",
        model=result.how,
        validation=f"nested cross-validation: {nested}; every step is inside the training sets",
        kind="TRIPOD type 1b (development, with resampling)",
        tuning=f"penalty chosen in {result.inner} inner folds of each training set",
        measures="AUC, average precision, calibration, Brier score, net benefit",
        output=f"probabilities; called positive {result.cut}",
        balance=shares,
        reduction=_reduction(analysis),
        missing="Gaps are put at the medians of each training set.",
        predictions="each patient's probability is the mean over the repeats, from models that never saw the patient",
        selection=f"its settings are those of the least log loss in {result.inner} inner folds",
        risk="the probability is a continuous risk",
        heterogeneity="the section Across centres of the Prediction page leaves out each centre in turn",
        interval=area.lower is not None,
        confounders=harmonised,
        full="the frozen model can be downloaded" if result.frozen is not None else "",
        discrimination=f"AUC {area.auc:.2f}{interval} in held-out patients",
        resampled=nested,
        calibration=slope,
        calibration_resampled=f"in held-out patients: {nested}" if slope else "",
        utility="net benefit over thresholds (decision curve) with bootstrap bands",
        clinical=f"covariates beside the features: {listed(covariates, 'and')}" if covariates else "",
        per_coefficient=per_coefficient(
            result.n_positive, result.n_columns, result.n - result.n_positive, "patient of the rarer class"
        ).words.replace("patient of the rarer classs", "patients of the rarer class"),
        leaks=_told(target.cautions),
        imaging=True,
    )


def _reduction(analysis: Any) -> str:
    """How features become fewer; a ridge keeps all of them."""
    told = [f"the {analysis.select} best of each training set"] if analysis.select else []
    told += (
        [f"none that correlates above {analysis.redundant} with an earlier one"] if analysis.redundant != "all" else []
    )
    told += [f"{analysis.classifier} penalty"] if analysis.classifier in ("lasso", "elastic_net") else []
    return "; ".join(told)


def _ladder(context: Context, analysis: Any, result: Any) -> Reported:
    blocks = context.analysis("blocks")
    return replace(ladder_reported(result), leaks=_event_leaks(context, blocks, blocks.clinical))


_BUILDERS: dict[str, Callable[[Any, Any, Any], Reported]] = {
    LADDER: _ladder,
    COX: _cox,
    GROUPS: _groups,
    SCREEN: _screen,
    GENES: _genes,
    PREDICTION: _prediction,
}


# ------------------------------------------------------------------------------------------------ leaks


def _event_leaks(context: Context, analysis: Any, covariates: tuple[str, ...] = ()) -> str:
    """Whether the filter or a covariate knows who has the event of the endpoint that is reported."""
    follow_up = context.analysis("follow_up")
    event = context.store.outcomes(Cohort(), follow_up.endpoint)["event"]
    values = event.map({1.0: True, 0.0: False}).astype(object).where(np.isfinite(event), None)
    label = context.catalogue.endpoints[follow_up.endpoint].label or follow_up.endpoint
    outcome = leakage.Outcome("endpoint", follow_up.endpoint, label, values)
    named = covariates or tuple(getattr(analysis, "attributes", ()) or ())
    return _told(leakage.leakage(context.store, context.cohort, outcome, named))


def _told(cautions: tuple[str, ...]) -> str:
    return " ".join(cautions) or "Neither the filter nor a covariate was found to give the outcome away."

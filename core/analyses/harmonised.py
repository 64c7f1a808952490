"""What does ComBat take out of the features, what does it leave, and does it take too much?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.batch import positions
from core.analyses.batches import Batched, batched, standardised_within
from core.analyses.harmonised_result import Harmonised, Kept
from core.analyses.harmonised_words import harmonised_words
from core.analyses.parameters import Choice, Flag, Number, Option, options, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.stats.harmonise import Combat, fit_combat
from core.stats.harmonise_created import FalseFinds, false_finds
from core.stats.harmonise_folds import cross_harmonised
from core.stats.harmonise_loss import overcorrection
from core.stats.harmonise_panel import batch_panel, batch_variance, principal_components
from core.store.schema import Attribute

PARAMETRIC, EMPIRICAL = "parametric", "empirical"


def _outcomes(scope) -> tuple[Option, ...]:
    """Categories that are neither the batch nor protected, the HPV status first, and none."""
    batch = scope.context.analysis("batch")
    known = scope.context.catalogue.attributes
    found = [each for each in choices.categories(scope, most=8) if each.value not in (batch.batch, *batch.protect)]
    found.sort(key=lambda each: (known[each.value].role != "hpv", len(known[each.value].levels) != 2))
    return (*found, Option(choices.NONE, "no outcome"))


@dataclass(frozen=True, eq=False)
class _Read:
    these: Batched
    batch: Attribute
    outcome: pd.Series | None
    outcome_label: str
    protect: tuple[tuple[str, pd.Series], ...]
    families: dict[str, str]
    parametric: bool
    z_scored: bool
    n_cohort: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Harmonise(Analysis):
    name = "harmonise"
    title = "Harmonisation"
    question = "What does ComBat take out of the features, what does it leave, and does it take too much?"
    method = (
        "ComBat (empirical Bayes of level and spread per batch) with protected covariates, the numbers of R's "
        "sva::ComBat. Batch is counted before, and after in patients who were not in the fit (five folds): in the "
        "patients of the fit batch means are equal by construction, so nothing is tested there. Over-correction: the "
        "effect of an attribute over all patients, before and after, over its effect within batches, which no batch "
        "can make or hide. Created: how often an outcome that was shuffled within batches is found at p below 0.05. "
        "An outcome is never protected here: see `core.stats.harmonise_transformer` for harmonisation within the "
        "resampling, from training patients alone."
    )
    sources = (
        "Johnson, Li and Rabinovic 2007, doi:10.1093/biostatistics/kxj037",
        "Leek et al. 2012 (sva), doi:10.1093/bioinformatics/bts034",
        "Nygaard et al. 2016, doi:10.1093/biostatistics/kxv027",
    )
    pages = ("Features",)
    rank = 50

    outcome: str = parameter(
        Choice(
            "Outcome to watch",
            "What later analyses will look for. It is not protected; it is watched for what harmonising takes from it.",
            options=_outcomes,
        )
    )
    priors: str = parameter(
        Choice(
            "Priors",
            "How the batch effects of all features are taken together: by a normal and an inverse gamma distribution, "
            "or by the features themselves.",
            options=options((PARAMETRIC, "parametric"), (EMPIRICAL, "non-parametric")),
        )
    )
    mean_only: bool = parameter(
        Flag("Means only", "Leave the spread of each batch as it is, as for very small batches.", default=False)
    )
    fewest: int = parameter(
        Number(
            "Fewest patients of a batch",
            "Patients of smaller batches are left out. ComBat needs two for a spread; ten make good estimates.",
            low=1,
            high=30,
            step=1,
            default=1,
            whole=True,
        )
    )

    def needs(self, context):
        return (context.analysis("batch"),)

    def read(self, context):
        batch = context.analysis("batch")
        measured = context.result(context.analysis("measured"))
        known = context.catalogue.attributes
        protect = [known[name] for name in batch.protect if name != batch.batch]
        asked = [] if self.outcome == choices.NONE else [known[self.outcome]]
        names = dict.fromkeys([batch.batch, *(each.name for each in [*protect, *asked])])
        table = context.store.patients(context.cohort, list(names)).reindex(measured.values.index)
        these = batched(measured.values, table, known[batch.batch], protect, self.fewest)
        here = table.loc[these.values.index]
        return _Read(
            these=these,
            batch=known[batch.batch],
            outcome=_column(here, asked[0]) if asked else None,
            outcome_label=(asked[0].label or asked[0].name) if asked else "",
            protect=tuple((each.label or each.name, _column(here, each)) for each in protect),
            families=measured.families,
            parametric=self.priors == PARAMETRIC,
            z_scored=measured.scale != "raw",
            n_cohort=measured.n_cohort,
            seed=batch.seed,
        )

    def __call__(self, data: _Read, progress: Progress = quiet):
        these = data.these
        watched = {} if data.outcome is None else {data.outcome_label: data.outcome}
        if standardised_within(these.values, these.batch):
            raise NotEstimable(
                f"Every feature has the same mean and spread in every batch: the values were z-scored within "
                f"{data.batch.label or data.batch.name} before they came here, so there is no level or spread to take "
                "out.",
                "Import the values as they were measured, or choose another batch.",
            )
        how = {"parametric": data.parametric, "mean_only": self.mean_only}
        fit = _fit(these, watched, how)
        harmonised = pd.DataFrame(
            fit.transform(these.values, these.batch, these.covariates),
            index=these.values.index,
            columns=these.values.columns,
        )
        states: list[str] = []
        panel = batch_panel(these.values, harmonised, these.batch, these.covariates)
        held_out = self._held_out(data, how, states, part(progress, 0.0, 0.4))
        pictures = _pictures(these, harmonised, states)
        kept = tuple(
            _kept(these, harmonised, label, role, column)
            for label, role, column in [
                *((label, "protected", column) for label, column in data.protect),
                *((label, "outcome", column) for label, column in watched.items()),
            ]
        )
        created = self._created(data, states, part(progress, 0.4, 0.6))
        result = Harmonised(
            batch=data.batch.label or data.batch.name,
            protected=these.protected,
            outcome=data.outcome_label,
            fit=fit,
            before=panel.before,
            after=panel.after,
            held_out=held_out,
            families=data.families,
            components=tuple(found for found, _ in pictures),
            patients=tuple(shown for _, shown in pictures),
            kept=kept,
            created=created,
            values=harmonised,
            z_scored=data.z_scored,
            states=tuple(states),
            left_out=these.left_out,
            small=dict(these.small),
            words=(),
            n=len(these.values),
            n_cohort=data.n_cohort,
        )
        return harmonised_words(result)

    def _held_out(self, data: _Read, how, states, progress):
        these = data.these
        try:
            table = cross_harmonised(
                these.values, these.batch, these.covariates, **how, seed=data.seed, progress=progress
            )
            return batch_variance(table, these.batch, these.covariates)
        except NotEstimable as state:
            states.append(f"Batch left in held-out patients is not estimable: {state}")
            return None

    def _created(self, data: _Read, states, progress) -> FalseFinds | None:
        if data.outcome is None:
            return None
        these, known = data.these, data.outcome.notna()
        covariates = None if these.covariates is None else these.covariates[known]
        try:
            return false_finds(
                these.values[known],
                these.batch[known],
                data.outcome[known],
                covariates,
                self.mean_only,
                seed=data.seed,
                progress=progress,
            )
        except NotEstimable as state:
            states.append(f"How often harmonising creates associations is not estimable: {state}")
            return None


def _fit(these: Batched, watched: dict[str, pd.Series], how: dict[str, bool]) -> Combat:
    """ComBat of all patients; an outcome that is nearly the batch is refused, and so is harmonising for it."""
    fit = fit_combat(these.values, these.batch, these.covariates, **how)
    try:
        return fit_combat(these.values, these.batch, these.covariates, outcome=watched, **how) if watched else fit
    except NotEstimable as state:
        raise NotEstimable(state.reason, f"{state.remedy} Or watch another outcome.") from state


def _column(table: pd.DataFrame, attribute: Attribute) -> pd.Series:
    return table[attribute.name].astype(float) if attribute.type == "number" else table[attribute.name]


def _kept(these: Batched, harmonised: pd.DataFrame, label: str, role: str, column: pd.Series) -> Kept:
    try:
        return Kept(label, role, overcorrection(these.values, harmonised, these.batch, column), "")
    except NotEstimable as state:
        return Kept(label, role, None, str(state))


def _pictures(these: Batched, harmonised: pd.DataFrame, states: list[str]):
    found = []
    for values in (these.values, harmonised):
        try:
            components = principal_components(values, these.batch)
        except NotEstimable as state:
            states.append(f"No picture of the patients: {state}")
            return ()
        found.append((components, positions(these, components)))
    return tuple(found)

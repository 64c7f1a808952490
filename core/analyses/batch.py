"""How much of the features is the batch: the centre, the scanner, or anything that patients were measured by?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.acquisition import is_acquisition
from core.analyses.base import Analysis
from core.analyses.batch_words import batch_words
from core.analyses.batches import Batched, batched, standardised_within
from core.analyses.parameters import Choice, Many, Number, Option, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.stats.harmonise_panel import BatchVariance, Components, batch_variance, principal_components
from core.stats.predictable import Predictable, predictable

FOUND = 0.05


@dataclass(frozen=True, eq=False)
class BatchReport:
    """variance     share of each feature's variance that is batch, beside what is protected; `table` adds the family
    families     family, features, median_share (adjusted), n_found (q below 0.05)
    components   the patients in two dimensions; `patients` patient_id, batch, first, second
    predictable  how well the batch is told from the features; None with the reason in `states`
    standardised whether values were z-scored within the batch before they came here
    """

    batch: str
    protected: tuple[str, ...]
    variance: BatchVariance
    table: pd.DataFrame
    families: pd.DataFrame
    components: Components | None
    patients: pd.DataFrame
    predictable: Predictable | None
    states: tuple[str, ...]
    standardised: bool
    left_out: pd.DataFrame
    words: tuple[str, ...]
    n: int
    n_cohort: int

    @property
    def n_found(self) -> int:
        return int((self.variance.table["q"] < FOUND).sum())


def batch_options(scope) -> tuple[Option, ...]:
    """Categories by which patients may have been measured: the centre, then what sounds like it, then the rest."""
    known = scope.context.catalogue.attributes
    found = list(choices.categories(scope, most=60))
    order = [
        0 if known[each.value].role == "centre" else 1 if is_acquisition(known[each.value]) else 2 for each in found
    ]
    return tuple(option for _, option in sorted(zip(order, found, strict=True), key=lambda pair: pair[0]))


def _protectable(scope) -> tuple[Option, ...]:
    return tuple(option for option in choices.attributes(scope) if option.value != scope.values["batch"])


@dataclass(frozen=True, kw_only=True)
class Batch(Analysis):
    name = "batch"
    title = "Batch"
    question = "How much of the features is the centre, the scanner or another batch?"
    method = (
        "Per feature the share of variance that the batch explains beside the protected covariates (nested linear "
        "models, adjusted for the number of batches, so that it is about 0 where there is nothing), its F test, and "
        "Benjamini-Hochberg over all features. How well the batch is told from all features together: in 10 folds, "
        "three times, linear discriminant analysis with a shrunken covariance and equal prior shares, learnt from the "
        "training patients; the mean over batches of the share of held-out patients told right (balanced accuracy), "
        "against 199 shuffles of the batches."
    )
    sources = (
        "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
        "Ledoit and Wolf 2004, doi:10.1016/S0047-259X(03)00096-4",
    )
    pages = ("Features",)
    rank = 40

    batch: str = parameter(
        Choice(
            "Batch",
            "By what the patients were measured.",
            options=batch_options,
            nothing="No attribute of this study has groups, so no batch is known.",
            remedy="Import an attribute such as the centre or the scanner with it.",
        )
    )
    protect: tuple[str, ...] = parameter(
        Many(
            "Protect",
            "Covariates whose effects are not batch, though batches differ in them: the subsite, the stage. Not the "
            "outcome that is to be predicted or tested later.",
            options=_protectable,
            default=(),
            most=6,
        )
    )
    seed: int = parameter(Number("Seed", "Of folds and shuffles.", low=0, high=9999, step=1, default=1, whole=True))

    def needs(self, context):
        return (context.analysis("measured"),)

    def read(self, context):
        measured = context.result(context.analysis("measured"))
        known = context.catalogue.attributes
        protect = [known[name] for name in self.protect if name != self.batch]
        names = [self.batch, *(each.name for each in protect)]
        table = context.store.patients(context.cohort, names).reindex(measured.values.index)
        return measured, batched(measured.values, table, known[self.batch], protect), known[self.batch]

    def __call__(self, data, progress: Progress = quiet):
        measured, these, attribute = data
        variance = batch_variance(these.values, these.batch, these.covariates)
        table = variance.table.assign(family=variance.table["feature"].map(measured.families))
        components, states = None, []
        try:
            components = principal_components(these.values, these.batch)
        except NotEstimable as state:
            states.append(f"No picture of the patients: {state}")
        told = None
        try:
            told = predictable(these.values, these.batch, seed=self.seed, progress=progress)
        except NotEstimable as state:
            states.append(f"How well the batch can be told is not estimable: {state}")
        report = BatchReport(
            batch=attribute.label or attribute.name,
            protected=these.protected,
            variance=variance,
            table=table,
            families=by_family(table),
            components=components,
            patients=positions(these, components),
            predictable=told,
            states=tuple(states),
            standardised=standardised_within(these.values, these.batch),
            left_out=these.left_out,
            words=(),
            n=len(these.values),
            n_cohort=measured.n_cohort,
        )
        return batch_words(report)


def by_family(table: pd.DataFrame) -> pd.DataFrame:
    """Family by family: features, median adjusted share, and how many features have a q below 0.05."""
    rows = [
        (family, len(part), part["r2_adjusted"].median(), int((part["q"] < FOUND).sum()))
        for family, part in table.groupby("family", sort=False)
    ]
    return pd.DataFrame(rows, columns=["family", "features", "median_share", "n_found"])


def positions(these: Batched, components: Components | None) -> pd.DataFrame:
    """The patients with their batch and their place in the picture."""
    columns = {"patient_id": these.batch.index, "batch": these.batch.to_numpy()}
    if components is not None:
        columns |= {"first": components.scores[:, 0], "second": components.scores[:, 1]}
    return pd.DataFrame(columns)

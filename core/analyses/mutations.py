"""Which genes are mutated in the cohort, of how many patients who were looked at."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.choices import few_levels, mutation_genes
from core.analyses.parameters import Many, Number, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.stats.mutation import OncoPrintOrder, mutation_frequencies, oncoprint_order


def _some_gene(context) -> None:
    if not context.catalogue.mutation_genes:
        raise NotEstimable("This study has no mutation profiles.", "Choose another study, or import mutations with it.")


@dataclass(frozen=True)
class Frequencies:
    """The most frequent of `n_genes` genes in `n` patients: gene, n_mutated, n_profiled, share, lower, upper."""

    table: pd.DataFrame
    n_genes: int
    n: int


@dataclass(frozen=True, kw_only=True)
class MutationFrequency(Analysis):
    name = "frequencies"
    title = "Mutation frequencies"
    question = "Which genes are mutated, and in what share of the patients profiled for them?"
    method = (
        "The denominator of a gene is the number of patients of the cohort whose panel covers it, never the number who "
        "appear in the mutation table. Germline variants do not count. Intervals are Wilson's (95 %)."
    )
    sources = ("Wilson 1927, doi:10.1080/01621459.1927.10502953",)
    pages = ("Cohort",)
    rank = 30

    top: int = parameter(
        Number("Genes shown", "The most frequent ones.", low=5, high=50, step=5, default=20, whole=True)
    )

    def read(self, context):
        _some_gene(context)
        return context.store.mutation_status(context.cohort)

    def __call__(self, data, progress=quiet):
        found = mutation_frequencies(data)
        if not found.table["n_profiled"].any():
            raise NotEstimable("No patient of this cohort was profiled for mutations.", "Widen the cohort.")
        return Frequencies(found.table.head(self.top), len(found.table), found.n)


@dataclass(frozen=True)
class OncoPrint:
    """Genes x patients: `status` has a row per patient in drawing order, `kinds` the mutation classes of the mutated.

    `tracks` holds the chosen attributes of the same patients in the same order.
    """

    order: OncoPrintOrder
    status: pd.DataFrame
    kinds: pd.DataFrame
    tracks: pd.DataFrame
    levels: dict[str, tuple[str, ...]]
    labels: dict[str, str]
    n_profiled: int


@dataclass(frozen=True, kw_only=True)
class OncoPrintOfCohort(Analysis):
    name = "oncoprint"
    title = "OncoPrint"
    question = "Which mutations occur together, and in whom?"
    method = (
        "Patients are sorted so that mutations of the most frequent genes stand first; patients profiled for none of "
        "the genes are counted and not drawn. Wild type and not profiled are different colours."
    )
    pages = ("Cohort",)
    rank = 40

    genes: tuple[str, ...] = parameter(
        Many(
            "Genes",
            "Rows of the OncoPrint.",
            options=mutation_genes,
            default=lambda s: s.context.catalogue.mutation_genes[:12],
            most=40,
        )
    )
    tracks: tuple[str, ...] = parameter(
        Many(
            "Attributes above",
            "Shown as colours above the genes.",
            options=few_levels,
            default=lambda scope: tuple(option.value for option in few_levels(scope)[:2]),
            most=4,
        )
    )

    def read(self, context):
        _some_gene(context)
        if not self.genes:
            raise NotEstimable("No gene is chosen.", "Choose at least one gene for the OncoPrint.")
        known = context.catalogue.attributes
        return (
            context.store.mutation_status(context.cohort, self.genes),
            context.store.mutations(context.cohort),
            context.store.patients(context.cohort, self.tracks),
            {name: known[name].levels for name in self.tracks},
            {name: known[name].label or name for name in self.tracks},
        )

    def __call__(self, data, progress=quiet):
        status, mutations, tracks, levels, labels = data
        profiled = status[(status != "not profiled").any(axis=1)]
        if profiled.empty:
            raise NotEstimable("No patient of this cohort was profiled for these genes.", "Widen the cohort.")
        order = oncoprint_order(profiled)
        rows, columns = list(order.patients), list(order.genes)
        inside = mutations[mutations["patient_id"].isin(rows) & mutations["gene"].isin(columns)]
        joined = inside.groupby(["patient_id", "gene"])["classification"].agg(
            lambda kinds: ", ".join(sorted(set(kinds)))
        )
        kinds = joined.unstack("gene").reindex(index=rows, columns=columns).astype(object)
        return OncoPrint(
            order,
            profiled.loc[rows, columns],
            kinds.where(kinds.notna(), ""),
            tracks.loc[rows],
            levels,
            labels,
            len(profiled),
        )

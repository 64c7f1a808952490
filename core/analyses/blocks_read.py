"""The values of the radiomic and the genomic block, as the store has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from core.errors import NotEstimable
from core.stats.gene_set_score import rank_score
from core.store.schema import MUTATED, NOT_PROFILED, WILD_TYPE

if TYPE_CHECKING:
    from core.analyses.context import Context

#: More features make no signature that somebody can use.
MOST_OF_A_SIGNATURE = 10
#: A feature that more of the imaged patients lack is no candidate, for it would take them all out of the models.
MOST_MISSING = 0.05


@dataclass(frozen=True)
class GenomicChoices:
    """What the genomic block is made of."""

    genotypes: tuple[str, ...]
    genes: tuple[str, ...]
    expression: tuple[str, ...]
    gene_sets: tuple[str, ...]

    def any(self) -> bool:
        return bool(self.genotypes or self.genes or self.expression or self.gene_sets)


def radiomic_table(
    context: Context, feature_set: str, setting: str | None, features: tuple[str, ...] | None, patients: pd.Index
) -> pd.DataFrame:
    """The features named, or with None every candidate of a signature: known for nearly all who were imaged."""
    if features == ():
        raise NotEstimable("No feature is chosen.", "Choose one, a signature, or no radiomic block.")
    known = context.catalogue.feature_sets[feature_set]
    names = list(features) if features is not None else list(known.names)
    values = context.store.features(context.cohort, feature_set, setting, names).reindex(patients)
    if features is None:
        imaged = values.notna().any(axis=1)
        enough = values[imaged].isna().mean() <= MOST_MISSING
        varies = values.nunique() > 1
        values = values.loc[:, enough & varies]
        if not values.shape[1]:
            raise NotEstimable("No feature of the set is known for these patients.", "Choose another feature set.")
        return values
    labels = {each.name: each.label or each.name for each in known.features}
    shown = [labels[name] for name in names]
    return values.set_axis(
        [label if shown.count(label) == 1 else name for name, label in zip(names, shown, strict=True)], axis=1
    )


def genomic_table(context: Context, wanted: GenomicChoices, patients: pd.Index) -> pd.DataFrame:
    """Genotypes, mutated genes, expressed genes and scores of gene sets, in this order."""
    store, cohort, catalogue = context.store, context.cohort, context.catalogue
    columns: dict[str, pd.Series] = {}
    if wanted.genotypes:
        values = store.patients(cohort, list(wanted.genotypes)).reindex(patients)
        for name in wanted.genotypes:
            known = catalogue.attributes[name]
            columns[known.label or name] = pd.Series(pd.Categorical(values[name], categories=known.levels), patients)
    if wanted.genes:
        status = store.mutation_status(cohort, list(wanted.genes)).reindex(patients)
        for gene in wanted.genes:
            told = status[gene].where(status[gene] != NOT_PROFILED, None)
            columns[f"{gene} mutation"] = pd.Series(pd.Categorical(told, categories=(WILD_TYPE, MUTATED)), patients)
    if wanted.expression:
        values = store.expression(cohort, list(wanted.expression)).reindex(patients)
        columns |= {f"{gene} expression": values[gene] for gene in wanted.expression}
    if wanted.gene_sets:
        measured, sets = store.expression(cohort), store.gene_sets()
        for name in wanted.gene_sets:
            columns[name] = rank_score(measured, sets[name]).reindex(patients)
    return pd.DataFrame(columns, index=patients)

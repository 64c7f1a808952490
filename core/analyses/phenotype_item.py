"""One mutation, gene or gene set of the phenotypes, patient by patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Option, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.phenotypes import EXPRESSION, MUTATION, SET, set_scores
from core.stats.mutation import wilson_interval


@dataclass(frozen=True, eq=False)
class PhenotypeItem:
    """What one row of the phenotypes is made of.

    values  index patient_id: group, value (1 mutated and 0 wild type, expression, or the mean z score of a set)
    groups  group, n, and of mutations mutated, share, lower, upper (95 %, Wilson), of others median, q1, q3
    """

    kind: str
    item: str
    label: str
    values: pd.DataFrame
    groups: pd.DataFrame
    test: str
    effect_name: str
    effect: float
    p: float
    q: float
    n: int
    n_tests: int


def _items(scope) -> tuple[Option, ...]:
    """Everything that could be tested, as `kind: name`, and the one of the smallest p."""
    catalogue = scope.context.catalogue
    every = [(MUTATION, gene) for gene in catalogue.mutation_genes]
    every += [(EXPRESSION, gene) for gene in sorted(catalogue.expression_genes)]
    every += [(SET, name) for name in catalogue.gene_sets]
    first = Option(choices.NONE, "the one of the smallest p")
    return (first, *(Option(f"{kind}: {name}", f"{name} ({kind})") for kind, name in every))


@dataclass(frozen=True, kw_only=True)
class ItemOfPhenotypes(Analysis):
    name = "phenotype_item"
    title = "One of them"
    question = "How do the groups differ in one mutation, gene or gene set, patient by patient?"
    method = (
        "The values as they are, by group; p, q and effect are those of the phenotypes, q over all of their tests. "
        "Shares mutated with Wilson's 95 % intervals, not adjusted for that this one was picked among many."
    )
    sources = ("Wilson 1927, doi:10.1080/01621459.1927.10502953",)
    pages = ("Radiogenomics",)
    rank = 31
    slow = True

    item: str = parameter(Choice("Mutation, gene or gene set", "A row of the table chooses it too.", options=_items))

    def needs(self, context):
        return (context.analysis("phenotypes"),)

    def studies(self, context):
        return self.needs(context)[0].studies(context)

    def read(self, context):
        (phenotypes,) = self.needs(context)
        return context.result(phenotypes), phenotypes.groups_and_molecules(context)

    def __call__(self, data, progress: Progress = quiet):
        found, (known, sets) = data
        table = found.table
        if self.item != choices.NONE:
            kind, _, name = self.item.partition(": ")
            table = table[(table["kind"] == kind) & (table["item"] == name)]
            if table.empty:
                why = found.tests.not_tested
                why = why[(why["kind"] == kind) & (why["item"] == name)]["reason"]
                told = f"not tested, {why.iloc[0]}" if len(why) else "not among what was tested"
                raise NotEstimable(f"{name} ({kind}) is {told}.", "Choose another one.")
        row = table.iloc[0]
        kind, item = row["kind"], row["item"]
        frame = known.mutated if kind == MUTATION else known.expression
        if kind == SET:
            frame = set_scores(known.expression, {item: sets[item]}, known.groups.dropna().index)
        values = pd.DataFrame({"group": known.groups.astype(object), "value": frame[item]}).dropna()
        compared = [name for name in found.tests.groups if row[f"{name}: n"]]
        values = values[values["group"].isin(compared)].rename_axis("patient_id")
        return PhenotypeItem(
            kind=kind,
            item=item,
            label=found.label,
            values=values,
            groups=_by_group(values, compared, kind),
            test=row["test"],
            effect_name=row["effect_name"],
            effect=float(row["effect"]),
            p=float(row["p"]),
            q=float(row["q"]),
            n=len(values),
            n_tests=found.tests.n_tests,
        )


def _by_group(values: pd.DataFrame, groups: list[str], kind: str) -> pd.DataFrame:
    parts = [values.loc[values["group"] == group, "value"].to_numpy(float) for group in groups]
    n = np.array([len(part) for part in parts])
    table = pd.DataFrame({"group": groups, "n": n})
    if kind == MUTATION:
        hits = np.array([int(part.sum()) for part in parts])
        lower, upper = wilson_interval(hits, n)
        return table.assign(mutated=hits, share=hits / np.maximum(n, 1), lower=lower, upper=upper)
    quartiles = np.array([np.quantile(part, (0.5, 0.25, 0.75)) for part in parts])
    return table.assign(median=quartiles[:, 0], q1=quartiles[:, 1], q3=quartiles[:, 2])

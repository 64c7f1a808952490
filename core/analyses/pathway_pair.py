"""One feature and one gene set: where the genes of the set stand in the ranking of all genes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Option, parameter
from core.analyses.pathway_result import PathwayScreen
from core.compute import Progress, quiet
from core.errors import NotEstimable, Refused
from core.radiogenomics.enrichment_score import leading_edge, running_sum


@dataclass(frozen=True, eq=False)
class PathwayPair:
    """The ranking of all genes by one feature, and a gene set in it.

    ranking     gene, score (rank correlation with the feature), member, running_sum (after this gene), leading (one of
                the genes that make the score); the largest score first
    """

    feature: str
    set: str
    ranking: pd.DataFrame
    es: float
    nes: float
    p: float
    q: float
    n: int
    n_tests: int
    size: int
    present: int
    null: str
    permutations: int


def _features(scope) -> tuple[Option, ...]:
    try:
        screen = scope.context.analysis("gene_screen")
    except Refused:
        return ()
    every = scope.context.catalogue.feature_sets[screen.features].features
    one = Option(choices.NONE, "the one of the smallest p")
    return (one, *(Option(each.name, each.label or each.name) for each in every))


def _sets(scope) -> tuple[Option, ...]:
    every = scope.context.catalogue.gene_sets
    return (Option(choices.NONE, "the one of the smallest p"), *(Option(name, name) for name in every))


@dataclass(frozen=True, kw_only=True)
class PathwayOfFeature(Analysis):
    name = "pathway_pair"
    title = "One feature and one gene set"
    question = "Where do the genes of a set stand among all genes, ranked by a feature?"
    method = (
        "The running sum of GSEA: each gene of the set lifts it by its share of the set's |correlation|, every other "
        "gene lowers it by the same step; the enrichment score is its largest departure from 0, and the genes up to "
        "there are the leading edge. p and q are those of the Pathways analysis."
    )
    sources = ("Subramanian et al. 2005, doi:10.1073/pnas.0506580102",)
    pages = ("Radiogenomics",)
    rank = 21
    slow = True

    feature: str = parameter(Choice("Feature", "A click in the picture chooses it too.", options=_features))
    gene_set: str = parameter(Choice("Gene set", "A click in the picture chooses it too.", options=_sets))

    def needs(self, context):
        return (context.analysis("pathways"),)

    def read(self, context):
        return context.result(context.analysis("pathways"))

    def __call__(self, data: PathwayScreen, progress: Progress = quiet):
        table = data.table
        for chosen, column in ((self.feature, "feature"), (self.gene_set, "set")):
            if chosen != choices.NONE:
                table = table[table[column] == chosen]
                if table.empty:
                    raise NotEstimable(
                        f"{chosen} is not among what was tested.",
                        f"Choose another {column.replace('set', 'gene set')}.",
                    )
        if table.empty:
            raise NotEstimable("This pair was not tested.", "Choose another one.")
        row, found = table.iloc[0], data.enrichment
        scores = pd.Series(found.scores[found.features.index(row["feature"])], index=found.genes)
        scores = scores.sort_values(ascending=False, kind="stable")
        members = list(found.members[row["set"]])
        member = scores.index.isin(members)
        ranking = pd.DataFrame(
            {
                "gene": scores.index,
                "score": scores.to_numpy(),
                "member": member,
                "running_sum": running_sum(scores.to_numpy(), member),
                "leading": np.isin(scores.index, leading_edge(scores, members)),
            }
        )
        numbers = {name: float(row[name]) for name in ("es", "nes", "p", "q")}
        return PathwayPair(
            feature=row["feature"],
            set=row["set"],
            ranking=ranking,
            **numbers,
            n=int(row["n"]),
            n_tests=found.n_tests,
            size=int(row["size"]),
            present=int(row["present"]),
            null=found.null,
            permutations=found.permutations,
        )

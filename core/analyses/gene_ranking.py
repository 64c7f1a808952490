"""Which single genes do the networks use, and which gene sets stand at an end of that ranking?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.expression_network import CATEGORY, ExpressionNetworks, output_of
from core.analyses.gene_ranking_words import ranking_words
from core.analyses.parameters import Choice, Number, Option, options, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.radiogenomics.enrichment import Enrichment, preranked
from core.radiogenomics.expression_target import CLASSES, SPLIT
from core.radiogenomics.gene_masking import ADD_SETS, NO_SETS
from core.radiogenomics.masking import single_gene_scores
from core.radiogenomics.saliency import GRADIENT, GUIDED, saliency

MASKING = "masking"
WAYS = {
    MASKING: "score of each gene shown alone",
    GRADIENT: "mean gradient",
    GUIDED: "guided gradient, as published",
}
MEAN, MEDIAN = "mean", "median"
ONLY = "only"


def _levels(scope) -> tuple[Option, ...]:
    """The classes of the attribute that is predicted; where a number or two classes are, there is one ranking."""
    network = scope.context.analysis("expression_network")
    levels = scope.context.catalogue.attributes[network.attribute].levels if network.over == CATEGORY else ()
    return options(*levels) if len(levels) > 2 else options((ONLY, "there is one ranking"))


@dataclass(frozen=True, eq=False)
class GeneRanking:
    """table   gene, score (held-out patients ranked by this gene alone: area less 0.5, or Spearman), gradient (slope of
            the network's score per standard deviation of the gene, held-out patients), guided (its published variant,
            never negative), gradient_<group> per group of patients; the strongest by `by` first
    enrichment  of the ranking by `by`; None where there is none: why stands in `no_enrichment`
    """

    label: str
    kind: str
    levels: tuple[str, ...]
    output: str
    by: str
    how: str
    summary: str
    table: pd.DataFrame
    enrichment: Enrichment | None
    no_enrichment: str
    n: int
    n_genes: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RankingOfGenes(Analysis):
    name = "gene_ranking"
    title = "Genes"
    question = "Which single genes do the networks use, and which gene sets stand at an end of that ranking?"
    method = (
        "Each gene is shown to the networks alone, all others at the training mean, and the score of held-out patients "
        "is rated (area less 0.5, or Spearman's correlation, within folds). Saliency is the exact slope of a network's "
        "output, before its logistic or softmax, with respect to each gene's standard score, at held-out patients; the "
        "published variant is the absolute value of guided back-propagation. Pre-ranked enrichment of the chosen "
        "ranking, weight 1, with random sets of genes as the null: it takes genes for independent, so it describes."
    )
    sources = (
        "Smedley, Aberle and Hsu 2021, J Med Imaging 8(3), https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8105647/",
        "Subramanian and others 2005, doi:10.1073/pnas.0506580102",
        "Wu and Smyth 2012, doi:10.1093/nar/gks461",
        "Springenberg and others 2015, arXiv:1412.6806",
    )
    pages = ("Gene_masking",)
    rank = 30

    by: str = parameter(
        Choice("Genes ranked by", "What orders the genes.", options=options(*((key, WAYS[key]) for key in WAYS)))
    )
    summary: str = parameter(
        Choice("Gradients of patients", "How they become one number per gene.", options=options(MEAN, MEDIAN))
    )
    level: str = parameter(
        Choice("Class against the rest", "With three classes or more, each has a ranking of its own.", options=_levels)
    )
    smallest: int = parameter(
        Number("Fewest genes of a set", "Measured ones.", low=3, high=50, step=1, default=10, whole=True)
    )
    permutations: int = parameter(
        Number("Random sets", "For the enrichment.", low=100, high=10000, step=100, default=1000, whole=True)
    )
    seed: int = parameter(Number("Seed", "Of the random sets.", low=0, high=9999, step=1, default=0, whole=True))

    def needs(self, context):
        return (context.analysis("expression_network"),)

    def read(self, context):
        return context.result(context.analysis("expression_network")), context.store.gene_sets()

    def __call__(self, data, progress: Progress = quiet):
        found, sets = data
        output = output_of(found, self.level)
        table = self._table(found, output, part(progress, 0.0, 0.8))
        ranking = table.set_index("gene")["score" if self.by == MASKING else self.by]
        enrichment, why = None, ""
        try:
            if not sets:
                raise NotEstimable(NO_SETS, ADD_SETS)
            enrichment = preranked(
                ranking, sets, seed=self.seed, permutations=self.permutations, smallest=self.smallest
            )
        except NotEstimable as state:
            why = str(state)
        strength = ranking.abs().sort_values(ascending=False, kind="stable").index
        result = GeneRanking(
            label=found.label,
            kind=found.target.kind,
            levels=found.target.levels,
            output=found.target.outputs[output],
            by=self.by,
            how=WAYS[self.by],
            summary=self.summary,
            table=table.set_index("gene").loc[strength].reset_index(),
            enrichment=enrichment,
            no_enrichment=why,
            n=found.n,
            n_genes=len(found.genes),
        )
        return replace(result, words=ranking_words(result))

    def _table(self, found: ExpressionNetworks, output: int, progress: Progress) -> pd.DataFrame:
        networks = found.networks
        rater, score = networks.raters[output], np.empty(networks.n_genes)
        for block, scores in single_gene_scores(networks, progress):
            score[block] = rater.rate(scores[..., output])
        score = score if networks.target.is_number else score - 0.5
        slopes = saliency(networks, output)
        middle = np.mean if self.summary == MEAN else np.median
        columns = {
            "gene": list(found.genes),
            "score": score,
            GRADIENT: middle(slopes, axis=0),
            GUIDED: middle(saliency(networks, output, GUIDED), axis=0),
        }
        for name, members in _groups(found).items():
            columns[f"gradient_{name}"] = middle(slopes[members], axis=0)
        return pd.DataFrame(columns)


def _groups(found: ExpressionNetworks) -> dict[str, np.ndarray]:
    """The patients of each class, by its name; nobody for a number."""
    learned = found.networks.learned
    if found.target.kind == CLASSES:
        return {name: learned == code for code, name in enumerate(found.target.levels)}
    if found.target.kind == SPLIT:
        return {"low": learned == 0, "high": learned == 1}
    return {}

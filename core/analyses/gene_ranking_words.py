"""What is said of single genes and of the gene sets at the ends of their ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.analyses.expression_models_words import target_text
from core.survival.words import p_text
from core.vocabulary import counted, listed

if TYPE_CHECKING:
    from core.analyses.gene_ranking import GeneRanking

NAMED, LEVEL = 5, 0.05


def ranking_words(result: GeneRanking) -> tuple[str, ...]:
    """The first genes, then the sets at the ends of the ranking and what their p is worth."""
    return (_genes(result), _sets(result))


def _genes(result: GeneRanking) -> str:
    first = listed(list(result.table["gene"].head(NAMED)), "and")
    what = target_text(result.label, result.kind, result.levels)
    output = f" ({result.output} against the rest)" if len(result.levels) > 2 else ""
    return (
        f"Strongest by the {result.how} for {what}{output}: {first}, of {counted(result.n_genes, 'gene')}; n = "
        f"{result.n} held-out patients. A ranking, not a test: genes that go together share what is said of them."
    )


def _sets(result: GeneRanking) -> str:
    found = result.enrichment
    if found is None:
        return f"No enrichment: {result.no_enrichment}"
    hits = found.table[found.table["fdr"] <= LEVEL]
    tested = counted(found.n_tests, "set")
    note = (
        "The p of an enrichment takes genes for independent, which they are not, so it describes the ranking and "
        "proves nothing."
    )
    if hits.empty:
        first = found.table.iloc[0]
        return (
            f"None of {tested} stands at an end of the ranking at FDR {LEVEL:g} (first: {first['set']}, NES "
            f"{first['nes']:.2f}, {p_text(first['p'])}). {note}"
        )
    named = listed([f"{row.set} (NES {row.nes:.2f})" for row in hits.head(3).itertuples()], "and")
    more = f", and {len(hits) - 3} more" if len(hits) > 3 else ""
    return f"Of {tested}, {len(hits)} at an end of the ranking at FDR {LEVEL:g}: {named}{more}. {note}"

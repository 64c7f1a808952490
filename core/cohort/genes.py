"""Terms about genes: mutated, wild type and not profiled are three different things."""

from __future__ import annotations

from dataclasses import dataclass

from core.cohort.logic import And, Or
from core.cohort.terms import Term
from core.cohort.words import listed, quoted, unknown
from core.vocabulary import MUTATED, NOT_PROFILED, WILD_TYPE

PROFILED_SQL = (
    "p.patient_id IN (SELECT pp.patient_id FROM patient_panels pp JOIN panels g ON g.panel = pp.panel WHERE g.gene = ?)"
)
MUTATED_SQL = "p.patient_id IN (SELECT patient_id FROM mutations WHERE gene = ? AND origin <> 'germline')"


@dataclass(frozen=True)
class Gene(Term):
    """`TP53 mutated`, `TP53 wild type`, `TP53 not profiled`: three different things.

    Mutated means in the tumour: a germline variant alone does not count.
    """

    gene: str
    status: str

    def __str__(self) -> str:
        return f"{quoted(self.gene)} {self.status}"

    def sql(self, catalogue):
        if self.status == MUTATED:
            return f"({MUTATED_SQL})", [self.gene]
        if self.status == WILD_TYPE:
            return f"({PROFILED_SQL} AND NOT {MUTATED_SQL})", [self.gene, self.gene]
        return f"(NOT {PROFILED_SQL})", [self.gene]

    def english(self, catalogue):
        return f"{self.gene} {self.status}"

    def denied(self, catalogue):
        others = [each for each in (MUTATED, WILD_TYPE, NOT_PROFILED) if each != self.status]
        return f"{self.gene} {listed(others)}"

    def problems(self, catalogue):
        if self.gene not in catalogue.mutation_genes:
            yield unknown("gene profiled for mutations", self.gene, catalogue.mutation_genes, str(self))


@dataclass(frozen=True)
class Genes(Term):
    """`any of (TP53, CDKN2A) mutated`, `all of (TP53, CDKN2A) wild type`."""

    quantity: str
    genes: tuple[str, ...]
    status: str

    def __str__(self) -> str:
        return f"{self.quantity} of ({', '.join(map(quoted, self.genes))}) {self.status}"

    def sql(self, catalogue):
        together = {"any": Or, "all": And}[self.quantity]
        return together(tuple(Gene(gene, self.status) for gene in self.genes)).sql(catalogue)

    def english(self, catalogue):
        return f"{listed(self.genes, {'any': 'or', 'all': 'and'}[self.quantity])} {self.status}"

    def problems(self, catalogue):
        for gene in self.genes:
            yield from Gene(gene, self.status).problems(catalogue)

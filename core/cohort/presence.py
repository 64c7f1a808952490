"""Terms about what there is of a patient: kinds of data, and saved groups."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.cohort.terms import Term
from core.cohort.words import quoted, unknown
from core.errors import Problem
from core.store.schema import Catalogue


@dataclass(frozen=True)
class Has(Term):
    """`has features`, `has features ct`, `has regions`, `has doses parotid`, `has mutations`, `has os`."""

    block: str
    name: str = ""

    def __str__(self) -> str:
        return f"has {quoted(self.block)}" + (f" {quoted(self.name)}" if self.name else "")

    def sql(self, catalogue):
        if self.block == "features":
            sets = [i for i, name in enumerate(catalogue.feature_sets) if self.name in ("", name)]
            inner = " UNION ALL ".join(f"SELECT patient_id FROM values_{position}_0" for position in sets)
            return f"(p.patient_id IN ({inner}))", []
        if self.block == "regions":
            sets = [i for i, name in enumerate(catalogue.regions) if self.name in ("", name)]
            inner = " UNION ALL ".join(f"SELECT patient_id FROM region_values_{position}_0" for position in sets)
            return f"(p.patient_id IN ({inner}))", []
        if self.block == "doses":
            structures = [name for name in catalogue.structures if self.name in ("", name)]
            return "(p.patient_id IN (SELECT patient_id FROM doses WHERE list_contains(?, structure)))", [structures]
        if self.block == "mutations":
            return "(p.patient_id IN (SELECT patient_id FROM patient_panels))", []
        if self.block == "expression":
            return "(p.patient_id IN (SELECT patient_id FROM expression_0))", []
        return "(p.patient_id IN (SELECT patient_id FROM outcomes WHERE endpoint = ?))", [self.block]

    def english(self, catalogue):
        return f"has {self._what(catalogue)}"

    def denied(self, catalogue):
        return f"has no {self._what(catalogue)}"

    def _what(self, catalogue) -> str:
        if self.block in catalogue.endpoints:
            return f"{catalogue.endpoints[self.block].label} follow-up"
        what = NOUNS.get(self.block, self.block)
        return f"{what} ({self.name})" if self.name else what

    def problems(self, catalogue):
        where, present = str(self), kinds(catalogue)
        named = {
            "features": ("feature set", catalogue.feature_sets),
            "regions": ("set of paired regions", catalogue.regions),
            "doses": ("structure with doses", catalogue.structures),
        }
        if self.block not in present:
            yield unknown("kind of data", self.block, present, where)
        elif self.name and self.block not in named:
            remedy = f"Write has {quoted(self.block)}."
            yield Problem("only features, regions and doses come in named sets.", where, remedy)
        elif self.name and self.name not in named[self.block][1]:
            yield unknown(named[self.block][0], self.name, named[self.block][1], where)


#: Kinds of data in words, where the name is not word enough.
NOUNS = {
    "features": "imaging features",
    "regions": "paired regions",
    "doses": "dose tables",
    "mutations": "mutation profile",
}


def kinds(catalogue: Catalogue) -> list[str]:
    """The kinds of data that a patient of the study can have."""
    there = {
        "features": catalogue.feature_sets,
        "regions": catalogue.regions,
        "doses": catalogue.structures,
        "mutations": catalogue.mutation_genes,
        "expression": catalogue.expression_genes,
    }
    return [*(kind for kind, some in there.items() if some), *catalogue.endpoints]


@dataclass(frozen=True)
class Group(Term):
    """`in group 0123456789abcdef`: patients kept on the server, such as a cluster; no identifier is in the text."""

    id: str
    label: str = field(default="", compare=False)
    study: str = field(default="", compare=False)
    patients: tuple[str, ...] | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"in group {quoted(self.id)}"

    def sql(self, catalogue):
        return "(p.patient_id IN (SELECT unnest(?::VARCHAR[])))", [list(self.patients or ())]

    def english(self, catalogue):
        return f"in {self.label or f'group {self.id}'}"

    def problems(self, catalogue):
        if self.patients is None:
            remedy = "It was saved on another server, or removed; ask for a link that spells the cohort out."
            yield Problem(f"there is no saved group {self.id[:40]!r} here.", str(self), remedy)
        elif self.study != catalogue.study.id:
            yield Problem(
                f"this group was made in the study {self.study}.", str(self), "Open that study, or remove it."
            )

"""The terms of a cohort expression. Each says itself three ways: as text, as SQL, and in English.

A term is either true or false of a patient: where the value is missing the comparison is false, and `not` is the
exact complement. So a cohort and its negation always add up to everybody, which SQL's three-valued logic does not
give.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from core.errors import Problem
from core.store.schema import MUTATED, NOT_PROFILED, WILD_TYPE, Catalogue

KEYWORDS = "and or not in missing mutated wild type profiled any all of has between group"
RESERVED = frozenset(KEYWORDS.split())
CANDIDATES = 100
BARE = re.compile(r"[^\s(),\"<>=!\\\x00-\x1f]+")
COMPARISONS = {">=": "at least", ">": "above", "<=": "at most", "<": "below", "!=": "not"}


def quoted(name: str) -> str:
    """The name as an expression writes it: bare where that is unambiguous, else in double quotes."""
    if BARE.fullmatch(name) and name.lower() not in RESERVED:
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def listed(words: Iterable[str], joiner: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *head, last = list(words)
    return f"{', '.join(head)} {joiner} {last}" if head else last


def unknown(kind: str, name: str, among: Iterable[str], where: str) -> Problem:
    """A name that is not there, with the nearest that are."""
    names = [str(each) for each in among]
    initial = name[:1].lower()
    # Few candidates, so that a hostile link full of unknown names is still answered at once.
    alike = sorted(names, key=lambda each: each[:1].lower() != initial)[:CANDIDATES]
    folded = {each.lower()[:80]: each for each in alike}
    near = [folded[each] for each in difflib.get_close_matches(name.lower()[:80], list(folded), n=3, cutoff=0.5)]
    known = listed(near or names[:8]) if names else ""
    remedy = f"Did you mean {known}?" if near else (f"There is {known}." if names else f"This study has no {kind}.")
    return Problem(f"there is no {kind} {name[:80]!r}.", where, remedy)


@dataclass(frozen=True)
class Term:
    """Anything that is true or false of a patient."""

    def __str__(self) -> str:
        raise NotImplementedError

    def sql(self, catalogue: Catalogue) -> tuple[str, list[Any]]:
        """A condition on `patients p` that is never NULL, and its bound values."""
        raise NotImplementedError

    def english(self, catalogue: Catalogue) -> str:
        raise NotImplementedError

    def denied(self, catalogue: Catalogue) -> str:
        """The English of the negation."""
        return f"not ({self.english(catalogue)})"

    def problems(self, catalogue: Catalogue) -> Iterator[Problem]:
        """What keeps this term from being asked of this study."""
        yield from ()

    def attributes(self) -> frozenset[str]:
        """The attributes it speaks of: a chart of one of them leaves the term out (a chart never filters itself)."""
        return frozenset()


# ------------------------------------------------------------------------------------------------ attributes


@dataclass(frozen=True)
class OneOf(Term):
    """`subsite in (oropharynx, larynx)`, `sex = F`."""

    attribute: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{quoted(self.attribute)} = {quoted(self.values[0])}"
        return f"{quoted(self.attribute)} in ({', '.join(map(quoted, self.values))})"

    def sql(self, catalogue):
        column = catalogue.column(self.attribute)
        number = catalogue.attributes[self.attribute].type == "number"
        values = [float(value) for value in self.values] if number else list(self.values)
        return f"coalesce(p.{column} IN ({', '.join('?' * len(values))}), FALSE)", values

    def english(self, catalogue):
        return f"{_label(self.attribute, catalogue)} is {listed(self.values)}"

    def denied(self, catalogue):
        label = _label(self.attribute, catalogue)
        return f"{label} is not {listed(self.values)} (or is not recorded)"

    def problems(self, catalogue):
        where = str(self)
        attribute = catalogue.attributes.get(self.attribute)
        if attribute is None:
            yield unknown("attribute", self.attribute, catalogue.attributes, where)
        elif attribute.type == "number":
            yield from (_not_a_number(value, where) for value in self.values if _number(value) is None)
        elif attribute.type == "category":
            for value in self.values:
                if value not in attribute.levels:
                    yield unknown(f"value of {attribute.name}", value, attribute.levels, where)

    def attributes(self):
        return frozenset({self.attribute})


@dataclass(frozen=True)
class Compare(Term):
    """`age >= 60`; `!=` works on categories too and is false where the value is missing."""

    attribute: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{quoted(self.attribute)} {self.operator} {quoted(self.value)}"

    def sql(self, catalogue):
        number = catalogue.attributes[self.attribute].type == "number"
        operator = {"!=": "<>"}.get(self.operator, self.operator)
        value = float(self.value) if number else self.value
        return f"coalesce(p.{catalogue.column(self.attribute)} {operator} ?, FALSE)", [value]

    def english(self, catalogue):
        verb = "is " if self.operator == "!=" else ""
        words = f"{verb}{COMPARISONS[self.operator]} {self.value}{_unit(self, catalogue)}"
        return f"{_label(self.attribute, catalogue)} {words}"

    def denied(self, catalogue):
        return f"not {self.english(catalogue)} (or not recorded)"

    def problems(self, catalogue):
        where = str(self)
        attribute = catalogue.attributes.get(self.attribute)
        if attribute is None:
            yield unknown("attribute", self.attribute, catalogue.attributes, where)
        elif attribute.type == "number":
            if _number(self.value) is None:
                yield _not_a_number(self.value, where)
        elif self.operator != "!=":
            remedy = f"Write {quoted(attribute.name)} in (...) instead."
            yield Problem(f"{attribute.name} is not a number, so it has no order to compare.", where, remedy)
        elif attribute.type == "category" and self.value not in attribute.levels:
            yield unknown(f"value of {attribute.name}", self.value, attribute.levels, where)

    def attributes(self):
        return frozenset({self.attribute})


@dataclass(frozen=True)
class Between(Term):
    """`age between 60 and 70`, both ends included."""

    attribute: str
    low: str
    high: str

    def __str__(self) -> str:
        return f"{quoted(self.attribute)} between {quoted(self.low)} and {quoted(self.high)}"

    def sql(self, catalogue):
        condition = f"coalesce(p.{catalogue.column(self.attribute)} BETWEEN ? AND ?, FALSE)"
        return condition, [float(self.low), float(self.high)]

    def english(self, catalogue):
        return f"{_label(self.attribute, catalogue)} {self.low} to {self.high}{_unit(self, catalogue)}"

    def denied(self, catalogue):
        return f"{_label(self.attribute, catalogue)} outside {self.low} to {self.high} (or not recorded)"

    def problems(self, catalogue):
        where = str(self)
        attribute = catalogue.attributes.get(self.attribute)
        if attribute is None:
            yield unknown("attribute", self.attribute, catalogue.attributes, where)
            return
        if attribute.type != "number":
            yield Problem(
                f"{attribute.name} is not a number.", where, f"Write {quoted(attribute.name)} in (...) instead."
            )
        ends = [_number(end) for end in (self.low, self.high)]
        yield from (
            _not_a_number(text, where) for text, end in zip((self.low, self.high), ends, strict=True) if end is None
        )
        if None not in ends and ends[0] > ends[1]:
            yield Problem(f"the range {self.low} to {self.high} is empty.", where, "Put the smaller number first.")

    def attributes(self):
        return frozenset({self.attribute})


@dataclass(frozen=True)
class Missing(Term):
    """`hpv_status missing`."""

    attribute: str

    def __str__(self) -> str:
        return f"{quoted(self.attribute)} missing"

    def sql(self, catalogue):
        return f"(p.{catalogue.column(self.attribute)} IS NULL)", []

    def english(self, catalogue):
        return f"{_label(self.attribute, catalogue)} is not recorded"

    def denied(self, catalogue):
        return f"{_label(self.attribute, catalogue)} is recorded"

    def problems(self, catalogue):
        if self.attribute not in catalogue.attributes:
            yield unknown("attribute", self.attribute, catalogue.attributes, str(self))

    def attributes(self):
        return frozenset({self.attribute})


# ------------------------------------------------------------------------------------------------ genes and blocks

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
        return _joined(
            [Gene(gene, self.status) for gene in self.genes], {"any": "OR", "all": "AND"}[self.quantity], catalogue
        )

    def english(self, catalogue):
        return f"{listed(self.genes, {'any': 'or', 'all': 'and'}[self.quantity])} {self.status}"

    def problems(self, catalogue):
        for gene in self.genes:
            yield from Gene(gene, self.status).problems(catalogue)


@dataclass(frozen=True)
class Has(Term):
    """`has features`, `has features ct`, `has mutations`, `has expression`, `has os`."""

    block: str
    name: str = ""

    def __str__(self) -> str:
        return f"has {quoted(self.block)}" + (f" {quoted(self.name)}" if self.name else "")

    def sql(self, catalogue):
        if self.block == "features":
            sets = [i for i, name in enumerate(catalogue.feature_sets) if self.name in ("", name)]
            inner = " UNION ALL ".join(f"SELECT patient_id FROM values_{position}_0" for position in sets)
            return f"(p.patient_id IN ({inner}))", []
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
        what = {"features": "imaging features", "mutations": "mutation profile"}.get(self.block, self.block)
        return f"{what} ({self.name})" if self.name else what

    def problems(self, catalogue):
        where = str(self)
        present = [
            *(["features"] if catalogue.feature_sets else []),
            *(["mutations"] if catalogue.mutation_genes else []),
        ]
        present += [*(["expression"] if catalogue.expression_genes else []), *catalogue.endpoints]
        if self.block not in present:
            yield unknown("kind of data", self.block, present, where)
        elif self.name and self.block != "features":
            yield Problem("only features come in named sets.", where, f"Write has {quoted(self.block)}.")
        elif self.name and self.name not in catalogue.feature_sets:
            yield unknown("feature set", self.name, catalogue.feature_sets, where)


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


# ------------------------------------------------------------------------------------------------ combinations


@dataclass(frozen=True)
class Not(Term):
    term: Term

    def __str__(self) -> str:
        return f"not {_bracketed(self.term, (And, Or))}"

    def sql(self, catalogue):
        condition, values = self.term.sql(catalogue)
        return f"(NOT {condition})", values

    def english(self, catalogue):
        return self.term.denied(catalogue)

    def denied(self, catalogue):
        return self.term.english(catalogue)

    def problems(self, catalogue):
        yield from self.term.problems(catalogue)

    def attributes(self):
        return self.term.attributes()


@dataclass(frozen=True)
class And(Term):
    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return " and ".join(_bracketed(term, (And, Or)) for term in self.terms)

    def sql(self, catalogue):
        return _joined(self.terms, "AND", catalogue)

    def english(self, catalogue):
        return ", and ".join(_bracketed_english(term, catalogue, (Or,)) for term in self.terms)

    def problems(self, catalogue):
        for term in self.terms:
            yield from term.problems(catalogue)

    def attributes(self):
        return frozenset().union(*(term.attributes() for term in self.terms))


@dataclass(frozen=True)
class Or(Term):
    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return " or ".join(_bracketed(term, (Or, And)) for term in self.terms)

    def sql(self, catalogue):
        return _joined(self.terms, "OR", catalogue)

    def english(self, catalogue):
        return ", or ".join(_bracketed_english(term, catalogue, (And,)) for term in self.terms)

    def problems(self, catalogue):
        for term in self.terms:
            yield from term.problems(catalogue)

    def attributes(self):
        return frozenset().union(*(term.attributes() for term in self.terms))


def _joined(terms: Iterable[Term], joiner: str, catalogue: Catalogue) -> tuple[str, list[Any]]:
    conditions, values = [], []
    for term in terms:
        condition, bound = term.sql(catalogue)
        conditions.append(condition)
        values += bound
    return f"({f' {joiner} '.join(conditions)})", values


def _bracketed(term: Term, kinds: tuple[type, ...]) -> str:
    return f"({term})" if isinstance(term, kinds) else str(term)


def _bracketed_english(term: Term, catalogue: Catalogue, kinds: tuple[type, ...]) -> str:
    text = term.english(catalogue)
    return f"({text})" if isinstance(term, kinds) else text


def _label(attribute: str, catalogue: Catalogue) -> str:
    return catalogue.attributes[attribute].label or attribute


def _unit(term: Compare | Between, catalogue: Catalogue) -> str:
    unit = catalogue.attributes[term.attribute].unit
    return f" {unit}" if unit else ""


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _not_a_number(value: str, where: str) -> Problem:
    return Problem(f"{value[:40]!r} is not a number.", where, "Write it with a decimal point, such as 60 or 1.5.")

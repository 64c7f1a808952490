"""The terms of a cohort expression. Each says itself three ways: as text, as SQL, and in English.

A term is either true or false of a patient: where the value is missing the comparison is false, and `not` is the
exact complement. So a cohort and its negation always add up to everybody, which SQL's three-valued logic does not
give.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.cohort.words import listed, quoted, unknown
from core.errors import Problem
from core.store.schema import Catalogue

COMPARISONS = {">=": "at least", ">": "above", "<=": "at most", "<": "below", "!=": "not"}


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

"""Terms made of terms: not, and, or."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.cohort.terms import Term


@dataclass(frozen=True)
class Not(Term):
    """The exact complement."""

    term: Term

    def __str__(self) -> str:
        return f"not ({self.term})" if isinstance(self.term, _Joined) else f"not {self.term}"

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
class _Joined(Term):
    """Two terms or more with one word between them; a term with another word stands in brackets."""

    terms: tuple[Term, ...]
    word: ClassVar[str]

    def __str__(self) -> str:
        return f" {self.word} ".join(f"({term})" if isinstance(term, _Joined) else str(term) for term in self.terms)

    def sql(self, catalogue):
        conditions, values = [], []
        for term in self.terms:
            condition, bound = term.sql(catalogue)
            conditions.append(condition)
            values += bound
        return f"({f' {self.word.upper()} '.join(conditions)})", values

    def english(self, catalogue):
        texts = [(term.english(catalogue), isinstance(term, _Joined)) for term in self.terms]
        return f", {self.word} ".join(f"({text})" if inner else text for text, inner in texts)

    def problems(self, catalogue):
        for term in self.terms:
            yield from term.problems(catalogue)

    def attributes(self):
        return frozenset().union(*(term.attributes() for term in self.terms))


@dataclass(frozen=True)
class And(_Joined):
    """Every term holds."""

    word = "and"


@dataclass(frozen=True)
class Or(_Joined):
    """Some term holds."""

    word = "or"

"""Read a cohort expression, and the cohort it stands for.

    subsite in (oropharynx, larynx) and age >= 60 and not hpv_status missing and (TP53 mutated or CDKN2A mutated)

Names and values with blanks stand in double quotes. The text is untrusted: it is short, shallow, and only ever
becomes bound values and numbered columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from core.cohort.genes import Gene, Genes
from core.cohort.logic import And, Not, Or
from core.cohort.presence import Group, Has
from core.cohort.terms import Between, Compare, Missing, OneOf, Term
from core.errors import Problem, Refused
from core.store.schema import MUTATED, NOT_PROFILED, WILD_TYPE, Catalogue

MAX_LENGTH, MAX_DEPTH, MAX_TERMS = 4000, 20, 60
CONDITIONS = frozenset(["one_of", "compare", "between", "missing", "gene", "genes", "has", "group"])

GRAMMAR = r"""
    start: any_
    any_: all_ (_OR all_)*
    all_: one_ (_AND one_)*
    ?one_: _NOT one_ -> not_
         | "(" any_ ")"
         | name _IN "(" name ("," name)* ")" -> one_of
         | name OPERATOR name -> compare
         | name _BETWEEN name _AND name -> between
         | name _MISSING -> missing
         | name status -> gene
         | QUANTITY _OF "(" name ("," name)* ")" status -> genes
         | _HAS name name? -> has
         | _IN _GROUP name -> group
    status: MUTATED | WILD TYPE | _NOT PROFILED
    name: WORD | QUOTED
    OPERATOR: ">=" | "<=" | "!=" | ">" | "<" | "="
    _OR: "or"i
    _AND: "and"i
    _NOT: "not"i
    _IN: "in"i
    _BETWEEN: "between"i
    _MISSING: "missing"i
    MUTATED: "mutated"i
    WILD: "wild"i
    TYPE: "type"i
    PROFILED: "profiled"i
    _OF: "of"i
    _HAS: "has"i
    _GROUP: "group"i
    QUANTITY.2: /(any|all)(?=\s+of\b)/i
    WORD: /[^\s(),"<>=!\\\x00-\x1f]+/i
    QUOTED: /"(?:[^"\\\x00-\x1f]|\\["\\])*"/
    %ignore /[ \t\r\n]+/
"""

#: Finds a saved group: id -> {"label", "study", "patients"} or None.
Groups = Callable[[str], dict | None]


@dataclass(frozen=True)
class Cohort:
    """The patients for whom every part holds; with no parts, everybody."""

    parts: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return str(And(self.parts)) if len(self.parts) != 1 else str(self.parts[0])

    def sql(self, catalogue: Catalogue) -> tuple[str, list[Any]]:
        """A condition on `patients p`, and its bound values."""
        return And(self.parts).sql(catalogue) if self.parts else ("TRUE", [])

    def english(self, catalogue: Catalogue) -> str:
        """One sentence without its full stop: `Subsite is larynx, and age at least 60 years`."""
        if not self.parts:
            return "All patients"
        text = And(self.parts).english(catalogue)
        return text[0].upper() + text[1:]

    def problems(self, catalogue: Catalogue) -> list[Problem]:
        """Everything that keeps this cohort from being asked of this study."""
        return list(And(self.parts).problems(catalogue))

    def with_part(self, part: Term) -> Cohort:
        """The cohort with one part more (unless it is already there)."""
        return self if part in self.parts else replace(self, parts=(*self.parts, part))

    def without(self, part: Term) -> Cohort:
        """The cohort with that part taken out."""
        return replace(self, parts=tuple(each for each in self.parts if each != part))

    def without_attribute(self, attribute: str) -> Cohort:
        """The cohort without the parts that speak of this attribute alone: what a chart of it shows."""
        return replace(self, parts=tuple(each for each in self.parts if each.attributes() != {attribute}))


EVERYBODY = Cohort()


def parse(text: str, groups: Groups = lambda _: None) -> Cohort:
    """The cohort that the text describes.

    Raises `Refused` when the text cannot be read, saying where. Whether a study can answer it is another question:
    `Cohort.problems(catalogue)`.
    """
    text = text.strip()
    if not text:
        return EVERYBODY
    if len(text) > MAX_LENGTH:
        raise _refused(
            f"it has {len(text):,} characters; {MAX_LENGTH:,} are allowed.", "Save the patients as a group instead."
        )
    if _depth(text) > MAX_DEPTH:
        raise _refused(f"it is nested more than {MAX_DEPTH} deep.", "Take out brackets that are not needed.")
    tree = _tree(text)
    if sum(1 for _ in tree.find_pred(lambda node: node.data in CONDITIONS)) > MAX_TERMS:
        raise _refused(f"it has more than {MAX_TERMS} conditions.", "Write several values as: subsite in (a, b, c).")
    term = _build(tree, groups)
    return Cohort(term.terms if isinstance(term, And) else (term,))


def _tree(text: str):
    from lark import UnexpectedEOF, UnexpectedInput

    try:
        return _parser().parse(text)
    except UnexpectedEOF:
        raise _refused("it stops before it is complete.", "Finish the last condition or close the bracket.") from None
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        if token is not None and token.type == "$END":
            raise _refused(
                "it stops before it is complete.", "Finish the last condition or close the bracket."
            ) from None
        place = (error.pos_in_stream or 0) + 1
        piece = text[place - 1 : place + 19]
        remedy = (
            'A condition reads like: subsite in (larynx, "oral cavity"), age >= 60, hpv_status missing, TP53 mutated.'
        )
        raise _refused(f"it cannot be read at character {place}, {piece!r}.", remedy) from None


@cache
def _parser():
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def _build(tree, groups: Groups) -> Term:
    """The term of a parse tree; depth is bounded before, so recursion is safe."""
    kind, children = tree.data, tree.children
    if kind == "start":
        return _build(children[0], groups)
    if kind in ("any_", "all_"):
        if len(children) == 1:
            return _build(children[0], groups)
        join = {"any_": Or, "all_": And}[kind]
        terms: list[Term] = []
        for child in children:
            term = _build(child, groups)
            terms += term.terms if isinstance(term, join) else (term,)
        return join(tuple(dict.fromkeys(terms)))
    if kind == "not_":
        return Not(_build(children[0], groups))
    names = [_name(child) for child in children if getattr(child, "data", "") == "name"]
    if kind == "one_of":
        return OneOf(names[0], tuple(dict.fromkeys(names[1:])))
    if kind == "compare":
        operator = str(children[1])
        return OneOf(names[0], (names[1],)) if operator == "=" else Compare(names[0], operator, names[1])
    if kind == "between":
        return Between(*names)
    if kind == "missing":
        return Missing(names[0])
    if kind == "gene":
        return Gene(names[0], _status(children[-1]))
    if kind == "genes":
        return Genes(str(children[0]).lower(), tuple(dict.fromkeys(names)), _status(children[-1]))
    if kind == "has":
        return Has(*names)
    record = groups(names[0])
    return (
        Group(names[0])
        if record is None
        else Group(names[0], record["label"], record["study"], tuple(record["patients"]))
    )


def _name(node) -> str:
    token = node.children[0]
    if token.type == "WORD":
        return str(token)
    return str(token)[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _status(node) -> str:
    return {"MUTATED": MUTATED, "WILD": WILD_TYPE, "PROFILED": NOT_PROFILED}[node.children[0].type]


def _depth(text: str) -> int:
    """The deepest nesting of brackets and `not`s, counted on the text alone."""
    deepest = depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    longest = max((len(run.split()) for run in re.findall(r"(?:\bnot\s+)+", text, re.IGNORECASE)), default=0)
    return deepest + longest


def _refused(what: str, remedy: str) -> Refused:
    return Refused([Problem(what, "the cohort expression", remedy)])

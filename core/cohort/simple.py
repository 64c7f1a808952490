"""The plain form that a page's controls can show: parts joined by `and`, at most one part about each attribute.

Anything richer (brackets, or) stays as it is written; the controls leave it alone and the chips show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.cohort.expression import Cohort
from core.cohort.genes import Gene
from core.cohort.logic import Or
from core.cohort.terms import Between, Missing, OneOf, Term


@dataclass(frozen=True)
class Selection:
    """What a cohort says about one attribute: some values or a range, and whether missing is welcome."""

    values: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    missing: bool = False

    def term(self, attribute: str) -> Term | None:
        """The part of a cohort that says this; None when nothing is selected, which filters nothing."""
        terms: list[Term] = []
        if self.values:
            terms.append(OneOf(attribute, self.values))
        if self.range is not None:
            terms.append(Between(attribute, *(f"{end:.10g}" for end in self.range)))
        if self.missing:
            terms.append(Missing(attribute))
        return Or(tuple(terms)) if len(terms) > 1 else next(iter(terms), None)


def selection(cohort: Cohort, attribute: str) -> Selection | None:
    """What the cohort selects of this attribute; None when it says something a plain control cannot show."""
    parts = [part for part in cohort.parts if attribute in part.attributes()]
    if not parts:
        return Selection()
    if len(parts) > 1 or parts[0].attributes() != {attribute}:
        return None
    chosen = Selection()
    for term in parts[0].terms if isinstance(parts[0], Or) else (parts[0],):
        if isinstance(term, OneOf) and not chosen.values:
            chosen = Selection(term.values, chosen.range, chosen.missing)
        elif isinstance(term, Between) and chosen.range is None and not chosen.values:
            chosen = Selection(chosen.values, (float(term.low), float(term.high)), chosen.missing)
        elif isinstance(term, Missing):
            chosen = Selection(chosen.values, chosen.range, True)
        else:
            return None
    return chosen


def select(cohort: Cohort, attribute: str, chosen: Selection) -> Cohort:
    """The cohort with what it says of this attribute replaced, in the same place."""
    term = chosen.term(attribute)
    parts: list[Term] = []
    placed = term is None
    for part in cohort.parts:
        if part.attributes() != {attribute}:
            parts.append(part)
        elif not placed:
            parts.append(term)
            placed = True
    if not placed:
        parts.append(term)
    return Cohort(tuple(parts))


def toggle(cohort: Cohort, attribute: str, values: Sequence[str], missing: bool = False) -> Cohort:
    """The cohort after clicking on these values of a chart: those that were chosen go, the others come."""
    now = selection(cohort, attribute) or Selection()
    kept = tuple(value for value in now.values if value not in values) + tuple(v for v in values if v not in now.values)
    return select(cohort, attribute, Selection(kept, None, now.missing != missing))


def select_gene(cohort: Cohort, gene: str, status: str | None) -> Cohort:
    """The cohort with what it says of this gene alone replaced; None takes it out."""
    parts = tuple(part for part in cohort.parts if not (isinstance(part, Gene) and part.gene == gene))
    return Cohort((*parts, Gene(gene, status)) if status else parts)

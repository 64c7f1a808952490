"""What of a genotype is compared: carriers of the minor allele with others, or patients by their number of alleles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.vocabulary import MUTATED, WILD_TYPE

DOMINANT, ADDITIVE, RECESSIVE = "dominant", "additive", "recessive"
#: Fewer carriers, or others, than this are not compared.
FEWEST = 5
#: A diploid genotype has no, one or two minor alleles.
MOST_LEVELS = 3


@dataclass(frozen=True, eq=False)
class Coded:
    """codes  a number per patient: 1 for a carrier, or the number of minor alleles; NaN where it is not known

    carrier     (by patient) 1 and 0 of the same, whatever the coding; NaN where it is not known
    groups      the label of each patient's own genotype, None where it is not known; levels: these, in order
    positive, negative  what a carrier and the others are called
    sizes       patients of each level
    """

    name: str
    coding: str
    codes: pd.Series
    carrier: pd.Series
    groups: pd.Series
    levels: tuple[str, ...]
    sizes: tuple[int, ...]
    positive: str
    negative: str

    @property
    def who(self) -> str:
        """Those with it: `carriers of rs123`, `patients with mutated EGFR`."""
        if self.positive == MUTATED:
            return f"patients with mutated {self.name}"
        return f"{self.positive} of {self.name}" if self.coding != RECESSIVE else f"{self.positive} ({self.name})"

    @property
    def n(self) -> int:
        return int(self.carrier.notna().sum())

    @property
    def n_carriers(self) -> int:
        return int((self.carrier == 1).sum())

    @property
    def n_unknown(self) -> int:
        return int(self.carrier.isna().sum())


def genotype(values: pd.Series, levels: Sequence[str], coding: str = DOMINANT, name: str = "") -> Coded:
    """Who carries the minor allele of a genotype?

    values  the genotype of each patient, None where it is not known; levels: all there are, by the number of minor
            alleles; a level that nobody has counts too
    coding  dominant: one allele or more; recessive: two; additive: their number, and then carriers are as for dominant
    Raises `NotEstimable` for one level or more than three, values that are no level, and fewer than 5 carriers or
    others.
    """
    order = tuple(map(str, levels))
    if not 2 <= len(order) <= MOST_LEVELS:
        raise NotEstimable(
            f"{name or 'The genotype'} has {len(order)} level{'' if len(order) == 1 else 's'}; a genotype has two or "
            "three: no, one and two minor alleles.",
            "Choose another genotype, or declare its levels by the number of minor alleles.",
        )
    known = values.notna()
    text = values.astype(object).where(known, None).map(_text, na_action="ignore")
    odd = sorted(set(text[known]) - set(order))
    if odd:
        raise NotEstimable(
            f"{name or 'The genotype'} has values that are none of {', '.join(order)}, such as {odd[0]!r}.",
            "Declare all of its levels by the number of minor alleles.",
        )
    alleles = text.map({level: float(place) for place, level in enumerate(order)}).astype(float)
    least = 2 if coding == RECESSIVE else 1
    carrier = (alleles >= least).astype(float).where(alleles.notna())
    codes = alleles if coding == ADDITIVE else carrier
    of = " of two minor alleles" if coding == RECESSIVE else ""
    return _coded(name, coding, codes, carrier, text, order, f"carriers{of}", "non-carriers" if not of else "others")


def mutation(status: pd.Series, name: str = "") -> Coded:
    """Mutated against wild type among those profiled; `status` as the store gives it. Raises as `genotype`."""
    carrier = status.map({MUTATED: 1.0, WILD_TYPE: 0.0}).astype(float)
    groups = status.astype(object).where(carrier.notna(), None)
    return _coded(name, DOMINANT, carrier, carrier, groups, (WILD_TYPE, MUTATED), MUTATED, WILD_TYPE)


def _coded(name, coding, codes, carrier, groups, levels, positive, negative) -> Coded:
    found = Coded(
        name=name,
        coding=coding,
        codes=codes,
        carrier=carrier,
        groups=groups,
        levels=levels,
        sizes=tuple(int((groups == level).sum()) for level in levels),
        positive=positive,
        negative=negative,
    )
    enough(found.carrier, name, positive, negative)
    return found


def enough(carrier: pd.Series, name: str, positive: str, negative: str) -> None:
    """Raise `NotEstimable` for fewer than 5 patients on either side."""
    yes, no = int((carrier == 1).sum()), int((carrier == 0).sum())
    if min(yes, no) < FEWEST:
        raise NotEstimable(
            f"{name or 'The genotype'}: {yes} {positive} and {no} {negative} are known here; at least {FEWEST} of each "
            "are compared.",
            "Widen the cohort, or choose another genotype or coding.",
        )


def _text(value: object) -> str:
    """A level as text: 1.0 of a column of numbers is the level 1."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)

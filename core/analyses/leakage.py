"""Has the answer crept into the question? Filters and covariates that know the outcome which is to be predicted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from core.cohort import Cohort
from core.cohort.genes import Gene, Genes
from core.cohort.logic import And, Not, Or
from core.cohort.terms import Term
from core.store.schema import MUTATED, NOT_PROFILED, Catalogue
from core.vocabulary import listed

if TYPE_CHECKING:
    from core.store.store import Store

ATTRIBUTE, GENE = "attribute", "gene"
#: Below so many patients with both, nothing is said of two variables being the same.
FEWEST = 20
#: A category is a near copy of the outcome when it leaves so small a share of the errors that guessing the commoner
#: class makes; a number when one cut of it ranks the classes so well. A category of few patients per level would
#: determine anything.
LEFT, RANKED, PER_LEVEL = 0.15, 0.98, 5
#: From this |Spearman| with the time on, a number is taken for it.
ORDERED = 0.95


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is predicted or compared: `kind` ATTRIBUTE or GENE with its `name`, `label` in words, and `values`, one of
    each patient of the whole study (True for positive), missing where it is not known."""

    kind: str
    name: str
    label: str
    values: pd.Series


def used(cohort: Cohort) -> dict[tuple[str, str], None]:
    """The attributes and genes that a filter speaks of, as (kind, name), in order."""
    found: dict[tuple[str, str], None] = {}
    for part in cohort.parts:
        for term in _leaves(part):
            if isinstance(term, Gene):
                found[GENE, term.gene] = None
            elif isinstance(term, Genes):
                found |= dict.fromkeys((GENE, gene) for gene in term.genes)
            else:
                found |= dict.fromkeys((ATTRIBUTE, name) for name in sorted(term.attributes()))
    return found


def _leaves(term: Term) -> Iterable[Term]:
    if isinstance(term, Not):
        yield from _leaves(term.term)
    elif isinstance(term, And | Or):
        for each in term.terms:
            yield from _leaves(each)
    else:
        yield term


def near_copy(values: pd.Series, outcome: pd.Series) -> bool:
    """Whether the values of a variable (all but) determine the outcome in the patients who have both.

    Categories by Goodman and Kruskal's lambda (1954, doi:10.1080/01621459.1954.10501231), numbers by their AUC.
    """
    both = values.notna() & outcome.notna()
    value, truth = values[both], outcome[both].astype(bool)
    positive = int(truth.sum())
    if len(truth) < FEWEST or not 0 < positive < len(truth):
        return False
    if pd.api.types.is_numeric_dtype(value) and value.nunique() > 2:
        ranks = value.rank()
        area = (ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))
        return bool(max(area, 1 - area) >= RANKED)
    counts = pd.crosstab(value.astype(str), truth)
    if len(counts) < 2 or len(counts) * PER_LEVEL > len(truth):
        return False
    errors = int(counts.min(axis=1).sum())
    return errors <= LEFT * min(positive, len(truth) - positive)


def filter_cautions(cohort: Cohort, outcome: Outcome, table: pd.DataFrame) -> tuple[str, ...]:
    """What to say when the cohort was chosen by the outcome, or by something that is nearly the same.

    table  of everybody in the study, a column per (kind, name) that `used(cohort)` gives.
    """
    own, copies = [], []
    for kind, name in used(cohort):
        if (kind, name) == (outcome.kind, outcome.name):
            own.append(name)
        elif (kind, name) in table and near_copy(table[kind, name], outcome.values):
            copies.append(f"{name} mutation" if kind == GENE else name)
    said = []
    if own:
        said.append(
            f"Caution: the filter chooses patients by {own[0]}, which is the outcome itself. What is predicted among "
            "them was partly decided by the filter."
        )
    if copies:
        said.append(
            f"Caution: the filter chooses patients by {listed(copies, 'and')}, which is nearly the same as the outcome "
            f"({outcome.label}) in this study: the filter has partly decided what is to be predicted."
        )
    return tuple(said)


def covariate_cautions(outcome: Outcome, covariates: pd.DataFrame) -> tuple[str, ...]:
    """What to say when a covariate is the outcome, or nearly. `covariates`: a column per (kind, name)."""
    own, copies = [], []
    for kind, name in covariates:
        if (kind, name) == (outcome.kind, outcome.name):
            own.append(name)
        elif near_copy(covariates[kind, name], outcome.values):
            copies.append(name)
    said = []
    if own:
        said.append(f"Caution: the covariate {own[0]} is the outcome itself: the model is given the answer.")
    if copies:
        said.append(
            f"Caution: the covariate {listed(copies, 'and')} all but gives away the outcome ({outcome.label}) in this "
            "study: the model is given the answer. Take it out."
        )
    return tuple(said)


def leakage(store: Store, cohort: Cohort, outcome: Outcome, covariates: Iterable[str] = ()) -> tuple[str, ...]:
    """Sentences for the reader when the filter or a covariate knows the outcome; empty when neither does."""
    choosing = Cohort(tuple(part for part in cohort.parts if chooses(store, part)))
    filtered = values_of(store, used(choosing))
    chosen = values_of(store, [(ATTRIBUTE, name) for name in covariates])
    return (*filter_cautions(choosing, outcome, filtered), *covariate_cautions(outcome, chosen))


def endpoint_leakage(store: Store, cohort: Cohort, endpoint: str, label: str) -> tuple[str, ...]:
    """Sentences for the reader when the filter chooses patients by how their follow-up ended or how long it was."""
    choosing = Cohort(tuple(part for part in cohort.parts if chooses(store, part)))
    table = values_of(store, used(choosing))
    if table.empty:
        return ()
    outcomes = store.outcomes(Cohort(), endpoint)
    event = (outcomes["event"] == 1).astype(object).where(outcomes["event"].notna(), None)
    told = []
    for kind, name in table:
        values = table[kind, name]
        if near_copy(values, event):
            told.append(f"{name}, which all but says who had the event")
        elif pd.api.types.is_float_dtype(values) and _orders(values, outcomes["time"]):
            told.append(f"{name}, which orders the patients as the time to the event does")
    return tuple(
        f"Caution: the filter chooses patients by {what} ({label}): curves and ratios among them were partly decided "
        "by the filter."
        for what in told
    )


def _orders(values: pd.Series, time: pd.Series) -> bool:
    both = values.notna() & time.notna()
    if both.sum() < FEWEST or min(values[both].nunique(), time[both].nunique()) < 2:
        return False
    return bool(abs(values[both].rank().corr(time[both].rank())) >= ORDERED)


def chooses(store: Store, part: Term) -> bool:
    """Whether a part of a filter takes some patients of known values and leaves others; `not hpv_status missing` does
    not, and so decides nothing of what is to be predicted."""
    alone = Cohort((part,))
    known = values_of(store, used(alone)).notna().all(axis=1)
    taken = known.index.isin(store.ids(alone))
    return bool((known & ~taken).any())


def values_of(store: Store, names: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """The values of these (kind, name) for everybody in the study; mutation as True and False, None if not profiled."""
    catalogue: Catalogue = store.catalogue
    attributes = [name for kind, name in names if kind == ATTRIBUTE and name in catalogue.attributes]
    genes = [name for kind, name in names if kind == GENE and name in catalogue.mutation_genes]
    columns: dict[tuple[str, str], pd.Series] = {}
    if attributes:
        table = store.patients(Cohort(), attributes)
        columns |= {(ATTRIBUTE, name): table[name] for name in attributes}
    if genes:
        status = store.mutation_status(Cohort(), genes)
        columns |= {(GENE, name): known_status(status[name]) for name in genes}
    frame = pd.DataFrame(columns)
    return frame if columns else pd.DataFrame(index=pd.Index(store.ids(Cohort()), name="patient_id"))


def known_status(status: pd.Series) -> pd.Series:
    """Mutated as True, wild type as False, not profiled as missing."""
    values = (status == MUTATED).astype(object)
    return values.where(status != NOT_PROFILED, None)

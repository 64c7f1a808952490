"""What can be said of many covariates, or of separating ones? A Cox model whose ratios are shrunken towards 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from core.compute import Progress, generators, part, quiet, spread
from core.survival.concordance import concordance
from core.survival.covariates import CATEGORY, NUMBER, Term, check, complete, terms_of
from core.survival.cox import C_INDEX, C_INDEX_STRATIFIED, enough_events
from core.survival.hazard import TIES
from core.survival.limits import refuse_all_at_once
from core.survival.outcome import Outcome
from core.survival.partial import Patients, columns_of, varying
from core.survival.ridge_fit import GRID, CrossValidated, RidgeFit, cross_validated, folds_of, ridge_path, those

#: Fewer events cannot be dealt out over the folds.
FEWEST_EVENTS = 10
#: The c-index of patients left out: over so many parts, in each of which the penalty is chosen anew.
PARTS = 5
NO_INTERVAL = (
    "Shrunken ratios have no interval and no p: they are pulled towards 1 on purpose, so an interval around them would "
    "not hold the true ratio as often as it says."
)


@dataclass(frozen=True)
class RidgeRow:
    """One shrunken hazard ratio: per standard deviation `sd` of a number, or of a level against its reference.

    coefficient  log of the ratio; n patients of the level (all for a number), n_events of them with an event
    """

    term: str
    level: str
    n: int
    n_events: int
    coefficient: float
    ratio: float
    sd: float | None


@dataclass(frozen=True)
class RidgeTerm:
    """One covariate, or an interaction of its `parts`; `n_missing` patients with an outcome lack it; of a category its
    reference, with patients and events.
    """

    term: str
    kind: str
    parts: tuple[str, ...]
    reference: str | None
    n_reference: int | None
    n_events_reference: int | None
    n_missing: int


@dataclass(frozen=True, eq=False)
class RidgeModel:
    """A penalised Cox model; `no_interval` says why its ratios stand alone.

    penalty      on half the sum of squared log hazard ratios per standard deviation of each column
    curve        penalty, cross_validated (log partial likelihood of Verweij and van Houwelingen), dof: the whole grid
    null         the same likelihood without any covariate
    path         penalty, term, level, coefficient (log hazard ratio per standard deviation of the column)
    dof          effective degrees of freedom at the penalty, of n_columns
    c_index      Harrell's c on its own patients; c_index_left_out: of patients left out of the fit and of the choice
                 of the penalty, pairs within a part of the cohort only; None without such pairs
    """

    rows: tuple[RidgeRow, ...]
    terms: tuple[RidgeTerm, ...]
    penalty: float
    curve: pd.DataFrame
    null: float
    path: pd.DataFrame
    dof: float
    n_columns: int
    folds: int
    seed: int
    c_index: float | None
    c_index_left_out: float | None
    c_index_pairs: str
    parts: int
    ties: str
    no_interval: str
    notes: tuple[str, ...]
    n_strata: int
    n: int
    n_events: int
    n_excluded: int
    n_no_stratum: int
    n_incomplete: int


def ridge_model(
    outcome: Outcome,
    covariates: pd.DataFrame,
    *,
    strata: Sequence | None = None,
    interactions: Sequence[tuple[str, str]] = (),
    references: Mapping[str, str] = MappingProxyType({}),
    folds: int = 10,
    seed: int = 0,
    progress: Progress = quiet,
) -> RidgeModel:
    """How do covariates go with the hazard together, when they are too many or too telling for a plain Cox model?

    The arguments are those of `cox_model`; `folds` of the cross-validation that chooses the penalty from GRID (0.1 to
    10,000), dealt out by `seed`. Columns have their unit standard deviation, so that the penalty treats them alike;
    which level is the reference matters more than without a penalty. Raises `Refused` as `cox_model` does, and
    `NotEstimable` for fewer than 10 events and covariates that are the same for everybody. Source: Verweij and van
    Houwelingen 1994, doi:10.1002/sim.4780132307, the choice 1993, doi:10.1002/sim.4780122407.
    """
    check(covariates, interactions, references)
    table = pd.DataFrame({name: outcome.take(covariates[name]) for name in covariates.columns})
    labels = pd.Series("all", index=table.index) if strata is None else outcome.take(strata)
    known, placed = complete(table), labels.notna()
    used = (known.all(axis=1) & placed).to_numpy()
    enough_events(int(outcome.event[used].sum()), FEWEST_EVENTS)
    terms = terms_of(table[used], interactions, references)
    varying(terms, int(used.sum()))
    patients = Patients(outcome.time[used], outcome.event[used], pd.factorize(labels[used].astype(str), sort=True)[0])
    refuse_all_at_once(patients.time, patients.event, patients.stratum)
    x = columns_of(terms, len(patients.time))
    chosen, *chances = generators(seed, 2 + PARTS)
    found = cross_validated(patients, x, folds, chosen, progress=part(progress, 0, 1 / (1 + PARTS)))
    path = ridge_path(patients, x, GRID)
    fitted = path[GRID.index(found.chosen)]
    left_out = _left_out(patients, x, folds, chances, part(progress, 1 / (1 + PARTS), PARTS / (1 + PARTS)))
    missing = (~known).sum()
    return RidgeModel(
        rows=tuple(_rows(patients, terms, fitted)),
        terms=tuple(_term(patients, term, missing) for term in terms),
        penalty=found.chosen,
        curve=pd.DataFrame({"penalty": GRID, "cross_validated": found.likelihoods, "dof": [each.dof for each in path]}),
        null=found.null,
        path=_path(terms, path),
        dof=fitted.dof,
        n_columns=x.shape[1],
        folds=folds,
        seed=seed,
        c_index=concordance(patients.time, patients.event, x @ fitted.slopes, patients.stratum),
        c_index_left_out=left_out,
        c_index_pairs=C_INDEX if strata is None else C_INDEX_STRATIFIED,
        parts=PARTS,
        ties=TIES,
        no_interval=NO_INTERVAL,
        notes=tuple(_notes(found, terms)),
        n_strata=int(patients.stratum.max()) + 1,
        n=int(used.sum()),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_stratum=int((~placed).sum()),
        n_incomplete=int((~known.all(axis=1)).sum()),
    )


def _left_out(patients: Patients, x: np.ndarray, folds: int, chances: list, progress: Progress) -> float | None:
    """The c-index of the patients of each part under the fit of the others, whose penalty the others chose."""
    dealt, *chances = chances
    parts = folds_of(patients, PARTS, dealt)

    def risk(place: int) -> np.ndarray:
        inside = parts != place
        others = those(patients, inside)
        penalty = cross_validated(others, x[inside], folds, chances[place]).chosen
        return x[~inside] @ ridge_path(others, x[inside], [penalty])[0].slopes

    risks = np.empty(len(x))
    for place, found in enumerate(spread(risk, range(PARTS), progress, "Ranking patients left out")):
        risks[parts == place] = found
    return concordance(patients.time, patients.event, risks, patients.stratum * PARTS + parts)


def _rows(patients: Patients, terms: Sequence[Term], fitted: RidgeFit):
    columns = [(term, column) for term in terms for column in term.columns]
    for (term, column), slope in zip(columns, fitted.slopes, strict=True):
        sd = float(np.std(column.values, ddof=1)) if term.kind == NUMBER else None
        coefficient = float(slope * (1.0 if sd is None else sd))
        n, n_events = int(column.carriers.sum()), int((column.carriers & patients.event).sum())
        yield RidgeRow(term.name, column.level, n, n_events, coefficient, float(np.exp(coefficient)), sd)


def _term(patients: Patients, term: Term, missing: pd.Series) -> RidgeTerm:
    at = term.at_reference
    return RidgeTerm(
        term=term.name,
        kind=term.kind,
        parts=term.parts,
        reference=term.reference,
        n_reference=int(at.sum()) if term.kind == CATEGORY else None,
        n_events_reference=int((at & patients.event).sum()) if term.kind == CATEGORY else None,
        n_missing=int(missing[list(term.parts)].max()) if len(term.parts) == 1 else 0,
    )


def _path(terms: Sequence[Term], path: Sequence[RidgeFit]) -> pd.DataFrame:
    names = [(term.name, column.level) for term in terms for column in term.columns]
    rows = [
        (penalty, *name, beta)
        for penalty, fitted in zip(GRID, path, strict=True)
        for name, beta in zip(names, fitted.coefficients.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["penalty", "term", "level", "coefficient"])


def _notes(found: CrossValidated, terms: Sequence[Term]):
    if found.likelihoods.max() <= found.null:
        yield "No penalty predicts patients left out better than no covariate at all."
    elif found.chosen == GRID[0]:
        yield "The smallest penalty tried was chosen: more shrinkage would have predicted worse."
    if any(term.kind == CATEGORY and len(term.columns) > 1 for term in terms):
        yield "With a penalty, levels are shrunken towards their reference: another reference gives other ratios."

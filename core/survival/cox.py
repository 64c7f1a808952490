"""What is each covariate worth beside the others? Cox regression on several covariates, with strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.survival.concordance import concordance
from core.survival.covariates import CATEGORY, INTERACTION, NUMBER, Term, check, complete, terms_of
from core.survival.hazard import PROPORTIONALITY, TIES
from core.survival.logrank import FEWEST_EVENTS
from core.survival.optimism import optimism
from core.survival.outcome import Outcome
from core.survival.partial import Fit, Patients, fit

#: Fewer events per coefficient than this are remarked on.
EVENTS_PER_COEFFICIENT = 10
#: The estimate and the ends of its 95 % interval, in standard errors.
WIDTHS = np.array([0.0, -1.959963984540054, 1.959963984540054])
C_INDEX, C_INDEX_STRATIFIED = "Harrell's c, all comparable pairs", "Harrell's c, comparable pairs within a stratum only"
MARGINAL = "part of an interaction: its own test would depend on the reference or the zero of the other part"


@dataclass(frozen=True)
class CoxRow:
    """One coefficient (log hazard ratio) with 95 % Wald interval and p.

    level      against its term's reference; "" for a number, whose ratio is per unit; both parts' for an interaction
    n          patients of the level (all for a number); n_events: those of them with an event
    sd         standard deviation of a number in its own unit, and the hazard ratio for one more; None otherwise
    """

    term: str
    level: str
    n: int
    n_events: int
    coefficient: float
    standard_error: float
    ratio: float
    lower: float
    upper: float
    p: float
    sd: float | None
    ratio_per_sd: float | None
    lower_per_sd: float | None
    upper_per_sd: float | None


@dataclass(frozen=True)
class CoxTerm:
    """One covariate or interaction as a whole.

    kind         "number", "category" or "interaction"
    reference    of a category, with its patients and events; None otherwise
    lr_p         likelihood-ratio test of the model without it; None, with the reason in `note`, where an interaction
                 contains it
    ph_p         small where its hazards do not look proportional; None when all events happened at one time
    n_missing    patients with an outcome who lack it
    """

    term: str
    kind: str
    reference: str | None
    n_reference: int | None
    n_events_reference: int | None
    n_missing: int
    dof: int
    lr_statistic: float | None
    lr_p: float | None
    ph_p: float | None
    note: str


@dataclass(frozen=True)
class CoxModel:
    """A Cox model of several covariates; `lr_p` tests them all together.

    c_index              Harrell's c of the model on its own patients; c_index_pairs says which pairs; None without any
    c_index_corrected    the same less the mean optimism over resamples_used of `resamples`; None without
    n_excluded           without time or event; n_no_stratum: without a stratum; n_incomplete: lacking some covariate
    """

    rows: tuple[CoxRow, ...]
    terms: tuple[CoxTerm, ...]
    ties: str
    proportionality: str
    log_likelihood: float
    log_likelihood_null: float
    lr_statistic: float
    lr_dof: int
    lr_p: float
    events_per_coefficient: float
    c_index: float | None
    c_index_pairs: str
    c_index_corrected: float | None
    c_index_optimism: float | None
    resamples: int
    resamples_used: int
    seed: int
    n_strata: int
    notes: tuple[str, ...]
    n: int
    n_events: int
    n_excluded: int
    n_no_stratum: int
    n_incomplete: int


def cox_model(
    outcome: Outcome,
    covariates: pd.DataFrame,
    *,
    strata: Sequence | None = None,
    interactions: Sequence[tuple[str, str]] = (),
    references: Mapping[str, str] = MappingProxyType({}),
    seed: int = 0,
    resamples: int = 0,
    progress: Progress = quiet,
) -> CoxModel:
    """How much does the hazard change with each covariate when the others stay as they are?

    covariates    one row per patient given to `Outcome.of`. Numbers enter as they are; all else, truth values too, is a
                  category, each level against a reference (`references`, or the first level). Patients who lack any
                  covariate, or a stratum, are left out and counted
    strata        one label per patient: each has a baseline hazard of its own
    interactions  pairs of covariates whose products are added
    resamples     bootstrap samples for the optimism of the c-index; 0 for none

    Raises `Refused` for covariates, interactions or references that do not exist, `NotEstimable` for fewer than 3
    events, no more events than coefficients, covariates that are constant or follow from the others, and separation.
    Source: Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x, ties by Efron 1977, doi:10.1080/01621459.1977.10480613;
    by lifelines. Optimism: Harrell, Lee and Mark 1996,
    doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
    """
    check(covariates, interactions, references)
    table = pd.DataFrame({name: outcome.take(covariates[name]) for name in covariates.columns})
    labels = pd.Series("all", index=table.index) if strata is None else outcome.take(strata)
    known, placed = complete(table), labels.notna()
    used = (known.all(axis=1) & placed).to_numpy()
    _enough_events(int(outcome.event[used].sum()))
    terms = terms_of(table[used], interactions, references)
    patients = Patients(outcome.time[used], outcome.event[used], pd.factorize(labels[used].astype(str), sort=True)[0])
    everything, tests = _fits(patients, terms, part(progress, 0, 0.5 if resamples else 1.0))
    c_index, correction = _c_index(patients, everything, resamples, seed, part(progress, 0.5, 0.5))
    missing = (~known).sum()
    lr_statistic, lr_p = everything.test()
    per_coefficient = int(patients.event.sum()) / len(everything.coefficients)
    return CoxModel(
        rows=_rows(patients, terms, everything),
        terms=tuple(_term(patients, term, tests, everything, missing) for term in terms),
        ties=TIES,
        proportionality=PROPORTIONALITY,
        log_likelihood=everything.log_likelihood,
        log_likelihood_null=everything.log_likelihood_null,
        lr_statistic=lr_statistic,
        lr_dof=len(everything.coefficients),
        lr_p=lr_p,
        events_per_coefficient=per_coefficient,
        c_index=c_index,
        c_index_pairs=C_INDEX if strata is None else C_INDEX_STRATIFIED,
        c_index_corrected=None if correction.mean is None else c_index - correction.mean,
        c_index_optimism=correction.mean,
        resamples=resamples,
        resamples_used=correction.used,
        seed=seed,
        n_strata=int(patients.stratum.max()) + 1,
        notes=tuple(_notes(per_coefficient, resamples, correction.used)),
        n=int(used.sum()),
        n_events=int(patients.event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_stratum=int((~placed).sum()),
        n_incomplete=int((~known.all(axis=1)).sum()),
    )


def _enough_events(events: int) -> None:
    if events < FEWEST_EVENTS:
        raise NotEstimable(
            f"There are {events} events among patients with all covariates; a model takes at least {FEWEST_EVENTS}.",
            "Choose another endpoint, widen the cohort, or remove the covariates that many patients lack.",
        )


def _fits(patients: Patients, terms: tuple[Term, ...], progress: Progress) -> tuple[Fit, dict[str, tuple]]:
    """The model of all terms, and statistic and p of each term that no interaction contains."""
    from scipy.stats import chi2

    contained = {name for term in terms if term.kind == INTERACTION for name in term.parts}
    free = [term for term in terms if term.name not in contained]
    progress(0.0, "Cox model")
    everything = fit(patients, terms)
    tests = {}
    for done, term in enumerate(free, 1):
        progress(done / (1 + len(free)), f"Without {term.name}")
        rest = tuple(other for other in terms if other.name != term.name)
        without = fit(patients, rest, checked=True).log_likelihood if rest else everything.log_likelihood_null
        gain = max(0.0, 2 * (everything.log_likelihood - without))
        tests[term.name] = gain, float(chi2.sf(gain, len(term.columns)))
    progress(1.0, "Cox model")
    return everything, tests


def _c_index(patients: Patients, everything: Fit, resamples: int, seed: int, progress: Progress):
    risk = (everything.x * everything.coefficients).sum(axis=1)
    c_index = concordance(patients.time, patients.event, risk, patients.stratum)
    wanted = resamples if c_index is not None else 0
    return c_index, optimism(patients, everything, wanted, seed, progress)


def _rows(patients: Patients, terms: tuple[Term, ...], everything: Fit) -> tuple[CoxRow, ...]:
    from scipy.special import erfc

    rows = []
    columns = [(term, column) for term in terms for column in term.columns]
    for (term, column), beta, error in zip(columns, everything.coefficients, everything.errors, strict=True):
        with np.errstate(over="ignore"):
            ratio, lower, upper = np.exp(beta + WIDTHS * error).tolist()
            sd = float(np.std(column.values, ddof=1)) if term.kind == NUMBER else None
            per_sd = [None] * 3 if sd is None else np.exp(sd * (beta + WIDTHS * error)).tolist()
        p = float(erfc(abs(beta / error) / np.sqrt(2)))
        n, n_events = int(column.carriers.sum()), int((column.carriers & patients.event).sum())
        rows.append(
            CoxRow(term.name, column.level, n, n_events, float(beta), float(error), ratio, lower, upper, p, sd, *per_sd)
        )
    return tuple(rows)


def _term(patients: Patients, term: Term, tests: Mapping, everything: Fit, missing: pd.Series) -> CoxTerm:
    statistic, p = tests.get(term.name, (None, None))
    at = term.at_reference
    return CoxTerm(
        term=term.name,
        kind=term.kind,
        reference=term.reference,
        n_reference=int(at.sum()) if term.kind == CATEGORY else None,
        n_events_reference=int((at & patients.event).sum()) if term.kind == CATEGORY else None,
        n_missing=int(missing[list(term.parts)].max()) if term.kind != INTERACTION else 0,
        dof=len(term.columns),
        lr_statistic=statistic,
        lr_p=p,
        ph_p=everything.proportional[term.name],
        note="" if term.name in tests else MARGINAL,
    )


def _notes(per_coefficient: float, resamples: int, used: int):
    if per_coefficient < EVENTS_PER_COEFFICIENT:
        yield (
            f"There are {per_coefficient:.1f} events per coefficient; below {EVENTS_PER_COEFFICIENT} the estimates are "
            "unsteady and too far from 1."
        )
    if used < resamples:
        yield (
            f"{resamples - used} of {resamples} bootstrap samples allowed no fit"
            + (" and were left out of the c-index's correction." if 2 * used >= resamples else ": too many to correct.")
        )

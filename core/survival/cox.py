"""What is each covariate worth beside the others? Cox regression on several covariates, with strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.stats.per_coefficient import RULE
from core.survival.concordance import concordance
from core.survival.covariates import CATEGORY, INTERACTION, NUMBER, SPLINE, Term, check, complete, terms_of
from core.survival.cox_effects import curves, effects, quartiles
from core.survival.cox_result import Alone, CoxModel, CoxRow, CoxTerm
from core.survival.hazard import TIES
from core.survival.limits import FEWEST_EVENTS, refuse_all_at_once
from core.survival.optimism import optimism
from core.survival.outcome import Outcome
from core.survival.partial import Fit, Patients, fit, refit
from core.survival.proportional import PROPORTIONALITY, Proportional, proportionality
from core.survival.splines import DEFAULT_KNOTS
from core.vocabulary import counted

#: Fewer events per coefficient than this are remarked on.
EVENTS_PER_COEFFICIENT = RULE
#: The estimate and the ends of its 95 % interval, in standard errors.
WIDTHS = np.array([0.0, -1.959963984540054, 1.959963984540054])
C_INDEX, C_INDEX_STRATIFIED = "Harrell's c, all comparable pairs", "Harrell's c, comparable pairs within a stratum only"
MARGINAL = "part of an interaction: its own test would depend on the reference or the zero of the other part"


def cox_model(
    outcome: Outcome,
    covariates: pd.DataFrame,
    *,
    strata: Sequence | None = None,
    interactions: Sequence[tuple[str, str]] = (),
    references: Mapping[str, str] = MappingProxyType({}),
    splines: Sequence[str] = (),
    knots: int = DEFAULT_KNOTS,
    univariable: bool = False,
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
    splines       numbers whose log hazard may bend: restricted cubic splines with 3 to 5 `knots`
    univariable   each covariate alone as well, on the same patients and strata
    resamples     bootstrap samples for the optimism of the c-index; 0 for none

    Raises `Refused` for covariates, interactions, splines or references that do not exist, `NotEstimable` for fewer
    than 3 events, no more events than coefficients, covariates that are constant or follow from the others, too few
    values for a spline, and separation.
    Source: Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x, ties by Efron 1977, doi:10.1080/01621459.1977.10480613.
    Optimism: Harrell, Lee and Mark 1996,
    doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4. The others with their functions.
    """
    check(covariates, interactions, references, splines, knots)
    table = pd.DataFrame({name: outcome.take(covariates[name]) for name in covariates.columns})
    labels = pd.Series("all", index=table.index) if strata is None else outcome.take(strata)
    known, placed = complete(table), labels.notna()
    used = (known.all(axis=1) & placed).to_numpy()
    enough_events(int(outcome.event[used].sum()))
    terms = terms_of(table[used], interactions, references, splines, knots)
    patients = Patients(outcome.time[used], outcome.event[used], pd.factorize(labels[used].astype(str), sort=True)[0])
    refuse_all_at_once(patients.time, patients.event, patients.stratum)
    everything, tests = _fits(patients, terms, part(progress, 0, 0.5 if resamples else 1.0))
    proportional = _proportional(patients, terms, everything)
    c_index, correction = _c_index(patients, everything, resamples, seed, part(progress, 0.5, 0.5))
    missing = (~known).sum()
    lr_statistic, lr_p = everything.test()
    per_coefficient = int(patients.event.sum()) / len(everything.coefficients)
    return CoxModel(
        rows=_rows(patients, terms, everything),
        terms=tuple(_term(patients, term, tests, proportional, missing) for term in terms),
        curves=curves(patients, terms, everything),
        effects=effects(patients, terms, everything),
        alone=tuple(_alone(patients, term) for term in terms if univariable and term.kind != INTERACTION),
        residuals=proportional.residuals,
        ties=TIES,
        proportionality=PROPORTIONALITY,
        ph_global_statistic=proportional.overall.statistic,
        ph_global_p=proportional.overall.p,
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


def enough_events(events: int, fewest: int = FEWEST_EVENTS) -> None:
    """Raise `NotEstimable` for fewer events than a model takes."""
    if events < fewest:
        raise NotEstimable(
            f"The patients who have all covariates, and no level that was left out, had {counted(events, 'event')}; a "
            f"model takes at least {fewest}.",
            "Choose another endpoint, widen the cohort, or remove covariates that many patients lack or that have rare "
            "levels.",
        )


def _fits(patients: Patients, terms: tuple[Term, ...], progress: Progress) -> tuple[Fit, dict[str, tuple]]:
    """The model of all terms, and statistic and p of each term that no interaction contains."""
    contained = {name for term in terms if term.kind == INTERACTION for name in term.parts}
    free = [term for term in terms if term.name not in contained]
    progress(0.0, "Cox model")
    everything = fit(patients, terms)
    tests = {}
    for done, term in enumerate(free, 1):
        progress(done / (1 + len(free)), f"Without {term.name}")
        rest = tuple(other for other in terms if other.name != term.name)
        tests[term.name] = everything.beyond(refit(patients, rest) if rest else None)
    progress(1.0, "Cox model")
    return everything, tests


def _proportional(patients: Patients, terms: tuple[Term, ...], everything: Fit) -> Proportional:
    ends = np.cumsum([len(term.columns) for term in terms])
    places = {term.name: slice(end - len(term.columns), end) for term, end in zip(terms, ends, strict=True)}
    return proportionality(
        patients.time, patients.event, patients.stratum, everything.x, everything.coefficients, places
    )


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


def _alone(patients: Patients, term: Term) -> Alone:
    fitted = refit(patients, [term])
    contrast = quartiles(term, [term], fitted) if term.kind == SPLINE else None
    statistic, p = fitted.test()
    return Alone(term.name, _rows(patients, (term,), fitted), statistic, len(term.columns), p, contrast)


def _term(patients: Patients, term: Term, tests: Mapping, proportional: Proportional, missing: pd.Series) -> CoxTerm:
    statistic, p = tests.get(term.name, (None, None))
    at, hazards = term.at_reference, proportional.tests[term.name]
    return CoxTerm(
        term=term.name,
        kind=term.kind,
        parts=term.parts,
        reference=term.reference,
        n_reference=int(at.sum()) if term.kind == CATEGORY else None,
        n_events_reference=int((at & patients.event).sum()) if term.kind == CATEGORY else None,
        n_missing=int(missing[list(term.parts)].max()) if term.kind != INTERACTION else 0,
        dof=len(term.columns),
        lr_statistic=statistic,
        lr_p=p,
        ph_statistic=hazards.statistic,
        ph_p=hazards.p,
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

"""Which of many features go with the time to the event, each by itself, when all that were tried are counted?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.stats.multiplicity import benjamini_hochberg
from core.stats.per_coefficient import RULE
from core.survival.design import ESTIMATED, NUMBERS, dependent, design, fits
from core.survival.hazard import TIES
from core.survival.limits import FEWEST_EVENTS, FEWEST_PATIENTS, refuse_all_at_once
from core.survival.outcome import Outcome
from core.vocabulary import counted

#: With fewer events per variable than this an estimate is shown with a caution.
EVENTS_PER_VARIABLE = RULE
#: The q values are of the test that keeps its level better when events are few.
Q_OF = "likelihood-ratio p"
#: Cells that are worked on at once: what fits the processor's cache is fastest, and progress stays frequent.
CELLS = 50_000


@dataclass(frozen=True, eq=False)
class SurvivalScreen:
    """One Cox model per feature, per standard deviation of that feature in the patients its model uses.

    table   a row per feature, the smallest lr_p first and those not estimable last: feature, coefficient (log hazard
            ratio per SD), standard_error, hazard_ratio with its 95 % Wald interval lower and upper, z, wald_p, lr_p
            (likelihood ratio), q (Benjamini-Hochberg over the n_tests likelihood-ratio tests), sd (in the feature's
            unit), n, n_events, state ("estimated" or why there is no number) and caution (empty if none)
    n, n_events     patients and events with outcome, covariates and stratum; a feature may have fewer
    n_excluded      patients without time or event; n_no_covariate: with an outcome and without a covariate or stratum
    """

    table: pd.DataFrame
    adjust: tuple[str, ...]
    n_strata: int
    n_features: int
    n_tests: int
    n_not_estimable: int
    q_of: str
    ties: str
    n: int
    n_events: int
    n_excluded: int
    n_no_covariate: int


def survival_screen(
    outcome: Outcome,
    features: pd.DataFrame,
    *,
    adjust: pd.DataFrame | None = None,
    strata: Sequence | None = None,
    progress: Progress = quiet,
) -> SurvivalScreen:
    """Which of these features go with the time to the event, each by itself, when all that were tried are counted?

    features  (N, p) numbers, a row per patient given to `Outcome.of`; missing and infinite values leave the patient out
              of that feature's model only
    adjust    (N, q) numbers to adjust every model for, groups already coded 0/1; strata: (N,) labels, each with its own
              baseline hazard. Patients lacking one of them are out of all models and counted
    Raises `Refused` for columns that are not numbers, `NotEstimable` without features, for fewer than 3 events, and for
    covariates that determine each other or have no finite ratio themselves.
    Source: Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x, ties by Efron 1977, doi:10.1080/01621459.1977.10480613.
    """
    values, others = _numbers(outcome, features, "features"), _numbers(outcome, adjust, "adjust")
    if not values.shape[1]:
        raise NotEstimable("There are no features to screen.", "Choose at least one feature.")
    codes = np.zeros(outcome.n, dtype=int) if strata is None else pd.factorize(outcome.take(strata))[0]
    complete = np.isfinite(others).all(axis=1) & (codes >= 0)
    time, event, others, codes = outcome.time[complete], outcome.event[complete], others[complete], codes[complete]
    values = values[complete]
    names = () if adjust is None else tuple(map(str, adjust.columns))
    _answerable(time, event, others, codes, names)
    found = {name: np.full(values.shape[1], np.nan) for name in (*NUMBERS, "sd", "n", "n_events")}
    states = np.full(values.shape[1], "", dtype=object)
    done = 0
    for known, columns in _patterns(values):
        shared = design(time[known], event[known], others[known], codes[known])
        found["n"][columns], found["n_events"][columns] = known.sum(), event[known].sum()
        for few in np.array_split(columns, -(-len(columns) // max(1, CELLS // len(time)))):
            if isinstance(shared, str):
                states[few] = shared
            else:
                states[few], numbers = fits(shared, values[np.ix_(known, few)])
                for name, column in numbers.items():
                    found[name][few] = column
            done += len(few)
            progress(done / values.shape[1], "Fitting a Cox model for each feature")
    table = _sorted(map(str, features.columns), found, states, 1 + len(names))
    tests = int(table["lr_p"].notna().sum())
    return SurvivalScreen(
        table=table,
        adjust=names,
        n_strata=len(np.unique(codes)),
        n_features=len(table),
        n_tests=tests,
        n_not_estimable=len(table) - tests,
        q_of=Q_OF,
        ties=TIES,
        n=len(time),
        n_events=int(event.sum()),
        n_excluded=outcome.n_excluded,
        n_no_covariate=int((~complete).sum()),
    )


def _numbers(outcome: Outcome, frame: pd.DataFrame | None, where: str) -> np.ndarray:
    """(n, columns) floats for the patients who are in, missing ones NaN."""
    if frame is None:
        return np.empty((outcome.n, 0))
    if len(frame) != len(outcome.kept):
        raise ValueError(f"`{where}` has {len(frame)} rows for {len(outcome.kept)} patients; give one for each")
    odd = [
        str(name)
        for name, kind in zip(frame.columns, frame.dtypes, strict=True)
        if not (pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind))
    ]
    if odd:
        raise Refused([Problem(f"'{name}' holds no numbers.", where, "Code it as numbers first.") for name in odd])
    # A nullable column says missing in its own way; numpy's columns need no such care.
    return frame.to_numpy(dtype=float, na_value=np.nan)[outcome.kept]


def _patterns(values: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Features that are known for the same patients share one design: who they are, and which features."""
    known = np.isfinite(values)
    whole = known.all(axis=0)
    if whole.any():
        yield np.ones(len(values), dtype=bool), np.flatnonzero(whole)
    lacking: dict[bytes, list[int]] = {}
    for column in np.flatnonzero(~whole):
        lacking.setdefault(known[:, column].tobytes(), []).append(int(column))
    for columns in lacking.values():
        yield known[:, columns[0]], np.array(columns)


def _answerable(
    time: np.ndarray, event: np.ndarray, others: np.ndarray, codes: np.ndarray, names: tuple[str, ...]
) -> None:
    """Refuse what no feature could answer: too few patients, or covariates that cannot be adjusted for together."""
    if len(time) < FEWEST_PATIENTS or event.sum() < FEWEST_EVENTS:
        raise NotEstimable(
            f"An outcome and every covariate are known of {counted(len(time), 'patient')} with "
            f"{counted(int(event.sum()), 'event')}; a screen takes at least {FEWEST_PATIENTS} patients and "
            f"{FEWEST_EVENTS} events.",
            "Choose another endpoint, adjust for less or widen the cohort.",
        )
    refuse_all_at_once(time, event, codes)
    bound = ", ".join(f"'{names[position]}'" for position in dependent(time, event, others, codes))
    if bound:
        raise NotEstimable(
            f"{bound} cannot be adjusted for: constant, or given by the other covariates or the strata.",
            "Leave it out of the covariates.",
        )
    if isinstance(design(time, event, others, codes), str):
        raise NotEstimable(
            f"The covariates alone ({', '.join(names)}) have no finite hazard ratios in these patients.",
            "Join rare groups, or use them as strata.",
        )


def _sorted(features: Iterable[str], found: dict[str, np.ndarray], states: np.ndarray, variables: int) -> pd.DataFrame:
    table = pd.DataFrame({"feature": list(features)} | found | {"state": states})
    table = table.astype({"n": int, "n_events": int})
    table.insert(table.columns.get_loc("lr_p") + 1, "q", benjamini_hochberg(table["lr_p"]))
    few = (table["n_events"] < EVENTS_PER_VARIABLE * variables) & (table["state"] == ESTIMATED)
    table["caution"] = [
        f"{counted(events, 'event')} for {counted(variables, 'variable')}: fewer than {EVENTS_PER_VARIABLE} each"
        if is_few
        else ""
        for events, is_few in zip(table["n_events"], few, strict=True)
    ]
    # Copies of a feature may differ in the last digits, which must not decide who comes first.
    with np.errstate(divide="ignore"):
        digits = table.assign(level=np.log10(table["lr_p"]).round(8), size=-table["z"].abs().round(8))
    rank = digits.sort_values(["level", "size", "feature"], kind="stable").index
    return table.loc[rank].reset_index(drop=True)

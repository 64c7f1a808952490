"""What a screen of many features against an endpoint found, and the covariates that its models share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.analyses.cautions import cautions, not_known
from core.analyses.ledger import Entry
from core.errors import NotEstimable
from core.survival.grouping import category_groups

FEATURES, MUTATIONS, EXPRESSION = "features", "mutations", "expression"


class Kind(NamedTuple):
    """What can be screened, in words: one of it, what its ratio is for, and what patients without it lack."""

    noun: str
    per: str
    unmeasured: str


KINDS = {
    FEATURES: Kind("feature", "per standard deviation more", "no imaging features"),
    MUTATIONS: Kind("mutated gene", "for mutated against wild type", "not profiled for mutations"),
    EXPRESSION: Kind("gene", "per standard deviation more", "no expression"),
}
#: From this |Spearman| with the volume on, a feature is said to follow it.
FOLLOWS = 0.8
NO_EVENT = "in a group without events"


@dataclass(frozen=True, eq=False)
class FeatureScreen:
    """One Cox model per feature or gene, everything that was tried in one table.

    over         "features", "mutations" or "expression"; `noun` is one of them in words, `of` where they come from
    per          what a hazard ratio is for: one standard deviation more, or mutated against wild type
    table        a row per feature, the smallest lr_p first, those without a number last: feature, label, family,
                 filter, ibsi, definition, coefficient (log hazard ratio), standard_error, hazard_ratio with its 95 %
                 interval lower and upper, z, wald_p, lr_p, q (Benjamini-Hochberg over all `n_tests`), found (q below
                 the threshold), sd, n, n_events, for mutated genes n_mutated and n_mutated_events, rho_volume
                 (Spearman with `volume`), copy_of (the feature that it repeats in another unit), state, caution
    q            the threshold; n_found features are below it without the n_found_copies among them; of all of these up
                 to `expected_false` are expected to be false discoveries
    detectable   the hazard ratio per standard deviation that one test reaches the smallest threshold with in 4 of 5
                 such cohorts; None for mutated genes and adjusted models, where it also depends on other things
    adjust       what every model is adjusted for, in words; `covariates` are its columns. strata: "" for none
    left_out     reason, n: the patients of the cohort who are in no model; with the n in the models they make n_cohort
    words        what was found, what was not, and what to keep in mind
    """

    over: str
    noun: str
    of: str
    feature_set: str
    setting: str
    per: str
    endpoint: str
    unit: str
    q: float
    table: pd.DataFrame
    volume: str
    n_features: int
    n_tests: int
    n_not_estimable: int
    n_not_tested: int
    n_found: int
    n_found_copies: int
    expected_false: float
    detectable: float | None
    adjust: tuple[str, ...]
    covariates: tuple[str, ...]
    strata: str
    n_strata: int
    q_of: str
    ties: str
    n_cohort: int
    n: int
    n_events: int
    left_out: pd.DataFrame
    notes: tuple[str, ...]
    words: tuple[str, ...] = ()

    def entry(self, study: str, cohort: str) -> Entry:
        """The screen as the count of everything tried takes it: one p per feature tested."""
        tested = self.table.loc[self.table["lr_p"].notna(), "feature"]
        names = tuple(tested + {FEATURES: "", MUTATIONS: " status", EXPRESSION: " expression"}[self.over])
        ways = [f"adjusted for {', '.join(self.adjust)}"] if self.adjust else []
        ways += [f"within {self.strata}"] if self.strata else []
        how = ", ".join(["screen", *ways])
        return Entry(study, cohort, self.endpoint, names, how, self.n_tests, self.n_events, 1 + len(self.covariates))


@dataclass(frozen=True, eq=False)
class Shared:
    """Who is in the models, and what all of them are adjusted for; every row is a patient of the cohort.

    stays      (N,) bool; columns: (N, c) numbers, categories as 0/1 columns against their first level with events
    left_out   reason -> patients; notes: what is odd about the covariates, for the reader
    """

    stays: np.ndarray
    columns: pd.DataFrame
    strata: pd.Series | None
    left_out: dict[str, int]
    notes: tuple[str, ...]


def shared(
    outcomes: pd.DataFrame,
    reasons: pd.Series,
    measured: pd.Series,
    unmeasured: str,
    adjust: Mapping[str, pd.Series],
    levels: Mapping[str, Sequence[str]],
    strata: tuple[str, pd.Series] | None,
) -> Shared:
    """The patients and covariates that all models of a screen have in common.

    outcomes  time and event, a row per patient; reasons: why some have none; measured: who has any feature,
              `unmeasured` says what the others lack
    adjust    covariates by label; levels: of those that are categories, in their order; strata: label and values
    A group of a covariate in which nobody had the event has no finite ratio. Its patients then weigh nothing in any
    risk set, so leaving them out changes no other ratio; they are left out and counted. Raises `NotEstimable` when
    nobody is left.
    """
    stays = outcomes[["time", "event"]].notna().all(axis=1).to_numpy()
    left_out = {str(reason): int(n) for reason, n in reasons.value_counts(sort=False).items()}

    def leave(lacks: pd.Series | np.ndarray, why: str) -> None:
        nonlocal stays
        gone = stays & np.asarray(lacks, dtype=bool)
        if gone.any():
            left_out[why] = left_out.get(why, 0) + int(gone.sum())
            stays = stays & ~gone

    leave(~measured, unmeasured)
    for label, values in adjust.items():
        leave(values.isna() if label in levels else ~np.isfinite(values.astype(float)), f"no value of {label}")
    if strata is not None:
        leave(strata[1].isna(), f"no value of {strata[0]}")
    if not len(outcomes):
        raise NotEstimable("No patient is in this cohort.", "Widen the filter.")
    if not stays.any():
        told = ", ".join(f"{n} {reason}" for reason, n in left_out.items())
        raise NotEstimable(
            f"None of {len(outcomes)} patients can be used: {told}.", "Widen the cohort, or adjust less."
        )
    event = outcomes["event"].to_numpy() == 1
    notes = [*_notes(outcomes, adjust, levels)]
    for label in levels:
        if label in adjust:
            barren = _barren(adjust[label], stays, event)
            if barren:
                gone = int((stays & adjust[label].isin(barren).to_numpy()).sum())
                notes.append(
                    f"Nobody of {label} {_quoted(barren)} had the event, so there is no ratio for it; leaving out "
                    f"those {gone} changes no other ratio."
                )
                leave(adjust[label].isin(barren), NO_EVENT)
    columns = {}
    for label, values in adjust.items():
        made = _dummies(label, values, levels[label], stays) if label in levels else {label: values.astype(float)}
        if not made:
            notes.append(f"{label} has one group here, so there is nothing to adjust for.")
        columns |= made
    if strata is not None and strata[1][stays].nunique() < 2:
        notes.append(f"{strata[0]} has one group here, so there is one stratum.")
    frame = pd.DataFrame(columns, index=outcomes.index)
    return Shared(stays, frame, None if strata is None else strata[1], left_out, tuple(notes))


def _barren(values: pd.Series, stays: np.ndarray, event: np.ndarray) -> list[str]:
    """The levels that are there without any event, unless all are."""
    with_event = set(values[stays & event])
    barren = [level for level in pd.unique(values[stays]) if level not in with_event]
    return sorted(map(str, barren)) if with_event else []


def _dummies(label: str, values: pd.Series, levels: Sequence[str], stays: np.ndarray) -> dict[str, pd.Series]:
    present = set(values[stays])
    order = [level for level in dict.fromkeys([*levels, *sorted(map(str, present))]) if level in present]
    return {f"{label}: {level}": (values == level).astype(float) for level in order[1:]}


def _notes(outcomes: pd.DataFrame, adjust: Mapping[str, pd.Series], levels: Mapping[str, Sequence[str]]):
    """What is odd about the covariates: levels that mean "not known", and numbers that are made of the outcome."""
    for label, values in adjust.items():
        if label in levels:
            unknown = not_known(pd.unique(values.dropna()))
            if unknown:
                yield f"Caution: {label} {_quoted(unknown)} says that it is not known, and is adjusted for as a group."
        else:
            having = category_groups(pd.Series("has a value", index=values.index).where(values.notna(), None))
            yield from cautions(outcomes, label, having, values)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)

"""A model of several covariates as the page shows it: who is in it, what it says, and in which words."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.cautions import cautions, not_known
from core.analyses.cox_covariates import NUMBER, Covariate
from core.analyses.follow_up import Followed
from core.analyses.ledger import Entry
from core.cohort.words import listed
from core.survival.covariates import INTERACTION, SPLINE, complete
from core.survival.cox_result import CoxModel
from core.survival.grouping import Grouping
from core.survival.outcome import Outcome
from core.survival.ridge import RidgeModel
from core.vocabulary import counted


@dataclass(frozen=True, eq=False)
class Asked:
    """What a model is made of: `table` has a row per patient of the cohort and a column per covariate's label."""

    followed: Followed
    covariates: tuple[Covariate, ...]
    table: pd.DataFrame
    strata: pd.Series | None
    strata_label: str


@dataclass(frozen=True, eq=False)
class Modelled:
    """`cox` or `ridge`, whichever was asked for; the other is None.

    endpoint     its label, its unit of time and what time is counted from
    left_out     reason, n: patients of the cohort who are not in the model; one may have several reasons
    rare         covariate, level, n, n_events: levels that were left out for having too few patients or no event
    words        sentences that read the model aloud, the most important first; notes: how far to trust them
    cautions     about covariates that are not what they seem
    """

    endpoint: str
    time_unit: str
    origin: str
    covariates: tuple[Covariate, ...]
    strata: str
    cox: CoxModel | None
    ridge: RidgeModel | None
    left_out: pd.DataFrame
    rare: pd.DataFrame
    words: tuple[str, ...]
    notes: tuple[str, ...]
    cautions: tuple[str, ...]
    n_cohort: int
    n: int
    n_events: int

    @property
    def n_tests(self) -> int:
        """The p-values that it shows of covariates: of all together, of terms, coefficients, bends and each alone."""
        if self.cox is None:
            return 0
        terms = sum(term.lr_p is not None for term in self.cox.terms)
        parts = {part for term in self.cox.terms if term.kind == INTERACTION for part in term.parts}
        unread = {term.term for term in self.cox.terms if term.kind in (SPLINE, INTERACTION)} | parts
        rows = sum(row.term not in unread for row in self.cox.rows)
        alone = sum(len(each.rows) for each in self.cox.alone if each.term not in unread)
        return 1 + terms + rows + len(self.cox.curves) + alone

    def entry(self, study: str, cohort: str) -> Entry:
        """What it adds to the count of everything tried."""
        how = "ridge" if self.cox is None else "Cox model"
        how += f" of {counted(len(self.covariates), 'covariate')}" + (f", strata {self.strata}" if self.strata else "")
        names = tuple(each.label for each in self.covariates)
        variables = self.cox.lr_dof if self.cox is not None else 0
        return Entry(study, cohort, self.endpoint, names, how, self.n_tests, self.n_events, variables)

    @property
    def units(self) -> dict[str, str]:
        """The unit of each covariate, "" where it has none."""
        return {each.label: each.unit for each in self.covariates}


def left_out(data: Asked, outcome: Outcome, rare: pd.DataFrame) -> pd.DataFrame:
    """reason, n: why patients are not in the model; beside the first reason, of those with an outcome."""
    endpoint = data.followed.endpoint
    rows = [(f"no {endpoint.label or endpoint.name}", outcome.n_excluded)]
    inside = outcome.kept
    if data.strata is not None:
        rows.append((f"{data.strata_label} not known", int(data.strata.isna().to_numpy()[inside].sum())))
    unknown = (~complete(data.table))[inside].sum()
    rows += [(f"{label} not known", int(n)) for label, n in unknown.items()]
    rows += [
        (f"{row.covariate} {row.level}: a rare level, {row.n_events} of these patients had the event", int(row.n))
        for row in rare.itertuples()
    ]
    return pd.DataFrame([row for row in rows if row[1]], columns=["reason", "n"])


def cautions_of(data: Asked) -> tuple[str, ...]:
    """Levels that mean that nothing is known, and covariates that are made of the outcome."""
    told: list[str] = []
    for each in data.covariates:
        values = data.table[each.label]
        unknown = not_known([level for level in each.levels if (values == level).any()])
        if unknown:
            names = listed([f"'{level}'" for level in unknown], "and")
            told.append(
                f"Caution: {names} says that {each.label} is not known; it is a level of its own. Filter it out."
            )
        grouping = Grouping(values.astype(object), (), (), (), 0, 0, 0, "")
        numbers = values if each.kind == NUMBER else None
        told += cautions(data.followed.outcomes, each.label, grouping, numbers)
    return tuple(told)

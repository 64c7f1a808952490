"""In which centres is the class of patients to be told? One choice for every question across centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Number, Option, options, parameter
from core.analyses.target_table import CATEGORY, Labelled
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.vocabulary import counted, listed

LEFT_OUT, JOINED = "leave out", "join"
#: What small environments become when they are joined.
TOGETHER = "small ones together"
#: Groups that an attribute may have to be offered as environments.
MOST = 60


def _environments(scope) -> tuple[Option, ...]:
    target = scope.context.analysis("target")
    told = target.attribute if target.over == CATEGORY else None
    found = [
        each
        for each in scope.context.catalogue.attributes.values()
        if each.type == "category" and 2 <= len(each.levels) <= MOST and each.name != told
    ]
    found.sort(key=lambda each: each.role != "centre")
    return tuple(Option(each.name, each.label or each.name) for each in found)


@dataclass(frozen=True, eq=False)
class AcrossCentres:
    """The patients of an analysis across centres.

    target        the class in words, as `HPV status: positive`; positive and negative: the two classes
    patients      index patient_id, columns environment and positive (true or false): those with everything
    values        (n, p) features of these patients, NaN where missing; `features` their names
    environments  a row per environment kept: environment, n, n_positive
    left_out      reason, n: every other patient of the cohort, for the first reason that holds
    notes         what must be known of the data
    """

    target: str
    positive: str
    negative: str
    environment: str
    of: str
    patients: pd.DataFrame
    values: np.ndarray
    features: tuple[str, ...]
    environments: pd.DataFrame
    left_out: pd.DataFrame
    notes: tuple[str, ...]
    n: int
    n_positive: int
    n_cohort: int


@dataclass(frozen=True, kw_only=True)
class Centres(Analysis):
    name = "centres"
    title = "Patients across centres"
    question = "In which centres is the class of which patients to be told?"
    method = (
        "Environments are the levels of one attribute: the centre, a scanner. Patients need the class, imaging "
        "features and an environment; those who lack one are counted. Environments with fewer patients than asked for "
        "are left out or joined, and named."
    )
    sources = ("Santinha et al. 2021, doi:10.1117/1.JMI.8.3.031905",)
    pages = ("Prediction",)
    rank = 50

    environment: str = parameter(
        Choice(
            "Environment",
            "Where a rule is to hold: centres, scanners, or any other groups of patients.",
            options=_environments,
            nothing="No other attribute of this study has groups that could be environments.",
            remedy="Open a study with a centre or a scanner, or import one as a column of patients.csv.",
        )
    )
    fewest: int = parameter(
        Number(
            "Fewest patients of an environment",
            "The test of invariance needs three; what is said of a centre with fewer than ten is next to nothing.",
            low=3,
            high=50,
            step=1,
            default=10,
            whole=True,
        )
    )
    small: str = parameter(
        Choice(
            "Smaller environments",
            "Joined ones form one environment, which is a mixture and no centre.",
            options=options((LEFT_OUT, "are left out"), (JOINED, "are joined into one")),
        )
    )

    def needs(self, context):
        return (context.analysis("target"),)

    def read(self, context):
        labelled = context.analysis("target").labelled(context)
        declared = context.catalogue.attributes[self.environment]
        environment = context.store.patients(context.cohort, [self.environment])[self.environment]
        return labelled, environment, declared.label or declared.name

    def __call__(self, data: tuple[Labelled, pd.Series, str], progress: Progress = quiet):
        labelled, environment, name = data
        known = environment.reindex(labelled.y.index)
        table = pd.DataFrame({"environment": known, "positive": labelled.y})[known.notna().to_numpy()]
        left_out = dict(labelled.left_out)
        if len(table) < len(known):
            left_out[f"{name} not known"] = len(known) - len(table)
        table, joined, small = self._large(table)
        left_out |= small
        names, positive = table["environment"].to_numpy(dtype=str), table["positive"].to_numpy(dtype=bool)
        self._checked(names, positive, labelled, name)
        table = pd.DataFrame({"environment": names, "positive": positive}, index=table.index)
        places = table.groupby("environment")["positive"].agg(n="size", n_positive="sum").reset_index()
        return AcrossCentres(
            target=labelled.label,
            positive=labelled.positive,
            negative=labelled.negative,
            environment=name,
            of=labelled.of,
            patients=table,
            values=labelled.x.loc[table.index].to_numpy(dtype=float),
            features=tuple(str(column) for column in labelled.x.columns),
            environments=places,
            left_out=pd.DataFrame(list(left_out.items()), columns=["reason", "n"]),
            notes=(*_notes(labelled.scale, joined), *labelled.cautions),
            n=len(table),
            n_positive=int(positive.sum()),
            n_cohort=labelled.n_cohort,
        )

    def _large(self, table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, int]]:
        """The patients of environments that are large enough, those joined, and who is left out for that."""
        sizes = table["environment"].value_counts().sort_index()
        few = sizes[sizes < self.fewest]
        if few.empty:
            return table, (), {}
        named = tuple(f"{name} ({n})" for name, n in few.items())
        small = table["environment"].isin(few.index)
        if self.small == JOINED and few.sum() >= self.fewest:
            return table.assign(environment=table["environment"].mask(small, TOGETHER)), named, {}
        reason = f"in an environment of fewer than {self.fewest}: {listed(named, 'and')}"
        return table[~small], (), {reason: int(few.sum())}

    def _checked(self, names: np.ndarray, positive: np.ndarray, labelled: Labelled, environment: str) -> None:
        if not len(names):
            raise NotEstimable(
                f"None of {counted(len(labelled.y), 'patient')} with class and features is in an environment "
                f"({environment}) of at least {self.fewest}.",
                "Widen the cohort, choose another environment, or ask for fewer patients of an environment.",
            )
        if len(set(names)) < 2:
            raise NotEstimable(
                f"All {len(names)} patients that can be used are of one environment, {names[0]}; a rule that holds "
                "across environments needs at least two.",
                "Widen the cohort, choose another environment, or ask for fewer patients of an environment.",
            )
        if positive.all() or not positive.any():
            raise NotEstimable(
                f"All {len(names)} patients that can be used are "
                f"{labelled.positive if positive.all() else labelled.negative}.",
                "Widen the cohort or choose another class.",
            )


def _notes(scale: str, joined: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    if scale == "z-scored":
        found.append(
            "This feature set was z-scored before it was imported, perhaps over all patients or within each centre: "
            "that step is outside of every training set here."
        )
    if joined:
        found.append(f"Joined into one environment, a mixture and no centre: {listed(joined, 'and')}.")
    return tuple(found)

"""Whose class is to be told from features, and in which centres? One choice for every question across centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Number, Option, options, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.store.schema import Attribute, Catalogue
from core.vocabulary import MUTATED, NOT_PROFILED, WILD_TYPE, counted, listed

#: The outcome that is no attribute but the mutation of a gene.
GENE = "a gene"
LEFT_OUT, JOINED = "leave out", "join"
#: What small environments become when they are joined.
TOGETHER = "small ones together"
#: Levels that are taken for the positive class first: wild type, as published, then those that say so.
WILD = ("wt", "wild type", "wildtype", "wild-type")
POSITIVE = ("positive", "yes", "true", "1")


def _environments(scope) -> tuple[Option, ...]:
    found = [each for each in scope.context.catalogue.attributes.values() if _levels(each, 2, 60)]
    found.sort(key=lambda each: each.role != "centre")
    return tuple(Option(each.name, each.label or each.name) for each in found)


def _levels(attribute: Attribute, fewest: int, most: int) -> bool:
    return attribute.type == "category" and fewest <= len(attribute.levels) <= most


def _outcomes(scope) -> tuple[Option, ...]:
    catalogue = scope.context.catalogue
    found = [
        each
        for each in catalogue.attributes.values()
        if _levels(each, 2, 2) and each.name != scope.values["environment"] and not each.name.startswith("has_")
    ]
    first = [each for each in found if "idh" in each.name.lower() or each.role == "hpv"]
    genes = (Option(GENE, "mutation of a gene"),) if catalogue.mutation_genes else ()
    rest = [each for each in found if each not in first]
    named = [[Option(each.name, each.label or each.name) for each in part] for part in (first, rest)]
    return (*named[0], *genes, *named[1])


def _classes(catalogue: Catalogue, outcome: str) -> tuple[str, ...]:
    return (WILD_TYPE, MUTATED) if outcome == GENE else catalogue.attributes[outcome].levels


def _positive(scope) -> tuple[Option, ...]:
    return options(*_classes(scope.context.catalogue, scope.values["outcome"]))


def _first_positive(scope) -> str:
    if scope.values["outcome"] == GENE:
        return MUTATED
    attribute = scope.context.catalogue.attributes[scope.values["outcome"]]
    low = {level.lower(): level for level in attribute.levels}
    wild = [low[word] for word in WILD if word in low]
    if not wild and "idh" in attribute.name.lower() and "mutated" in attribute.name.lower():
        wild = [low[word] for word in ("0", "no", "false") if word in low]
    return next(iter([*wild, *(low[word] for word in POSITIVE if word in low)]), attribute.levels[-1])


@dataclass(frozen=True, eq=False)
class AcrossCentres:
    """The patients of an analysis across centres.

    patients      index patient_id, columns environment and positive (true or false): those with everything
    values        (n, p) features of these patients, NaN where missing; `features` their names
    environments  a row per environment kept: environment, n, n_positive
    left_out      reason, n: every other patient of the cohort, for the first reason that holds
    joined        names of the small environments that became one, with n
    notes         what must be known of the data
    """

    outcome: str
    positive: str
    negative: str
    environment: str
    of: str
    patients: pd.DataFrame
    values: np.ndarray
    features: tuple[str, ...]
    environments: pd.DataFrame
    left_out: pd.DataFrame
    joined: tuple[str, ...]
    notes: tuple[str, ...]
    n: int
    n_positive: int
    n_cohort: int


@dataclass(frozen=True, kw_only=True)
class Centres(Analysis):
    name = "centres"
    title = "Patients across centres"
    question = "Whose class is to be told from features, and in which centres?"
    method = (
        "Environments are the levels of one attribute: the centre, a scanner. Patients need the class, an environment "
        "and imaging features; those who lack one are counted under the first that they lack. Environments with fewer "
        "patients than asked for are left out or joined, and named."
    )
    sources = ("Santinha et al. 2021, PMC8082292",)
    pages = ("Prediction",)
    rank = 50

    environment: str = parameter(
        Choice(
            "Environment",
            "Where a rule is to hold: centres, scanners, or any other groups of patients.",
            options=_environments,
            nothing="No attribute of this study has groups that could be environments.",
            remedy="Open a study with a centre or a scanner, or import one as a column of patients.csv.",
        )
    )
    outcome: str = parameter(
        Choice(
            "Class",
            "What the features are to tell: an attribute of two levels, or the mutation of a gene.",
            options=_outcomes,
            nothing="This study has neither another attribute of two levels nor mutations: there is no class to tell.",
            remedy="Open a study that has one.",
        )
    )
    gene: str | None = parameter(
        Choice(
            "Gene",
            "Mutated against wild type, among the patients profiled for it.",
            options=choices.mutation_genes,
            when=lambda values: values["outcome"] == GENE,
        )
    )
    positive: str = parameter(
        Choice(
            "Positive class",
            "Sensitivity is of this class, specificity of the other. For IDH the published one is the wild type.",
            options=_positive,
            default=_first_positive,
        )
    )
    features: str = parameter(
        Choice(
            "Feature set",
            "The extraction that the features come from.",
            options=choices.feature_sets,
            nothing="This study has no imaging features.",
            remedy="Open a study that has them.",
        )
    )
    setting: str = parameter(Choice("Setting", "The acquisition setting.", options=choices.settings_of("features")))
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

    def read(self, context):
        store, cohort, catalogue = context.store, context.cohort, context.catalogue
        known = catalogue.attributes
        wanted = [self.environment] if self.outcome == GENE else [self.environment, self.outcome]
        patients = store.patients(cohort, wanted)
        if self.outcome == GENE:
            status = store.mutation_status(cohort, [self.gene])[self.gene].reindex(patients.index)
            outcome, name = status.where(status != NOT_PROFILED), f"{self.gene} mutation"
        else:
            outcome, name = patients[self.outcome], known[self.outcome].label or self.outcome
        chosen = catalogue.feature_sets[self.features]
        values = store.features(cohort, self.features, self.setting, chosen.names)
        of = chosen.label or chosen.name
        of = f"{of}, {self.setting}" if len(chosen.settings) > 1 else of
        table = pd.DataFrame({"environment": patients[self.environment], "outcome": outcome})
        labels = (name, known[self.environment].label or self.environment, of, chosen.scale)
        return table, values, labels, _classes(catalogue, self.outcome)

    def __call__(self, data, progress: Progress = quiet):
        table, values, (outcome, environment, of, scale), levels = data
        measured = values.index[np.isfinite(values.to_numpy(dtype=float)).any(axis=1)]
        left_out: dict[str, int] = {}
        kept = table
        for reason, stays in (
            (f"{outcome} not known", table["outcome"].notna()),
            (f"{environment} not known", table["environment"].notna()),
            ("no imaging features", table.index.to_series().isin(measured)),
        ):
            stays = stays.loc[kept.index].to_numpy(dtype=bool)
            left_out[reason] = int((~stays).sum())
            kept = kept[stays]
        kept, joined, small = self._large(kept)
        left_out |= small
        names = kept["environment"].to_numpy(dtype=str)
        positive = (kept["outcome"] == self.positive).to_numpy(dtype=bool)
        negative = next((level for level in levels if level != self.positive), "")
        self._checked(table, kept, names, positive, outcome, environment)
        places = pd.DataFrame({"environment": names, "positive": positive}).groupby("environment")["positive"]
        return AcrossCentres(
            outcome=outcome,
            positive=self.positive,
            negative=negative,
            environment=environment,
            of=of,
            patients=pd.DataFrame({"environment": names, "positive": positive}, index=kept.index),
            values=values.loc[kept.index].to_numpy(dtype=float),
            features=tuple(values.columns),
            environments=places.agg(n="size", n_positive="sum").reset_index(),
            left_out=pd.DataFrame([each for each in left_out.items() if each[1]], columns=["reason", "n"]),
            joined=joined,
            notes=_notes(scale, joined),
            n=len(kept),
            n_positive=int(positive.sum()),
            n_cohort=len(table),
        )

    def _large(self, kept: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, int]]:
        """The patients of environments that are large enough, those joined, and who is left out for that."""
        sizes = kept["environment"].value_counts().sort_index()
        few = sizes[sizes < self.fewest]
        if few.empty:
            return kept, (), {}
        named = [f"{name} ({n})" for name, n in few.items()]
        if self.small == JOINED and few.sum() >= self.fewest:
            small = kept["environment"].isin(few.index)
            return kept.assign(environment=kept["environment"].mask(small, TOGETHER)), tuple(named), {}
        reason = f"in an environment of fewer than {self.fewest}: {listed(named, 'and')}"
        return kept[~kept["environment"].isin(few.index)], (), {reason: int(few.sum())}

    def _checked(self, table, kept, names, positive, outcome: str, environment: str) -> None:
        if not len(kept):
            raise NotEstimable(
                f"None of {counted(len(table), 'patient')} has {outcome}, {environment} and imaging features in an "
                f"environment of at least {self.fewest}.",
                "Widen the cohort, or ask for fewer patients of an environment.",
            )
        if len(set(names)) < 2:
            raise NotEstimable(
                f"All {len(kept)} patients that can be used are of one environment, {names[0]}; a rule that holds "
                "across environments needs at least two.",
                "Widen the cohort, choose another environment, or ask for fewer patients of an environment.",
            )
        if positive.all() or not positive.any():
            raise NotEstimable(
                f"All {len(kept)} patients that can be used are of one class of {outcome}.",
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

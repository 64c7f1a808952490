"""Every feature or gene against an endpoint in one go, with all tests counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.follow_up import Followed
from core.analyses.parameters import Choice, Many, Number, Option, options, parameter
from core.analyses.survival_screen_result import EXPRESSION, FEATURES, KINDS, MUTATIONS, FeatureScreen, Shared, shared
from core.analyses.survival_screen_table import screen_table
from core.analyses.survival_screen_words import detectable_ratio, screen_words
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.network.screening import volume_feature
from core.store.schema import MUTATED, NOT_PROFILED, Attribute, Feature
from core.survival.outcome import Outcome
from core.survival.screen import SurvivalScreen, survival_screen

BY_RANK, BY_VALUE = "rank", "value"


def _over(scope) -> tuple[Option, ...]:
    """What this study has that can be screened."""
    catalogue = scope.context.catalogue
    kinds = [(FEATURES, "imaging features")] if catalogue.feature_sets else []
    kinds += [(MUTATIONS, "mutated genes")] if catalogue.mutation_genes else []
    kinds += [(EXPRESSION, "expression of genes")] if catalogue.expression_genes else []
    return options(*kinds)


def _is(kind: str):
    return lambda values: values["over"] == kind


def _volumes(scope) -> tuple[Option, ...]:
    """No volume, and what is recognised as one: of the screened set, or of any set beside genes."""
    sets = scope.context.catalogue.feature_sets
    looked = [scope.values["features"]] if scope.values["over"] == FEATURES else list(sets)
    found = dict.fromkeys(filter(None, (volume_feature(sets[name].names) for name in looked)))
    return options((choices.NONE, "no volume"), *found)


def _strata(scope) -> tuple[Option, ...]:
    return (Option(choices.NONE, "no strata"), *choices.categories(scope))


@dataclass(frozen=True, eq=False)
class _Read:
    followed: Followed
    values: pd.DataFrame
    declared: dict[str, Feature]
    of: str
    attributes: pd.DataFrame
    known: dict[str, Attribute]
    volume: tuple[str, pd.Series] | None

    @property
    def labels(self) -> dict[str, str]:
        """What each attribute is called; by its name where two have one label."""
        labels = [each.label for each in self.known.values()]
        return {
            name: each.label if each.label and labels.count(each.label) == 1 else name
            for name, each in self.known.items()
        }


@dataclass(frozen=True, kw_only=True)
class SurvivalScreening(Analysis):
    name = "survival_screen"
    title = "Screen"
    question = "Which of all features or genes go with the time to an event?"
    method = (
        "A Cox model with Efron's ties for each feature (per standard deviation) or gene (per standard deviation of "
        "its expression, or mutated against wild type), adjusted for the same covariates: numbers as they are, "
        "categories against their first level, the volume by its rank or its value. p of the likelihood-ratio test, "
        "Benjamini-Hochberg over every test made; Wald intervals. Genes with few mutated patients are not tested, "
        "which is decided without looking at survival. Features that are another one in another unit or with the other "
        "sign are tested and named, and not counted as found. Patients without a value are left out of that model only."
    )
    sources = (
        "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x",
        "Efron 1977, doi:10.1080/01621459.1977.10480613",
        "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
        "Hsieh and Lavori 2000, doi:10.1016/S0197-2456(00)00104-5",
    )
    pages = ("Survival",)
    rank = 40

    over: str = parameter(
        Choice(
            "Screen",
            "What is tried, one by one.",
            options=_over,
            nothing="This study has neither features nor genes to screen.",
            remedy="Choose another study, or import features, mutations or expression with it.",
        )
    )
    features: str | None = parameter(
        Choice("Feature set", "All of its features are tried.", options=choices.feature_sets, when=_is(FEATURES))
    )
    setting: str | None = parameter(
        Choice("Setting", "The acquisition setting.", options=choices.settings_of("features"), when=_is(FEATURES))
    )
    fewest: int | None = parameter(
        Number(
            "Fewest mutated patients",
            "Genes with fewer mutated, or fewer wild-type, patients are counted and not tested.",
            low=1,
            high=50,
            step=1,
            default=5,
            whole=True,
            when=_is(MUTATIONS),
        )
    )
    adjust: tuple[str, ...] = parameter(
        Many(
            "Adjust for",
            "Attributes that every model contains besides.",
            options=choices.attributes,
            default=(),
            most=8,
        )
    )
    volume: str = parameter(
        Choice("Adjust for the volume", "A feature that is the volume by its name or IBSI code.", options=_volumes)
    )
    volume_by: str | None = parameter(
        Choice(
            "Volume enters by",
            "Its rank is not ruled by a few very large tumours, as its value is.",
            options=options((BY_RANK, "its rank"), (BY_VALUE, "its value")),
            when=lambda values: values["volume"] != choices.NONE,
        )
    )
    strata: str = parameter(
        Choice("Strata", "Each with a baseline hazard of its own, such as the centre.", options=_strata)
    )
    q: float = parameter(
        Number("Found below q", "Share of false discoveries allowed.", low=0.01, high=0.25, step=0.01, default=0.05)
    )

    def needs(self, context):
        return (context.analysis("follow_up"),)

    def read(self, context):
        followed = context.result(context.analysis("follow_up"))
        values, declared, of = self._values(context)
        wanted = list(dict.fromkeys([*self.adjust, *([self.strata] if self.strata != choices.NONE else [])]))
        attributes = context.store.patients(context.cohort, wanted)
        known = {name: context.catalogue.attributes[name] for name in wanted}
        patients = followed.outcomes.index
        volume = self._volume(context)
        return _Read(
            followed=followed,
            values=values.reindex(patients),
            declared=declared,
            of=of,
            attributes=attributes.reindex(patients),
            known=known,
            volume=None if volume is None else (volume.name, volume.reindex(patients)),
        )

    def _values(self, context) -> tuple[pd.DataFrame, dict[str, Feature], str]:
        """A number per patient and feature or gene (1: mutated, 0: wild type), and where they come from."""
        store, cohort = context.store, context.cohort
        if self.over == MUTATIONS:
            status = store.mutation_status(cohort)
            mutated = (status == MUTATED).astype(float).where(status != NOT_PROFILED)
            return mutated, {}, "mutations"
        if self.over == EXPRESSION:
            return store.expression(cohort), {}, "expression"
        chosen = context.catalogue.feature_sets[self.features]
        # A list of features keeps the volume to compare with; it is tried only where it is listed.
        listed = chosen.names if context.features is None else context.features.names
        names = [name for name in chosen.names if name in set(listed)] or chosen.names
        values = store.features(cohort, self.features, self.setting, names)
        of = (
            f"{chosen.label or chosen.name}, {self.setting}"
            if len(chosen.settings) > 1
            else chosen.label or chosen.name
        )
        return values, {each.name: each for each in chosen.features}, of

    def _volume(self, context) -> pd.Series | None:
        """The volume of the same patients: the one adjusted for, or the first that there is."""
        sets = context.catalogue.feature_sets
        for name in [self.features] if self.over == FEATURES else sets:
            found = volume_feature(sets[name].names)
            if found is not None and self.volume in (choices.NONE, found):
                setting = self.setting if self.over == FEATURES else None
                return context.store.features(context.cohort, name, setting, [found])[found]
        return None

    def __call__(self, data, progress: Progress = quiet):
        together = self._shared(data)
        kept = data.values[together.stays]
        outcomes = data.followed.outcomes[together.stays]
        tested, untested = self._tested(kept)
        outcome = Outcome.of(outcomes["time"], outcomes["event"], data.followed.endpoint.time_unit)
        adjust = together.columns[together.stays]
        strata = None if together.strata is None else together.strata[together.stays].to_numpy()
        screen = survival_screen(
            outcome,
            kept[tested],
            adjust=adjust if adjust.shape[1] else None,
            strata=strata,
            progress=progress,
        )
        volume = None if data.volume is None else data.volume[1][together.stays].to_numpy()
        table = screen_table(
            screen, kept, outcome.event, data.declared, untested, volume, self.over == MUTATIONS, self.q
        )
        return self._result(data, together, screen, table)

    def _shared(self, data: _Read) -> Shared:
        adjust = {data.labels[name]: data.attributes[name] for name in self.adjust}
        if self.volume != choices.NONE:
            name, values = data.volume
            adjust[self._volume_label(name)] = values.rank() if self.volume_by == BY_RANK else values
        strata = None
        if self.strata != choices.NONE:
            strata = data.labels[self.strata], data.attributes[self.strata]
        return shared(
            data.followed.outcomes,
            data.followed.left_out["reason"],
            np.isfinite(data.values).any(axis=1),
            KINDS[self.over].unmeasured,
            adjust,
            {data.labels[name]: data.known[name].levels for name in self.adjust if data.known[name].type == "category"},
            strata,
        )

    def _volume_label(self, name: str) -> str:
        return f"the volume {name}, by its {self.volume_by}"

    def tests(self, context, result):
        return (result.entry(context.view.study, str(context.cohort)),) if result.n_tests else ()

    def _tested(self, values: pd.DataFrame) -> tuple[list[str], dict[str, str]]:
        """The columns to test, and why the others are not: by numbers of patients alone, not by their outcome."""
        if self.over != MUTATIONS:
            return list(values.columns), {}
        mutated, wild = (values == 1).sum(), (values == 0).sum()
        untested = {
            gene: f"not tested (fewer than {self.fewest} {'mutated' if mutated[gene] < self.fewest else 'wild type'})"
            for gene in values.columns
            if min(mutated[gene], wild[gene]) < self.fewest
        }
        tested = [gene for gene in values.columns if gene not in untested]
        if not tested:
            raise NotEstimable(
                f"None of {len(values.columns)} genes is mutated in at least {self.fewest} of the {len(values)} "
                "patients that can be used.",
                "Lower the fewest mutated patients, or widen the cohort.",
            )
        return tested, untested

    def _result(self, data: _Read, together: Shared, screen: SurvivalScreen, table: pd.DataFrame) -> FeatureScreen:
        endpoint = data.followed.endpoint
        found, repeated = table["found"], table["copy_of"] != ""
        adjust = [data.labels[name] for name in self.adjust]
        if self.volume != choices.NONE:
            adjust.append(self._volume_label(data.volume[0]))
        plain = self.over != MUTATIONS and not adjust and screen.n_tests
        result = FeatureScreen(
            over=self.over,
            noun=KINDS[self.over].noun,
            of=data.of,
            feature_set=self.features or "",
            setting=self.setting or "",
            per=KINDS[self.over].per,
            endpoint=endpoint.label or endpoint.name,
            unit=endpoint.time_unit,
            q=self.q,
            table=table,
            volume="" if data.volume is None else data.volume[0],
            n_features=len(table),
            n_tests=screen.n_tests,
            n_not_estimable=screen.n_not_estimable,
            n_not_tested=len(table) - screen.n_features,
            n_found=int((found & ~repeated).sum()),
            n_found_copies=int((found & repeated).sum()),
            expected_false=self.q * int(found.sum()),
            detectable=detectable_ratio(screen.n_events, self.q / screen.n_tests) if plain else None,
            adjust=tuple(adjust),
            covariates=screen.adjust,
            strata=data.labels[self.strata] if self.strata != choices.NONE else "",
            n_strata=screen.n_strata,
            q_of=screen.q_of,
            ties=screen.ties,
            n_cohort=len(data.followed.outcomes),
            n=screen.n,
            n_events=screen.n_events,
            left_out=pd.DataFrame(list(together.left_out.items()), columns=["reason", "n"]),
            notes=together.notes,
        )
        return replace(result, words=screen_words(result))

"""One list of reproducible features over all settings at once, by criteria that are named and counted."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.network import Network
from core.analyses.parameters import Choice, Flag, Many, Number, Option, options, parameter
from core.analyses.setting_pairs import chances, more_settings, networks_of_pair, with_volume
from core.cohort.words import listed
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.network.criteria import Criteria, ReproducibleFeatures, reproducible_features
from core.network.screening import volume_feature
from core.network.settings import volume_correlation


@dataclass(frozen=True)
class ReproducibleList:
    """The reproducible features (`names`) of a feature set, with everything needed to save and to judge the list.

    `recipe` says in one sentence how the list was made, `criteria` are its criteria in words. `matrix` has a row per
    pair of settings and feature, `features` a row per feature, `flow` a row per criterion (`ReproducibleFeatures`);
    all three with the family where there is a feature. `pairs` adds to each pair the p and q of its best components and
    `state`, why it has no common network. `identical` are features of the list that have the same value under
    every setting for everybody. `n` patients have at least one setting.
    """

    study: str
    feature_set: str
    scale: str
    settings: tuple[str, ...]
    filter: str
    n: int
    n_features: int
    names: tuple[str, ...]
    recipe: str
    criteria: tuple[str, ...]
    volume: str
    matrix: pd.DataFrame
    features: pd.DataFrame
    flow: pd.DataFrame
    pairs: pd.DataFrame
    identical: tuple[str, ...]
    notes: tuple[str, ...]


def _settings(scope) -> tuple[Option, ...]:
    network = scope.context.analysis("network")
    return choices.settings_of("features", "study")(
        dataclasses.replace(scope, values={"features": network.features, "study": network.study})
    )


def _asked(flag: str):
    return lambda values: bool(values[flag])


@dataclass(frozen=True, kw_only=True)
class Reproducible(Analysis):
    name = "reproducible"
    title = "Reproducible features"
    question = "Which features are reproducible under every pair of acquisition settings?"
    method = (
        "For every pair of the chosen settings: the networks with the parameters of the feature networks and what they "
        "have in common, which is the features of every pair of components that shares more of them than chance "
        "explains (or of the pair that shares most, as published), and Lin's concordance and ICC(A,1) of each feature "
        "over the patients with both settings. A feature is in the list when it meets every criterion that is switched "
        "on; how many features fail each criterion is told. The volume is the feature recognised by its name."
    )
    sources = (
        "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904",
        "Lin 1989, doi:10.2307/2532051",
        "McGraw and Wong 1996, doi:10.1037/1082-989X.1.1.30",
    )
    pages = ("Reproducibility",)
    rank = 40
    slow = True

    settings: tuple[str, ...] = parameter(
        Many(
            "Settings",
            "Every pair of these is compared.",
            options=_settings,
            default=lambda scope: tuple(option.value for option in _settings(scope)),
            most=8,
        )
    )
    by_network: bool = parameter(
        Flag("In the common network", "Of the pairs of settings; as Oh 2021 means it.", default=True)
    )
    misses: int | None = parameter(
        Number(
            "Pairs it may miss",
            "0: in the common network of all pairs.",
            low=0,
            high=27,
            step=1,
            default=0,
            whole=True,
            when=_asked("by_network"),
        )
    )
    components: str | None = parameter(
        Choice(
            "Common network",
            "Of every pair of components that shares more than chance explains (q below 0.05), or of the one pair that "
            "shares most, as published: with several pairs of settings that is not always the same component.",
            options=options(("every", "of every pair beyond chance"), ("largest", "of the largest overlap")),
            when=_asked("by_network"),
        )
    )
    connected: bool | None = parameter(
        Flag(
            "Connected there",
            "Count a pair only where the feature hangs together with the others in the common network.",
            default=False,
            when=_asked("by_network"),
        )
    )
    by_ccc: bool = parameter(Flag("By concordance", "The same values under every pair of settings.", default=False))
    ccc: float | None = parameter(
        Number(
            "Concordance from", "Lin's CCC.", low=0.0, high=1.0, step=0.05, default=0.85, when=_asked("by_ccc")
        )
    )  # fmt: skip
    by_icc: bool = parameter(Flag("By ICC", "Absolute agreement under every pair of settings.", default=False))
    icc: float | None = parameter(
        Number("ICC from", "ICC(A,1).", low=0.0, high=1.0, step=0.05, default=0.85, when=_asked("by_icc"))
    )
    no_surrogates: bool = parameter(
        Flag("No volume surrogates", "Leave out what follows the volume, by the volume cut.", default=True)
    )
    no_copies: bool = parameter(
        Flag(
            "No copies",
            "Leave out what is the same under all settings for everybody, as the shape of one copied contour.",
            default=True,
        )
    )

    def needs(self, context):
        return (context.analysis("network"),)

    def studies(self, context):
        return self.needs(context)[0].studies(context)

    def read(self, context):
        network = context.analysis("network")
        settings = tuple(dict.fromkeys(self.settings))
        if len(settings) < 2:
            raise NotEstimable("Reproducible features need two settings or more.", more_settings(context, network))
        catalogue = context.elsewhere(network.study).catalogue
        # The volume is looked for in the whole set: an image filter or a list of features may have left it out.
        volume = volume_feature(catalogue.feature_sets[network.features].names) or ""
        found = list(itertools.combinations(settings, 2))
        answers = [
            networks_of_pair(
                context,
                network,
                pair,
                self.components != "largest",
                part(context.progress, done / len(found), 1 / len(found)),
            )
            for done, pair in enumerate(found)
        ]
        tables = with_volume(context, network, settings, volume)
        return network, catalogue.study.name, answers, tables, volume

    def __call__(self, data, progress: Progress = quiet):
        network, study_name, answers, tables, volume = data
        progress(0.0, "Features of every pair of settings")
        volume_rho = volume_correlation(tables, volume) if volume else None
        pairs = [pair for pair, _, _ in answers]
        found = reproducible_features(pairs, self._criteria(network, len(pairs)), volume=volume, volume_rho=volume_rho)
        feature_set = answers[0][1]
        families = {each.name: each.family for each in feature_set.features}
        rows = found.features.set_index("feature").loc[list(found.names)]
        identical = tuple(rows.index[rows["identical_pairs"] == len(pairs)])
        progress(1.0, "Features compared")
        return ReproducibleList(
            study=network.study,
            feature_set=network.features,
            scale=feature_set.scale,
            settings=tuple(tables),
            filter=network.filter,
            n=len(set().union(*(table.index for table in tables.values()))),
            n_features=len(found.features),
            names=found.names,
            recipe=_recipe(network, study_name, tuple(tables), found),
            criteria=found.criteria,
            volume=volume,
            matrix=_with_family(found.matrix, families),
            features=_with_family(found.features.drop(columns="total"), families),
            flow=found.flow,
            pairs=found.pairs.assign(**chances(answers)),
            identical=identical,
            notes=_notes(answers, found, identical, volume, feature_set.scale),
        )

    def _criteria(self, network: Network, pairs: int) -> Criteria:
        return Criteria(
            pairs=max(1, pairs - self.misses) if self.by_network else None,
            connected=bool(self.connected),
            ccc=self.ccc,
            icc=self.icc,
            volume=network.volume_cut if self.no_surrogates else None,
            differs=self.no_copies,
        )


def _with_family(table: pd.DataFrame, families: dict[str, str]) -> pd.DataFrame:
    table = table.copy()
    table.insert(list(table.columns).index("feature") + 1, "family", table["feature"].map(families).fillna(""))
    return table


def _recipe(network: Network, study_name: str, settings: tuple[str, ...], found: ReproducibleFeatures) -> str:
    which = "" if network.filter == choices.ALL else f" (image filter {network.filter})"
    patients = "patients of the cohort" if network.patients == "cohort" else "every patient"
    asked = "; ".join(found.criteria) or "no criterion"
    low, high = found.pairs["n"].min(), found.pairs["n"].max()
    n = f"{low}" if low == high else f"{low} to {high}"
    pairs = "the pair" if len(found.pairs) == 1 else f"all {len(found.pairs)} pairs"
    rule = "hard threshold" if network.threshold else "no hard threshold"
    return (
        f"{len(found.names)} of {len(found.features)} features of {network.features}{which} of {study_name}, "
        f"reproducible over {pairs} of the settings {listed(list(settings), 'and')} "
        f"({patients}, n = {n} per pair): {asked}. "
        f"Networks: {network.correlation} correlation, EBIC gamma {network.gamma:g}, {rule}, smallest penalty "
        f"{network.smallest:g}, edge cut {network.edge:g}, volume cut {network.volume_cut:g}."
    )


def _notes(answers, found: ReproducibleFeatures, identical, volume: str, scale: str) -> tuple[str, ...]:
    notes = []
    without = [f"{pair.setting_a} and {pair.setting_b}" for pair, _, _ in answers if not pair.common]
    if without:
        notes.append(
            f"{len(without)} of {len(answers)} pairs of settings have no common network ({'; '.join(without)}): no "
            "feature can be in all of them. Lower gamma or the edge cut, or choose fewer settings."
        )
    if identical:
        notes.append(
            f"{len(identical)} of the {len(found.names)} features have the same value under all settings for "
            "everybody, as the shape of one copied contour has; that they agree says nothing of reproducibility."
        )
    if not volume:
        notes.append("No feature is recognised as the volume, so nothing was left out for following it.")
    if scale != "raw":
        notes.append(
            "Values were z-scored before they came here: where that was done per setting, concordance and ICC cannot "
            "see a shift or stretch between the settings."
        )
    return tuple(notes)

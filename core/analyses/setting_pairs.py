"""The networks and values of several pairs of settings, read for the questions that compare more than two at once."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING

import pandas as pd

from core.analyses import choices
from core.cohort import Cohort
from core.cohort.words import listed
from core.compute import Progress
from core.errors import NotEstimable
from core.network.components import common_network
from core.network.settings import SettingPair

if TYPE_CHECKING:
    from core.analyses.context import Context
    from core.analyses.network import Network
    from core.analyses.network_result import FeatureNetworks
    from core.store.schema import FeatureSet

#: A pair of components with a smaller q shares more features than chance explains.
BEYOND_CHANCE = 0.05


def networks_of_pair(
    context: Context, network: Network, pair: tuple[str, str], every: bool, progress: Progress
) -> tuple[SettingPair, FeatureSet, FeatureNetworks | str]:
    """One pair of settings, its feature set, and its networks or why it has none.

    `every` takes all pairs of components that share more than chance explains, not only the one that shares most.
    The result is that of the networks' own question, so it is remembered and shown there as well.
    """
    first, second = pair
    asked = dataclasses.replace(
        network,
        setting_a=first,
        setting_b=second,
        component=1,
        paired=network.paired is not False,
        edges=network.edges or "shared",
    )
    feature_set, tables = asked.read(context)
    one, other = tables.values()
    both = one.index[one.index.isin(other.index)]
    telling = copy.copy(context)
    telling.progress = progress
    try:
        result = telling.result(asked)
    except NotEstimable as state:
        return SettingPair(first, second, one.loc[both], other.loc[both]), feature_set, str(state)
    entered = [set(made.entered) for made in result.networks]
    common, connected = _shared(result, asked.edges, every)
    made = SettingPair(
        first,
        second,
        one.loc[both],
        other.loc[both],
        entered=tuple(sorted(entered[0] & entered[1])),
        common=common,
        connected=connected,
    )
    return made, feature_set, result


def _shared(result: FeatureNetworks, edges: str, every: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The features of the common network and those connected in it; with `every`, of every pair beyond chance."""
    if not every:
        agreed = result.agreed
        return (agreed.features, agreed.largest.names) if agreed else ((), ())
    one, other = (made.graph for made in result.networks)
    pairs, minimum = result.common.pairs, result.common.minimum
    beyond = [row for row in pairs.index if pairs.loc[row, "q"] < BEYOND_CHANCE and pairs.loc[row, "shared"]]
    found = [common_network(one, other, row, edges=edges, minimum=minimum) for row in beyond]
    return (
        tuple(sorted({name for each in found for name in each.features})),
        tuple(sorted({name for each in found for name in each.largest.names})),
    )


def with_volume(context: Context, network: Network, settings: tuple[str, ...], volume: str) -> dict[str, pd.DataFrame]:
    """Every setting's features with the volume among them, all of the patients whom the network may use."""
    store = context.elsewhere(network.study)
    feature_set = network.read(context)[0]
    names = [each.name for each in feature_set.features if network.filter in (choices.ALL, each.filter)]
    names += [volume] if volume and volume not in names else []
    cohort = context.cohort if network.patients == "cohort" else Cohort()
    return {setting: store.features(cohort, network.features, setting, names) for setting in settings}


def chances(answers: list[tuple[SettingPair, FeatureSet, FeatureNetworks | str]]) -> dict[str, list]:
    """What chance says of the pair of components that shares most, and why there is nothing in common."""
    agreed = [None if isinstance(answer, str) else answer.agreed for _, _, answer in answers]
    return {
        "p": [each.p if each else float("nan") for each in agreed],
        "q": [each.q if each else float("nan") for each in agreed],
        "state": ["" if pair.common else _state(answer) for pair, _, answer in answers],
    }


def _state(answer: FeatureNetworks | str) -> str:
    if isinstance(answer, str):
        return answer
    return answer.meaning if answer.agreed is None else "No pair of components shares more than chance explains."


def more_settings(context: Context, network: Network) -> str:
    """Where to go: the feature sets of this library that have several settings."""
    found = [
        f"{entry.id} ({len(each.settings)} settings of {each.name})"
        for entry in context.library.studies()
        for each in context.elsewhere(entry.id).catalogue.feature_sets.values()
        if len(each.settings) > 1 and (entry.id, each.name) != (network.study, network.features)
    ]
    here = len(context.elsewhere(network.study).catalogue.feature_sets[network.features].settings)
    if here > 1:
        return f"Choose more of the {here} settings."
    return f"Open a study with more: {listed(found, 'or')}." if found else "Import a study with more settings."

"""What a network and the distances on it are made from, each in one sentence."""

from __future__ import annotations

from textwrap import shorten

from core.analyses import choices
from core.analyses.context import Context
from core.analyses.distances import Distances
from core.analyses.network import Network
from core.store.schema import ONE_SETTING


def network_sentence(context: Context, network: Network) -> str:
    """Study, feature set, settings, patients and how edges are chosen; `Network of ...`."""
    catalogue = context.catalogue_of(network.study)
    features = catalogue.feature_sets[network.features]
    where = ""
    if network.study != context.view.study:
        where = f" in {shorten(catalogue.study.name, 60, placeholder=' …')}"
    which = "all image filters" if network.filter == choices.ALL else f"image filter {network.filter}"
    settings = "" if network.settings == (ONE_SETTING,) else f" under {' and '.join(network.settings)}"
    two = len(network.settings) == 2
    if network.patients == "cohort":
        who = "this cohort"
    else:
        who = "every patient" if context.cohort.parts or where else "all patients"
    paired = ", only those with both settings" if network.paired else ""
    hard = ", hard threshold on" if network.threshold else ""
    rank = {1: "the pair that shares most", 2: "the second", 3: "the third"}.get(
        network.component, f"number {network.component}"
    )
    if two:
        edges = "edges present in both" if network.edges == "shared" else "edges present in either"
        taken = f"of the pairs of components, {rank}; {edges}"
    else:
        taken = f"component {network.component} by size"
    correlation = network.correlation.replace("pearson", "Pearson")
    return (
        f"Network of {features.label or features.name}{where} ({which}){settings}, from {who}{paired}: features that "
        f"follow the volume (|rho| ≥ {network.volume_cut:g}) left out, {correlation} correlation, graphical lasso by "
        f"EBIC with gamma {network.gamma:g}{hard}, penalties down to {network.smallest:g} of the largest, edges above "
        f"{network.edge:g}; {taken}."
    )


def distance_sentence(context: Context, distances: Distances) -> str:
    """Whose features travel on the network and at what cost."""
    features = context.catalogue.feature_sets[distances.features]
    setting = f" under {distances.setting}" if len(features.settings) > 1 else ""
    scaled = (
        "every feature brought to 0 to 1"
        if distances.scaling == "unit"
        else "only features with negative values brought to 0 to 1, as coded by Oh 2021: the largest scale decides"
    )
    cost = "hops" if distances.metric == "hops" else "edge lengths 1/|partial correlation|"
    mass = (
        f"W1 in {cost}"
        if distances.mass == "balanced"
        else f"unbalanced transport in {cost}, a unit of mass created or destroyed at {distances.gamma:g}"
    )
    return f"Patients are compared by {features.label or features.name}{setting}, {scaled}; distance {mass}."

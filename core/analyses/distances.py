"""Patients as distributions on a network of features, and the Wasserstein distance between any two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.network import NO_SET
from core.analyses.parameters import Choice, options, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable, Refused
from core.network.graph import Graph
from core.network.screening import volume_feature
from core.transport.density import Densities, densities, learn_scaling
from core.transport.metric import Ground, hop_ground, weighted_ground
from core.transport.wasserstein import w1_matrix


@dataclass(frozen=True)
class PatientDistances:
    """`matrix` (n, n) of W1 between the `densities` of n patients on `graph`, that is on `ground`.

    `families` are those of every feature of the set; `values` are the raw values on the nodes, in the order of the
    densities; `volume` the volume feature of the same patients where it is known; `n_cohort` patients were asked for,
    `n_unmeasured` of them have no features.
    """

    feature_set: str
    setting: str
    scale: str
    families: dict[str, str]
    graph: Graph
    ground: Ground
    densities: Densities
    matrix: np.ndarray
    values: pd.DataFrame
    volume: pd.Series | None
    constant: tuple[str, ...]
    n_cohort: int
    n_unmeasured: int


def _fitting_set(scope) -> str | None:
    """The feature set that the network's own study used, if it is here; else the first that has its features."""
    context = scope.context
    here = context.catalogue.feature_sets
    try:
        network = context.analysis("network")
    except (NotEstimable, Refused):
        return None
    if network.study == context.view.study:
        return network.features
    wanted = set(context.catalogue_of(network.study).feature_sets[network.features].names)
    return max(here.values(), key=lambda each: len(wanted & set(each.names))).name if here else None


@dataclass(frozen=True, kw_only=True)
class Distances(Analysis):
    name = "distances"
    title = "Distances between patients"
    question = "How much must move, and how far along the network, to turn one patient into another?"
    method = (
        "Each feature is brought to [0, 1] over the patients shown (as coded by Oh 2021: only features with negative "
        "values), divided by the patient's sum, and so becomes a distribution on the network's nodes. The distance of "
        "two patients is the Wasserstein distance W1 with hops on the network (or edge lengths 1/|partial "
        "correlation|) as the ground metric, solved exactly by POT."
    )
    sources = ("Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904", "Flamary et al. 2021, POT, JMLR 22(78)")
    rank = 15

    features: str = parameter(
        Choice(
            "Feature set of the patients",
            "Must hold the network's features under the same names.",
            options=choices.feature_sets,
            default=_fitting_set,
            nothing=NO_SET,
            remedy="Choose another study, or import features with it.",
        )
    )
    setting: str = parameter(
        Choice("Setting", "The acquisition setting of the patients.", options=choices.settings_of("features"))
    )
    scaling: str = parameter(
        Choice(
            "Scaling",
            "Every feature to [0, 1]; as coded by Oh 2021, only those with negative values: the largest decides.",
            options=options(("unit", "all features to [0, 1]"), ("as coded", "as coded by Oh 2021")),
        )
    )
    metric: str = parameter(
        Choice(
            "Ground metric",
            "Hops (as published), or edge lengths 1/|partial correlation|.",
            options=options("hops", "weighted"),
        )
    )

    def needs(self, context):
        return (context.analysis("network"),)

    def read(self, context):
        graph = context.result(context.analysis("network")).usable_graph()
        feature_set = context.catalogue.feature_sets[self.features]
        lacking = [name for name in graph.names if name not in feature_set.names]
        if lacking:
            shown = ", ".join(lacking[:5]) + (" ..." if len(lacking) > 5 else "")
            raise NotEstimable(
                f"{len(lacking)} of the network's {len(graph.names)} features are not in {self.features}: {shown}.",
                "Choose a feature set with the same features.",
            )
        volume = volume_feature(feature_set.names)
        wanted = list(dict.fromkeys([*graph.names, *([volume] if volume else [])]))
        table = context.store.features(context.cohort, self.features, self.setting, wanted)
        return graph, feature_set, table, volume, context.store.count(context.cohort)

    def __call__(self, data, progress: Progress = quiet):
        graph, feature_set, table, volume, n_cohort = data
        if table.empty:
            raise NotEstimable(
                f"No patient of this cohort has features of {self.features} under {self.setting}.",
                "Widen the cohort or choose another feature set.",
            )
        nodes = table[list(graph.names)]
        scaling = learn_scaling(nodes, self.scaling)
        found = densities(nodes, scaling)
        m = len(graph.names)
        ground = hop_ground(m, graph.edges) if self.metric == "hops" else weighted_ground(m, graph.edges, graph.weights)
        kept = list(found.patients)
        return PatientDistances(
            feature_set=self.features,
            setting=self.setting,
            scale=feature_set.scale,
            families={each.name: each.family for each in feature_set.features},
            graph=graph,
            ground=ground,
            densities=found,
            matrix=w1_matrix(found.values, ground, progress),
            values=nodes.loc[kept],
            volume=table.loc[kept, volume] if volume else None,
            constant=scaling.constant,
            n_cohort=n_cohort,
            n_unmeasured=n_cohort - len(table),
        )

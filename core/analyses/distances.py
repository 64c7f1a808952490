"""Patients as distributions on a network of features, and the Wasserstein distance between any two of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.network import NO_SET
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable, Refused
from core.network.graph import Graph
from core.network.screening import volume_feature
from core.transport.density import Densities, Scaling, densities, learn_scaling, masses
from core.transport.metric import Ground, hop_ground, weighted_ground
from core.transport.unbalanced import ghosted, pair_terms, with_ghost
from core.transport.wasserstein import w1_matrix

#: The last node in unbalanced transport: what a patient lacks to the common total.
LACKING = "(mass lacking)"
#: Both terms of the unbalanced cost are worked out for the pairs of at most so many patients, drawn with this seed.
MOST_FOR_TERMS, SEED_FOR_TERMS = 150, 0


@dataclass(frozen=True)
class PatientDistances:
    """`matrix` (n, n) of W1 between the `densities` of n patients on `ground`.

    With balanced transport `ground` is the network itself (`network_ground`, of `graph`) and the densities are shares
    of each patient's own mass. With unbalanced transport at `gamma` both have one node more, the last, which holds what
    a patient lacks to the common `total`, and `ground` has lengths per unit of density (length times `total`): so W1
    is the unbalanced cost, and k-means, medoids and barycentres serve unchanged. `mass_share` of the cost between the
    `n_for_terms` patients looked at is then mass created and destroyed, `totals_share` the part of it that the
    difference of their totals makes unavoidable. `masses` (n, m) are the scaled values, and
    `shares` what they are of each patient's sum; `scaling` is how they were made.

    `families` are those of every feature of the set; `values` are the raw values on the nodes, in the order of the
    densities; `volume` the volume feature of the same patients where it is known; `n_cohort` patients were asked for,
    `n_unmeasured` of them have no features.
    """

    feature_set: str
    setting: str
    scale: str
    families: dict[str, str]
    graph: Graph
    mass: str
    gamma: float | None
    network_ground: Ground
    ground: Ground
    densities: Densities
    masses: np.ndarray
    total: float | None
    mass_share: float | None
    totals_share: float | None
    n_for_terms: int
    scaling: Scaling
    matrix: np.ndarray
    values: pd.DataFrame
    volume: pd.Series | None
    constant: tuple[str, ...]
    n_cohort: int
    n_unmeasured: int

    @property
    def along(self) -> str:
        """What lengths on the network are counted in."""
        return "hops" if np.all(self.network_ground.lengths == 1) else "edge lengths"

    @property
    def unit(self) -> str:
        """What distances between patients are counted in."""
        return self.along if self.mass == "balanced" else f"{self.along} x mass"

    @property
    def shares(self) -> np.ndarray:
        return self.masses / self.masses.sum(axis=1, keepdims=True)

    def placed(self, features: pd.DataFrame) -> Densities:
        """Other patients' raw values of the nodes as densities on the same ground, by the scaling learned here.

        Raises `Refused` when a patient has more mass than the common total of unbalanced transport.
        """
        return _placed(features, self.scaling, self.total)[0]


def _placed(features: pd.DataFrame, scaling: Scaling, total: float | None) -> tuple[Densities, np.ndarray]:
    """Densities on the nodes, or with `total` also on the ghost; and the masses of the same patients."""
    found = densities(features, scaling)
    own = masses(features.loc[list(found.patients)], scaling)[0]
    if total is None:
        return found, own
    return replace(found, values=ghosted(own, total)[0], names=(*found.names, LACKING)), own


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
        "correlation|) as the ground metric, solved exactly. With unbalanced transport the scaled values are not "
        "divided: mass may also be created or destroyed at gamma per unit, so it travels no farther than 2 gamma "
        "(gamma is in hops, or in median edge lengths). With the scaling as coded the values are then raw, each in "
        "its own unit: the feature with the largest numbers decides the total mass, and with it nearly all of the cost."
    )
    sources = (
        "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904",
        "Beckmann 1952, doi:10.2307/1907646",
        "Flamary et al. 2021, POT, JMLR 22(78)",
    )
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
    mass: str = parameter(
        Choice(
            "Mass",
            "Shares of each patient's mass (as published), or masses as they are, which may be created and destroyed.",
            options=options(("balanced", "shares of each patient's mass"), ("unbalanced", "unbalanced transport")),
        )
    )
    gamma: float | None = parameter(
        Number(
            "Price of mass (gamma)",
            "Of creating or destroying a unit of mass, in hops; mass travels at most twice as far. The authors' "
            "notebook has 30, which on most networks leaves little but the difference of totals.",
            low=0.05,
            high=100.0,
            step=0.05,
            default=1.0,
            when=lambda values: values["mass"] == "unbalanced",
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
        m = len(graph.names)
        network = (
            hop_ground(m, graph.edges) if self.metric == "hops" else weighted_ground(m, graph.edges, graph.weights)
        )
        ground, total = network, None
        if self.mass == "unbalanced":
            total = self._total(nodes, scaling)
            ground = with_ghost(network, self.gamma, total)
        found, own = _placed(nodes, scaling, total)
        matrix = w1_matrix(found.values, ground, part(progress, 0.0, 0.8))
        shares, n_for_terms = self._terms(own, network, part(progress, 0.8, 0.2))
        kept = list(found.patients)
        return PatientDistances(
            feature_set=self.features,
            setting=self.setting,
            scale=feature_set.scale,
            families={each.name: each.family for each in feature_set.features},
            graph=graph,
            mass=self.mass,
            gamma=self.gamma,
            network_ground=network,
            ground=ground,
            densities=found,
            masses=own,
            total=total,
            mass_share=shares[0],
            totals_share=shares[1],
            n_for_terms=n_for_terms,
            scaling=scaling,
            matrix=matrix,
            values=nodes.loc[kept],
            volume=table.loc[kept, volume] if volume else None,
            constant=scaling.constant,
            n_cohort=n_cohort,
            n_unmeasured=n_cohort - len(table),
        )

    def _total(self, nodes: pd.DataFrame, scaling: Scaling) -> float:
        """What every patient is filled up to: no new patient can have more than all features at their highest."""
        if self.scaling == "unit":
            return float(len(scaling.names))
        return float(np.nansum(masses(nodes, scaling)[0], axis=1).max())

    def _terms(self, own: np.ndarray, network: Ground, progress: Progress) -> tuple[tuple, int]:
        """The shares of the cost that are mass made and difference of totals, and on how many patients."""
        if self.mass == "balanced":
            return (None, None), 0
        chosen = sample(len(own))
        terms = pair_terms(own[chosen], network, self.gamma, progress)
        return (terms.mass_share, terms.totals_share), len(chosen)


def sample(n: int) -> np.ndarray:
    """Rows of the patients on whose pairs both terms of the unbalanced cost are worked out."""
    if n <= MOST_FOR_TERMS:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED_FOR_TERMS).choice(n, MOST_FOR_TERMS, replace=False))

"""The Wasserstein clusters beside plainer groupings of the same patients, and how much of each is tumour volume."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.parameters import Number, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.network.connected import FeatureSets, random_connected_sets
from core.network.graph import Graph
from core.network.screening import usable
from core.stats.size import quantile_groups
from core.survival.words import p_text
from core.transport.comparator import euclidean_kmeans
from core.transport.comparators import (
    ENOUGH_SETS,
    FEATURES,
    NODES,
    OURS,
    SETS,
    VOLUME,
    claim,
    clusters_on_sets,
    compare_groupings,
)

#: What is told apart, by the role of the attribute: the paper's two claims.
ROLES = ("subsite", "hpv")
#: k-means++ starts per random set; its clusters are summaries, not results.
SET_RESTARTS = 5


@dataclass(frozen=True)
class ClusterComparators:
    """`table` has a row per grouping of the same `n` of `n_clustered` patients (those complete in everything compared).

    Columns: comparator (wasserstein, euclidean_nodes, euclidean_all, random_sets, volume), n_features, adjusted_rand
    with the Wasserstein clusters, volume_correlation and volume_information (with as many groups by volume alone), and
    for the roles in `attributes` (role -> name) subsite_n, subsite_p, subsite_v and hpv_n, hpv_p, hpv_v. Of the
    `n_sets` random sets, of which `n_distinct_sets` differ, there are medians, with 95 % of them from _low to _high;
    `random_sets` has them one by one. `better` says per role whether the Wasserstein clusters separate it better than
    everything beside them, by the rule of `core.transport.comparators.claim`; `says` is the whole in words.
    """

    n: int
    n_clustered: int
    k: int
    feature_set: str
    setting: str
    n_nodes: int
    n_features: int
    volume: str
    volume_is_node: bool
    attributes: dict[str, str]
    table: pd.DataFrame
    random_sets: pd.DataFrame
    n_sets: int
    n_distinct_sets: int
    sets_are_connected: bool
    sets_meaning: str
    seed: int
    better: dict[str, bool]
    says: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class _Read:
    """What is compared: `features` (n, p) complete, labels of both clusterings on the same patients."""

    ours: np.ndarray
    nodes_labels: np.ndarray
    features: pd.DataFrame
    volume: pd.Series | None
    attributes: dict[str, pd.Series]
    labels: dict[str, str]
    graphs: tuple[Graph, ...]
    nodes: tuple[str, ...]
    k: int
    restarts: int
    cluster_seed: int
    n_clustered: int
    feature_set: str
    setting: str


@dataclass(frozen=True, kw_only=True)
class Comparison(Analysis):
    name = "cluster_comparators"
    title = "Beside plainer groupings"
    question = "Would a plainer grouping, or the tumour volume alone, do as well as the Wasserstein clusters?"
    method = (
        "Beside the Wasserstein clusters stand, for the same patients and k: Euclidean k-means on the same nodes; on "
        "all usable features of the set; on random connected sets of as many features of the same networks (the next "
        "feature is a random neighbour of the set), 5 starts each; and k groups by volume alone. Patients lacking any "
        "of it are left out. Agreement is the adjusted Rand index; the share of volume is the rank correlation "
        "(absolute rank-biserial for two groups, square root of epsilon squared for more) and the adjusted mutual "
        "information with the volume groups. Wasserstein is said to separate an attribute better only if p is below "
        "0.05 and its Cramer's V is above those of both Euclidean clusterings, of the volume, and of 97.5 % of at "
        "least 20 different random connected sets."
    )
    sources = (
        "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904",
        "Hubert and Arabie 1985, doi:10.1007/BF01908075",
        "Vinh et al. 2010, JMLR 11",
    )
    pages = ("Clusters",)
    rank = 25
    slow = True

    draws: int = parameter(
        Number(
            "Random sets",
            "How many random connected sets of features are clustered.",
            low=20,
            high=500,
            step=10,
            default=50,
            whole=True,
        )
    )
    seed: int = parameter(
        Number("Seed", "Of the random sets and Monte-Carlo p.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("clusters"),)

    def read(self, context):
        options = context.analysis("clusters")
        clusters = context.result(options)
        distances = context.result(context.analysis("distances"))
        networks = context.result(context.analysis("network")).networks
        patients = list(clusters.patients["patient_id"])
        table = context.store.features(context.cohort, clusters.feature_set, clusters.setting).loc[patients]
        known = {role: context.catalogue.role(role) for role in ROLES}
        known = {role: each for role, each in known.items() if each is not None and each.type == "category"}
        values = context.store.patients(context.cohort, [each.name for each in known.values()]).loc[patients]
        found = usable(table).features
        # Everything is compared on the patients who have all of it.
        complete = found.index
        if distances.volume is not None:
            complete = complete[distances.volume.loc[complete].notna().to_numpy()]
        labels = clusters.patients.set_index("patient_id").loc[complete]
        return _Read(
            ours=labels["cluster"].to_numpy(),
            nodes_labels=labels["euclidean"].to_numpy(),
            features=found.loc[complete],
            volume=None if distances.volume is None else distances.volume.loc[complete],
            attributes={role: values.loc[complete, each.name] for role, each in known.items()},
            labels={role: each.label or each.name for role, each in known.items()},
            graphs=tuple(network.graph for network in networks),
            nodes=clusters.nodes,
            k=clusters.wasserstein.k,
            restarts=options.restarts,
            cluster_seed=options.seed,
            n_clustered=clusters.n,
            feature_set=clusters.feature_set,
            setting=clusters.setting,
        )

    def __call__(self, data, progress: Progress = quiet):
        if len(np.unique(data.ours)) < 2:
            raise NotEstimable(
                f"Only {len(data.ours)} of {data.n_clustered} patients have every feature, all of one cluster.",
                "Choose a feature set with fewer gaps.",
            )
        names = list(data.features.columns)
        graphs = [_within(graph, names) for graph in data.graphs]
        notes: list[str] = []
        others = {NODES: (data.nodes_labels, len(data.nodes))}
        everything = euclidean_kmeans(
            data.features.to_numpy(),
            data.k,
            restarts=data.restarts,
            seed=data.cluster_seed,
            progress=part(progress, 0.0, 0.2),
        )
        others[FEATURES] = (everything.labels, len(names))
        sets = self._sets(graphs, names, data.nodes, notes)
        on_sets = clusters_on_sets(
            data.features,
            sets.sets,
            data.k,
            restarts=SET_RESTARTS,
            seed=self.seed,
            progress=part(progress, 0.2, 0.5),
        )
        volume = _volume_groups(data, others, notes)
        found = compare_groupings(
            data.ours,
            others,
            on_sets,
            len(data.nodes),
            volume,
            data.attributes,
            seed=self.seed,
            progress=part(progress, 0.7, 0.3),
        )
        verdicts = {role: claim(found.table, role, sets.distinct, sets.connected) for role in data.attributes}
        return ClusterComparators(
            n=found.n,
            n_clustered=data.n_clustered,
            k=data.k,
            feature_set=data.feature_set,
            setting=data.setting,
            n_nodes=len(data.nodes),
            n_features=len(names),
            volume="" if data.volume is None else str(data.volume.name),
            volume_is_node=data.volume is not None and data.volume.name in data.nodes,
            attributes=data.labels,
            table=found.table,
            random_sets=found.random_sets,
            n_sets=len(sets.sets),
            n_distinct_sets=sets.distinct,
            sets_are_connected=sets.connected,
            sets_meaning=sets.meaning,
            seed=self.seed,
            better={role: better for role, (better, _) in verdicts.items()},
            says=_said(found.table, data, sets, verdicts),
            notes=tuple(notes),
        )

    def _sets(self, graphs: list[Graph], names: list[str], nodes: tuple[str, ...], notes: list[str]) -> FeatureSets:
        try:
            return random_connected_sets(graphs, len(nodes), self.draws, besides=nodes, pool=names, seed=self.seed)
        except NotEstimable as state:
            notes.append(str(state))
            return FeatureSets(len(nodes), (), 0, False, "no other set of as many features")


def _within(graph: Graph, names: list[str]) -> Graph:
    """The part of a network whose features these patients have; they may be of another study than the network."""
    here = set(names)
    return graph.subgraph(name for name in graph.names if name in here)


def _volume_groups(data: _Read, others: dict, notes: list[str]) -> np.ndarray | None:
    """The volumes, adding the grouping by them to `others`; None where they are not known or do not vary."""
    if data.volume is None:
        notes.append("No feature is recognised as the volume, so nothing is said of it.")
        return None
    volume = data.volume.to_numpy(dtype=float)
    try:
        others[VOLUME] = (quantile_groups(volume, data.k), 1)
    except NotEstimable as state:
        notes.append(str(state))
        return None
    return volume


def _said(table: pd.DataFrame, data: _Read, sets: FeatureSets, verdicts: dict[str, tuple[bool, str]]) -> tuple:
    rows = table.set_index("comparator")
    near = f"{rows.loc[NODES, 'adjusted_rand']:.2f} with Euclidean k-means on the same features"
    near += f", {rows.loc[FEATURES, 'adjusted_rand']:.2f} on all {len(data.features.columns)}"
    if SETS in rows.index:
        row = rows.loc[SETS]
        near += f", {row['adjusted_rand']:.2f} ({row['adjusted_rand_low']:.2f} to {row['adjusted_rand_high']:.2f}) on "
        near += f"{sets.meaning} ({len(sets.sets)} drawn, {sets.distinct} of them different)"
        if sets.distinct < ENOUGH_SETS:
            near += ", too few for a comparison"
    said = [f"Adjusted Rand index of the Wasserstein clusters: {near}."]
    if VOLUME in rows.index:
        ours, plain = rows.loc[OURS], rows.loc[NODES]
        said.append(
            f"Volume: the rank correlation of the Wasserstein clusters with it is {ours['volume_correlation']:.2f}, "
            f"their adjusted mutual information with {data.k} groups by volume alone {ours['volume_information']:.2f}; "
            f"of the Euclidean ones on the same features {plain['volume_correlation']:.2f} and "
            f"{plain['volume_information']:.2f}."
        )
    for role, (better, why) in verdicts.items():
        name = data.labels[role]
        if better:
            p = p_text(rows.loc[OURS, f"{role}_p"])
            said.append(
                f"{name}: in these patients the Wasserstein clusters separate it better than everything beside them "
                f"({p}; {why}). One setting in one cohort; replicate it."
            )
        else:
            said.append(f"{name}: nothing shows that the Wasserstein clusters separate it better; {why}.")
    return tuple(said)

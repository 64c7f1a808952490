"""What the distance of two patients is made of: which mass moves along which edges of the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.distances import PatientDistances
from core.analyses.parameters import Number, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.network.graph import Graph
from core.transport.wasserstein import flow

#: Less mass than this is rounding, not a move.
NOTHING = 1e-9


@dataclass(frozen=True)
class Moves:
    """How the distribution of `patient_a` (cluster, rank in it) becomes that of `patient_b` on `graph`.

    `edges`: a row per edge that carries mass: from_feature, to_feature, mass, length, work (mass times length).
    `nodes`: a row per feature: mass_a, mass_b, difference (b - a), raw_a, raw_b. A mass is a share of the patient's
    whole; in unbalanced transport a scaled value, and `created` is what appears or disappears instead of moving, at
    `gamma` each. `moved` is the mass that travels, `mean_road` how far on average. `w1` is the sum of all work, and of
    gamma times `created`.
    """

    n: int
    patient_a: str
    patient_b: str
    cluster_a: int
    cluster_b: int
    rank_a: int
    rank_b: int
    w1: float
    moved: float
    mean_road: float
    created: float
    gamma: float | None
    unit: str
    scale: str
    families: dict[str, str]
    graph: Graph
    edges: pd.DataFrame
    nodes: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class MassMoves(Analysis):
    name = "moves"
    title = "What the distance is made of"
    question = "Which mass moves along which edges when one patient is turned into another?"
    method = (
        "The cheapest flow along the network's edges that turns one patient's distribution into the other's "
        "(Beckmann's form of W1): mass times the lengths of edges sums to the distance. Where several flows are "
        "equally cheap, one of them is shown. Patients are named by cluster and by their rank from its centroid, so "
        "that a link holds no patient's name."
    )
    sources = ("Beckmann 1952, doi:10.2307/1907646", "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904")
    pages = ("Clusters",)
    rank = 25

    cluster_a: int = parameter(
        Number("From cluster", "Of the first patient.", low=1, high=8, step=1, default=1, whole=True)
    )
    rank_a: int = parameter(
        Number(
            "Patient", "1 is nearest to the centroid of the cluster.", low=1, high=5000, step=1, default=1, whole=True
        )
    )
    cluster_b: int = parameter(
        Number("To cluster", "Of the second patient.", low=1, high=8, step=1, default=2, whole=True)
    )
    rank_b: int = parameter(
        Number(
            "Patient", "1 is nearest to the centroid of the cluster.", low=1, high=5000, step=1, default=1, whole=True
        )
    )

    def needs(self, context):
        return (context.analysis("clusters"),)

    def read(self, context):
        return context.result(context.analysis("distances")), context.result(context.analysis("clusters"))

    def __call__(self, data, progress: Progress = quiet):
        distances, clusters = data
        rows = [_row(clusters.patients, *who) for who in ((self.cluster_a, self.rank_a), (self.cluster_b, self.rank_b))]
        found = flow(*distances.densities.values[rows], distances.ground)
        names, whole = distances.graph.names, distances.total or 1.0
        one, other = whole * distances.densities.values[rows][:, : len(names)]
        raw = distances.values.to_numpy(float)[rows]
        nodes = pd.DataFrame(
            {
                "feature": names,
                "mass_a": one,
                "mass_b": other,
                "difference": other - one,
                "raw_a": raw[0],
                "raw_b": raw[1],
            }
        )
        edges, created = _edges(whole * found.along, distances)
        travelled = float(edges["work"].sum())
        moved = float(np.maximum(other - one, 0.0).sum()) if distances.total is None else _leaving(edges)
        return Moves(
            n=clusters.n,
            patient_a=str(clusters.patients["patient_id"].iloc[rows[0]]),
            patient_b=str(clusters.patients["patient_id"].iloc[rows[1]]),
            cluster_a=self.cluster_a,
            cluster_b=self.cluster_b,
            rank_a=self.rank_a,
            rank_b=self.rank_b,
            w1=found.cost,
            moved=moved,
            mean_road=travelled / moved if moved > NOTHING else 0.0,
            created=created,
            gamma=distances.gamma,
            unit=distances.along,
            scale=distances.scale,
            families=clusters.families,
            graph=distances.graph,
            edges=edges,
            nodes=nodes,
        )


def _row(patients: pd.DataFrame, cluster: int, rank: int) -> int:
    """The row of the patient with this rank from the centroid of a cluster."""
    inside = np.flatnonzero(patients["cluster"] == cluster)
    if not len(inside):
        last = int(patients["cluster"].max())
        raise NotEstimable(f"There is no cluster {cluster}; the last one is {last}.", f"Choose 1 to {last}.")
    if rank > len(inside):
        raise NotEstimable(
            f"Cluster {cluster} has {len(inside)} patients, so none is number {rank}.", f"Choose 1 to {len(inside)}."
        )
    return int(inside[np.argsort(patients["distance"].to_numpy()[inside], kind="stable")[rank - 1]])


def _edges(along: np.ndarray, distances: PatientDistances) -> tuple[pd.DataFrame, float]:
    """A row per edge that carries mass, in the direction it goes; and the mass that no edge of the network carries."""
    names, ground = distances.graph.names, distances.ground
    used = np.abs(along) > NOTHING
    inside = (ground.edges < len(names)).all(axis=1)
    created = float(np.abs(along[used & ~inside]).sum())
    taken = np.flatnonzero(used & inside)
    ends = np.where((along[taken] > 0)[:, None], ground.edges[taken], ground.edges[taken][:, ::-1])
    mass, length = np.abs(along[taken]), ground.lengths[taken] / (distances.total or 1.0)
    table = pd.DataFrame(
        {
            "from_feature": [names[i] for i in ends[:, 0]],
            "to_feature": [names[j] for j in ends[:, 1]],
            "mass": mass,
            "length": length,
            "work": mass * length,
        }
    )
    return table.sort_values("work", ascending=False, ignore_index=True, kind="stable"), created


def _leaving(edges: pd.DataFrame) -> float:
    """The mass that travels: what leaves the features where more goes out than comes in along edges."""
    net = edges.groupby("from_feature")["mass"].sum().sub(edges.groupby("to_feature")["mass"].sum(), fill_value=0.0)
    return float(net.clip(lower=0.0).sum())

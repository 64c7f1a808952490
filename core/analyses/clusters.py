"""Wasserstein k-means of the patients on a network, beside Euclidean k-means on the same features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Number, options, parameter
from core.compute import Progress, part, quiet
from core.transport.clustering import Clustering
from core.transport.comparator import LabelAgreement, euclidean_kmeans, label_agreement
from core.transport.embedding import Embedding, classical_scaling
from core.transport.kmeans import wasserstein_kmeans
from core.transport.profile import ClusterProfile, cluster_profile
from core.transport.silhouette import Silhouette, silhouettes
from core.transport.total_mass import RULE, MassGroups, mass_groups


@dataclass(frozen=True)
class Clusters:
    """Clusters 1 to k, the largest first.

    `patients` has a row per clustered patient: patient_id, cluster, distance (W1 to the own centroid, without centroids
    the mean W1 to the others of the cluster), silhouette, x and y (picture of the distances), euclidean (cluster of the
    comparator). Distances are in the `unit`: of the network's edges, times mass where `mass` is unbalanced (at `gamma`;
    `mass_share` of the cost between patients is then mass created and destroyed). `total_mass` compares the clusters
    with groups made of the patients' total mass alone; `notes` are sentences that must be shown with the clusters. `n`
    of `n_cohort` patients are clustered on the `nodes`, whose `families` are given; `n_unmeasured` have no features,
    `n_missing` lack a node's value, `n_zero_mass` have none on the nodes.
    """

    n: int
    n_cohort: int
    n_unmeasured: int
    n_missing: int
    n_zero_mass: int
    feature_set: str
    setting: str
    scale: str
    mass: str
    gamma: float | None
    mass_share: float | None
    unit: str
    families: dict[str, str]
    nodes: tuple[str, ...]
    constant_nodes: tuple[str, ...]
    patients: pd.DataFrame
    wasserstein: Clustering
    euclidean: Clustering
    agreement: LabelAgreement
    silhouette: Silhouette
    euclidean_silhouette: Silhouette
    embedding: Embedding
    profile: ClusterProfile
    total_mass: MassGroups
    notes: tuple[str, ...]

    def names_of(self) -> pd.Series:
        """`cluster 1` ... per patient id."""
        labels = [f"cluster {label}" for label in self.patients["cluster"]]
        return pd.Series(labels, index=pd.Index(self.patients["patient_id"], name="patient_id"), name="cluster")


@dataclass(frozen=True, kw_only=True)
class WassersteinClusters(Analysis):
    name = "clusters"
    title = "Clusters"
    question = "Which patients carry their mass on the same part of the network?"
    method = (
        "k-means with W1 (not squared): seeded restarts, the one with the lowest sum of distances is kept, at most 100 "
        "rounds. The centroid is the mean of the distributions; or their barycentre, which makes the sum of distances "
        "least (a linear program, or a primal-dual method for large clusters, with a dual bound that certifies how far "
        "from the least it can be), from where the means came to rest; or a medoid. Or there is no centroid: groups "
        "with the least sum of squared distances within, each divided by its size; or those that Ward's or average "
        "linkage leaves, without restarts. As published (Oh 2021): one random "
        f"start, mean centroids, k = 2. Clusters are said to merely sort by total mass when {RULE}. Euclidean k-means "
        "on the same features (standardised, as many restarts) always stands beside it; their agreement is the "
        "adjusted Rand index. The embedding is classical scaling of the distances."
    )
    sources = (
        "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904",
        "Zhuang, Chen and Yang 2022, arXiv:2209.06975",
        "Chambolle and Pock 2011, doi:10.1007/s10851-010-0251-1",
        "Pouryahya et al. 2022, aWCluster, https://pmc.ncbi.nlm.nih.gov/articles/PMC9518829",
        "Hubert and Arabie 1985, doi:10.1007/BF01908075",
    )
    pages = ("Clusters",)
    rank = 20

    k: int = parameter(
        Number("Clusters", "See the silhouettes below for other numbers.", low=2, high=8, step=1, default=3, whole=True)
    )
    centroid: str = parameter(
        Choice(
            "Centroid",
            "Mean of the distributions (as published), the distribution with the least sum of distances, a patient, or "
            "none: only the distances between patients.",
            options=options(
                "mean",
                "barycentre",
                "medoid",
                ("distance", "none: least squared distances within"),
                ("ward", "none: Ward's linkage"),
                ("average", "none: average linkage"),
            ),
        )
    )
    restarts: int = parameter(
        Number("Restarts", "1 as published; more find lower sums.", low=1, high=50, step=1, default=20, whole=True)
    )
    start: str = parameter(
        Choice(
            "Start",
            "Spread out (k-means++), or random patients (as published).",
            options=options("k-means++", "random"),
        )
    )
    seed: int = parameter(Number("Seed", "Of the starts.", low=0, high=99999, step=1, default=0, whole=True))

    def needs(self, context):
        return (context.analysis("distances"),)

    def read(self, context):
        return context.result(context.analysis("distances"))

    def __call__(self, data, progress: Progress = quiet):
        found = data.densities
        ours = wasserstein_kmeans(
            found.values,
            data.ground,
            self.k,
            centroid=self.centroid,
            restarts=self.restarts,
            seed=self.seed,
            start=self.start,
            pairwise=data.matrix,
            progress=part(progress, 0.0, 0.9),
        )
        theirs = euclidean_kmeans(
            data.values.to_numpy(float),
            self.k,
            restarts=self.restarts,
            seed=self.seed,
            progress=part(progress, 0.9, 0.1),
        )
        silhouette, other = (silhouettes(data.matrix, {self.k: each.labels})[0] for each in (ours, theirs))
        picture = classical_scaling(data.matrix)
        sorted_by = mass_groups(ours.labels, data.masses.sum(axis=1), data.totals_share, self.seed)
        patients = pd.DataFrame(
            {
                "patient_id": found.patients,
                "cluster": ours.labels,
                "distance": ours.distances[np.arange(len(ours.labels)), ours.labels - 1],
                "silhouette": silhouette.per_patient,
                "x": picture.coordinates[:, 0],
                "y": picture.coordinates[:, 1],
                "euclidean": theirs.labels,
            }
        )
        return Clusters(
            n=len(patients),
            n_cohort=data.n_cohort,
            n_unmeasured=data.n_unmeasured,
            n_missing=len(found.missing),
            n_zero_mass=len(found.zero_mass),
            feature_set=data.feature_set,
            setting=data.setting,
            scale=data.scale,
            mass=data.mass,
            gamma=data.gamma,
            mass_share=data.mass_share,
            unit=data.unit,
            families={name: data.families[name] for name in data.graph.names},
            nodes=data.graph.names,
            constant_nodes=data.constant,
            patients=patients,
            wasserstein=ours,
            euclidean=theirs,
            agreement=label_agreement(ours.labels, theirs.labels),
            silhouette=silhouette,
            euclidean_silhouette=other,
            embedding=picture,
            profile=cluster_profile(ours.labels, data.shares, data.values),
            total_mass=sorted_by,
            notes=_notes(ours, sorted_by),
        )


def _notes(ours: Clustering, sorted_by: MassGroups) -> tuple[str, ...]:
    told = [sorted_by.says]
    if ours.gap is not None:
        told.append(
            f"The centroids are barycentres: other centroids of the same clusters could lower the sum of distances by "
            f"at most {_share(ours.gap)}."
        )
    return tuple(note for note in told if note)


def _share(share: float) -> str:
    return "a millionth" if share < 1e-6 else f"{100 * share:.2g} %"

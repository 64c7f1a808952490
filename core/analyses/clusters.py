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


@dataclass(frozen=True)
class Clusters:
    """Clusters 1 to k, the largest first.

    `patients` has a row per clustered patient: patient_id, cluster, distance (W1 to the own centroid), silhouette,
    x and y (picture of the distances), euclidean (cluster of the comparator). `n` of `n_cohort` patients are
    clustered on the `nodes`, whose `families` are given; `n_unmeasured` have no features, `n_missing` lack a node's
    value, `n_zero_mass` have none on the nodes.
    """

    n: int
    n_cohort: int
    n_unmeasured: int
    n_missing: int
    n_zero_mass: int
    feature_set: str
    setting: str
    scale: str
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
        "rounds. The centroid is the mean of the distributions, or a medoid. As published (Oh 2021): one random start, "
        "mean centroids, k = 2. Euclidean k-means on the same features (standardised, as many restarts) always stands "
        "beside it; their agreement is the adjusted Rand index. The embedding is classical scaling of the distances."
    )
    sources = ("Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904", "Hubert and Arabie 1985, doi:10.1007/BF01908075")
    pages = ("Clusters",)
    rank = 20

    k: int = parameter(
        Number("Clusters", "See the silhouettes below for other numbers.", low=2, high=8, step=1, default=3, whole=True)
    )
    centroid: str = parameter(
        Choice("Centroid", "Mean of the distributions (as published), or a patient.", options=options("mean", "medoid"))
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
            profile=cluster_profile(ours.labels, found.values, data.values),
        )

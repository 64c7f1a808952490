"""How many clusters: the mean silhouette for two to six."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.parameters import Number, parameter
from core.compute import Progress, quiet
from core.transport.silhouette import choose_k


@dataclass(frozen=True)
class KTable:
    """`table`, a row per k: silhouette_mean, objective, sizes, smallest, share_at_best; `best_k` has the highest."""

    n: int
    best_k: int
    table: pd.DataFrame
    not_tried: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ChoiceOfClusters(Analysis):
    name = "choice_of_k"
    title = "How many clusters"
    question = "Which number of clusters separates the patients best?"
    method = (
        "The mean silhouette on the Wasserstein distances for k = 2 to 6, with the centroid, start and seed of the "
        "clusters. Survival plays no part in the choice."
    )
    sources = ("Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7",)
    pages = ("Clusters",)
    rank = 30

    restarts: int = parameter(
        Number("Restarts per k", "For the comparison of k.", low=1, high=20, step=1, default=5, whole=True)
    )

    def needs(self, context):
        return (context.analysis("clusters"),)

    def read(self, context):
        return context.result(context.analysis("distances")), context.analysis("clusters")

    def __call__(self, data, progress: Progress = quiet):
        distances, clusters = data
        found = choose_k(
            distances.densities.values,
            distances.ground,
            centroid=clusters.centroid,
            restarts=self.restarts,
            seed=clusters.seed,
            start=clusters.start,
            pairwise=distances.matrix,
            progress=progress,
        )
        return KTable(found.n, found.best_k, found.table, found.not_tried)

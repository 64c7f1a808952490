"""How many clusters: the mean silhouette for two to six, and whether the clusters come back in other patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.parameters import Number, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.transport.silhouette import choose_k
from core.transport.stability import STABLE, Stability, most_stable, stability, suggestion, wasserstein_recluster


@dataclass(frozen=True)
class KTable:
    """What the distances say of the number of clusters of `n` patients.

    `table` has a row per k: silhouette_mean, objective, sizes, smallest, share_at_best; stability_rand_mean,
    stability_rand_low and stability_rand_high (adjusted Rand with the clusters of `resamples` resamples of the
    patients), jaccard and jaccard_reads (per cluster, in order of its label) and jaccard_smallest. `best_k` has the
    highest silhouette, `most_stable_k` the highest mean adjusted Rand, `stable_ks` reach 0.75; `says` is all that in
    words. `not_tried` are numbers too large for the patients that differ; `centroid` is the kind compared.
    """

    n: int
    centroid: str
    best_k: int
    most_stable_k: int | None
    stable_ks: tuple[int, ...]
    resamples: int
    seed: int
    says: str
    table: pd.DataFrame
    not_tried: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ChoiceOfClusters(Analysis):
    name = "choice_of_k"
    title = "How many clusters"
    question = "Which number of clusters separates the patients best, and which would come back in other patients?"
    method = (
        "For k = 2 to 6, with the centroid, start and seed of the clusters: the mean silhouette on the Wasserstein "
        "distances; and the stability when the patients are drawn with replacement (one drawn twice counts once), "
        "clustered anew and everybody put to the nearest new cluster: the adjusted Rand index with the clusters shown, "
        "0.75 or more on average being called stable, and for each cluster the mean of its largest Jaccard index with "
        "a new one (Hennig: below 0.6 not to be trusted, 0.6 to 0.75 a pattern, 0.85 and above stable). The network "
        "and the scaling stay as they are; in place of barycentres the means are compared, which take "
        "seconds. Survival plays no part in the choice."
    )
    sources = (
        "Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7",
        "Hennig 2007, doi:10.1016/j.csda.2006.11.025",
        "Hubert and Arabie 1985, doi:10.1007/BF01908075",
    )
    pages = ("Clusters",)
    rank = 30
    slow = True

    restarts: int = parameter(
        Number("Restarts per k", "For the comparison of k.", low=1, high=20, step=1, default=5, whole=True)
    )
    resamples: int = parameter(
        Number(
            "Resamples",
            "How often the patients are drawn anew to see whether the clusters come back.",
            low=5,
            high=500,
            step=5,
            default=50,
            whole=True,
        )
    )

    def needs(self, context):
        return (context.analysis("clusters"),)

    def read(self, context):
        clusters = context.analysis("clusters")
        return context.result(context.analysis("distances")), clusters, context.result(clusters).wasserstein

    def __call__(self, data, progress: Progress = quiet):
        distances, clusters, shown = data
        densities = distances.densities.values
        # Barycentres of every resample would take many minutes; they go on from where the means come to rest.
        centroid = "mean" if clusters.centroid == "barycentre" else clusters.centroid
        options = {"centroid": centroid, "start": clusters.start, "pairwise": distances.matrix}
        found = choose_k(
            densities,
            distances.ground,
            restarts=self.restarts,
            seed=clusters.seed,
            given={shown.k: shown} if shown.centroid == centroid else {},
            progress=part(progress, 0.0, 0.1),
            **options,
        )
        recluster = wasserstein_recluster(densities, distances.ground, restarts=self.restarts, **options)
        stable, telling = [], part(progress, 0.1, 0.9)
        try:
            stable = stability(
                {one.k: one.labels for one in found.clusterings},
                recluster,
                resamples=self.resamples,
                seed=clusters.seed,
                progress=telling,
            )
        except NotEstimable:
            telling(1.0, "Too few different patients to draw anew")  # the silhouettes stand, stability is not known
        best = float(found.table.set_index("k").loc[found.best_k, "silhouette_mean"])
        says = suggestion(stable, found.best_k, best)
        return KTable(
            n=found.n,
            centroid=centroid,
            best_k=found.best_k,
            most_stable_k=most_stable(stable).k if stable else None,
            stable_ks=tuple(one.k for one in stable if one.rand_mean >= STABLE),
            resamples=self.resamples,
            seed=clusters.seed,
            says=says if centroid == clusters.centroid else f"{says} Compared with mean centroids.",
            table=_joined(found.table, stable),
            not_tried=found.not_tried,
        )


def _joined(table: pd.DataFrame, stabilities: Sequence[Stability]) -> pd.DataFrame:
    """The table of silhouettes with what the resamples say of each k."""
    columns = ["stability_rand_mean", "stability_rand_low", "stability_rand_high", "jaccard_smallest"]
    columns += ["jaccard", "jaccard_reads", "resamples"]
    rows = {
        one.k: (
            one.rand_mean,
            one.rand_low,
            one.rand_high,
            float(np.nanmin(one.jaccard)),
            one.jaccard,
            one.reads,
            one.resamples,
        )
        for one in stabilities
    }
    nothing = (float("nan"),) * 4 + ((), (), 0)
    more = pd.DataFrame([rows.get(k, nothing) for k in table["k"]], columns=columns, index=table.index)
    return pd.concat([table, more], axis=1)

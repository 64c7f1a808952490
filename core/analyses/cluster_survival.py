"""Survival by cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.comparison import compare
from core.analyses.parameters import Choice, Number, options, parameter
from core.analyses.survival import NO_ENDPOINT
from core.compute import Progress, quiet
from core.survival.grouping import category_groups


@dataclass(frozen=True, kw_only=True)
class ClusterSurvival(Analysis):
    name = "cluster_survival"
    title = "Survival by cluster"
    question = "Do the clusters differ in the time to an event?"
    method = (
        "Kaplan-Meier, log-rank and Cox as on the Survival page. Clusters, their number and the network were chosen "
        "without looking at survival but on the same patients: the comparison is exploratory until it is replicated."
    )
    pages = ("Clusters",)
    rank = 50

    endpoint: str = parameter(
        Choice(
            "Endpoint",
            "The event whose time is compared.",
            options=choices.endpoints,
            nothing=NO_ENDPOINT,
            remedy="Choose another study.",
        )
    )
    of: str = parameter(
        Choice(
            "Clusters by",
            "Wasserstein k-means, or the Euclidean comparator.",
            options=options(("wasserstein", "Wasserstein"), ("euclidean", "Euclidean")),
        )
    )
    seed: int = parameter(
        Number("Seed", "Of the permutation test of small groups.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("clusters"),)

    def read(self, context):
        clusters = context.result(context.analysis("clusters"))
        patients = clusters.patients.set_index("patient_id")
        outcomes = context.store.outcomes(context.cohort, self.endpoint).loc[list(patients.index)]
        return outcomes, context.catalogue.endpoints[self.endpoint], patients

    def __call__(self, data, progress: Progress = quiet):
        outcomes, endpoint, patients = data
        column = "cluster" if self.of == "wasserstein" else "euclidean"
        groups = category_groups([f"cluster {label}" for label in patients[column]])
        groups = replace(groups, rule="Clusters of the same patients")
        marker = f"{self.of.capitalize()} cluster"
        return compare(outcomes, endpoint, marker, groups, seed=self.seed, progress=progress)

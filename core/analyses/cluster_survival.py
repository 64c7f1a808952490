"""Survival by cluster, with every number of clusters that was tried against it counted."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.clusters import WassersteinClusters
from core.analyses.comparison import Asked, Comparison, compare, shown_tests
from core.analyses.follow_up import NO_ENDPOINT, in_unit, readable_unit
from core.analyses.marker import CATEGORY, Marker
from core.analyses.parameters import Choice, Many, Number, options, parameter
from core.cohort.words import listed
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.store.schema import Endpoint
from core.survival.grouping import category_groups
from core.survival.outcome import Outcome
from core.survival.tried import Tried, tried_groupings
from core.survival.words import p_text

KS = tuple(str(k) for k in range(2, 9))


@dataclass(frozen=True)
class ClusterComparison(Comparison):
    """The comparison, with the tests of all numbers of clusters that were tried.

    `k` is the number shown; `tried_ks` are all that were asked for, k among them, `not_clustered` those of them that
    these patients cannot form, with the reason. `tried` has a row per k with its p, corrected for all of them; None,
    with the reason in `states`, when there is no test at all.
    """

    k: int = 0
    tried_ks: tuple[int, ...] = ()
    not_clustered: dict[str, str] = dataclasses.field(default_factory=dict)
    tried: Tried | None = None


class Tries(Many):
    """Numbers of clusters in ascending order, each once; empty where only the one shown was tried."""

    def read(self, text, scope):
        shown = scope.context.view.option("clusters.k") or str(WassersteinClusters.parameters()["k"].default)
        chosen = {shown, *super().read(text, scope)}
        known = tuple(k for k in KS if k in chosen)
        return known if len(known) > 1 else ()


def tried_with(tried: str | Iterable[str | int], k: int) -> str:
    """The text of the parameter `tried` once `k` has been looked at too: `tried_with("2,3", 4)` is `2,3,4`."""
    known = tried.split(",") if isinstance(tried, str) else [str(each) for each in tried]
    return ",".join(each for each in KS if each in {*(one.strip() for one in known), str(k)})


@dataclass(frozen=True)
class _Read:
    outcomes: pd.DataFrame
    endpoint: Endpoint
    k: int
    labels: dict[int, np.ndarray]
    not_clustered: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ClusterSurvival(Analysis):
    name = "cluster_survival"
    title = "Survival by cluster"
    question = "Do the clusters differ in the time to an event?"
    method = (
        "Kaplan-Meier, log-rank and Cox as on the Survival page. Clusters, their number and the network were chosen "
        "without looking at survival but on the same patients: the comparison is exploratory until it is replicated. "
        "Numbers of clusters that the reader tried against survival are counted, and the log-rank p of each is "
        "corrected for all of them by exchanging the patients' outcomes 2,000 times (step-down smallest p)."
    )
    sources = (
        "Westfall and Young 1993, Resampling-based multiple testing; algorithm of Ge et al. 2003, "
        "doi:10.1007/BF02595811",
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
    seed: int = parameter(Number("Seed", "Of the permutation tests.", low=0, high=99999, step=1, default=0, whole=True))
    tried: tuple[str, ...] = parameter(
        Tries(
            "Numbers of clusters tried",
            "Every number whose survival was looked at; the p of each is corrected for all of them.",
            options=options(*KS),
            default=(),
        )
    )

    def needs(self, context):
        return (context.analysis("clusters"),)

    def read(self, context):
        clusters = context.analysis("clusters")
        column = "cluster" if self.of == "wasserstein" else "euclidean"
        shown = context.result(clusters).patients.set_index("patient_id")
        labels, failed = {}, {}
        for k in sorted({clusters.k, *map(int, self.tried)}):
            try:
                found = context.result(dataclasses.replace(clusters, k=k))
                labels[k] = found.patients.set_index("patient_id").loc[shown.index, column].to_numpy()
            except NotEstimable as state:
                failed[str(k)] = str(state)
        outcomes = context.store.outcomes(context.cohort, self.endpoint).loc[list(shown.index)]
        endpoint = context.catalogue.endpoints[self.endpoint]
        return _Read(*in_unit(outcomes, endpoint, readable_unit(endpoint)), clusters.k, labels, failed)

    def __call__(self, data, progress: Progress = quiet):
        groups = category_groups([f"cluster {label}" for label in data.labels[data.k]])
        groups = dataclasses.replace(groups, rule="Clusters of the same patients.")
        marker = Marker(f"{self.of.capitalize()} cluster", groups.labels, CATEGORY)
        several = len(data.labels) > 1
        width = 0.5 if several else 1.0
        found = compare(data.outcomes, data.endpoint, marker, groups, Asked(seed=self.seed), part(progress, 0, width))
        fields = {each.name: getattr(found, each.name) for each in dataclasses.fields(found)}
        tried = None
        try:
            outcome = Outcome.of(data.outcomes["time"], data.outcomes["event"], data.endpoint.time_unit)
            tries = {str(k): labels for k, labels in data.labels.items()}
            tried = tried_groupings(outcome, tries, seed=self.seed, progress=part(progress, width, 1.0 - width))
        except NotEstimable as state:
            fields["states"] = found.states | {"tried": str(state)}
        if several and tried is not None:
            fields["words"] = (*found.words, tried_sentence(tried, data.k))
        ks = tuple(sorted({*data.labels, *map(int, data.not_clustered)}))
        return ClusterComparison(**fields, k=data.k, tried_ks=ks, not_clustered=data.not_clustered, tried=tried)

    def tests(self, context, result):
        return shown_tests(result, context.view.study, str(context.cohort), f"k = {result.k}, {self.of}")


def tried_sentence(tried: Tried, k: int) -> str:
    """What the tries mean for the number of clusters shown."""
    rows = tried.table.set_index("tried")
    names = list(rows.index)
    counted = rows[rows["p"].notna()]
    said = f"k = {listed(names, 'and')} were tried"
    if str(k) not in counted.index:
        return f"{said}; k = {k} has no test, because {rows.loc[str(k), 'note']}."
    own = rows.loc[str(k)]
    said += f"; for k = {k}, {p_text(own['p'])}, corrected for the {len(counted)} tried {p_text(own['p_corrected'])}"
    first = counted["p"].idxmin()
    if first != str(k):
        said += f"; smallest for k = {first}, {p_text(counted.loc[first, 'p'])}, corrected "
        said += p_text(counted.loc[first, "p_corrected"])
    untested = [name for name in names if name not in counted.index]
    left = f". Without a test: k = {listed(untested, 'and')}" if untested else ""
    return f"{said}{left}."

"""What the price of mass does to unbalanced transport: movement or mere difference of totals, gamma by gamma."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.distances import PatientDistances, sample
from core.analyses.parameters import Flag, Number, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.transport.clustering import Clustering
from core.transport.comparator import label_agreement
from core.transport.kmeans import wasserstein_kmeans
from core.transport.total_mass import RULE, MassGroups, mass_groups
from core.transport.unbalanced import PairTerms, ghosted, pair_terms, with_ghost

#: From little more than counting differences node by node, to the 30 of the authors' notebook.
GAMMAS = (0.5, 1.0, 2.0, 5.0, 30.0)


@dataclass(frozen=True)
class UnbalancedSweep:
    """Unbalanced transport of `n` patients at several prices of mass, in `k` clusters each.

    `table` has a row per gamma: mean_cost between two patients and its parts mean_transport and mean_mass (in the
    `unit`), mass_share, totals_share (gamma times the difference of total mass, that no movement can save),
    spearman_total (rank correlation of the cost with the difference of total mass, over pairs),
    sizes of the clusters, rand_balanced (adjusted Rand with the clusters by balanced transport), rand_total_kmeans and
    rand_total_cut (with groups by total mass alone, see `MassGroups`), merely_sorted. Costs are over the `n_pairs`
    pairs of `n_sampled` patients, clusters over all. `notes` say where clusters merely sort by total mass, by `rule`.
    """

    n: int
    n_sampled: int
    n_pairs: int
    k: int
    centroid: str
    restarts: int
    seed: int
    unit: str
    scaling: str
    diameter: float
    table: pd.DataFrame
    balanced_sizes: tuple[int, ...]
    balanced_merely_sorted: bool
    rule: str
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SweepOfGamma(Analysis):
    name = "unbalanced_sweep"
    title = "Unbalanced transport, gamma by gamma"
    question = "Does unbalanced transport see where patients carry their mass, or only how much of it they have?"
    method = (
        "The patients of the clusters, with masses not divided by their sums, at gamma 0.5, 1, 2, 5 and 30. The cost "
        "of every pair (of at most 150 patients, drawn with a fixed seed) is split into mass times distance moved and "
        "gamma times mass created or destroyed, of which gamma times the difference of both totals is unavoidable; "
        "where both would cost the same, mass is moved. Clusters as on the page (k, centroid, start, seed) are held "
        "against those by balanced transport, and against groups by total mass alone: k-means of the totals, and the "
        f"totals cut into groups of the same sizes. They merely sort by total mass when {RULE}."
    )
    sources = (
        "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904",
        "Hubert and Arabie 1985, doi:10.1007/BF01908075",
    )
    pages = ("Clusters",)
    rank = 35

    show: bool = parameter(Flag("Sweep gamma", "Work out unbalanced transport at five prices of mass.", default=False))
    restarts: int = parameter(
        Number("Restarts per gamma", "Of the clusterings.", low=1, high=20, step=1, default=5, whole=True)
    )

    def needs(self, context):
        return (context.analysis("clusters"),)

    def read(self, context):
        if not self.show:
            raise NotEstimable(
                "Unbalanced transport at several prices of mass is worked out when it is asked for.",
                "Switch on the sweep of gamma.",
            )
        return context.result(context.analysis("distances")), context.analysis("clusters")

    def __call__(self, data, progress: Progress = quiet):
        distances, clusters = data
        totals, chosen = distances.masses.sum(axis=1), sample(len(distances.masses))
        balanced = self._clusters(distances.shares, distances.network_ground, clusters, part(progress, 0.0, 0.1))
        rows = []
        for done, gamma in enumerate(GAMMAS):
            width = 0.9 / len(GAMMAS)
            tell = part(progress, 0.1 + width * done, width)
            terms = pair_terms(distances.masses[chosen], distances.network_ground, gamma, part(tell, 0.0, 0.5))
            densities, total = ghosted(distances.masses)
            ground = with_ghost(distances.network_ground, gamma, total)
            found = self._clusters(densities, ground, clusters, part(tell, 0.5, 0.5))
            sorting = mass_groups(found.labels, totals, terms.totals_share, clusters.seed)
            rows.append(_row(gamma, terms, totals[chosen], found, balanced, sorting))
        table = pd.DataFrame(rows)
        alone = mass_groups(balanced.labels, totals, None, clusters.seed)
        return UnbalancedSweep(
            n=len(totals),
            n_sampled=len(chosen),
            n_pairs=len(chosen) * (len(chosen) - 1) // 2,
            k=clusters.k,
            centroid=clusters.centroid,
            restarts=self.restarts,
            seed=clusters.seed,
            unit=f"{distances.along} x mass",
            scaling=distances.scaling.mode,
            diameter=float(distances.network_ground.distances.max()),
            table=table,
            balanced_sizes=balanced.sizes,
            balanced_merely_sorted=alone.merely_sorted,
            rule=RULE,
            notes=_notes(table, distances, alone),
        )

    def _clusters(self, densities: np.ndarray, ground, clusters, progress: Progress) -> Clustering:
        return wasserstein_kmeans(
            densities,
            ground,
            clusters.k,
            centroid=clusters.centroid,
            restarts=self.restarts,
            seed=clusters.seed,
            start=clusters.start,
            progress=progress,
        )


def _row(
    gamma: float, terms: PairTerms, totals: np.ndarray, found: Clustering, balanced: Clustering, sorting: MassGroups
) -> dict:
    pairs = np.triu_indices(terms.n, 1)
    return {
        "gamma": gamma,
        "mean_cost": float(terms.cost[pairs].mean()),
        "mean_transport": float(terms.transport_term[pairs].mean()),
        "mean_mass": float(terms.mass_term[pairs].mean()),
        "mass_share": terms.mass_share,
        "totals_share": terms.totals_share,
        "spearman_total": _spearman(terms.cost[pairs], np.abs(totals[:, None] - totals)[pairs]),
        "sizes": found.sizes,
        "rand_balanced": label_agreement(found.labels, balanced.labels).adjusted_rand,
        "rand_total_kmeans": sorting.rand_kmeans,
        "rand_total_cut": sorting.rand_cut,
        "merely_sorted": sorting.merely_sorted,
    }


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    """NaN where one of them is the same for all pairs."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(pd.Series(a).corr(pd.Series(b), method="spearman"))


def _notes(table: pd.DataFrame, distances: PatientDistances, balanced: MassGroups) -> tuple[str, ...]:
    """In words: where clusters merely sort by total mass, where they do not, and what raw values do to it."""
    sorting = [f"{gamma:g}" for gamma in table.loc[table["merely_sorted"], "gamma"]]
    notes = []
    if len(sorting) == len(table):
        notes.append("At every gamma unbalanced clusters merely sort the patients by total mass.")
    elif sorting:
        named = f"{', '.join(sorting[:-1])} and {sorting[-1]}" if len(sorting) > 1 else sorting[0]
        notes.append(f"At gamma {named} unbalanced clusters merely sort the patients by total mass; at the others not.")
    else:
        notes.append("At no gamma do unbalanced clusters merely sort the patients by total mass.")
    if balanced.merely_sorted:
        notes.append(
            f"Balanced clusters, which do not see the total mass, follow it too (adjusted Rand {balanced.rand:.2f})."
        )
    raw = sum(~distances.scaling.scaled)
    if raw:
        names = np.array(distances.scaling.names)
        mean = distances.masses.mean(axis=0)
        notes.append(
            f"{raw} of {len(names)} features enter as raw values; {names[mean.argmax()]} alone makes "
            f"{100 * mean.max() / mean.sum():.0f} % of the mass."
        )
    return tuple(notes)

"""Would other patients of the same kind fall into the same clusters? Resampling of patients, for each number k."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.compute import Progress, generators, quiet, spread
from core.errors import NotEstimable, Problem, Refused
from core.transport.kmeans import Centroid, Start, assign_to, wasserstein_kmeans
from core.transport.metric import Ground

#: A mean adjusted Rand index from which a number of clusters is called stable.
STABLE = 0.75
#: What a cluster's mean Jaccard says, from the least value on (Hennig 2007, and the manual of his `clusterboot`).
READS = ((0.85, "stable"), (0.75, "fairly stable"), (0.6, "a pattern"), (0.0, "not to be trusted"))

#: (rows of the patients drawn, k, seed) -> (n,) labels of all patients, those not drawn put to the nearest cluster.
Recluster = Callable[[np.ndarray, int, int], np.ndarray]


@dataclass(frozen=True)
class Stability:
    """How far `k` clusters of `n` patients come back when the patients are drawn anew.

    `rand` (resamples,) is the adjusted Rand index of each resample with the reference, 95 % of them between
    `rand_low` and `rand_high`. `jaccard` has the mean of each reference cluster, in order of its label, from
    `jaccard_by_resample` (resamples, k; NaN where nobody of the cluster was drawn), and `reads` what it says.
    `not_clustered` further resamples had too few different patients for k clusters.
    """

    k: int
    n: int
    resamples: int
    not_clustered: int
    rand: np.ndarray
    rand_mean: float
    rand_low: float
    rand_high: float
    jaccard: tuple[float, ...]
    jaccard_by_resample: np.ndarray
    reads: tuple[str, ...]
    seed: int


def stability(
    references: Mapping[int, np.ndarray],
    recluster: Recluster,
    *,
    resamples: int = 50,
    seed: int = 0,
    progress: Progress = quiet,
) -> tuple[Stability, ...]:
    """For each k, do the clusters come back when the patients are drawn with replacement?

    `references` maps k to (n,) labels from 1 to k of the same patients; `recluster` clusters those drawn and labels
    everybody. A patient drawn twice counts once, as in Hennig's `clusterboot`: copies would make clusters of their
    own. The adjusted Rand index (Hubert and Arabie 1985, doi:10.1007/BF01908075) compares all n patients; the Jaccard
    index of a reference cluster is the largest with any new cluster, among the patients drawn (Hennig 2007,
    doi:10.1016/j.csda.2006.11.025). The same resamples serve every k. Raises `Refused` for labels of different
    patients or no resample. A k that no resample can be clustered into is left out; `NotEstimable` when none is left.
    """
    lengths = {len(labels) for labels in references.values()}
    if len(lengths) != 1 or resamples < 1:
        raise Refused([Problem("Stability needs labels of the same patients and a resample.", "resamples")])
    n = lengths.pop()
    chances = generators(seed, resamples)
    drawn = [np.unique(chance.integers(n, size=n)) for chance in chances]
    seeds = [int(chance.integers(2**31 - 1)) for chance in chances]
    items = [(k, rows, start) for rows, start in zip(drawn, seeds, strict=True) for k in references]
    work = partial(_one, {k: np.asarray(labels) for k, labels in references.items()}, recluster)
    answers = spread(work, items, progress, "Clustering patients drawn anew")
    per_k = {k: [answer for answer, item in zip(answers, items, strict=True) if item[0] == k] for k in references}
    found = tuple(_summary(k, n, some, seed) for k, some in per_k.items() if any(one is not None for one in some))
    if not found:
        raise NotEstimable(
            f"No resample of {n} patients could form {min(references)} clusters.", "Ask for fewer clusters."
        )
    return found


def wasserstein_recluster(
    densities: np.ndarray,
    ground: Ground,
    *,
    centroid: Centroid = "mean",
    restarts: int = 5,
    cap: int = 100,
    start: Start = "k-means++",
    pairwise: np.ndarray | None = None,
) -> Recluster:
    """The reclustering by `wasserstein_kmeans` with the same options; `pairwise` (n, n) is shared by all resamples.

    Patients are put to the nearest centroid or medoid; without centroids to the group with the least mean of squared
    distances, as the clustering itself does.
    """
    options = {"centroid": centroid, "restarts": restarts, "cap": cap, "start": start}
    return partial(_wasserstein, densities, ground, options, pairwise)


def best_jaccard(reference: np.ndarray, found: np.ndarray, k: int) -> np.ndarray:
    """(k,) of each cluster 1 to k of `reference`, the largest overlap with any of `found`: shared / in either of them.

    Both (n,) label the same patients; NaN for a cluster that has none of them.
    """
    new = np.unique(found)
    ours = reference[:, None] == np.arange(1, k + 1)
    theirs = found[:, None] == new
    shared = ours.T.astype(float) @ theirs
    either = ours.sum(axis=0)[:, None] + theirs.sum(axis=0) - shared
    return np.where(ours.any(axis=0), (shared / np.maximum(either, 1)).max(axis=1), np.nan)


def suggestion(stabilities: Sequence[Stability], best_k: int, silhouette: float) -> str:
    """What silhouettes and stability together say of the number of clusters; how survival differs plays no part."""
    said = f"The silhouette is highest for k = {best_k} (mean {silhouette:.2f})."
    if not stabilities:
        return said
    most = most_stable(stabilities)
    draws = most.resamples + most.not_clustered
    said += (
        f" Of {draws} resamples of the patients, k = {most.k} comes back best: adjusted Rand {most.rand_mean:.2f} on "
        f"average (95 % of them {most.rand_low:.2f} to {most.rand_high:.2f})."
    )
    stable = [one.k for one in stabilities if one.rand_mean >= STABLE]
    if not stable:
        return f"{said} None reaches {STABLE:.2f}: no number of clusters is stable."
    *head, last = map(str, stable)
    named = f"{', '.join(head)} and {last}" if head else last
    among = "is" if best_k in stable else "is not"
    return f"{said} {STABLE:.2f} or more, called stable, is reached by k = {named}; k = {best_k} {among} among them."


def most_stable(stabilities: Sequence[Stability]) -> Stability:
    """The one with the highest mean adjusted Rand index, of equal ones the smallest k."""
    return max(stabilities, key=lambda one: (one.rand_mean, -one.k))


def _wasserstein(densities, ground, options, pairwise, rows: np.ndarray, k: int, seed: int) -> np.ndarray:
    among = None if pairwise is None else pairwise[np.ix_(rows, rows)]
    found = wasserstein_kmeans(densities[rows], ground, k, seed=seed, pairwise=among, **options)
    if found.medoids is not None and pairwise is not None:
        return pairwise[:, rows[list(found.medoids)]].argmin(axis=1) + 1
    if options["centroid"] == "distance" and pairwise is not None:
        groups = [rows[found.labels == label] for label in range(1, k + 1)]
        return np.argmin([(pairwise[:, group] ** 2).mean(axis=1) for group in groups], axis=0) + 1
    return assign_to(densities, found, ground)[0]


def _one(references, recluster: Recluster, item) -> tuple[float, np.ndarray] | None:
    """Adjusted Rand and Jaccards of one resample; None where it cannot be clustered."""
    from sklearn.metrics import adjusted_rand_score

    k, rows, seed = item
    try:
        labels = recluster(rows, k, seed)
    except NotEstimable:
        return None
    reference = references[k]
    return float(adjusted_rand_score(reference, labels)), best_jaccard(reference[rows], labels[rows], k)


def _summary(k: int, n: int, answers: list, seed: int) -> Stability:
    found = [answer for answer in answers if answer is not None]
    rand = np.array([one for one, _ in found])
    jaccards = np.array([each for _, each in found])
    low, high = np.quantile(rand, (0.025, 0.975))
    # A cluster of one or two patients can miss every resample.
    at_hand = np.isfinite(jaccards).sum(axis=0)
    means = np.where(at_hand > 0, np.nansum(jaccards, axis=0) / np.maximum(at_hand, 1), np.nan)
    return Stability(
        k=k,
        n=n,
        resamples=len(found),
        not_clustered=len(answers) - len(found),
        rand=rand,
        rand_mean=float(rand.mean()),
        rand_low=float(low),
        rand_high=float(high),
        jaccard=tuple(float(mean) for mean in means),
        jaccard_by_resample=jaccards,
        reads=tuple(_read(mean) for mean in means),
        seed=seed,
    )


def _read(jaccard: float) -> str:
    return "never drawn" if np.isnan(jaccard) else next(word for least, word in READS if jaccard >= least)

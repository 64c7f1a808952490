"""Do clusters found on some patients hold on others? What is frozen is applied, and held against a fresh start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, generators, quiet
from core.errors import NotEstimable, Problem, Refused
from core.transport.clustering import Clustering, number_from_one, order_by_size, require_groups
from core.transport.comparator import LabelAgreement, label_agreement

#: The share of the discovery patients that is nearer to its centroid than the distance new patients are held against.
WITHIN = 0.95


@dataclass(frozen=True)
class Fit:
    """How near new patients lie to the frozen centroids, beside those who made them.

    Means are of the distance to the nearest frozen centroid; `n_within` of the `n` new patients are nearer to theirs
    than `quantile_discovery`, the distance that holds 95 % of the `n_discovery` patients. The centroids were fitted to
    these, so a little less than 95 % is expected of others like them.
    """

    n: int
    n_discovery: int
    mean_discovery: float
    mean_new: float
    quantile_discovery: float
    n_within: int
    share_within: float


@dataclass(frozen=True)
class CarriedOver:
    """`n` new patients in the `k` frozen clusters, and in `k` clusters of their own.

    `assigned` (n,) are the frozen clusters nearest to them, `distances` (n, k) those to every frozen centroid;
    `reclustered` (n,) their own clusters, numbered like the frozen ones with which they share most patients. Sizes
    are those of the clusters 1 to k and may be 0 for frozen ones. `strength` is the prediction strength of k: the
    lowest of `per_cluster` (own cluster, n, strength). `in_group` has a row per frozen cluster: cluster, n, in_group
    (share whose nearest neighbour is in it too), by_chance.
    """

    n: int
    k: int
    assigned: np.ndarray
    reclustered: np.ndarray
    distances: np.ndarray
    sizes_assigned: tuple[int, ...]
    sizes_reclustered: tuple[int, ...]
    agreement: LabelAgreement
    fit: Fit
    strength: float | None
    per_cluster: pd.DataFrame
    in_group: pd.DataFrame


def carried_over(
    to_frozen: np.ndarray, own_clusters: Sequence, discovery: np.ndarray, pairwise: np.ndarray
) -> CarriedOver:
    """Do frozen clusters describe new patients as clusters of their own do?

    `to_frozen` (n, k) distances of the new patients to the frozen centroids, ties to the first; `own_clusters` (n,)
    labels 1 to k of a clustering of the new patients alone; `discovery` (N,) distance of every discovery patient to
    its centroid; `pairwise` (n, n) distances between the new patients. Any metric, the same in all. Raises `Refused`
    for shapes that do not fit, `NotEstimable` for fewer than two new patients.
    """
    to_frozen, own, pairwise = np.asarray(to_frozen, float), np.asarray(own_clusters, int), np.asarray(pairwise, float)
    n, k = to_frozen.shape
    if own.shape != (n,) or pairwise.shape != (n, n) or (n and not (own.min() >= 1 and own.max() <= k)):
        raise Refused([Problem("Labels and distances are not of the same patients.", "replication", "Give one each.")])
    if n < 2:
        raise NotEstimable(f"{n} new patient{'s' * (n != 1)}: two are needed.", "Widen the replication patients.")
    assigned = to_frozen.argmin(axis=1) + 1
    reclustered = matched(own, assigned, k)
    per_cluster = prediction_strength(assigned, reclustered)
    known = per_cluster["strength"].dropna()
    return CarriedOver(
        n=n,
        k=k,
        assigned=assigned,
        reclustered=reclustered,
        distances=to_frozen,
        sizes_assigned=_sizes(assigned, k),
        sizes_reclustered=_sizes(reclustered, k),
        agreement=label_agreement(assigned, reclustered),
        fit=_fit(np.asarray(discovery, float), to_frozen.min(axis=1)),
        strength=float(known.min()) if len(known) else None,
        per_cluster=per_cluster,
        in_group=in_group_proportion(assigned, pairwise, k),
    )


def euclidean_on(
    discovery: np.ndarray,
    new: np.ndarray,
    frozen: Clustering,
    *,
    restarts: int = 20,
    seed: int = 0,
    progress: Progress = quiet,
) -> CarriedOver:
    """The same question for Euclidean k-means, with the means and standard deviations of discovery.

    `discovery` (N, m) are the raw values from which `euclidean_kmeans` made `frozen`, `new` (n, m) those of the new
    patients. Their own clusters come from the best of `restarts` k-means++ starts on the frozen scale.
    """
    from scipy.spatial.distance import cdist
    from sklearn.cluster import KMeans

    spread = discovery.std(axis=0)
    values = np.where(spread > 0, (new - discovery.mean(axis=0)) / np.where(spread > 0, spread, 1.0), 0.0)
    require_groups(values, frozen.k, restarts)
    runs = []
    for done, rng in enumerate(generators(seed, restarts), 1):
        runs.append(KMeans(frozen.k, n_init=1, random_state=int(rng.integers(2**31 - 1))).fit(values))
        progress(done / restarts, f"Euclidean k-means with {frozen.k} clusters")
    best = min(runs, key=lambda run: run.inertia_)
    own = number_from_one(best.labels_, order_by_size(best.labels_, frozen.k))
    nearest = frozen.distances.min(axis=1)
    return carried_over(cdist(values, frozen.centroids), own, nearest, cdist(values, values))


def matched(labels: np.ndarray, reference: np.ndarray, k: int) -> np.ndarray:
    """(n,) labels 1 to `k`, renumbered so that as many patients as can be keep the number they have in `reference`."""
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((k, k), dtype=int)
    np.add.at(table, (labels - 1, reference - 1), 1)
    own, theirs = linear_sum_assignment(table, maximize=True)
    number = np.empty(k, dtype=int)
    number[own] = theirs + 1
    return number[labels - 1]


def prediction_strength(assigned: np.ndarray, own_clusters: np.ndarray) -> pd.DataFrame:
    """Of all pairs of patients in one of their own clusters, which share does the frozen clustering keep together?

    -> a row per own cluster: cluster, n, strength (NaN for one patient, who makes no pair). The strength of k is the
    lowest; from 0.8 to 0.9 on, k clusters are said to be predictable. Tibshirani and Walther 2005,
    doi:10.1198/106186005X59243.
    """
    rows = []
    for cluster in np.unique(own_clusters):
        frozen = assigned[own_clusters == cluster]
        n = len(frozen)
        _, together = np.unique(frozen, return_counts=True)
        pairs = n * (n - 1)
        rows.append((int(cluster), n, float((together * (together - 1)).sum() / pairs) if pairs else np.nan))
    return pd.DataFrame(rows, columns=["cluster", "n", "strength"])


def in_group_proportion(assigned: np.ndarray, pairwise: np.ndarray, k: int) -> pd.DataFrame:
    """How often is the nearest neighbour of a new patient in the same frozen cluster?

    -> a row per frozen cluster: cluster, n, in_group, by_chance: (n - 1) / (all - 1), what shuffled labels would give;
    NaN for an empty cluster. Kapp and Tibshirani 2007, doi:10.1093/biostatistics/kxj029.
    """
    others = np.where(np.eye(len(pairwise), dtype=bool), np.inf, pairwise)
    same = assigned[others.argmin(axis=1)] == assigned
    rows = []
    for cluster in range(1, k + 1):
        inside = assigned == cluster
        n = int(inside.sum())
        rows.append((cluster, n, *((same[inside].mean(), (n - 1) / (len(assigned) - 1)) if n else (np.nan, np.nan))))
    return pd.DataFrame(rows, columns=["cluster", "n", "in_group", "by_chance"])


def same_direction(
    groups: Sequence, values: Sequence, other_groups: Sequence, other_values: Sequence, number: bool
) -> float | None:
    """Do groups of the same names lean the same way in two sets of patients? 1 the same, -1 the opposite.

    The cosine between the Pearson residuals of both tables of groups by levels (for numbers: of the mean ranks) over
    the groups and levels that both have; with two groups and two levels it is 1 or -1. None where either is flat or
    they have fewer than two groups in common. A test says that there is a difference; this says that it is the same.
    """
    first, second = _leaning(groups, values, number), _leaning(other_groups, other_values, number)
    rows, columns = first.index.intersection(second.index), first.columns.intersection(second.columns)
    a, b = (each.loc[rows, columns].to_numpy() for each in (first, second))
    size = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / size) if len(rows) > 1 and size > 1e-12 else None


def _leaning(groups: Sequence, values: Sequence, number: bool) -> pd.DataFrame:
    """Groups by levels: how far each share (mean rank) is from that of all, in units of its chance variation."""
    known = pd.DataFrame({"group": np.asarray(groups, object), "value": np.asarray(values, object)}).dropna()
    if known.empty:
        return pd.DataFrame()
    if number:
        ranks = known["value"].astype(float).rank().to_numpy()
        levels, scores = ["rank"], ((ranks - ranks.mean()) / (ranks.std() or 1.0))[:, None]
    else:
        code, levels = pd.factorize(known["value"].astype(str), sort=True)
        member = np.eye(len(levels))[code]
        scores = (member - member.mean(axis=0)) / np.sqrt(member.mean(axis=0))
    code, names = pd.factorize(known["group"], sort=True)
    inside = np.eye(len(names))[code]
    return pd.DataFrame((inside.T @ scores) / np.sqrt(inside.sum(axis=0))[:, None], index=names, columns=levels)


def _fit(discovery: np.ndarray, new: np.ndarray) -> Fit:
    limit = float(np.quantile(discovery, WITHIN))
    within = int((new <= limit).sum())
    return Fit(
        n=len(new),
        n_discovery=len(discovery),
        mean_discovery=float(discovery.mean()),
        mean_new=float(new.mean()),
        quantile_discovery=limit,
        n_within=within,
        share_within=within / len(new),
    )


def _sizes(labels: np.ndarray, k: int) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=k + 1)[1:].tolist())

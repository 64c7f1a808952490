"""Stability: which edges of a network come back when it is estimated from other patients?"""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, generators, quiet, spread
from core.errors import NotEstimable, Problem, Refused
from core.network.correlation import correlation_matrix, nearest_correlation

#: A half with fewer patients tells nothing of a network.
FEWEST = 6
#: How exactly a subsample's network is solved: ten times finer than R's default, and twice as fast as the network
#: itself. Seen on 98 features of 70 patients: 3 of 253 frequencies differ, each by one subsample.
SETTLED = 1e-5


@dataclass(frozen=True)
class EdgeStability:
    """How often each edge came back in `subsamples` networks of `drawn` of the n patients each.

    `edges` has a row per edge of the network or of any subsample, the most frequent first: feature_a, feature_b,
    partial (of the network from all n patients; 0 where it has no such edge), in_network, frequency (0 to 1); every
    other of the `pairs` pairs of features was never an edge. `features`, a row per feature: feature, edge_frequency
    (it has any edge), largest_frequency (it belongs to the largest component of the subsample), component_frequency
    (it belongs to the component that shares most features with `reference`; NaN without a reference). Per subsample:
    `edges_found`, `largest_found` (features in its largest component) and `chosen_lambda`. `in_pairs`: whether the
    subsamples are complementary halves.
    """

    names: tuple[str, ...]
    n: int
    drawn: int
    fraction: float
    subsamples: int
    in_pairs: bool
    seed: int
    pairs: int
    reference: tuple[str, ...]
    edges: pd.DataFrame
    features: pd.DataFrame
    edges_found: np.ndarray
    largest_found: np.ndarray
    chosen_lambda: np.ndarray
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Recipe:
    """The settings of a network, to be used again in every subsample."""

    correlation: str
    gamma: float
    threshold: bool
    edge: float
    lambdas: int
    lambda_min_ratio: float


def edge_stability(
    features: pd.DataFrame,
    edges: pd.DataFrame,
    *,
    reference: Collection[str] = (),
    correlation: str = "pearson",
    gamma: float = 0.5,
    threshold: bool = True,
    edge: float = 0.15,
    lambdas: int = 100,
    lambda_min_ratio: float = 0.01,
    subsamples: int = 100,
    fraction: float = 0.5,
    seed: int = 0,
    progress: Progress = quiet,
) -> EdgeStability:
    """Which edges come back when the network is estimated from other patients?

    `features` (n patients x p, complete) are those that entered the network whose `edges` (feature_a, feature_b,
    partial) were found with the same settings as given here (those of `ebic_network`). Each subsample draws a
    share `fraction` of the patients without replacement and chooses its own penalty by EBIC; halves are drawn as
    complementary pairs. A feature that is constant among the patients drawn has no edge there. Nothing is thresholded:
    a frequency is an estimate of how much the edge depends on who was scanned, and half as many patients find fewer
    edges than all of them.

    Refused: a missing value, an unknown feature, settings out of range. NotEstimable: subsamples of fewer than 6
    patients.

    Meinshausen and Bühlmann 2010, doi:10.1111/j.1467-9868.2010.00740.x; Shah and Samworth 2013,
    doi:10.1111/j.1467-9868.2011.01034.x.
    """
    n, p = features.shape
    _check(features, edges, reference, subsamples, fraction)
    drawn = int(np.floor(n * fraction))
    if drawn < FEWEST or p < 2:
        raise NotEstimable(
            f"A share {fraction:g} of {n} patients is {drawn}, too few for a network of {p} features.",
            "Widen the cohort, or draw a larger share.",
        )
    draws, in_pairs = _draws(n, drawn, subsamples, fraction, seed)
    recipe = _Recipe(correlation, gamma, threshold, edge, lambdas, lambda_min_ratio)
    one = functools.partial(_one_network, features.to_numpy(dtype=float), recipe)
    found = spread(one, draws, progress, "Networks of subsamples")
    names = tuple(map(str, features.columns))
    counts = np.zeros((p, p), dtype=int)
    for pairs, _ in found:
        counts[pairs[:, 0], pairs[:, 1]] += 1
    per_feature, largest_found = _memberships(names, [pairs for pairs, _ in found], reference)
    edges_found = np.array([len(pairs) for pairs, _ in found])
    return EdgeStability(
        names=names,
        n=n,
        drawn=drawn,
        fraction=float(fraction),
        subsamples=subsamples,
        in_pairs=in_pairs,
        seed=seed,
        pairs=p * (p - 1) // 2,
        reference=tuple(name for name in names if name in set(reference)),
        edges=_edge_table(names, counts / subsamples, edges),
        features=per_feature,
        edges_found=edges_found,
        largest_found=largest_found,
        chosen_lambda=np.array([chosen for _, chosen in found]),
        notes=_notes(edges_found, len(edges), drawn, p),
    )


def _check(features, edges, reference, subsamples, fraction) -> None:
    problems = []
    if subsamples < 2 or not 0 < fraction < 1:
        problems.append(Problem("needs two subsamples and a share between 0 and 1.", "subsamples", "Use 100 and 0.5."))
    if not np.isfinite(features.to_numpy(dtype=float)).all():
        problems.append(
            Problem("there are missing values.", "features", "Give the features that entered the network, complete.")
        )
    unknown = sorted({*edges["feature_a"], *edges["feature_b"], *reference}.difference(features.columns))
    if unknown:
        problems.append(
            Problem("not among the features.", ", ".join(map(str, unknown[:5])), "Give the features of the network.")
        )
    if problems:
        raise Refused(problems)


def _draws(n: int, drawn: int, subsamples: int, fraction: float, seed: int) -> tuple[list[np.ndarray], bool]:
    """The patients of each subsample; halves in pairs that share nobody."""
    if fraction != 0.5:
        return [np.sort(chance.permutation(n)[:drawn]) for chance in generators(seed, subsamples)], False
    orders = [chance.permutation(n) for chance in generators(seed, (subsamples + 1) // 2)]
    halves = [np.sort(half) for order in orders for half in (order[:drawn], order[drawn : 2 * drawn])]
    return halves[:subsamples], True


def _one_network(values: np.ndarray, recipe: _Recipe, rows: np.ndarray) -> tuple[np.ndarray, float]:
    """The edges (E x 2) of the network of these patients, and its penalty."""
    from core.network.sparse import chosen_precision

    drawn = values[rows]
    varies = np.flatnonzero(np.ptp(drawn, axis=0) > 1e-12 * np.abs(drawn).max(axis=0))
    if len(varies) < 2:
        return np.zeros((0, 2), dtype=np.intp), float("nan")
    S = nearest_correlation(correlation_matrix(pd.DataFrame(drawn[:, varies]), recipe.correlation))
    penalty, K = chosen_precision(
        S,
        len(rows),
        gamma=recipe.gamma,
        threshold=recipe.threshold,
        lambdas=recipe.lambdas,
        lambda_min_ratio=recipe.lambda_min_ratio,
        tolerance=SETTLED,
    )
    scale = np.sqrt(np.diag(K))
    i, j = np.nonzero(np.triu(np.abs(K) > recipe.edge * np.outer(scale, scale), 1))
    return np.column_stack([varies[i], varies[j]]), float(penalty)


def _memberships(names: tuple[str, ...], found: list[np.ndarray], reference: Collection[str]):
    """Per feature, how often it has an edge and is in a component; per subsample, the size of its largest one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    p = len(names)
    by_name = np.argsort(np.argsort(names))
    wanted = np.isin(names, list(reference))
    linked, in_largest, in_component = np.zeros(p), np.zeros(p), np.zeros(p)
    sizes = np.zeros(len(found), dtype=int)
    for position, pairs in enumerate(found):
        if not len(pairs):
            continue
        links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(p, p))
        count, label = connected_components(links, directed=False)
        size = np.bincount(label, minlength=count)
        first = np.full(count, p)
        np.minimum.at(first, label, by_name)
        linked += size[label] > 1
        # Ties go to the component with the first name, as in the network itself.
        largest = np.lexsort([first, -size])[0]
        in_largest += label == largest
        sizes[position] = size[largest]
        overlap = np.where(size > 1, np.bincount(label, wanted, minlength=count), 0)
        if overlap.any():
            in_component += label == np.lexsort([first, size, -overlap])[0]
    table = pd.DataFrame(
        {
            "feature": names,
            "edge_frequency": linked / len(found),
            "largest_frequency": in_largest / len(found),
            "component_frequency": in_component / len(found) if wanted.any() else np.nan,
            "in_reference": wanted,
        }
    )
    return table, sizes


def _edge_table(names: tuple[str, ...], frequency: np.ndarray, edges: pd.DataFrame) -> pd.DataFrame:
    place = {name: index for index, name in enumerate(names)}
    partial = np.zeros(frequency.shape)
    for one, other, weight in zip(edges["feature_a"], edges["feature_b"], edges["partial"], strict=True):
        partial[min(place[one], place[other]), max(place[one], place[other])] = weight
    i, j = np.nonzero((frequency > 0) | (partial != 0))
    ends = [tuple(sorted((names[a], names[b]))) for a, b in zip(i, j, strict=True)]
    table = pd.DataFrame(
        {
            "feature_a": [a for a, _ in ends],
            "feature_b": [b for _, b in ends],
            "partial": partial[i, j],
            "in_network": partial[i, j] != 0,
            "frequency": frequency[i, j],
        }
    )
    order = ["frequency", "in_network", "feature_a", "feature_b"]
    return table.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def _notes(edges_found: np.ndarray, full: int, drawn: int, p: int) -> tuple[str, ...]:
    notes = []
    empty = int((edges_found == 0).sum())
    if empty:
        what = (
            "The network stands at the edge of what EBIC accepts, and with fewer patients nothing is left. Lower gamma."
            if full and empty == len(edges_found)
            else "A frequency counts them as not finding the edge. Lower gamma, or draw a larger share of the patients."
        )
        notes.append(
            f"{empty} of {len(edges_found)} subsamples of {drawn} patients have no edge: EBIC chose the empty network. "
            f"{what}"
        )
    if drawn <= p:
        notes.append(
            f"A subsample has {drawn} patients for {p} features: frequencies tell how networks from so few patients "
            "agree. That an edge is found less often than expected may be their number alone."
        )
    if full and np.median(edges_found) > 1.5 * full:
        notes.append(
            f"Subsamples have more edges (median {np.median(edges_found):.0f}) than the network itself ({full}): the "
            "criterion chose a smaller penalty for fewer patients. Raise gamma or the smallest penalty."
        )
    return tuple(notes)

"""Could components overlap this much by chance? A check of the hypergeometric p by permuting the features."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, generators, quiet, spread
from core.errors import NotEstimable, Problem, Refused
from core.network.components import common_components
from core.network.graph import Graph
from core.network.sparse import SparseNetwork

#: Draws that share one random generator.
_BATCH = 250


@dataclass(frozen=True)
class OverlapCheck:
    """Empirical p-values, (1 + draws at least as extreme) / (1 + draws), each at least 1 / (1 + draws).

    `largest` is the largest overlap of any pair of components and `p_largest` its chance when features are dealt anew:
    the largest of all pairs is taken in every draw too, so that the search is paid for. `pairs` has the rows of
    `common_components` in the same order: component_a, component_b, shared, p (hypergeometric), p_permuted (this pair
    alone) and p_family (the smallest hypergeometric p of any pair in a draw is at most this one's). `within` tells
    whether features were exchanged with those of their own group only.
    """

    features_in_both: int
    minimum: int
    draws: int
    seed: int
    within: bool
    largest: int
    p_largest: float
    pairs: pd.DataFrame


def permutation_check(
    a: SparseNetwork | Graph,
    b: SparseNetwork | Graph,
    minimum: int = 3,
    draws: int = 2000,
    seed: int = 0,
    *,
    groups: Mapping[str, str] | None = None,
    progress: Progress = quiet,
) -> OverlapCheck:
    """Is the overlap of the components of two networks more than chance, over all pairs that were looked at?

    The N features of both networks are dealt anew onto the nodes of `b` (its components keep their sizes) in each of
    `draws` draws. With every feature exchangeable, a single pair repeats the hypergeometric test within Monte-Carlo
    error, and only the correction over the pairs is new. Features of one family resemble each other in any image, so
    that components overlap where both follow the families: `groups` (group of each feature) exchanges features
    within their group only and asks whether the overlap goes beyond that.

    Refused: a feature without a group, fewer than 1 draw. NotEstimable: no pair of components to compare.

    Westfall and Young 1993, ISBN 9780471557616; Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.
    """
    both = sorted(set(a.names) & set(b.names))
    missing = [name for name in both if groups is not None and name not in groups]
    if missing or draws < 1:
        what = f"{len(missing)} features have no group." if missing else "needs at least 1 draw."
        raise Refused([Problem(what, "groups" if missing else "draws", "Give every feature one; use 2,000 draws.")])
    common = common_components(a, b, minimum)
    if common.pairs.empty:
        raise NotEstimable(" ".join(common.notes), "")
    observed = common.pairs
    label_a, kept_a = _labels(both, common.components_a, observed["component_a"])
    label_b, kept_b = _labels(both, common.components_b, observed["component_b"])
    row, column = (
        np.searchsorted(kept, observed[name])
        for kept, name in ((kept_a, "component_a"), (kept_b, "component_b"))
    )  # fmt: skip
    group = np.unique([groups[name] for name in both], return_inverse=True)[1] if groups else np.zeros(len(both))
    chances = _chances(len(both), observed)
    sizes = [min(_BATCH, draws - start) for start in range(0, draws, _BATCH)]
    one = functools.partial(_dealt, label_a, label_b, group, row, column)
    batches = list(zip(generators(seed, len(sizes)), sizes, strict=True))
    dealt = np.concatenate(spread(one, batches, progress, "Features dealt anew"))
    shared, p = observed["shared"].to_numpy(), observed["p"].to_numpy()
    lowest = np.take_along_axis(chances, dealt.T, axis=1).min(axis=0)
    pairs = observed[["component_a", "component_b", "shared", "p"]].assign(
        p_permuted=_empirical((dealt >= shared).sum(axis=0), draws),
        # Equal chances that differ by rounding are equal.
        p_family=_empirical((lowest[:, None] <= p * (1 + 1e-9)).sum(axis=0), draws),
    )
    return OverlapCheck(
        features_in_both=len(both),
        minimum=minimum,
        draws=draws,
        seed=seed,
        within=groups is not None,
        largest=int(shared.max()),
        p_largest=float(_empirical((dealt.max(axis=1) >= shared.max()).sum(), draws)),
        pairs=pairs,
    )


def _labels(both: list[str], parts, tested: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """For each feature the place of its component among those tested (the last place for none), and their numbers."""
    kept = np.unique(tested)
    place = {name: position for position, number in enumerate(kept) for name in parts[number - 1]}
    return np.array([place.get(name, len(kept)) for name in both]), kept


def _chances(N: int, observed: pd.DataFrame) -> np.ndarray:
    """The hypergeometric p of each pair (row) for every overlap from 0 on (column)."""
    from scipy.stats import hypergeom

    size_a, size_b = observed["size_a"].to_numpy(), observed["size_b"].to_numpy()
    overlaps = np.arange(min(size_a.max(), size_b.max()) + 1)
    return np.minimum(1.0, hypergeom.sf(overlaps[None, :] - 1, N, size_a[:, None], size_b[:, None]))


def _dealt(label_a, label_b, group, row, column, batch) -> np.ndarray:
    """The overlap of each pair (column) in each draw (row) when the labels of `b` are dealt anew."""
    chance, draws = batch
    wide, high = label_b.max() + 1, label_a.max() + 1
    # Sorting random numbers within each group shuffles the features of the group among its own places.
    order = np.argsort(group, kind="stable")
    shuffled = np.argsort(chance.random((draws, len(group))) + group, axis=1)
    labels = np.empty_like(shuffled)
    labels[:, order] = label_b[shuffled]
    cell = (np.arange(draws)[:, None] * high + label_a) * wide + labels
    counts = np.bincount(cell.ravel(), minlength=draws * high * wide).reshape(draws, high, wide)
    return counts[:, row, column]


def _empirical(hits, draws: int):
    return (1 + hits) / (1 + draws)

"""Components: the parts of a network that hang together, and what two networks share of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.network.graph import Graph, connected_parts, largest_component
from core.network.sparse import SparseNetwork
from core.stats.multiplicity import benjamini_hochberg


@dataclass(frozen=True)
class CommonComponents:
    """Every pair of one component of each network, the pair that shares the most features first (ties by p).

    `features_in_both` (N) is the number of features that entered both networks; `components_a` and `components_b`
    are the components, largest first. `pairs` has a row per pair: component_a, component_b (1 is the largest of its
    network), size_a, size_b (members among the N), shared, expected (by chance), jaccard, p (hypergeometric, at
    least `shared`), q (Benjamini-Hochberg over the pairs). `shared_features` holds the names for each row.
    """

    features_in_both: int
    minimum: int
    components_a: tuple[tuple[str, ...], ...]
    components_b: tuple[tuple[str, ...], ...]
    pairs: pd.DataFrame
    shared_features: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CommonNetwork:
    """The network on the features that one component of each of two networks share.

    `graph` holds those features (some may have no edge) and the edges present in both networks (`edges` is
    "shared") or in either ("union"), weighted by the mean absolute partial correlation of the networks that have the
    edge. `parts` are its connected parts and `largest` the largest of them, which distances between patients can
    travel on. `opposite_signs` counts edges of both networks whose partial correlations differ in sign.
    """

    component_a: int
    component_b: int
    edges: str
    features: tuple[str, ...]
    graph: Graph
    parts: tuple[tuple[str, ...], ...]
    largest: Graph
    opposite_signs: int
    p: float
    q: float
    meaning: str


def components(network: SparseNetwork | Graph) -> tuple[tuple[str, ...], ...]:
    """Which features hang together? The connected components by size, largest first (ties by their first name).

    A feature without an edge belongs to none. Names within a component are sorted.
    """
    return connected_parts(network.graph if isinstance(network, SparseNetwork) else network)


def common_components(a: SparseNetwork | Graph, b: SparseNetwork | Graph, minimum: int = 3) -> CommonComponents:
    """Do two networks (say, two acquisition settings) tie the same features together?

    N features entered both networks. For a component of `a` with M of them and one of `b` with s of them, an overlap
    of x or more has the chance P(X >= x), X hypergeometric(N, M, s): s features drawn from N of which M are marked.
    Pairs with M or s below `minimum` are not tested.
    """
    from scipy.stats import hypergeom

    both = set(a.names) & set(b.names)
    parts_a, parts_b = components(a), components(b)
    rows, shared_features = [], []
    for i, part_a in enumerate(parts_a, 1):
        for j, part_b in enumerate(parts_b, 1):
            one, other = both.intersection(part_a), both.intersection(part_b)
            if min(len(one), len(other)) < minimum:
                continue
            shared = one & other
            size_a, size_b, x = len(one), len(other), len(shared)
            p = float(min(1.0, hypergeom.sf(x - 1, len(both), size_a, size_b)))
            expected = size_a * size_b / len(both)
            rows.append((i, j, size_a, size_b, x, expected, x / (size_a + size_b - x), p))
            shared_features.append(tuple(sorted(shared)))
    columns = ["component_a", "component_b", "size_a", "size_b", "shared", "expected", "jaccard", "p"]
    pairs = pd.DataFrame(rows, columns=columns)
    pairs["q"] = benjamini_hochberg(pairs["p"].to_numpy(dtype=float))
    order = pairs.sort_values(["shared", "p", "component_a", "component_b"], ascending=[False, True, True, True]).index
    return CommonComponents(
        features_in_both=len(both),
        minimum=minimum,
        components_a=parts_a,
        components_b=parts_b,
        pairs=pairs.loc[order].reset_index(drop=True),
        shared_features=tuple(shared_features[row] for row in order),
        notes=_notes(a, b, both, rows, minimum),
    )


def _notes(a, b, both: set[str], rows: list, minimum: int) -> tuple[str, ...]:
    notes = []
    for label, network in (("first", a), ("second", b)):
        only = len(network.names) - len(both)
        if only:
            features = "1 feature" if only == 1 else f"{only} features"
            notes.append(f"Only in the {label} network, and not counted: {features}.")
    if not rows:
        empty = [label for label, network in (("first", a), ("second", b)) if not len(network.edges)]
        why = f"the {' and the '.join(empty)} network has no edges" if empty else f"none has {minimum} common features"
        notes.append(f"No pair of components to compare: {why}. Lower gamma or the edge cut.")
    return tuple(notes)


def common_network(
    a: SparseNetwork | Graph, b: SparseNetwork | Graph, pair: int = 0, *, edges: str = "shared", minimum: int = 3
) -> CommonNetwork:
    """What network do two settings agree on?

    The features that both components of a pair contain, with the edges present in both networks (`edges="shared"`)
    or in either (`edges="union"`). `pair` counts the rows of `common_components(a, b, minimum)`: 0 is the largest
    overlap, the "largest common component" of Oh et al. 2021 (doi:10.1117/1.JMI.8.3.031904).
    Graphs carry no signs, so that `opposite_signs` is 0 for them. NotEstimable when there is no such pair or it shares
    no feature.
    """
    if edges not in ("shared", "union"):
        raise ValueError(f"Unknown edges {edges!r}: use 'shared' or 'union'.")
    common = common_components(a, b, minimum)
    if not 0 <= pair < len(common.pairs) or not common.shared_features[pair]:
        reason = "These two components share no feature." if len(common.pairs) else " ".join(common.notes)
        if len(common.pairs) and not 0 <= pair < len(common.pairs):
            reason = f"There is no pair {pair + 1} of components; there are {len(common.pairs)}."
        raise NotEstimable(reason, "Choose another pair, lower gamma, or lower the edge cut.")
    row, features = common.pairs.loc[pair], common.shared_features[pair]
    partials = np.stack([_within(network, features) for network in (a, b)])
    present = partials != 0
    chosen = present.all(axis=0) if edges == "shared" else present.any(axis=0)
    i, j = np.nonzero(np.triu(chosen, 1))
    weights = np.abs(partials).sum(axis=0)[i, j] / present.sum(axis=0)[i, j]
    graph = Graph(features, np.column_stack([i, j]), weights)
    largest = largest_component(graph)
    where = "both networks" if edges == "shared" else "either network"
    meaning = (
        f"{len(features)} features belong to component {row['component_a']:.0f} of the first network and to component "
        f"{row['component_b']:.0f} of the second; {len(graph.edges)} edges between them are present in {where}; "
        f"{len(largest.names)} of the features are connected."
    )
    return CommonNetwork(
        component_a=int(row["component_a"]),
        component_b=int(row["component_b"]),
        edges=edges,
        features=features,
        graph=graph,
        parts=connected_parts(graph),
        largest=largest,
        opposite_signs=int(np.count_nonzero(np.triu(partials[0] * partials[1] < 0, 1))),
        p=float(row["p"]),
        q=float(row["q"]),
        meaning=meaning,
    )


def _within(network: SparseNetwork | Graph, features: tuple[str, ...]) -> np.ndarray:
    """The signed partial correlations of the network's edges between these features; 0 where there is no edge."""
    place = {name: index for index, name in enumerate(features)}
    matrix = np.zeros((len(features), len(features)))
    for (i, j), weight in zip(network.edges, network.weights, strict=True):
        one, other = network.names[i], network.names[j]
        if one in place and other in place:
            matrix[place[one], place[other]] = matrix[place[other], place[one]] = weight
    return matrix

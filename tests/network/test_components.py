"""Components that two networks share: R's phyper, a case done by hand, and what is said when there is none."""

import itertools
import json
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable
from core.network.components import common_components, common_network, components
from core.network.sparse import SparseNetwork

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "network" / "networks.json").read_text())


def network(names, edges):
    """A network with the given edges: (name, name, partial correlation)."""
    names = tuple(names)
    partial = np.zeros((len(names), len(names)))
    for one, other, weight in edges:
        i, j = names.index(one), names.index(other)
        partial[i, j] = partial[j, i] = weight
    i, j = np.nonzero(np.triu(partial))
    return SparseNetwork(
        names=names, n=30, partial=partial, edges=np.column_stack([i, j]), weights=partial[i, j], chosen_lambda=0.1,
        path=pd.DataFrame(), by_gamma=pd.DataFrame(), correlation="pearson", gamma=0.5, threshold=False, edge=0.15,
        notes=(),
    )  # fmt: skip


def chain(letters, weight=0.5):
    return [(one, other, weight) for one, other in itertools.pairwise(letters)]


FIRST = network("abcdefghij", chain("abcde") + chain("hij"))
SECOND = network("abcdefghik", [("a", "b", -0.3), ("b", "d", 0.4), ("d", "c", 0.2), ("g", "h", 0.9), ("h", "i", 0.9)])


def test_components_by_size():
    assert components(FIRST) == (("a", "b", "c", "d", "e"), ("h", "i", "j"))
    assert components(FIRST.graph) == components(FIRST)


def test_the_hypergeometric_by_hand():
    common = common_components(FIRST, SECOND)
    # j entered the first network only and k the second only: nine features can be shared, and the first network's
    # second component has two of them, too few to be tested.
    assert common.features_in_both == 9
    best = common.pairs.loc[0]
    assert (best["component_a"], best["component_b"], best["size_a"], best["size_b"], best["shared"]) == (1, 1, 5, 4, 4)
    assert best["p"] == pytest.approx(comb(5, 4) * comb(4, 0) / comb(9, 4))
    assert best["jaccard"] == 4 / 5
    assert best["expected"] == pytest.approx(20 / 9)
    assert common.shared_features[0] == ("a", "b", "c", "d")
    assert common.pairs["component_b"].tolist() == [1, 2]
    assert common.pairs["q"].tolist() == pytest.approx([2 * best["p"], 1.0])
    assert common.shared_features[1] == ()
    assert "Only in the first network, and not counted: 1 feature." in common.notes


@pytest.mark.parametrize("row", REFERENCE["overlap"])
def test_the_hypergeometric_equals_r(row):
    N, M, s, x = (row[key] for key in "NMsx")
    names = [f"f{i:03d}" for i in range(N)]
    one = names[:M]
    other = names[M - x : M - x + s]
    a = network(names, chain(one))
    b = network(names, chain(other))
    best = common_components(a, b, minimum=2).pairs.loc[0]
    assert best["shared"] == x
    assert best["p"] == pytest.approx(row["p"], rel=1e-9)


def test_the_largest_overlap_comes_first_even_where_a_small_one_is_less_likely_by_chance():
    wide = network("abcdefghij", chain("abcdef") + chain("hij"))
    other = network("abcdefghij", chain("bcdefg") + chain("hij"))
    pairs = common_components(wide, other).pairs
    assert pairs["shared"].tolist()[:2] == [5, 3]
    assert pairs["p"][1] < pairs["p"][0]


def test_the_common_network_with_shared_edges():
    common = common_network(FIRST, SECOND)
    assert common.features == ("a", "b", "c", "d")
    assert [tuple(common.graph.names[i] for i in edge) for edge in common.graph.edges] == [("a", "b"), ("c", "d")]
    assert common.graph.weights.tolist() == pytest.approx([0.4, 0.35])
    assert common.opposite_signs == 1
    assert common.parts == (("a", "b"), ("c", "d"))
    assert common.largest.names == ("a", "b")
    assert "4 features belong to component 1 of the first network and to component 1 of the second" in common.meaning


def test_the_common_network_with_the_edges_of_either():
    common = common_network(FIRST, SECOND, edges="union")
    assert len(common.graph.edges) == 4
    assert common.largest.names == ("a", "b", "c", "d")
    edges = [tuple(common.graph.names[i] for i in edge) for edge in common.graph.edges]
    weights = dict(zip(edges, common.graph.weights, strict=True))
    assert weights[("b", "c")] == 0.5
    assert weights[("b", "d")] == 0.4


def test_a_network_equals_itself():
    common = common_network(FIRST, FIRST)
    assert common.largest.names == components(FIRST)[0]
    assert common.opposite_signs == 0
    pairs = common_components(FIRST, FIRST).pairs
    assert pairs.loc[0, "jaccard"] == 1.0
    assert pairs["shared"].tolist() == [5, 3, 0, 0]


def test_nothing_in_common_is_said():
    empty = network("abc", [])
    common = common_components(FIRST, empty)
    assert common.pairs.empty
    assert common.shared_features == ()
    assert "the second network has no edges. Lower gamma" in common.notes[-1]
    assert "none has 6 common features" in common_components(FIRST, SECOND, minimum=6).notes[-1]
    with pytest.raises(NotEstimable, match="the second network has no edges"):
        common_network(FIRST, empty)
    with pytest.raises(NotEstimable, match="There is no pair 4"):
        common_network(FIRST, SECOND, 3)
    with pytest.raises(NotEstimable, match="share no feature"):
        common_network(FIRST, SECOND, 1)
    with pytest.raises(ValueError, match="shared"):
        common_network(FIRST, SECOND, edges="both")

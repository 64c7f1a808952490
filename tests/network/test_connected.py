"""Random sets of features that hang together on a network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.network.connected import random_connected_sets
from core.network.graph import Graph, connected_parts


def path(p: int, prefix: str = "f") -> Graph:
    return Graph(tuple(f"{prefix}{i}" for i in range(p)), np.array([(i, i + 1) for i in range(p - 1)]), np.ones(p - 1))


def hangs_together(graph: Graph, names: tuple[str, ...]) -> bool:
    return len(connected_parts(graph.subgraph(names))) == 1 and len(connected_parts(graph.subgraph(names))[0]) == len(
        names
    )


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.integers(0, 2**31), st.integers(6, 20), st.integers(2, 5))
def test_every_draw_hangs_together_has_the_size_and_is_not_the_chosen_set(seed, p, size):
    rng = np.random.default_rng(seed)
    pairs = sorted({tuple(sorted(map(int, rng.choice(p, 2, replace=False)))) for _ in range(2 * p)})
    graph = Graph(tuple(f"f{i}" for i in range(p)), np.array(pairs), np.ones(len(pairs)))
    chosen = connected_parts(graph)[0][:size]
    found = random_connected_sets([graph], size, 12, besides=chosen, pool=graph.names, seed=seed)
    assert found.connected and len(found.sets) == 12
    assert all(len(set(one)) == size and hangs_together(graph, one) for one in found.sets)
    assert frozenset(chosen) not in {frozenset(one) for one in found.sets}
    assert found.distinct == len(set(found.sets))


def test_all_sets_of_a_path_come_up_and_are_counted():
    found = random_connected_sets([path(6)], 3, 200)
    assert found.distinct == 4, "a path of six has four connected threes"
    assert found.sets == random_connected_sets([path(6)], 3, 200).sets
    assert "connected sets of 3 features of the network" in found.meaning


def test_networks_are_drawn_from_in_turn():
    found = random_connected_sets([path(8, "a"), path(8, "b")], 3, 10)
    assert [one[0][0] for one in found.sets] == ["a", "b"] * 5
    only = random_connected_sets([path(8, "a"), path(2, "b")], 3, 10)
    assert {one[0][0] for one in only.sets} == {"a"} and "(1 of 2)" in only.meaning


def test_a_part_of_exactly_that_size_has_no_other_set_so_any_features_are_taken():
    graph = path(5)
    pool = [f"f{i}" for i in range(9)]
    found = random_connected_sets([graph], 5, 30, besides=graph.names, pool=pool)
    assert not found.connected and "no other connected set" in found.meaning
    assert found.distinct > 1 and all(len(set(one)) == 5 for one in found.sets)
    assert tuple(sorted(graph.names)) not in found.sets
    assert random_connected_sets([graph], 5, 3, besides=["x"], pool=pool).connected


def test_one_part_one_larger_has_two_sets_at_least():
    found = random_connected_sets([path(6)], 5, 20, besides=["f0", "f1", "f2", "f3", "f4"])
    assert found.distinct == 1 and found.sets[0] == ("f1", "f2", "f3", "f4", "f5")


def test_nothing_else_to_draw_is_a_state_and_nonsense_is_refused():
    with pytest.raises(NotEstimable, match="no other set"):
        random_connected_sets([path(4)], 4, 5, besides=path(4).names, pool=path(4).names)
    with pytest.raises(Refused):
        random_connected_sets([path(4)], 0, 5)

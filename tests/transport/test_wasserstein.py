import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import random_densities, random_network, reference

from core.errors import NotEstimable, Refused
from core.transport import wasserstein
from core.transport.metric import edge_lengths, hop_ground, weighted_ground
from core.transport.wasserstein import flow, to_centroids, w1, w1_dual, w1_matrix, warm_up

few = settings(deadline=None, derandomize=True, max_examples=60)
seeds, sizes = st.integers(0, 10_000), st.integers(2, 14)


def world(seed, m, weighted=False):
    rng = np.random.default_rng(seed)
    edges = random_network(rng, m, m // 2)
    weights = rng.uniform(0.1, 0.9, len(edges))
    lengths = edge_lengths(weights) if weighted else np.ones(len(edges))
    ground = weighted_ground(m, edges, weights) if weighted else hop_ground(m, edges)
    return rng, edges, lengths, ground


@pytest.fixture(params=["numba", "POT"], autouse=True)
def solver(request, monkeypatch):
    """Every test here holds with the compiled simplex and, as where numba is missing, with POT."""
    if request.param == "POT":
        monkeypatch.setattr(wasserstein, "compiled", lambda: None)


@few
@given(seeds, sizes, st.booleans())
def test_equals_pots_transport(seed, m, weighted):
    rng, _, _, ground = world(seed, m, weighted)
    p, q = random_densities(rng, 2, m)
    assert abs(w1(p, q, ground) - ot.emd2(p, q, ground.distances)) < 1e-9


@few
@given(seeds, sizes, st.booleans())
def test_is_a_metric(seed, m, weighted):
    rng, _, _, ground = world(seed, m, weighted)
    p, q, r = random_densities(rng, 3, m)
    assert w1(p, q, ground) == w1(q, p, ground)
    assert (w1(p, q, ground) > 0) == (not np.array_equal(p, q))
    assert w1(p, p, ground) == 0
    assert w1(p, r, ground) <= w1(p, q, ground) + w1(q, r, ground) + 1e-12


@few
@given(seeds, sizes)
def test_unit_masses_are_as_far_as_their_nodes(seed, m):
    rng, _, _, ground = world(seed, m)
    i, j = rng.integers(m, size=2)
    assert w1(np.eye(m)[i], np.eye(m)[j], ground) == ground.distances[i, j] == w1(np.eye(m)[j], np.eye(m)[i], ground)


@few
@given(seeds, sizes)
def test_on_a_tree_every_edge_carries_the_difference_of_the_mass_beyond_it(seed, m):
    rng = np.random.default_rng(seed)
    edges = random_network(rng, m, 0)
    weights = rng.uniform(0.1, 0.9, len(edges))
    p, q = random_densities(rng, 2, m)
    beyond, expected = p - q, 0.0
    # Nodes are numbered from the root, so that each edge (parent, child) is met after all edges below it.
    for (parent, child), length in sorted(
        zip(edges.tolist(), edge_lengths(weights), strict=True), key=lambda e: -e[0][1]
    ):
        expected += length * abs(beyond[child])
        beyond[parent] += beyond[child]
    assert w1(p, q, weighted_ground(m, edges, weights)) == pytest.approx(expected, abs=1e-12)


@few
@given(seeds, sizes, st.booleans())
def test_the_potential_proves_the_distance_and_bounds_all_others(seed, m, weighted):
    rng, _, _, ground = world(seed, m, weighted)
    p, q, r, s = random_densities(rng, 4, m)
    value, potential = w1_dual(p, q, ground)
    assert value == w1(p, q, ground)
    assert potential @ (p - q) == pytest.approx(value, abs=1e-12)
    assert np.all(np.abs(potential[:, None] - potential) <= ground.distances + 1e-12)
    assert abs(potential @ (r - s)) <= w1(r, s, ground) + 1e-12
    assert w1_dual(p, p, ground)[0] == 0


@few
@given(seeds, sizes, st.booleans())
def test_the_flow_carries_the_difference_away_at_the_least_cost(seed, m, weighted):
    rng, edges, lengths, ground = world(seed, m, weighted)
    p, q = random_densities(rng, 2, m)
    found = flow(p, q, ground)
    arriving = np.zeros(m)
    np.add.at(arriving, edges[:, 0], found.along)
    np.add.at(arriving, edges[:, 1], -found.along)
    np.testing.assert_allclose(arriving, p - q, atol=1e-12)
    assert found.cost == w1(p, q, ground) == pytest.approx(lengths @ np.abs(found.along), abs=1e-12)
    falls = found.potential[edges[:, 0]] - found.potential[edges[:, 1]]
    crossed = np.abs(found.along) > 1e-14
    np.testing.assert_allclose((np.sign(found.along) * falls)[crossed], lengths[crossed], atol=1e-12)
    np.testing.assert_allclose(flow(q, p, ground).along, -found.along, atol=1e-12)


def test_flow_along_a_path_by_hand():
    ground = hop_ground(4, np.array([[0, 1], [2, 1], [2, 3]]))
    found = flow(np.array([0.5, 0.5, 0, 0]), np.array([0, 0.5, 0.25, 0.25]), ground)
    np.testing.assert_allclose(found.along, [0.5, 0.5, 0.25], atol=1e-15)
    assert found.cost == pytest.approx(1.25) and not flow(np.eye(4)[1], np.eye(4)[1], ground).along.any()


def test_warming_up_is_harmless_and_a_value_that_is_no_number_is_told():
    warm_up()
    with pytest.raises(NotEstimable, match="no number"):
        w1(np.array([0.5, np.nan]), np.array([0.5, 0.5]), hop_ground(2, np.array([[0, 1]])))


def test_equals_linear_programs_solved_in_r():
    edges, densities = reference("edges.csv"), reference("densities.csv")
    pairs = edges[:, :2].astype(int)
    hop, weighted = hop_ground(9, pairs), weighted_ground(9, pairs, edges[:, 2])
    np.testing.assert_allclose(w1_matrix(densities, hop), reference("w1_hop.csv"), atol=1e-12)
    np.testing.assert_allclose(w1_matrix(densities, weighted), reference("w1_weighted.csv"), atol=1e-12)


def test_matrix_and_centroids_agree_and_report_progress():
    rng, _, _, ground = world(3, 8)
    densities = random_densities(rng, 12, 8)
    told = []
    matrix = w1_matrix(densities, ground, lambda share, text: told.append(share))
    assert told and told[-1] == 1
    assert np.array_equal(matrix, matrix.T) and not matrix.diagonal().any()
    assert np.array_equal(to_centroids(densities, densities[[4, 7]], ground), matrix[:, [4, 7]])


@pytest.mark.parametrize(
    ("spoil", "word"),
    [(lambda d: d * 2, "sum to 1"), (lambda d: d - 0.5, "negative"), (lambda d: d[:, :3], "shape")],
)
def test_what_is_no_density_is_refused(spoil, word):
    rng, _, _, ground = world(3, 8)
    with pytest.raises(Refused, match=word):
        w1_matrix(spoil(random_densities(rng, 4, 8)), ground)
    with pytest.raises(Refused, match="network of 8 nodes"):
        w1_matrix(random_densities(rng, 4, 7), ground)

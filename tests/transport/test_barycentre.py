import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import random_densities, random_network

from core.errors import NotEstimable, Refused
from core.transport.barycentre import barycentre
from core.transport.metric import hop_ground, weighted_ground
from core.transport.wasserstein import w1

few = settings(deadline=None, derandomize=True, max_examples=25)
seeds = st.integers(0, 10_000)


def world(seed, n, m, weighted=False):
    rng = np.random.default_rng(seed)
    edges = random_network(rng, m, m // 2)
    ground = weighted_ground(m, edges, rng.uniform(0.1, 0.9, len(edges))) if weighted else hop_ground(m, edges)
    return random_densities(rng, n, m), ground


def total(centroid, densities, ground):
    return sum(w1(centroid, density, ground) for density in densities)


@few
@given(seeds, st.integers(1, 7), st.integers(2, 8), st.booleans())
def test_the_linear_program_equals_pots_barycentre(seed, n, m, weighted):
    densities, ground = world(seed, n, m, weighted)
    found = barycentre(densities, ground)
    theirs = ot.lp.barycenter(np.ascontiguousarray(densities.T), ground.distances, solver="highs")
    assert found.value == pytest.approx(total(theirs / theirs.sum(), densities, ground), abs=1e-8)
    assert found.gap < 1e-7 and found.converged and found.method == "linear program" and found.n == n


@few
@given(seeds, st.integers(1, 9), st.integers(2, 9))
def test_on_a_path_the_cumulated_mass_is_the_median_of_the_cumulated_masses(seed, n, m):
    """W1 on a path is the sum over edges of the differences of the mass to their left."""
    densities = random_densities(np.random.default_rng(seed), n, m)
    ground = hop_ground(m, np.array([[j, j + 1] for j in range(m - 1)]))
    left = densities.cumsum(axis=1)[:, :-1]
    least = np.abs(left - np.median(left, axis=0)).sum()
    assert barycentre(densities, ground).value == pytest.approx(least, abs=1e-9)
    first_order = barycentre(densities, ground, exact_below=0)
    assert least - 1e-9 <= first_order.value <= least * (1 + first_order.gap) + 1e-9


def test_of_two_nodes_and_of_a_star_by_hand():
    two = hop_ground(2, np.array([[0, 1]]))
    found = barycentre(np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]), two)
    np.testing.assert_allclose(found.centroid, [0.5, 0.5], atol=1e-6)
    assert found.value == pytest.approx(0.7)
    # Three patients at three tips meet in the middle: three hops; at a tip it would take four.
    star = hop_ground(4, np.array([[0, 1], [0, 2], [0, 3]]))
    found = barycentre(np.eye(4)[1:], star)
    np.testing.assert_allclose(found.centroid, [1, 0, 0, 0], atol=1e-6)
    assert found.value == pytest.approx(3)


@few
@given(seeds, st.integers(2, 12), st.integers(2, 10), st.booleans())
def test_the_first_order_method_is_within_its_certified_gap(seed, n, m, weighted):
    densities, ground = world(seed, n, m, weighted)
    exact, rough = barycentre(densities, ground), barycentre(densities, ground, exact_below=0, tolerance=5e-3)
    assert rough.method == "primal-dual" or rough.value < 1e-9
    assert rough.bound <= exact.value + 1e-9 and exact.bound <= rough.value + 1e-9
    assert exact.value <= rough.value + 1e-9 and rough.value * (1 - rough.gap) <= exact.value + 1e-9
    assert rough.gap == pytest.approx(max(0, rough.value - rough.bound) / max(rough.value, 1e-12))
    assert rough.converged == (rough.gap <= 5e-3)


@few
@given(seeds, st.integers(1, 12), st.integers(2, 10), st.sampled_from([0, 50_000]))
def test_never_worse_than_the_mean_nor_than_the_start(seed, n, m, exact_below):
    densities, ground = world(seed, n, m)
    start = random_densities(np.random.default_rng(seed + 1), 1, m)[0]
    found = barycentre(densities, ground, exact_below=exact_below, start=start, tolerance=0.2)
    assert found.value == pytest.approx(total(found.centroid, densities, ground), abs=1e-12)
    assert found.value <= min(total(densities.mean(axis=0), densities, ground), total(start, densities, ground)) + 1e-12
    assert found.centroid.sum() == pytest.approx(1) and found.centroid.min() >= 0


def test_a_larger_network_reaches_a_thousandth():
    densities, ground = world(0, 40, 60)
    calls = []
    found = barycentre(densities, ground, exact_below=0, beat=lambda: calls.append(1))
    assert found.method == "primal-dual" and found.converged and found.gap <= 1e-3
    assert calls, "the reader can abandon it"
    exact = barycentre(densities, ground)
    assert exact.gap < 1e-7 and found.value <= exact.value * (1 + 1e-3)


def test_identical_patients_are_their_own_barycentre():
    densities, ground = world(3, 1, 6)
    found = barycentre(np.repeat(densities, 4, axis=0), ground)
    assert found.value == 0 and found.gap == 0
    np.testing.assert_allclose(found.centroid, densities[0])


def test_what_is_no_density_is_refused():
    densities, ground = world(3, 4, 6)
    with pytest.raises(Refused, match="sum to 1"):
        barycentre(densities * 2, ground)


def test_without_the_compiled_rounds_the_linear_program_serves_every_size(monkeypatch):
    densities, ground = world(5, 8, 6)
    monkeypatch.setattr("core.transport.barycentre._compiled", lambda: None)
    assert barycentre(densities, ground, exact_below=0).method == "linear program"
    monkeypatch.setattr("core.transport.barycentre._linear_program", lambda *given: None)
    with pytest.raises(NotEstimable, match="mean"):
        barycentre(densities, ground)


def test_when_the_program_is_given_up_the_compiled_rounds_serve(monkeypatch):
    densities, ground = world(5, 8, 6)
    monkeypatch.setattr("core.transport.barycentre._linear_program", lambda *given: None)
    assert barycentre(densities, ground).method == "primal-dual"


@few
@given(seeds, st.integers(1, 8))
def test_the_projection_is_the_nearest_distribution(seed, m):
    from core.transport.primal_dual import onto_simplex

    rng = np.random.default_rng(seed)
    point = rng.normal(size=m) * 2
    found = onto_simplex(point)
    assert found.sum() == pytest.approx(1) and found.min() >= 0
    others = rng.dirichlet(np.ones(m), size=50)
    assert np.all((others - found) @ (point - found) <= 1e-9), "no other lies further in the point's direction"

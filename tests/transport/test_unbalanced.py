import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import eye_array, kron
from small_networks import random_network

from core.errors import NotEstimable, Refused
from core.transport.barycentre import barycentre
from core.transport.kmeans import wasserstein_kmeans
from core.transport.metric import hop_ground, weighted_ground
from core.transport.unbalanced import ghosted, pair_terms, unbalanced, with_ghost
from core.transport.wasserstein import w1, w1_matrix

few = settings(deadline=None, derandomize=True, max_examples=40)
seeds, sizes = st.integers(0, 10_000), st.integers(2, 9)
gammas = st.sampled_from([0.1, 0.5, 0.8, 1.0, 2.0, 30.0])


def world(seed, n, m, weighted=False):
    rng = np.random.default_rng(seed)
    edges = random_network(rng, m, m // 2)
    ground = weighted_ground(m, edges, rng.uniform(0.1, 0.9, len(edges))) if weighted else hop_ground(m, edges)
    masses = rng.exponential(size=(n, m)) * (rng.random((n, m)) < 0.8)
    masses[:, 0] += 0.1
    return masses, ground


def ghost_transport(p, q, ground, gamma):
    """The published program: one ghost node at gamma, its row and column sums free, ghost to ghost at no cost."""
    m = ground.m
    cost = np.full((m + 1, m + 1), gamma)
    cost[:m, :m], cost[m, m] = ground.distances, 0
    rows = kron(eye_array(m + 1), np.ones((1, m + 1))).tocsr()[:m]
    columns = kron(np.ones((1, m + 1)), eye_array(m + 1)).tocsr()[:m]
    from scipy.sparse import vstack

    return linprog(cost.ravel(), A_eq=vstack([rows, columns]), b_eq=np.concatenate([p, q]), method="highs").fun


@few
@given(seeds, sizes, gammas, st.booleans())
def test_equals_the_published_program_with_a_ghost_node(seed, m, gamma, weighted):
    (p, q), ground = world(seed, 2, m, weighted)
    expected = ghost_transport(p, q, ground, gamma)
    found = unbalanced(p, q, ground, gamma)
    assert found.cost == pytest.approx(expected, rel=1e-6, abs=1e-9)
    densities, total = ghosted(np.stack([p, q]))
    assert w1(*densities, with_ghost(ground, gamma, total)) == pytest.approx(expected, abs=1e-9)
    assert total * w1(*densities, with_ghost(ground, gamma)) == pytest.approx(expected, abs=1e-9)


@few
@given(seeds, sizes, gammas, st.booleans())
def test_the_flow_balances_and_makes_up_both_terms(seed, m, gamma, weighted):
    (p, q), ground = world(seed, 2, m, weighted)
    found = unbalanced(p, q, ground, gamma)
    after = p + found.created
    np.subtract.at(after, ground.edges[:, 0], found.flow)
    np.add.at(after, ground.edges[:, 1], found.flow)
    np.testing.assert_allclose(after, q, atol=1e-9)
    assert found.transport_term == pytest.approx(ground.lengths @ abs(found.flow))
    assert found.mass_term == pytest.approx(gamma * abs(found.created).sum())
    assert found.cost == pytest.approx(found.transport_term + found.mass_term)


@few
@given(seeds, sizes, gammas)
def test_of_equal_costs_the_one_with_least_mass_made(seed, m, gamma):
    """Lengths of edges and 2 gamma tie often on hops: the least mass at the least cost, by a second program."""
    (p, q), ground = world(seed, 2, m)
    edges, count = ground.edges, len(ground.edges)
    incidence = np.zeros((m, count))
    incidence[edges[:, 0], range(count)], incidence[edges[:, 1], range(count)] = 1, -1
    balance = np.hstack([incidence, -incidence, np.eye(m), -np.eye(m)])
    cost = np.concatenate([np.ones(2 * count), np.full(2 * m, gamma)])
    least = linprog(cost, A_eq=balance, b_eq=p - q, method="highs").fun
    made = np.concatenate([np.zeros(2 * count), np.ones(2 * m)])
    second = linprog(made, A_eq=balance, b_eq=p - q, A_ub=cost[None], b_ub=[least * (1 + 1e-9)], method="highs").fun
    assert unbalanced(p, q, ground, gamma).mass_term == pytest.approx(gamma * second, rel=1e-5, abs=1e-7)


@few
@given(seeds, sizes, st.booleans())
def test_anchors(seed, m, weighted):
    (p, q), ground = world(seed, 2, m, weighted)
    far = ground.distances.max()
    equal = q * p.sum() / q.sum()
    for gamma in (far / 2 + 1e-3, 3 * far):
        same = unbalanced(p, equal, ground, gamma)
        assert same.cost == pytest.approx(p.sum() * w1(p / p.sum(), equal / p.sum(), ground), rel=1e-6, abs=1e-9)
        assert same.mass_term == pytest.approx(0, abs=1e-9)
    found = unbalanced(p, q, ground, far)
    assert found.mass_term == pytest.approx(far * abs(p.sum() - q.sum()), rel=1e-6, abs=1e-9)
    tiny = 1e-3 * ground.lengths.min()
    assert unbalanced(p, q, ground, tiny).cost == pytest.approx(tiny * abs(p - q).sum(), rel=1e-6)


@few
@given(seeds, sizes, gammas)
def test_a_metric_on_masses(seed, m, gamma):
    (p, q, r), ground = world(seed, 3, m)
    cost = [[unbalanced(a, b, ground, gamma).cost for a in (p, q, r)] for b in (p, q, r)]
    np.testing.assert_allclose(cost, np.transpose(cost), rtol=1e-6)
    assert cost[0][0] == 0
    assert cost[0][2] <= (cost[0][1] + cost[1][2]) * (1 + 1e-6)


def test_terms_of_all_pairs_equal_the_pairs_and_the_matrix():
    masses, ground = world(4, 9, 7)
    told = []
    found = pair_terms(masses, ground, 1.0, lambda share, text: told.append(share))
    one = unbalanced(masses[2], masses[5], ground, 1.0)
    assert found.mass_term[2, 5] == found.mass_term[5, 2] == pytest.approx(one.mass_term)
    assert found.transport_term[2, 5] == pytest.approx(one.transport_term)
    densities, total = ghosted(masses)
    np.testing.assert_allclose(found.cost, w1_matrix(densities, with_ghost(ground, 1.0, total)), atol=1e-6)
    assert 0 < found.totals_share < found.mass_share < 1 and told[-1] == 1 and found.n == 9
    assert found.totals_term[2, 5] == pytest.approx(abs(masses[2].sum() - masses[5].sum()))
    assert np.all(found.totals_term <= found.mass_term + 1e-9)
    tiny = pair_terms(masses, ground, 1e-3)
    assert tiny.mass_share == pytest.approx(1) and tiny.totals_share < 0.6, "all is made anew, node by node"
    assert pair_terms(np.ones((3, 7)), ground, 1.0).mass_share == 0


def test_everything_of_balanced_transport_serves_on_the_ghosted_network():
    masses, ground = world(6, 24, 7)
    masses[::2] *= 4
    densities, total = ghosted(masses)
    ghost = with_ghost(ground, 2.0, total)
    found = wasserstein_kmeans(densities, ghost, 2, restarts=3)
    own = [masses[found.labels == label].mean(axis=0) for label in (1, 2)]
    np.testing.assert_allclose(found.centroids[:, :-1] * total, own, atol=1e-12)
    by_hand = [min(unbalanced(mass, centre, ground, 2.0).cost for centre in own) for mass in masses]
    assert found.objective == pytest.approx(sum(by_hand), rel=1e-6)
    centre = barycentre(densities, ghost)
    at_mean = sum(unbalanced(mass, masses.mean(axis=0), ground, 2.0).cost for mass in masses)
    assert centre.value <= at_mean * (1 + 1e-9) and centre.gap < 1e-7


def test_the_common_total_changes_no_cost():
    masses, ground = world(8, 2, 6)
    costs = []
    for asked in (None, 50.0):
        densities, total = ghosted(masses, asked)
        costs.append(w1(*densities, with_ghost(ground, 0.7, total)))
    assert costs[0] == pytest.approx(costs[1], abs=1e-12)


def test_nothing_against_something_and_nothing():
    ground = hop_ground(3, np.array([[0, 1], [1, 2]]))
    something = unbalanced(np.zeros(3), np.array([0.0, 2.0, 1.0]), ground, 1.5)
    assert something.cost == something.mass_term == pytest.approx(4.5)
    np.testing.assert_allclose(something.created, [0, 2, 1])
    assert unbalanced(np.zeros(3), np.zeros(3), ground, 1.5).cost == 0


def test_refusals():
    masses, ground = world(9, 3, 5)
    for gamma in (0.0, -1.0, float("nan")):
        with pytest.raises(Refused, match="above 0"):
            unbalanced(masses[0], masses[1], ground, gamma)
    with pytest.raises(Refused, match="negative or missing"):
        ghosted(-masses)
    with pytest.raises(Refused, match="larger total"):
        ghosted(masses, 0.1)
    with pytest.raises(NotEstimable, match="None of 2 patients"):
        ghosted(np.zeros((2, 3)))

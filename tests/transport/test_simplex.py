"""The compiled simplex against POT, which solves the same problem in its other form."""

import sys

import numpy as np
import pytest
from ot.lp.emd_wrap import emd_c
from small_networks import random_densities, random_network

import core.transport
from core.transport import simplex, wasserstein
from core.transport.metric import hop_ground, weighted_ground
from core.transport.wasserstein import solve_pairs, w1

KINDS = ("spread", "sparse", "points", "few against many", "counts", "reordered", "nearly equal")
SHAPES = [(m, extra) for m in (2, 3, 4, 5, 7, 9, 12, 16, 21, 27, 34, 42, 51, 60) for extra in (0.0, 0.5, 1.6, 4.0)]


def pairs_of(kind, rng, n, m):
    """(n, m) and (n, m): what to carry from where to where."""
    if kind == "spread":
        one, other = rng.exponential(size=(2, n, m))
    elif kind == "sparse":
        one, other = random_densities(rng, n, m), random_densities(rng, n, m) * (rng.random((n, m)) < 0.3)
        other[:, -1] += 1e-6
    elif kind == "points":
        one, other = np.eye(m)[rng.integers(m, size=(2, n))]
    elif kind == "few against many":
        one, other = np.eye(m)[rng.integers(m, size=n)], rng.random((n, m))
    elif kind == "counts":
        one, other = (rng.multinomial(m, np.full(m, 1 / m), size=n) * 1.0 for _ in range(2))
    elif kind == "reordered":
        one = np.tile(np.arange(m) % 3 + 1.0, (n, 1))
        other = rng.permuted(one, axis=1)
    else:
        one = rng.exponential(size=(n, m))
        other = one + 1e-9 * rng.random((n, m))
    return one / one.sum(axis=1, keepdims=True), other / other.sum(axis=1, keepdims=True)


def ground_of(rng, m, extra, weighted):
    edges = random_network(rng, m, int(extra * m))
    return weighted_ground(m, edges, rng.uniform(0.05, 0.9, len(edges))) if weighted else hop_ground(m, edges)


@pytest.mark.parametrize("weighted", [False, True])
def test_ten_thousand_pairs_equal_pot_and_prove_it(weighted):
    rng, solved = np.random.default_rng(20 + weighted), 0
    for m, extra in SHAPES:
        ground = ground_of(rng, m, extra, weighted)
        i, j = ground.edges.T
        for kind in KINDS:
            one, other = pairs_of(kind, rng, 13, m)
            each = np.arange(len(one))
            cost, potential, along = solve_pairs(one, other, each, each, ground, potentials=True, along=True)
            for k in each:
                _, by_pot, *_, code = emd_c(
                    one[k], other[k] / other[k].sum() * one[k].sum(), ground.distances, 10**6, 1, None, None
                )
                assert code == 1 and abs(cost[k] - by_pot) < 1e-12, (m, extra, kind)
            solved += len(each)
            assert np.all(np.abs(potential[:, i] - potential[:, j]) <= ground.lengths + 1e-13)
            assert np.all(np.abs((potential * (one - other)).sum(axis=1) - cost) < 1e-12)
            assert np.all(np.abs(np.abs(along) @ ground.lengths - cost) < 1e-12)
            incidence = np.eye(m)[i] - np.eye(m)[j]
            np.testing.assert_allclose(along @ incidence, one - other, rtol=0, atol=1e-12)
            assert np.array_equal(solve_pairs(other, one, each, each, ground)[0], cost), "both ways to the last bit"
    assert solved > 5000


def test_no_pair_waits_for_another_and_the_rest_is_told_apart():
    """A pair's answer is the same alone, in a batch, and in whatever order."""
    rng = np.random.default_rng(1)
    ground = ground_of(rng, 25, 1.5, True)
    values = random_densities(rng, 12, 25)
    left, right = np.triu_indices(12)
    order, beats = rng.permutation(len(left)), []
    batch = solve_pairs(values, values, left[order], right[order], ground, beat=lambda: beats.append(1))[0]
    alone = [w1(values[a], values[b], ground) for a, b in zip(left[order], right[order], strict=True)]
    assert np.array_equal(batch, alone) and beats
    assert not batch[left[order] == right[order]].any()


def test_what_the_simplex_gives_up_is_solved_by_pot(monkeypatch):
    rng = np.random.default_rng(2)
    ground = ground_of(rng, 30, 2.0, False)
    values = random_densities(rng, 6, 30)
    left, right = np.triu_indices(6, 1)
    cost = solve_pairs(values, values, left, right, ground)[0]
    monkeypatch.setattr(wasserstein, "_MOST_PIVOTS", 3)
    called = []
    by_pot = wasserstein.transport_plan
    monkeypatch.setattr(wasserstein, "transport_plan", lambda *a: called.append(1) or by_pot(*a))
    given_up = solve_pairs(values, values, left, right, ground, potentials=True, along=True)
    assert called
    np.testing.assert_allclose(given_up[0], cost, atol=1e-12)
    np.testing.assert_allclose(np.abs(given_up[2]) @ ground.lengths, cost, atol=1e-12)
    np.testing.assert_allclose((given_up[1] * (values[left] - values[right])).sum(axis=1), cost, atol=1e-12)


def test_where_numba_cannot_be_imported_pot_solves(monkeypatch):
    rng = np.random.default_rng(4)
    ground = ground_of(rng, 12, 1.0, True)
    p, q = random_densities(rng, 2, 12)
    expected = w1(p, q, ground)
    monkeypatch.delattr(core.transport, "simplex")
    monkeypatch.setitem(sys.modules, "core.transport.simplex", None)
    assert wasserstein.compiled() is None
    assert w1(p, q, ground) == pytest.approx(expected, abs=1e-12)


def test_the_compiled_code_takes_arrays_of_any_layout():
    rng = np.random.default_rng(3)
    ground = ground_of(rng, 8, 1.0, True)
    values = random_densities(rng, 4, 8)
    frozen = np.asfortranarray(values)
    frozen.flags.writeable = False
    assert w1(frozen[0], frozen[1], ground) == w1(values[0], values[1], ground)
    assert w1(np.eye(8, dtype=int)[0], np.eye(8, dtype=int)[3], ground) == pytest.approx(ground.distances[0, 3])
    assert len(simplex.transport.signatures) == 1, "one compilation serves all"

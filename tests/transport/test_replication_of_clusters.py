"""Frozen clusters on new patients: cases worked by hand, and what holds for every grouping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import random_densities, random_network

from core.errors import NotEstimable, Refused
from core.transport.kmeans import assign_to, wasserstein_kmeans
from core.transport.metric import hop_ground
from core.transport.replication import (
    carried_over,
    in_group_proportion,
    matched,
    prediction_strength,
    same_direction,
)
from core.transport.wasserstein import w1_matrix

LINE = np.abs(np.subtract.outer(np.arange(6.0), np.arange(6.0)))


def test_prediction_strength_by_hand():
    """Four patients in one own cluster, three of them together: 3 of 6 pairs; a single patient makes no pair."""
    found = prediction_strength(np.array([1, 1, 1, 2, 2, 2, 1]), np.array([1, 1, 1, 1, 2, 2, 3]))
    assert found["n"].tolist() == [4, 2, 1]
    assert found["strength"].tolist()[:2] == [0.5, 1.0] and np.isnan(found["strength"][2])


def test_in_group_proportion_by_hand():
    """On a line 0 1 2 | 3 4 5: only patient 3, whose first nearest neighbour is 2, has it in the other cluster."""
    found = in_group_proportion(np.array([1, 1, 1, 2, 2, 2]), LINE, 3)
    assert found["in_group"].tolist()[:2] == [1.0, pytest.approx(2 / 3)]
    assert found["by_chance"].tolist()[:2] == [0.4, 0.4]
    assert found["n"].tolist() == [3, 3, 0] and np.isnan(found["in_group"][2])


def test_own_clusters_take_the_numbers_of_the_frozen_ones():
    assert matched(np.array([2, 2, 1, 1, 1]), np.array([1, 1, 2, 2, 1]), 2).tolist() == [1, 1, 2, 2, 2]
    assert sorted(set(matched(np.array([1, 2, 3]), np.array([1, 1, 1]), 3))) == [1, 2, 3]


def test_the_fit_is_held_against_the_discovery_patients():
    to_frozen = np.array([[0.1, 3], [0.2, 3], [3, 0.9], [3, 5.0]])
    found = carried_over(to_frozen, [2, 2, 1, 1], np.linspace(0, 1, 101), LINE[:4, :4])
    assert found.assigned.tolist() == [1, 1, 2, 1] and found.reclustered.tolist() == [1, 1, 2, 2]
    assert found.sizes_assigned == (3, 1) and found.sizes_reclustered == (2, 2)
    assert found.fit.quantile_discovery == pytest.approx(0.95)
    assert (found.fit.n_within, found.fit.n, found.fit.n_discovery) == (3, 4, 101)
    assert found.fit.mean_new == pytest.approx((0.1 + 0.2 + 0.9 + 3) / 4)
    assert found.strength == 0.0, "the second own cluster is taken apart"


def test_the_same_patients_again_carry_over_perfectly():
    rng = np.random.default_rng(3)
    ground = hop_ground(8, random_network(rng, 8, 4))
    densities = random_densities(rng, 30, 8, 2)
    clusters = wasserstein_kmeans(densities, ground, 2, restarts=3)
    own = clusters.distances.min(axis=1)
    again = carried_over(
        assign_to(densities, clusters, ground)[1], 3 - clusters.labels, own, w1_matrix(densities, ground)
    )
    assert np.array_equal(again.assigned, clusters.labels) and np.array_equal(again.reclustered, clusters.labels)
    assert again.agreement.adjusted_rand == 1 and again.strength == 1
    assert again.fit.mean_new == pytest.approx(again.fit.mean_discovery) and again.fit.share_within >= 0.93


def test_direction_of_a_difference():
    groups, levels = ["a", "a", "a", "b", "b", "b"], ["x", "x", "y", "y", "y", "x"]
    flipped = ["y" if level == "x" else "x" for level in levels]
    assert same_direction(groups, levels, groups, levels, False) == pytest.approx(1)
    assert same_direction(groups, levels, groups, flipped, False) == pytest.approx(-1)
    assert same_direction(groups, range(6), groups, range(6, 0, -1), True) == pytest.approx(-1)
    assert same_direction(groups, range(6), groups, [1] * 6, True) is None
    assert same_direction(groups, levels, ["a"] * 6, levels, False) is None
    assert same_direction(groups, levels, groups, [None] * 6, False) is None


def test_direction_is_the_cosine_of_the_pearson_residuals():
    """Counts 2 1 / 0 3 against 3 1 / 1 1, their residuals worked out by hand."""
    first = (["a"] * 3 + ["b"] * 3, list("xxyyyy"))
    second = (["a"] * 4 + ["b"] * 2, list("xxxyxy"))
    one = np.array([[1, -1 / np.sqrt(2)], [-1, 1 / np.sqrt(2)]])
    counts = np.array([[3.0, 1.0], [1.0, 1.0]])
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / 6
    two = (counts - expected) / np.sqrt(expected)
    cosine = (one * two).sum() / np.sqrt((one**2).sum() * (two**2).sum())
    assert same_direction(*first, *second, False) == pytest.approx(cosine)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(2, 4), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_bounds_and_numbers_that_do_not_matter(k, pairs):
    assigned, own = (np.array([each[i] % k + 1 for each in pairs]) for i in (0, 1))
    rng = np.random.default_rng(len(pairs))
    points = rng.normal(size=(len(pairs), 2))
    pairwise = np.linalg.norm(points[:, None] - points[None], axis=2)
    to_frozen = np.ones((len(pairs), k))
    to_frozen[np.arange(len(pairs)), assigned - 1] = 0.5
    one = carried_over(to_frozen, own, np.ones(5), pairwise)
    two = carried_over(to_frozen, k + 1 - own, np.ones(5), pairwise)
    assert np.array_equal(one.assigned, assigned)
    assert one.agreement.adjusted_rand == pytest.approx(two.agreement.adjusted_rand)
    assert one.strength == two.strength and (one.strength is None or 0 <= one.strength <= 1)
    assert (one.reclustered == assigned).sum() >= (own == assigned).sum()
    assert sum(one.sizes_assigned) == sum(one.sizes_reclustered) == one.n
    assert one.in_group["in_group"].dropna().between(0, 1).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(Refused):
        carried_over(np.ones((3, 2)), [1, 2], [1.0], LINE[:3, :3])
    with pytest.raises(Refused):
        carried_over(np.ones((3, 2)), [1, 2, 3], [1.0], LINE[:3, :3])
    with pytest.raises(NotEstimable, match="two are needed"):
        carried_over(np.ones((1, 2)), [1], [1.0], np.zeros((1, 1)))

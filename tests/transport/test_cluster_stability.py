"""Clusters that come back when patients are drawn anew, and those that do not."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from small_networks import random_densities, random_network

from core.errors import NotEstimable, Refused
from core.transport.kmeans import wasserstein_kmeans
from core.transport.metric import hop_ground
from core.transport.stability import best_jaccard, most_stable, stability, suggestion, wasserstein_recluster
from core.transport.wasserstein import w1_matrix


def planted(groups: int, n: int, noise: float = 0.5):
    """Densities around `groups` far ends of a small network, and who belongs to which."""
    rng = np.random.default_rng(1)
    ground = hop_ground(9, random_network(rng, 9, 2))
    member = np.arange(n) % groups
    centre = np.eye(9)[[0, 4, 8]][member] * 8 + 0.3
    mass = centre * rng.uniform(1 - noise, 1 + noise, (n, 9))
    return mass / mass.sum(axis=1, keepdims=True), ground, member + 1


def references(densities, ground, ks, **options):
    return {k: wasserstein_kmeans(densities, ground, k, restarts=3, **options).labels for k in ks}


def test_jaccard_by_hand():
    reference = np.array([1, 1, 1, 1, 2, 2])
    found = np.array([1, 1, 1, 2, 2, 2])
    # Cluster 1: 3 of 4 in the first new one, 4 in either; cluster 2: 2 of its 2 in the second, 3 in either.
    assert best_jaccard(reference, found, 3) == pytest.approx([3 / 4, 2 / 3, np.nan], nan_ok=True)
    assert best_jaccard(reference, reference, 2).tolist() == [1, 1]


@pytest.mark.parametrize("centroid", ["mean", "medoid"])
def test_planted_clusters_come_back_and_a_wrong_number_does_not(centroid):
    densities, ground, _ = planted(3, 45)
    known = references(densities, ground, (2, 3, 5), centroid=centroid)
    matrix = w1_matrix(densities, ground)
    recluster = wasserstein_recluster(densities, ground, centroid=centroid, restarts=3, pairwise=matrix)
    two, three, five = found = stability(known, recluster, resamples=15)
    assert most_stable(found).k == 3
    assert three.rand_mean > 0.95 and min(three.jaccard) > 0.95 and set(three.reads) == {"stable"}
    assert five.rand_mean < 0.75 and min(five.jaccard) < 0.75
    assert three.n == 45 and three.resamples == 15 and two.jaccard_by_resample.shape == (15, 2)
    for one in found:
        assert one.rand_low <= one.rand_mean <= one.rand_high <= 1
        assert len(one.jaccard) == len(one.reads) == one.k


@pytest.mark.parametrize("centroid", ["distance", "barycentre"])
def test_every_kind_of_centre_is_drawn_anew(centroid):
    densities, ground, _ = planted(3, 21)
    matrix = w1_matrix(densities, ground)
    known = references(densities, ground, (3,), centroid=centroid)
    recluster = wasserstein_recluster(densities, ground, centroid=centroid, restarts=2, pairwise=matrix)
    (three,) = stability(known, recluster, resamples=3)
    assert three.rand_mean > 0.95 and min(three.jaccard) > 0.95


def test_the_shared_distances_change_nothing():
    densities, ground, _ = planted(3, 24)
    known = references(densities, ground, (3,), centroid="medoid")
    with_matrix = wasserstein_recluster(
        densities, ground, centroid="medoid", restarts=2, pairwise=w1_matrix(densities, ground)
    )
    without = wasserstein_recluster(densities, ground, centroid="medoid", restarts=2)
    (a,), (b,) = (stability(known, each, resamples=5) for each in (with_matrix, without))
    assert a.rand.tolist() == b.rand.tolist()


def test_seeds_decide_and_progress_goes_on():
    densities, ground, _ = planted(2, 20)
    known, told = references(densities, ground, (2, 4)), []
    recluster = wasserstein_recluster(densities, ground, restarts=1)
    first = stability(known, recluster, resamples=6, seed=3, progress=lambda share, text: told.append(share))
    again = stability(known, recluster, resamples=6, seed=3)
    other = stability(known, recluster, resamples=6, seed=4)
    assert first[1].rand.tolist() == again[1].rand.tolist() != other[1].rand.tolist()
    assert told == sorted(told) and told[-1] == pytest.approx(1)


def everybody_in_one_half(rows, k, seed, n):
    return np.arange(n) * k // n + 1


def test_the_reference_itself_is_perfectly_stable():
    work = partial(everybody_in_one_half, n=12)
    known = {2: work(None, 2, 0), 3: work(None, 3, 0)}
    for one in stability(known, work, resamples=8):
        assert one.rand.tolist() == [1] * 8
        assert np.nanmin(one.jaccard_by_resample) == 1


def test_noise_is_called_unstable_in_plain_words():
    rng = np.random.default_rng(0)
    ground = hop_ground(8, random_network(rng, 8, 3))
    densities = random_densities(rng, 40, 8)
    found = stability(
        references(densities, ground, (4, 5)), wasserstein_recluster(densities, ground, restarts=1), resamples=10
    )
    assert max(one.rand_mean for one in found) < 0.75
    said = suggestion(found, 4, 0.12)
    assert "highest for k = 4 (mean 0.12)" in said and "no number of clusters is stable" in said


def test_words_name_the_stable_and_whether_the_silhouette_agrees():
    work = partial(everybody_in_one_half, n=12)
    found = stability({2: work(None, 2, 0), 3: work(None, 3, 0)}, work, resamples=4)
    assert "reached by k = 2 and 3; k = 2 is among them" in suggestion(found, 2, 0.5)
    assert "k = 4 is not among them" in suggestion(found, 4, 0.5)
    assert suggestion((), 2, 0.5) == "The silhouette is highest for k = 2 (mean 0.50)."


def test_too_few_patients_to_draw_are_a_state():
    densities, ground, _ = planted(3, 4)
    known = {3: np.array([1, 2, 3, 1]), 4: np.array([1, 2, 3, 4])}
    recluster = wasserstein_recluster(densities, ground, restarts=1)
    with pytest.raises(NotEstimable, match="form 4 clusters"):
        stability({4: known[4]}, recluster, resamples=1)
    (three,) = stability(known, recluster, resamples=30, seed=2)
    assert three.k == 3 and three.not_clustered > 0 and three.resamples + three.not_clustered == 30
    with pytest.raises(Refused):
        stability({2: np.array([1, 2]), 3: np.array([1, 2, 3])}, recluster)

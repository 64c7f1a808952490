"""How much of a grouping is volume: by hand, against scipy, and at both ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kruskal, mannwhitneyu

from core.errors import NotEstimable, Refused
from core.stats.association import numeric_association
from core.stats.size import quantile_groups, size_share


def test_groups_by_volume_are_all_volume_and_chance_is_none():
    rng = np.random.default_rng(0)
    volume = rng.lognormal(size=300)
    by_volume = size_share(quantile_groups(volume, 3), volume)
    assert by_volume.mutual_information == pytest.approx(1) and by_volume.rank_correlation > 0.94
    two = size_share(quantile_groups(volume, 2), volume)
    assert two.rank_correlation == pytest.approx(1)
    chance = size_share(rng.integers(3, size=300), volume)
    assert abs(chance.mutual_information) < 0.02 and chance.rank_correlation < 0.15


def test_two_groups_by_hand_and_by_scipy():
    labels, volume = [1, 1, 1, 2, 2], [5.0, 3.0, 4.0, 1.0, 3.0]
    # Of six pairs the first is larger in five and equal in one.
    assert size_share(labels, volume).rank_correlation == pytest.approx(5 / 6)
    rng = np.random.default_rng(1)
    labels, volume = rng.integers(2, size=60), rng.integers(20, size=60).astype(float)
    u = mannwhitneyu(volume[labels == 0], volume[labels == 1]).statistic
    expected = abs(2 * u / ((labels == 0).sum() * (labels == 1).sum()) - 1)
    assert size_share(labels, volume).rank_correlation == pytest.approx(expected)


def test_more_groups_are_the_root_of_epsilon_squared():
    rng = np.random.default_rng(2)
    labels, volume = rng.integers(4, size=80), rng.integers(15, size=80).astype(float)
    h = kruskal(*(volume[labels == group] for group in range(4))).statistic
    found = size_share(labels, volume)
    assert found.rank_correlation == pytest.approx(np.sqrt(h / 79))
    assert found.rank_correlation**2 == pytest.approx(numeric_association(labels, volume).effect)
    assert (found.n, found.groups) == (80, 4)


def test_names_and_direction_do_not_matter():
    labels, volume = np.array(["b", "a", "b", "a", "c", "c"]), np.array([1.0, 2, 3, 4, 5, 6])
    first = size_share(labels, volume)
    again = size_share(np.array([1, 9, 1, 9, 4, 4]), -volume)
    assert first.rank_correlation == pytest.approx(again.rank_correlation)
    assert first.mutual_information == pytest.approx(again.mutual_information)


def test_quantile_groups_have_equal_numbers_and_a_value_at_a_cut_is_low():
    assert np.bincount(quantile_groups(np.arange(12.0), 4))[1:].tolist() == [3, 3, 3, 3]
    assert quantile_groups([1.0, 2, 2, 3], 2).tolist() == [1, 1, 1, 2]


def test_states():
    with pytest.raises(NotEstimable, match="do not make 3 groups"):
        quantile_groups([1.0, 1, 1, 1, 2], 3)
    with pytest.raises(NotEstimable):
        size_share([1, 1, 1], [1.0, 2, 3])
    with pytest.raises(Refused):
        quantile_groups([1.0, np.nan], 2)

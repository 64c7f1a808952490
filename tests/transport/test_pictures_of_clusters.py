"""The cluster profile and the embedding: what a page draws of a clustering."""

import numpy as np
import pandas as pd
import pytest
from small_networks import reference

from core.errors import NotEstimable, Refused
from core.transport.embedding import classical_scaling
from core.transport.profile import cluster_profile


def test_scaling_equals_r_cmdscale():
    expected = reference("scaling.csv")
    found = classical_scaling(reference("w1_hop.csv"))
    np.testing.assert_allclose(np.abs(found.coordinates), np.abs(expected[:, :2]), atol=1e-10)
    np.testing.assert_allclose(found.eigenvalues, expected[:2, 2], atol=1e-10)
    assert 0 < found.share_shown < 1 and found.n == 14


def test_points_of_a_plane_are_recovered_with_a_fixed_sign():
    points = np.random.default_rng(0).normal(size=(9, 2))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    found = classical_scaling(distances)
    again = np.linalg.norm(found.coordinates[:, None] - found.coordinates[None], axis=2)
    np.testing.assert_allclose(again, distances, atol=1e-10)
    assert found.share_shown == pytest.approx(1)
    longest = np.abs(found.coordinates).argmax(axis=0)
    assert np.all(found.coordinates[longest, [0, 1]] > 0)


@pytest.mark.parametrize("matrix", [np.zeros((5, 5)), np.ones((2, 2)) - np.eye(2)])
def test_no_plane(matrix):
    with pytest.raises(NotEstimable):
        classical_scaling(matrix)


def test_profile_by_hand():
    densities = np.array([[0.2, 0.8], [0.4, 0.6], [1.0, 0.0]])
    raw = pd.DataFrame({"a": [1.0, 3.0, 10.0], "b": [5.0, np.nan, np.nan]})
    profile = cluster_profile(np.array([1, 1, 2]), densities, raw)
    table = profile.table.set_index(["cluster", "feature"])
    assert profile.n == 3 and list(table.index) == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]
    assert table.loc[(1, "a"), ["n_patients", "n_values", "mean_raw"]].tolist() == [2, 2, 2.0]
    assert table.loc[(1, "b"), ["n_patients", "n_values", "mean_raw"]].tolist() == [2, 1, 5.0]
    assert table.loc[(1, "a"), ["low_raw", "median_raw", "high_raw"]].tolist() == [1.5, 2.0, 2.5]
    assert table.loc[(1, "b"), ["low_raw", "median_raw", "high_raw"]].tolist() == [5.0, 5.0, 5.0]
    assert table.loc[(2, "b"), ["low_raw", "median_raw", "high_raw"]].isna().all()
    assert np.isnan(table.loc[(2, "b"), "mean_raw"]) and table.loc[(2, "b"), "n_values"] == 0
    np.testing.assert_allclose(table["mean_density"], [0.3, 0.7, 1.0, 0.0])
    np.testing.assert_allclose(table["density_difference"], [0.3 - 1.6 / 3, 0.7 - 1.4 / 3, 1 - 1.6 / 3, -1.4 / 3])
    with pytest.raises(Refused):
        cluster_profile(np.array([1, 1]), densities, raw)

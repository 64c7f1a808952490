import numpy as np
import pytest

from core.errors import Refused
from core.transport.total_mass import mass_groups


def test_clusters_that_are_ranges_of_the_total_are_said_to_be_so():
    totals = np.array([1.0, 9, 2, 8, 3, 7, 20, 1.5])
    labels = np.array([2, 1, 2, 1, 2, 1, 1, 2])
    found = mass_groups(labels, totals)
    assert found.rand_cut == 1 and found.rand_kmeans < 0.8 and found.merely_sorted
    assert (found.n, found.k) == (8, 2)
    assert "adjusted Rand 1.00" in found.says and "merely sort" in found.says


def test_clusters_that_are_not():
    labels = np.tile([1, 2], 20)
    found = mass_groups(labels, np.arange(40.0), totals_share=0.4)
    assert abs(found.rand) < 0.1 and not found.merely_sorted and found.says == ""
    dear = mass_groups(labels, np.arange(40.0), totals_share=0.97)
    assert dear.merely_sorted and "97 %" in dear.says
    assert "more than 99 %" in mass_groups(labels, np.arange(40.0), totals_share=0.999).says


def test_equal_totals_sort_nobody():
    found = mass_groups(np.array([1, 1, 1, 2, 2, 2]), np.ones(6))
    assert np.isnan(found.rand) and not found.merely_sorted and found.says == ""


def test_refusals():
    with pytest.raises(Refused, match="3 labels"):
        mass_groups(np.array([1, 2, 1]), np.ones(2))

"""The interval of an area for few patients: Wilson's where each class is one patient, its equation, its coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from core.errors import Refused
from core.stats.mutation import wilson_interval
from core.stats.roc import WIDTH
from core.stats.small_auc import area_limits, area_variance


@pytest.mark.parametrize("area", [0.0, 1.0])
def test_of_one_patient_each_it_is_wilsons_interval_of_one_trial(area):
    lower, upper = wilson_interval(np.array(area), np.array(1))
    assert area_limits(area, 1, 1) == pytest.approx((float(lower), float(upper)), abs=1e-9)


def test_the_variance_is_that_of_hanley_and_mcneil_where_the_classes_are_of_one_size():
    """With q1 = a / (2 - a) and q2 = 2 a^2 / (1 + a), as they write it, and n patients in each class."""
    for area, n in ((0.7, 12), (0.93, 40)):
        one, other = area / (2 - area), 2 * area**2 / (1 + area)
        theirs = (area * (1 - area) + (n - 1) * (one - area**2) + (n - 1) * (other - area**2)) / n**2
        assert area_variance(area, n, n) == pytest.approx(theirs, rel=1e-12)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(area=st.floats(0.0, 1.0), positive=st.integers(1, 40), negative=st.integers(1, 40))
def test_the_limits_are_the_areas_from_which_this_one_is_just_far_enough(area, positive, negative):
    lower, upper = area_limits(area, positive, negative)
    assert 0 <= lower <= area <= upper <= 1 and upper - lower > 0.05
    for limit in (lower, upper):
        if 0 < limit < 1:
            away = abs(limit - area)
            assert away == pytest.approx(WIDTH * area_variance(limit, positive, negative) ** 0.5, abs=1e-8)
    turned = area_limits(1 - area, negative, positive)
    assert turned == pytest.approx((1 - upper, 1 - lower), abs=1e-8)


@pytest.mark.parametrize(("positive", "negative", "area"), [(3, 4, 0.75), (3, 4, 0.9), (2, 20, 0.8), (4, 10, 0.5)])
def test_it_holds_the_true_area_in_19_of_20_studies(positive, negative, area):
    chance, runs = np.random.default_rng(0), 4000
    yes = chance.normal(2**0.5 * norm.ppf(area), 1, (runs, positive, 1))
    found = (yes > chance.normal(size=(runs, 1, negative))).mean(axis=(1, 2))
    known = {value: area_limits(float(value), positive, negative) for value in np.unique(found)}
    held = np.mean([known[value][0] <= area <= known[value][1] for value in found])
    assert 0.93 <= held <= 0.985


@pytest.mark.parametrize(("area", "positive", "negative"), [(1.1, 3, 3), (-0.1, 3, 3), (0.5, 0, 3), (0.5, 3, 0)])
def test_what_is_no_area_is_refused(area, positive, negative):
    with pytest.raises(Refused):
        area_limits(area, positive, negative)

"""Tumour control: one voxel by hand, products over voxels, relations of position and steepness, monotone curves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.radiogenomics.dose import Dvh
from core.radiogenomics.tcp import poisson_of_steepness, steepness_of_poisson, tcp_logistic, tcp_poisson


def plan(*doses, shares=None):
    shares = [1 / len(doses)] * len(doses) if shares is None else shares
    return Dvh.of(doses, shares, "differential")


def test_a_uniform_dose_by_hand():
    """1e7 clonogens, 0.3 per Gy, 60 Gy in 2 Gy, ratio 10 Gy: exp(-1e7 exp(-0.3 * 60 * 1.2))."""
    found = tcp_poisson(plan(60), clonogens=1e7, alpha_per_gy=0.3, alpha_beta_gy=10, fractions=30)
    assert found == pytest.approx(np.exp(-1e7 * np.exp(-21.6)), rel=1e-12)
    assert tcp_poisson(plan(60), clonogens=1e7, alpha_per_gy=0.3, alpha_beta_gy=np.inf, fractions=30) == pytest.approx(
        np.exp(-1e7 * np.exp(-18)), rel=1e-12
    )
    assert tcp_poisson(plan(0), clonogens=2, alpha_per_gy=0.3, alpha_beta_gy=10, fractions=30) == pytest.approx(
        np.exp(-2)
    )


def test_voxels_multiply_each_with_its_own_fraction():
    """Half the clonogens at 40 Gy in 20 (2 Gy), half at 60 Gy in 20 (3 Gy)."""
    found = tcp_poisson(plan(40, 60), clonogens=1e6, alpha_per_gy=0.3, alpha_beta_gy=10, fractions=20)
    cold, hot = np.exp(-5e5 * np.exp(-0.3 * 40 * 1.2)), np.exp(-5e5 * np.exp(-0.3 * 60 * 1.3))
    assert found == pytest.approx(cold * hot, rel=1e-12)
    split = tcp_poisson(plan(40, 40, 60, 60), clonogens=1e6, alpha_per_gy=0.3, alpha_beta_gy=10, fractions=20)
    assert split == pytest.approx(found, rel=1e-12)


def test_the_logistic_curve():
    assert tcp_logistic(50, d50_gy=50, gamma50=2) == 0.5
    assert tcp_logistic(0, d50_gy=50, gamma50=2) == 0
    assert tcp_logistic(75, d50_gy=50, gamma50=1) == pytest.approx(1 / (1 + (50 / 75) ** 4))
    step = 1e-5
    ends = tcp_logistic(np.array([50 - step, 50 + step]), d50_gy=50, gamma50=1.7)
    assert np.diff(ends)[0] / (2 * step) == pytest.approx(1.7 / 50, rel=1e-8)


@given(clonogens=st.floats(2, 1e10), alpha=st.floats(0.02, 1), ratio=st.floats(1, 50), fraction=st.floats(0.5, 8))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_position_and_steepness_of_the_poisson_curve(clonogens, alpha, ratio, fraction):
    where = {"alpha_beta_gy": ratio, "dose_per_fraction_gy": fraction}
    found = steepness_of_poisson(clonogens=clonogens, alpha_per_gy=alpha, **where)

    def control(dose_gy):
        return np.exp(-clonogens * np.exp(-alpha * dose_gy * (1 + fraction / ratio)))

    assert control(found.d50_gy) == pytest.approx(0.5, rel=1e-9)
    step = found.d50_gy * 1e-5
    slope = (control(found.d50_gy + step) - control(found.d50_gy - step)) / (2 * step)
    assert slope * found.d50_gy == pytest.approx(found.gamma50, rel=1e-6)
    back = poisson_of_steepness(d50_gy=found.d50_gy, gamma50=found.gamma50, **where)
    assert back == pytest.approx((clonogens, alpha), rel=1e-9)


@given(doses=st.lists(st.floats(0, 90), min_size=1, max_size=6), more=st.floats(0, 20), cold=st.integers(0, 5))
@settings(deadline=None, derandomize=True, max_examples=80)
def test_more_dose_anywhere_never_lowers_control(doses, more, cold):
    known = {"clonogens": 1e5, "alpha_per_gy": 0.25, "alpha_beta_gy": 10.0, "fractions": 30}
    hotter = list(doses)
    hotter[cold % len(doses)] += more
    first, second = tcp_poisson(plan(*doses), **known), tcp_poisson(plan(*hotter), **known)
    assert 0 <= first <= second + 1e-12 <= 1 + 1e-12
    # Of all plans with the same mean number of logs killed, the uniform one is best.
    equal = plan(np.mean(doses))
    linear = known | {"alpha_beta_gy": np.inf}
    assert tcp_poisson(plan(*doses), **linear) <= tcp_poisson(equal, **linear) + 1e-12
    curve = tcp_logistic(np.sort(doses), d50_gy=40, gamma50=1.5)
    assert (np.diff(curve) >= 0).all()


def test_parameters_that_cannot_be_are_all_named():
    with pytest.raises(Refused) as refused:
        tcp_poisson(plan(60), clonogens=0, alpha_per_gy=-1, alpha_beta_gy=10, fractions=30)
    assert [problem.where for problem in refused.value.problems] == ["clonogens", "alpha_per_gy"]
    with pytest.raises(Refused, match="without dose"):
        steepness_of_poisson(clonogens=0.5, alpha_per_gy=0.3, alpha_beta_gy=10, dose_per_fraction_gy=2)
    with pytest.raises(Refused, match="1 doses are negative"):
        tcp_logistic([10, -1], d50_gy=50, gamma50=2)
    with pytest.raises(Refused, match="no ratio"):
        poisson_of_steepness(d50_gy=50, gamma50=2, alpha_beta_gy=0, dose_per_fraction_gy=2)

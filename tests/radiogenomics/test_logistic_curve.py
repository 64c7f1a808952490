"""Logistic dose-response curves: against logistic regression in R, planted curves, a property, and the named states."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.radiogenomics.dose import Dvh, geud_gy
from core.radiogenomics.logistic_curve import fit_logistic_curve
from core.radiogenomics.tcp import tcp_logistic

R = Path(__file__).resolve().parents[1] / "reference" / "dose"


def test_curves_and_intervals_are_those_of_logistic_regression_in_r():
    patients = pd.read_csv(R / "lkb_patients.csv")
    tables = [Dvh.of([r.dose1, r.dose2], [r.share1, 1 - r.share1], "differential") for r in patients.itertuples()]
    for row in pd.read_csv(R / "logistic_curve.csv").itertuples():
        found = fit_logistic_curve([geud_gy(each, row.a) for each in tables], patients["event"] == 1)
        assert found.log_likelihood == pytest.approx(row.log_likelihood, rel=1e-12)
        assert found.log_likelihood_null == pytest.approx(row.log_likelihood_null, rel=1e-12)
        d50, gamma50 = found.d50_gy, found.gamma50
        assert (d50.value, d50.low, d50.high) == pytest.approx((row.d50, row.d50_low, row.d50_high), rel=1e-7)
        assert (gamma50.value, gamma50.low, gamma50.high) == pytest.approx(
            (row.gamma50, row.gamma50_low, row.gamma50_high), rel=1e-7
        )
        assert (found.n, found.n_events) == (len(patients), patients["event"].sum())


def drawn(seed: int, n: int = 150, d50: float = 50.0, gamma50: float = 2.0):
    chance = np.random.default_rng(seed)
    doses = chance.uniform(30, 75, n)
    return doses, chance.random(n) < tcp_logistic(doses, d50_gy=d50, gamma50=gamma50)


def test_intervals_hold_the_planted_curve_as_often_as_they_say():
    from scipy.stats import binom

    held = np.zeros(2, int)
    for seed in range(80):
        found = fit_logistic_curve(*drawn(seed))
        for place, (estimate, truth) in enumerate(((found.d50_gy, 50), (found.gamma50, 2))):
            held[place] += (estimate.low or 0) <= truth <= (estimate.high or np.inf)
    low, high = binom.ppf([0.005, 0.995], 80, 0.95)
    assert ((low <= held) & (held <= high)).all(), held


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0.2, 5), st.integers(0, 1000))
def test_a_dose_in_another_unit_moves_the_position_and_not_the_steepness(factor, seed):
    doses, event = drawn(seed, n=80)
    one, other = fit_logistic_curve(doses, event), fit_logistic_curve(doses * factor, event)
    assert other.d50_gy.value == pytest.approx(one.d50_gy.value * factor, rel=1e-6)
    assert other.gamma50.value == pytest.approx(one.gamma50.value, rel=1e-6)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-9)


def test_states_have_names():
    doses, event = drawn(1)
    with pytest.raises(NotEstimable, match="needs 5"):
        fit_logistic_curve(doses, np.arange(len(doses)) < 4)
    with pytest.raises(NotEstimable, match="does not become more frequent"):
        fit_logistic_curve(doses, ~event)
    with pytest.raises(NotEstimable, match="separate"):
        fit_logistic_curve(doses, doses > 50)
    with pytest.raises(NotEstimable, match="dose of 0 Gy"):
        fit_logistic_curve(np.append(doses[:-1], 0.0), event)
    with pytest.raises(Refused, match="negative"):
        fit_logistic_curve(-doses, event)
    with pytest.raises(ValueError, match="one of each"):
        fit_logistic_curve(doses[1:], event)


def test_an_end_that_the_likelihood_leaves_open_is_none():
    """Hardly any trend: the steepness may be next to nothing, and the position anywhere."""
    chance = np.random.default_rng(0)
    doses, event = chance.uniform(30, 75, 60), np.arange(60) % 2 == 0
    if fit := fit_logistic_curve(doses, event if np.corrcoef(doses, event)[0, 1] > 0 else ~event):
        assert fit.gamma50.low is None and fit.d50_gy.low is None and fit.gamma50.high is not None

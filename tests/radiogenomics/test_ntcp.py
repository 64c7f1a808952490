"""Complications: the curves against R, the fit against probit regression, planted parameters, and the named states."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from core.errors import NotEstimable, Refused
from core.radiogenomics.dose import Dvh
from core.radiogenomics.ntcp import FALL, PNEUMONITIS, RECTUM, SALIVA, fit_lkb, lkb_eud_gy, ntcp_lkb, ntcp_logistic
from core.radiogenomics.probit import Binary

R = Path(__file__).resolve().parents[1] / "reference" / "dose"


def uniform(doses):
    return [Dvh.of([dose], [1], "differential") for dose in doses]


def patients_of_r():
    table = pd.read_csv(R / "lkb_patients.csv")
    dvhs = [Dvh.of([row.dose1, row.dose2], [row.share1, 1 - row.share1], "differential") for row in table.itertuples()]
    return dvhs, table["event"].to_numpy()


def test_both_curves_are_those_of_r():
    table = pd.read_csv(R / "curves.csv")
    for (td50, m), rows in table.groupby(["td50", "m"]):
        np.testing.assert_allclose(ntcp_lkb(rows["dose"], td50_gy=td50, m=m), rows["ntcp"], rtol=1e-10)
        found = ntcp_logistic(rows["dose"], td50_gy=td50, gamma50=1 / (m * np.sqrt(2 * np.pi)))
        np.testing.assert_allclose(found, rows["logistic"], rtol=1e-10)


def test_half_at_td50_and_the_slopes_there():
    assert ntcp_lkb(30.8, td50_gy=30.8, m=0.37) == 0.5 == ntcp_logistic(30.8, td50_gy=30.8, gamma50=1.2)
    step = np.array([-1e-5, 1e-5])
    slope = np.diff(ntcp_lkb(30 + step, td50_gy=30, m=0.4))[0] / 2e-5
    assert slope == pytest.approx(1 / (0.4 * 30 * np.sqrt(2 * np.pi)), rel=1e-8)
    slope = np.diff(ntcp_logistic(30 + step, td50_gy=30, gamma50=1.2))[0] / 2e-5
    assert slope == pytest.approx(1.2 / 30, rel=1e-8)
    assert ntcp_logistic(0, td50_gy=30, gamma50=1.2) == 0


def test_the_published_set_is_a_curve_of_the_mean_dose():
    lung = Dvh.of([0, 60], [0.7, 0.3], "differential")
    eud = lkb_eud_gy(lung, PNEUMONITIS.n)
    assert eud == pytest.approx(lung.mean_gy)
    risk = ntcp_lkb(eud, td50_gy=PNEUMONITIS.td50_gy, m=PNEUMONITIS.m)
    assert risk == pytest.approx(0.1307, abs=5e-5)  # Phi((18 - 30.8) / 11.396) = Phi(-1.1232)
    assert lkb_eud_gy(lung, 0) == 60


def test_the_parotid_set_gives_the_risks_of_its_abstract():
    """Mean doses of 25 to 30 Gy were associated with 17 to 26 %."""
    low, high = ntcp_lkb([25, 30], td50_gy=SALIVA.td50_gy, m=SALIVA.m)
    assert low == pytest.approx(0.17, abs=0.01) and high == pytest.approx(0.26, abs=0.01)
    assert ntcp_lkb(RECTUM.td50_gy, td50_gy=RECTUM.td50_gy, m=RECTUM.m) == 0.5


@given(doses=st.lists(st.floats(0, 100), min_size=2, max_size=8), td50=st.floats(5, 90), m=st.floats(0.05, 1))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_more_dose_and_more_volume_effect_never_lower_the_risk(doses, td50, m):
    doses = np.sort(doses)
    assert (np.diff(ntcp_lkb(doses, td50_gy=td50, m=m)) >= 0).all()
    assert (np.diff(ntcp_logistic(doses, td50_gy=td50, gamma50=1 / m)) >= 0).all()
    organ = Dvh.of(doses, np.full(len(doses), 1 / len(doses)), "differential")
    # The smaller n, the more the hottest part counts.
    risks = [ntcp_lkb(lkb_eud_gy(organ, n), td50_gy=td50, m=m) for n in (2, 1, 0.5, 0.1, 0)]
    assert (np.diff(risks) >= -1e-9).all()


def test_fits_and_profile_intervals_are_those_of_probit_regression_in_r():
    dvhs, event = patients_of_r()
    expected = pd.read_csv(R / "lkb.csv")
    for row in expected.itertuples():
        found = fit_lkb(dvhs, event, n=row.n)
        assert found.log_likelihood == pytest.approx(row.log_likelihood, rel=1e-12)
        ours = (found.td50_gy.value, found.m.value)
        assert ours == pytest.approx((row.td50, row.m), rel=1e-8)
        ends = (found.td50_gy.low, found.td50_gy.high, found.m.low, found.m.high)
        assert ends == pytest.approx((row.td50_low, row.td50_high, row.m_low, row.m_high), rel=1e-7)
        assert (found.n.low, found.n.value, found.n.high) == (row.n, row.n, row.n)
        assert (found.n_patients, found.n_events) == (len(event), event.sum())
        again = ntcp_lkb(found.eud_gy, td50_gy=row.td50, m=row.m)
        np.testing.assert_allclose(found.ntcp, again, rtol=1e-7)


def test_a_free_volume_parameter_is_that_of_nested_searches_in_r():
    found = fit_lkb(*patients_of_r())
    expected = pd.read_csv(R / "lkb_free.csv").iloc[0]
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], abs=2e-4)
    for ours, name, rel in ((found.n, "n", 0.03), (found.td50_gy, "td50", 0.003), (found.m, "m", 0.005)):
        assert ours.value == pytest.approx(expected[name], rel=rel)
    ends = (found.n.low, found.n.high, found.td50_gy.low, found.td50_gy.high)
    assert ends == pytest.approx(expected[["n_low", "n_high", "td50_low", "td50_high"]].to_numpy(), rel=2e-3)


def test_planted_parameters_come_back():
    chance = np.random.default_rng(4)
    doses, shares = chance.uniform([0, 30], [40, 80], (500, 2)), chance.uniform(0.1, 0.9, 500)
    dvhs = [Dvh.of(d, [s, 1 - s], "differential") for d, s in zip(doses, shares, strict=True)]
    eud = np.array([lkb_eud_gy(dvh, 0.4) for dvh in dvhs])
    event = chance.random(500) < ntcp_lkb(eud, td50_gy=48, m=0.25)
    found = fit_lkb(dvhs, event)
    assert found.td50_gy.value == pytest.approx(48, abs=4)
    assert found.m.value == pytest.approx(0.25, abs=0.06)
    assert 0.4 / 1.6 < found.n.value < 0.4 * 1.6
    assert all(each.low < each.value < each.high for each in (found.td50_gy, found.m, found.n))
    assert found.notes == ()


def test_the_intervals_hold_the_planted_values_as_often_as_they_say():
    """A value is in the interval where its profile falls by no more than FALL; the first studies show that it is so."""
    runs, chance = 250, np.random.default_rng(8)
    held = np.zeros(2)
    for run in range(runs):
        doses = chance.uniform(5, 60, 80)
        event = chance.random(80) < ntcp_lkb(doses, td50_gy=40, m=0.3)
        data = Binary(event, doses[None] / doses.mean(), np.array([doses.mean()]))
        top = data.curves()[0][0]
        inside = np.array([data.at_td50(40), data.at_m(0.3)]) >= top - FALL
        held += inside
        if run < 8:
            found = fit_lkb(uniform(doses), event, n=1)
            assert (found.td50_gy.low <= 40 <= found.td50_gy.high) == inside[0]
            assert (found.m.low <= 0.3 <= found.m.high) == inside[1]
    low, high = binom.ppf([0.005, 0.995], runs, 0.95)
    assert (low <= held).all() and (held <= high).all(), held


def test_a_weak_dose_effect_leaves_an_interval_open():
    chance = np.random.default_rng(1)
    doses = np.sort(chance.uniform(10, 30, 60))
    event = np.zeros(60)
    event[[10, 22, 35, 41, 52, 58]] = 1
    found = fit_lkb(uniform(doses), event, n=1)
    assert found.td50_gy.high is None and found.td50_gy.low is not None
    assert "continuation" in found.notes[0]
    several = fit_lkb(uniform(doses), event)
    assert several.n.low is None and several.n.high is None and "do not tell" in several.notes[-1]


def test_states_have_names():
    doses = np.linspace(10, 60, 40)
    chance = np.random.default_rng(0)
    with pytest.raises(NotEstimable, match="separates"):
        fit_lkb(uniform(doses), doses > 40, n=1)
    with pytest.raises(NotEstimable, match="No curve that rises"):
        fit_lkb(uniform(doses), chance.random(40) < 1 - ntcp_lkb(doses, td50_gy=40, m=0.4), n=1)
    with pytest.raises(NotEstimable, match="Of 40 patients 3 have"):
        fit_lkb(uniform(doses), [1, 1, 1] + [0] * 37, n=1)
    with pytest.raises(NotEstimable, match="same dose"):
        fit_lkb(uniform([30] * 40), [0, 1] * 20, n=1)
    with pytest.raises(Refused, match="1 outcomes are neither"):
        fit_lkb(uniform(doses), [2] + [0, 1, 0] * 13, n=1)
    with pytest.raises(Refused, match="1 outcomes are neither"):
        fit_lkb(uniform(doses), ["yes"] + [0, 1, 0] * 13, n=1)
    with pytest.raises(Refused, match="no volume parameter"):
        fit_lkb(uniform(doses), [0, 1] * 20, n=-1)
    with pytest.raises(ValueError, match="40 tables"):
        fit_lkb(uniform(doses), [0, 1], n=1)
    with pytest.raises(Refused, match="not a number above 0"):
        ntcp_lkb(30, td50_gy=0, m=0.3)


def test_patients_without_an_outcome_are_left_out_and_counted():
    dvhs, event = patients_of_r()
    whole = fit_lkb(dvhs, event, n=0.5)
    more = fit_lkb([*dvhs, *uniform([20, 70, 30])], [*event, None, np.nan, pd.NA], n=0.5)
    assert (more.n_excluded, more.n_patients) == (3, whole.n_patients)
    assert more.td50_gy == whole.td50_gy

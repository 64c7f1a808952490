"""The score test of proportional hazards, its residuals and their smooth, against cox.zph and by simulation."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from core.compute import generators
from core.survival.cox import cox_model
from core.survival.efron import RiskSums, maximise
from core.survival.hazard import PROPORTIONALITY, hazard_per_sd, hazard_ratio
from core.survival.outcome import Outcome
from core.survival.proportional import WIDTH, proportionality
from tests.survival.cohorts import REFERENCE, lung, outcome, veteran
from tests.survival.test_cox_model import MODELS, modelled, r

DIFFERENCES = REFERENCE.parent / "differences" / "differences.json"


@pytest.mark.parametrize("name", ["lung_inst", "veteran_mixed"])
def test_scaled_residuals_are_those_of_cox_zph(name):
    expected = r("cox_model_residuals.csv").query("set == @name")
    for term, found in modelled(name)[0].residuals.items():
        rows = expected[expected["term"] == term.replace(" x ", ":")]
        # Within a stratum tied events come in another order, and R lists one stratum after the other.
        theirs = rows.sort_values(["time", "residual"]).reset_index(drop=True)
        ours = found.table.sort_values(["time", "residual"]).reset_index(drop=True)
        np.testing.assert_allclose(ours["moment"], theirs["moment"], rtol=1e-12, atol=1e-15)
        size = theirs["residual"].abs().max()
        np.testing.assert_allclose(ours["residual"], theirs["residual"], rtol=1e-6, atol=1e-9 * size)


@pytest.mark.parametrize("name", MODELS)
def test_the_smooth_is_that_of_plot_cox_zph(name):
    expected = r("cox_model_smooth.csv").query("set == @name")
    for term, found in modelled(name)[0].residuals.items():
        theirs = expected[expected["term"] == term.replace(" x ", ":")]
        ours = found.smooth.iloc[[0, 6, 12, 19, 26, 32, 39]]
        np.testing.assert_allclose(ours["moment"], theirs["moment"], rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(ours["value"], theirs["value"], rtol=1e-6, atol=1e-9 * theirs["value"].abs().max())
        np.testing.assert_allclose((ours["upper"] - ours["value"]) / WIDTH, theirs["error"], rtol=1e-6)
        assert (found.smooth["lower"] < found.smooth["upper"]).all() and found.smooth["time"].is_monotonic_increasing


def test_groups_and_numbers_by_themselves_have_the_same_test():
    frame = veteran()
    levels = {level.group: level for level in hazard_ratio(outcome(frame), frame["group"], "squamous").levels}
    model = cox_model(outcome(frame), frame[["celltype"]], references={"celltype": "squamous"})
    assert hazard_ratio(outcome(frame), frame["group"]).proportionality == model.proportionality == PROPORTIONALITY
    # R 4.2.2, survival 3.5-3: cox.zph(coxph(Surv(time, status) ~ celltype, veteran), terms = FALSE), level by level.
    expected = {"adeno": 0.14055046005, "large": 0.03024226643, "smallcell": 0.22945710865}
    for name, p in expected.items():
        assert levels[name].estimate.ph_p == pytest.approx(p, rel=1e-7)
    # The same of the models of one column in tests/reference/differences/differences.R.
    ours = {
        "lung_sex": hazard_ratio(outcome(lung()), lung()["group"], reference="male").levels[0].estimate.ph_p,
        "lung_age_sd": hazard_per_sd(outcome(lung()), lung()["age"]).estimate.ph_p,
        "veteran_karno_sd": hazard_per_sd(outcome(frame), frame["karno"]).estimate.ph_p,
    }
    assert ours == pytest.approx(json.loads(DIFFERENCES.read_text())["proportional"], rel=1e-6)
    for column, data in (("karno", frame), ("age", lung())):
        alone = hazard_per_sd(outcome(data), data[column]).estimate.ph_p
        assert alone == pytest.approx(cox_model(outcome(data), data[[column]]).terms[0].ph_p, rel=1e-9)


def test_events_all_at_one_time_have_no_test_and_no_number():
    chance = np.random.default_rng(1)
    result = hazard_ratio(Outcome.of([5] * 30, chance.integers(0, 2, 30), "days"), ["a", "b"] * 15)
    assert np.isnan(result.levels[1].estimate.ph_p)


def fitted(time, event, stratum, x):
    """The coefficients of x (n, p) of unit scale."""
    sums = RiskSums.of(time, event, stratum)
    z = np.ascontiguousarray(x[sums.order])
    found = maximise(sums, z[:, -1:], z[:, :-1], np.zeros(x.shape[1] - 1))
    assert found.converged[0]
    return np.append(found.others[:, 0], found.coefficient)


PLACES = {"number": slice(0, 1), "levels": slice(1, 3)}


def patients(chance, n, tied, ratio=0.0):
    code = chance.integers(0, 3, n)
    x = np.column_stack((chance.normal(size=n), code == 1, code == 2)).astype(float)
    time, limit = chance.exponential(10 * np.exp(-ratio * x[:, 0])), chance.uniform(3, 40, n)
    time, event = np.minimum(time, limit), time <= limit
    return (np.ceil(time / 2) if tied else time), event, chance.integers(0, 2, n), x


@pytest.mark.parametrize("tied", [False, True])
def test_p_is_uniform_where_hazards_are_proportional(tied):
    """With 400 patients; with 120, about 80 of them with an event, the test is a little liberal: 6 % below 0.05."""
    runs, small = 1000, {"number": 0, "levels": 0, "all": 0}
    for chance in generators(7 + tied, runs):
        time, event, stratum, x = patients(chance, 400, tied, 0.5)
        beta = fitted(time, event, stratum, x)
        found = proportionality(time, event, stratum, x, beta, PLACES, residuals=False)
        for name, test in (*found.tests.items(), ("all", found.overall)):
            small[name] += test.p < 0.05
    low, high = binom.ppf([0.005, 0.995], runs, 0.05)
    assert all(low <= count <= high for count in small.values()), small


def test_an_effect_that_turns_is_noticed_and_its_smooth_falls():
    """The hazard ratio of one standard deviation falls from about 3 to about 1/3."""
    noticed = 0
    for chance in generators(3, 40):
        x = chance.normal(size=(200, 1))
        early, late = chance.exponential(10 * np.exp(-1.1 * x[:, 0])), chance.exponential(10 * np.exp(1.1 * x[:, 0]))
        time = np.where(early < 6, early, 6 + late)
        beta = fitted(time, np.ones(200, bool), np.zeros(200, int), x)
        found = proportionality(time, np.ones(200, bool), np.zeros(200, int), x, beta, {"x": slice(0, 1)})
        noticed += found.tests["x"].p < 0.05
        smooth = found.residuals["x"].smooth
        assert smooth["value"].iloc[2] > smooth["value"].iloc[-3]
    assert noticed >= 36


@given(scale=st.floats(1e-3, 1e4), shift=st.floats(-1e3, 1e3), power=st.sampled_from([0.5, 1.0, 3.0]))
@settings(deadline=None, derandomize=True, max_examples=25)
def test_units_and_any_rising_clock_change_nothing(scale, shift, power):
    time, event, stratum, x = patients(np.random.default_rng(4), 80, True, 0.3)
    beta = fitted(time, event, stratum, x)
    one = proportionality(time, event, stratum, x, beta, PLACES)
    units = np.array([scale, 1.0, 1.0])
    other = proportionality(time**power, event, stratum, x * units + shift, beta / units, PLACES)
    for name, test in one.tests.items():
        assert other.tests[name].statistic == pytest.approx(test.statistic, rel=1e-6)
    ours, theirs = one.residuals["number"].table["residual"], other.residuals["number"].table["residual"] * scale
    np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-6)


def test_residuals_average_to_the_coefficient_and_know_where_a_term_does_not_vary():
    time, event, stratum, x = patients(np.random.default_rng(9), 90, False)
    x[stratum == 1, 0] = 1.0
    beta = fitted(time, event, stratum, x)
    found = proportionality(time, event, stratum, x, beta, PLACES)
    table = found.residuals["number"].table
    assert table["residual"].notna().sum() == (event & (stratum == 0)).sum() and len(table) == event.sum()
    assert found.residuals["levels"].table["residual"].notna().all()
    one = proportionality(time, event, np.zeros(90, int), x, fitted(time, event, np.zeros(90, int), x), PLACES)
    residual = one.residuals["number"]
    assert residual.table["residual"].mean() == pytest.approx(residual.constant, abs=1e-9)
    assert pd.Series(residual.table["time"]).is_monotonic_increasing

"""Restricted cubic splines in a Cox model: knots, tests and curves against Hmisc and coxph."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.survival.cox import cox_model
from core.survival.outcome import Outcome
from core.survival.splines import basis, knots_of
from tests.survival.cohorts import lung, outcome, veteran
from tests.survival.test_cox_model import r

MODELS = {
    "lung_age": (lung, ["age", "group"], {}),
    "lung_age3": (lung, ["age", "group", "ph.karno"], {"knots": 3}),
    "lung_meal": (lung, ["meal.cal", "group"], {}),
    "small": (lambda: veteran().query("trt == 1").reset_index(drop=True), ["age", "karno"], {}),
    "veteran_age": (veteran, ["age", "karno"], {"knots": 5, "strata": "celltype"}),
}


def modelled(name):
    make, covariates, options = MODELS[name]
    frame, options = make(), dict(options)
    if "strata" in options:
        options["strata"] = frame[options["strata"]]
    return cox_model(outcome(frame), frame[covariates], splines=covariates[:1], **options)


@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_hmisc_and_coxph(name):
    result = modelled(name)
    (curve,), term = result.curves, result.terms[0]
    knots = r("splines_knots.csv").query("set == @name")["knot"]
    assert curve.knots == pytest.approx(knots.tolist(), rel=1e-12)
    expected = r("splines.csv").set_index("set").loc[name]
    assert (result.n, result.n_events) == (expected["n"], expected["n_events"])
    assert (term.kind, term.dof, curve.nonlinear_dof) == ("spline", len(knots) - 1, len(knots) - 2)
    assert term.lr_statistic == pytest.approx(expected["lr_statistic"], rel=1e-7)
    assert term.lr_p == pytest.approx(expected["lr_p"], rel=1e-7)
    assert curve.nonlinear_statistic == pytest.approx(expected["nonlinear_statistic"], rel=1e-7)
    assert curve.nonlinear_p == pytest.approx(expected["nonlinear_p"], rel=1e-7)
    assert term.ph_p == pytest.approx(expected["ph_p"], rel=1e-6)
    shown = r("splines_curve.csv").query("set == @name")
    ours = curve.table.iloc[[0, 19, 39, 50, 69, 89, 100]]
    for column in ("value", "ratio", "lower", "upper"):
        np.testing.assert_allclose(ours[column], shown.query("kind == 'curve'")[column], rtol=1e-7)
    (quartiles,) = shown.query("kind == 'quartiles'").itertuples()
    found = curve.quartiles
    assert (found.high, found.ratio, found.lower, found.upper) == pytest.approx(
        (quartiles.value, quartiles.ratio, quartiles.lower, quartiles.upper), rel=1e-7
    )


@given(st.lists(st.floats(-1e3, 1e3), min_size=12, max_size=60, unique=True), st.sampled_from([3, 4, 5]))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_columns_are_straight_beyond_the_knots_and_smooth_between(values, count):
    values = np.array(values)
    try:
        knots = knots_of(values, count, "x")
    except NotEstimable:
        return
    width = knots[-1] - knots[0]
    if np.diff(knots).min() < 1e-3 * width:
        return
    outside = np.concatenate((knots[0] - width * np.arange(1, 4), knots[-1] + width * np.arange(1, 4)))
    below, above = basis(outside, knots)[:3], basis(outside, knots)[3:]
    assert (below[:, 1:] == 0).all()
    np.testing.assert_allclose(np.diff(above, 2, axis=0), 0, atol=1e-6 * np.abs(above).max())
    # No jump in value or slope at a knot.
    step = 1e-6 * width
    for knot in knots:
        left, middle, right = basis(np.array([knot - step, knot, knot + step]), knots)
        np.testing.assert_allclose((right - middle) - (middle - left), 0, atol=1e-4 * step)


def test_the_curve_is_one_at_the_median_and_the_unit_changes_nothing():
    frame = lung()
    one, other = (
        cox_model(outcome(frame), frame[["age"]].assign(age=frame["age"] * scale), splines=["age"])
        for scale in (1, 1e6)
    )
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-9)
    assert one.curves[0].nonlinear_p == pytest.approx(other.curves[0].nonlinear_p, rel=1e-6)
    table = one.curves[0].table
    nearest = (table["value"] - one.curves[0].reference).abs().idxmin()
    assert table.loc[nearest, "ratio"] == pytest.approx(1, abs=0.02)
    np.testing.assert_allclose(table["ratio"], other.curves[0].table["ratio"], rtol=1e-6)


@pytest.mark.parametrize("values", [np.arange(80) % 4, np.r_[np.zeros(70), np.arange(10)], np.arange(80) // 12])
def test_too_few_values_say_what_to_do(values):
    follow_up = Outcome.of(np.arange(1, 81), [1] * 80, "days")
    with pytest.raises(NotEstimable, match="different values among 80") as state:
        cox_model(follow_up, pd.DataFrame({"x": values.astype(float)}), splines=["x"], knots=5)
    assert "Choose 4 knots" in state.value.remedy
    with pytest.raises(NotEstimable) as state:
        cox_model(follow_up, pd.DataFrame({"x": (np.arange(80) % 3).astype(float)}), splines=["x"], knots=3)
    assert state.value.remedy == "Leave x out of the splines."


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"splines": ["stage"]}, "not a number"),
        ({"splines": ["sex"]}, "not a number among"),
        ({"splines": ["age"], "interactions": [("age", "stage")]}, "in an interaction"),
        ({"splines": ["age"], "knots": 7}, "Choose 3, 4 or 5"),
    ],
)
def test_splines_that_cannot_be_are_refused(options, where):
    frame = pd.DataFrame({"age": np.arange(60.0), "stage": ["I", "II"] * 30})
    with pytest.raises(Refused, match=where):
        cox_model(Outcome.of(np.arange(1, 61), [1] * 60, "days"), frame, **options)

"""Calibration against glm and lowess of R; what has no line, no groups or no smooth; how often intervals hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom

from core.compute import generators
from core.errors import Abandoned, NotEstimable, Refused
from core.stats.calibration import _lowess, brier, calibration_groups, calibration_line, calibration_smooth
from core.stats.mutation import wilson_interval

FOLDER = Path(__file__).parents[1] / "reference" / "prediction"
PREDICTED = dict(iter(pd.read_csv(FOLDER / "predicted.csv").groupby("set", sort=False)))
ROWS = list(pd.read_csv(FOLDER / "calibration.csv").itertuples())


def given_to(name: str) -> tuple[np.ndarray, np.ndarray]:
    return PREDICTED[name]["outcome"].to_numpy(), PREDICTED[name]["probability"].to_numpy()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.set)
def test_line_and_brier_score_are_those_of_r(row):
    outcome, probability = given_to(row.set)
    line, score = calibration_line(outcome, probability), brier(outcome, probability)
    for found, value, error in (
        (line.intercept, row.intercept, row.intercept_error),
        (line.slope, row.slope, row.slope_error),
        (line.in_the_large, row.large, row.large_error),
    ):
        assert (found.value, found.error) == pytest.approx((value, error), abs=1e-8)
        half = 1.959964 * error
        assert (found.lower, found.upper) == pytest.approx((value - half, value + half), abs=1e-6)
    assert (score.score, score.scaled) == pytest.approx((row.brier, row.scaled), abs=1e-12)
    assert (line.observed, line.expected) == pytest.approx((outcome.mean(), probability.mean()), abs=1e-12)
    assert (line.n, line.n_positive) == (score.n, score.n_positive) == (len(outcome), outcome.sum())


@pytest.mark.parametrize("name", [name for name in PREDICTED if name != "tied"])
def test_the_smooth_is_that_of_lowess_in_r(name):
    expected = pd.read_csv(FOLDER / "smooth.csv").query("set == @name")
    outcome, probability = given_to(name)
    at_patients = _lowess(probability, outcome.astype(float), expected["probability"].to_numpy())
    np.testing.assert_allclose(at_patients, expected["smooth"].clip(0, 1), atol=1e-9)
    found = calibration_smooth(outcome, probability, resamples=100)
    # Between the patients the line is drawn anew, R's is straight: they differ by little where patients are dense.
    between = np.interp(found.table["probability"], expected["probability"], expected["smooth"].clip(0, 1))
    np.testing.assert_allclose(found.table["smooth"], between, atol=0.02)
    assert found.table.notna().all(axis=None) and found.table.iloc[:, 1:].stack().between(0, 1).all()
    assert (found.table["lower"] <= found.table["upper"]).all() and found.n == len(outcome)


def test_the_band_is_seeded_and_can_be_abandoned():
    first, again, other = (calibration_smooth(*given_to("shifted"), 30, seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["smooth"] == other["smooth"]).all() and (first["lower"] != other["lower"]).any()

    def stop(share, text):
        raise Abandoned

    with pytest.raises(Abandoned):
        calibration_smooth(*given_to("shifted"), progress=stop)


def test_groups_of_equal_count():
    outcome, probability = given_to("extreme")
    found = calibration_groups(outcome, probability)
    table, order = found.table, np.argsort(probability)
    assert table["n"].tolist() == [20] * 10 and found.n == 200
    for row, rows in zip(table.itertuples(), np.split(order, 10), strict=True):
        assert row.expected == pytest.approx(probability[rows].mean()) and row.observed == outcome[rows].mean()
        assert (row.lower, row.upper) == tuple(map(float, wilson_interval(outcome[rows].sum(), 20)))
        assert row.n_positive == outcome[rows].sum()
    assert (table["from"].to_numpy()[1:] >= table["to"].to_numpy()[:-1]).all()


def test_equal_probabilities_stay_together():
    outcome, probability = given_to("tied")
    table = calibration_groups(outcome, probability).table
    assert table["n"].sum() == 300 and (table["from"] <= table["to"]).all()
    assert (table["from"].to_numpy()[1:] > table["to"].to_numpy()[:-1]).all()


@pytest.mark.parametrize("groups", [3, 4, 7])
def test_groups_are_as_equal_as_can_be_and_the_same_from_either_end(groups):
    chance = np.random.default_rng(1)
    outcome, probability = np.resize([1, 0, 0], 100), chance.permutation(np.linspace(0.05, 0.85, 100))
    sizes = calibration_groups(outcome, probability, groups).table["n"]
    assert sizes.max() - sizes.min() <= 1 and len(sizes) == groups
    for given_p in (probability, probability.round(1)):
        table = calibration_groups(outcome, given_p, groups).table
        mirror = calibration_groups(1 - outcome, 1 - given_p, groups).table[::-1].reset_index(drop=True)
        assert table["n"].tolist() == mirror["n"].tolist()
        np.testing.assert_allclose(table["observed"], 1 - mirror["observed"])
        np.testing.assert_allclose(table["lower"], 1 - mirror["upper"], atol=1e-12)


def test_a_perfect_and_an_ignorant_forecast():
    outcome = np.repeat([1, 0], 20)
    assert (brier(outcome, outcome).score, brier(outcome, outcome).scaled) == (0, 1)
    assert brier(outcome, np.full(40, 0.5)).scaled == 0
    assert brier(outcome, 1 - outcome).scaled == -3


@pytest.mark.parametrize(
    ("probability", "reason"),
    [
        (np.r_[np.linspace(0.6, 0.9, 20), np.linspace(0.1, 0.5, 20)], "separate the 20 positive from the 20 negative"),
        (np.r_[np.linspace(0.1, 0.5, 20), np.linspace(0.6, 0.9, 20)], "separate"),
        (np.r_[np.linspace(0.5, 0.9, 20), np.linspace(0.1, 0.5, 20)], "separate"),  # but for a tie on the border
        (np.r_[1.0, np.linspace(0.1, 0.9, 38), 0.0], "2 of 40 probabilities are exactly 0 or 1"),
        (np.full(40, 0.3), "All 40 patients have the same probability"),
    ],
)
def test_what_has_no_line_is_a_state(probability, reason):
    with pytest.raises(NotEstimable, match=reason):
        calibration_line(np.repeat([1, 0], 20), probability)
    assert 0 < brier(np.repeat([1, 0], 20), probability).score < 1


def test_what_has_no_groups_or_no_smooth_is_a_state():
    outcome, probability = np.tile([1, 0], 20), np.linspace(0.1, 0.9, 40)
    with pytest.raises(NotEstimable, match="40 patients are too few for 10 groups") as state:
        calibration_groups(outcome, probability)
    assert state.value.remedy == "Ask for 8 groups." and len(calibration_groups(outcome, probability, 8).table) == 8
    with pytest.raises(NotEstimable, match="one group"):
        calibration_groups(outcome, np.full(40, 0.3), 4)
    with pytest.raises(Refused, match="1 groups"):
        calibration_groups(outcome, probability, 1)
    with pytest.raises(NotEstimable, match="40 patients have 3 different probabilities"):
        calibration_smooth(outcome, np.resize([0.1, 0.2, 0.3], 40))
    crowd = np.r_[np.full(281, 0.5), np.linspace(0.01, 0.9, 19)]
    with pytest.raises(NotEstimable, match="share a probability"):
        calibration_smooth(np.resize([1, 0], 300), crowd, resamples=5)
    for question in (calibration_line, brier, calibration_groups, calibration_smooth):
        with pytest.raises(Refused, match="1 are outside 0 to 1"):
            question(outcome, np.r_[1.2, probability[1:]])
        with pytest.raises(NotEstimable, match="at least 5 positive"):
            question(np.zeros(40), probability)


def test_patients_lacking_a_value_are_left_out_and_counted():
    outcome, probability = given_to("shifted")
    holes = np.where(np.arange(120) < 7, np.nan, probability)
    found, rest = calibration_line(outcome, holes), calibration_line(outcome[7:], probability[7:])
    assert found.slope == rest.slope and (found.n, found.n_left_out) == (113, 7)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.integers(0, 10_000), st.floats(-2, 2), st.floats(0.3, 3))
def test_recalibrating_undoes_a_shift_and_a_stretch(seed, shift, stretch):
    chance = np.random.default_rng(seed)
    true = chance.normal(0, 1.0, 80)
    outcome = chance.random(80) < expit(true)
    try:
        plain = calibration_line(outcome, expit(true))
    except NotEstimable:
        return
    moved = calibration_line(outcome, expit(shift + stretch * true))
    assert moved.slope.value == pytest.approx(plain.slope.value / stretch, rel=1e-6)
    assert moved.intercept.value == pytest.approx(plain.intercept.value - moved.slope.value * shift, abs=1e-6)
    # A model that has been recalibrated on the same patients is perfectly calibrated there.
    mended = calibration_line(outcome, expit(plain.intercept.value + plain.slope.value * true))
    assert (mended.intercept.value, mended.slope.value) == pytest.approx((0, 1), abs=1e-6)
    assert mended.expected == pytest.approx(mended.observed, abs=1e-8)
    turned = calibration_line(~outcome, 1 - expit(true))
    assert turned.slope.value == pytest.approx(plain.slope.value, rel=1e-6)


def test_intervals_hold_what_is_true_of_a_calibrated_model_as_often_as_they_say():
    held, inside = [], []
    for chance in generators(5, 400):
        true = chance.normal(-0.5, 1.2, 120)
        outcome = chance.random(120) < expit(true)
        line = calibration_line(outcome, expit(true))
        pairs = ((line.intercept, 0), (line.slope, 1), (line.in_the_large, 0))
        held.append([found.lower <= value <= found.upper for found, value in pairs])
        if len(inside) < 100:
            groups = calibration_groups(outcome, expit(true), 6).table
            inside.append(groups["expected"].between(groups["lower"], groups["upper"]).mean())
    low, high = binom.ppf([0.005, 0.995], 400, 0.95) / 400
    assert ((low <= np.mean(held, axis=0)) & (np.mean(held, axis=0) <= high)).all()
    assert 0.93 <= np.mean(inside) <= 0.98


def test_an_overfitted_model_is_found_out():
    slopes = []
    for chance in generators(6, 40):
        true = chance.normal(-0.5, 1.2, 150)
        outcome = chance.random(150) < expit(true)
        slopes.append(calibration_line(outcome, expit(2 * true)).slope)
    assert np.mean([slope.upper < 1 for slope in slopes]) > 0.9
    assert np.median([slope.value for slope in slopes]) == pytest.approx(0.5, abs=0.1)

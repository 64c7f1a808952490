"""Net benefit against sums patient by patient in R, what it must be whatever the data, and how often its band holds."""

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
from core.stats.confusion import called
from core.stats.decision import THRESHOLDS, decision_curve

FOLDER = Path(__file__).parents[1] / "reference" / "prediction"
PREDICTED = dict(iter(pd.read_csv(FOLDER / "predicted.csv").groupby("set", sort=False)))


@pytest.mark.parametrize("name", PREDICTED)
def test_net_benefit_is_that_summed_patient_by_patient_in_r(name):
    data = PREDICTED[name]
    expected = pd.read_csv(FOLDER / "benefit.csv").query("set == @name")
    found = decision_curve(data["outcome"], data["probability"], expected["threshold"], resamples=50)
    np.testing.assert_allclose(found.table["net_benefit"], expected["net_benefit"], atol=1e-12)
    np.testing.assert_allclose(found.table["treat_all"], expected["treat_all"], atol=1e-12)
    assert (found.n, found.n_positive) == (len(data), data["outcome"].sum())


def test_a_worked_example():
    """100 patients, 20 positive; at 0.2 a true positive is worth four false ones: 15/100 - 20/100 * 1/4 = 0.10."""
    outcome = np.repeat([1, 1, 0, 0], [15, 5, 20, 60])
    row = decision_curve(outcome, np.repeat([0.6, 0.1, 0.4, 0.1], [15, 5, 20, 60]), [0.2]).table.iloc[0]
    assert (row["n_treated"], row["true_positives"], row["false_positives"]) == (35, 15, 20)
    assert (row["net_benefit"], row["treat_all"]) == pytest.approx((0.10, 0.0), abs=1e-12)


def test_counts_are_those_of_the_confusion_table_at_each_threshold():
    data = PREDICTED["tied"]
    for row in decision_curve(data["outcome"], data["probability"], [0.1, 0.3, 0.7], 20).table.itertuples():
        counts = called(data["outcome"], data["probability"], row.threshold)
        assert (row.true_positives, row.false_positives) == (counts.tp, counts.fp)


def test_the_band_is_seeded_and_can_be_abandoned():
    data = PREDICTED["timid"]
    first, again, other = (decision_curve(data["outcome"], data["probability"], seed=s).table for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["net_benefit"] == other["net_benefit"]).all() and (first["lower"] != other["lower"]).any()
    assert first["threshold"].tolist() == list(THRESHOLDS)

    def stop(share, text):
        raise Abandoned

    with pytest.raises(Abandoned):
        decision_curve(data["outcome"], data["probability"], progress=stop)


def test_the_band_is_as_wide_as_the_error_of_a_mean():
    data = PREDICTED["tied"]
    row = decision_curve(data["outcome"], data["probability"], [0.3], resamples=4000).table.iloc[0]
    gain = np.where(data["outcome"] == 1, 1.0, -0.3 / 0.7) * (data["probability"] >= 0.3)
    half = 1.96 * gain.std() / np.sqrt(len(data))
    assert (row["upper"] - row["lower"]) / 2 == pytest.approx(half, rel=0.05)


def test_questions_without_an_answer():
    data = PREDICTED["few"]
    for thresholds in ([0.0], [0.5, 1.0], [np.nan], []):
        with pytest.raises(Refused, match="not between 0 and 1"):
            decision_curve(data["outcome"], data["probability"], thresholds)
    with pytest.raises(Refused, match="outside 0 to 1"):
        decision_curve(data["outcome"], data["probability"] * 3)
    with pytest.raises(NotEstimable, match="at least 5 positive"):
        decision_curve(np.ones(30), data["probability"])


patients = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=12, max_size=60)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(patients)
def test_what_holds_of_every_decision_curve(rows):
    outcome, twentieths = map(np.array, zip(*rows, strict=True))
    try:
        found = decision_curve(outcome, twentieths / 20, resamples=20).table
    except NotEstimable:
        assert min(outcome.sum(), (~outcome).sum()) < 5
        return
    assert (found["treat_none"] == 0).all()
    assert (found["net_benefit"] <= outcome.mean() + 1e-12).all()
    np.testing.assert_allclose(found["over_all"], found["net_benefit"] - found["treat_all"], atol=1e-12)
    assert found["n_treated"].is_monotonic_decreasing
    # Treating everybody does neither good nor harm at the threshold that is the share of positives.
    at_share = decision_curve(outcome, twentieths / 20, [outcome.mean()], 20).table
    assert at_share["treat_all"][0] == pytest.approx(0, abs=1e-12)
    # A model that is sure of everybody treats all, or none.
    for sure, default in ((1.0, "treat_all"), (0.0, "treat_none")):
        same = decision_curve(outcome, np.full(len(outcome), sure), resamples=20).table
        np.testing.assert_allclose(same["net_benefit"], same[default], atol=1e-12)
        assert same[["over_all_lower", "over_all_upper"] if sure else ["lower", "upper"]].isna().all(axis=None)
    right = decision_curve(outcome, outcome.astype(float), resamples=20).table
    np.testing.assert_allclose(right["net_benefit"], outcome.mean(), atol=1e-12)


def test_limits_that_would_rest_on_a_handful_are_missing():
    outcome = np.repeat([1, 0], [20, 30])
    probability = np.r_[np.linspace(0.32, 0.88, 20), np.linspace(0.12, 0.68, 30)]
    table = decision_curve(outcome, probability, resamples=50).table
    missed = 20 - table["true_positives"]
    spared = 30 - table["false_positives"]
    late = table["threshold"] > 0.5
    few = (table["true_positives"] < 5) | (late & (table["false_positives"] < 5))
    few_untreated = (missed < 5) | (late & (spared < 5))
    assert 0 < few.sum() < 99 and 0 < few_untreated.sum() < 99
    assert (table[["lower", "upper"]].isna().all(axis=1) == few).all()
    assert (table[["over_all_lower", "over_all_upper"]].isna().all(axis=1) == few_untreated).all()
    assert table[["net_benefit", "over_all"]].notna().all(axis=None)


def test_the_band_holds_the_net_benefit_in_all_patients_as_often_as_it_says():
    thresholds, chance = np.array([0.4, 0.45, 0.5]), np.random.default_rng(0)
    p = expit(chance.normal(-0.5, 1.2, 500_000))[:, None]
    odds = thresholds / (1 - thresholds)
    true = ((p - (1 - p) * odds) * (p >= thresholds)).mean(axis=0)
    over = true - (p - (1 - p) * odds).mean(axis=0)
    held = []
    for seed, chance in enumerate(generators(7, 300)):
        p = expit(chance.normal(-0.5, 1.2, 120))
        found = decision_curve(chance.random(120) < p, p, thresholds, resamples=200, seed=seed).table
        for value, name in ((true, ""), (over, "over_all_")):
            limits = found[name + "lower"], found[name + "upper"]
            held.append(np.where(limits[0].isna(), np.nan, limits[0].le(value) & limits[1].ge(value)))
    held = np.array(held).reshape(300, 2, 3)
    assert np.isnan(held).mean() < 0.01
    rates = np.nanmean(held, axis=0)
    low, high = binom.ppf([0.005, 0.995], 300, 0.95) / 300
    assert ((low <= rates) & (rates <= high)).all(), rates

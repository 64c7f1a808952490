"""Areas, their intervals and tests against pROC and scikit-learn; what has no interval; rates where nothing differs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, kstest

from core.compute import generators
from core.errors import Abandoned, NotEstimable, Refused
from core.stats.roc import (
    ESTIMATED,
    FEW_OF_A_CLASS,
    SEPARATED,
    TIED,
    auc,
    compare_aucs,
    precision_recall,
    roc_curve,
)

FOLDER = Path(__file__).parents[1] / "reference" / "prediction"
SCORES = dict(iter(pd.read_csv(FOLDER / "scores.csv").groupby("set", sort=False)))
AREAS, TESTS = (list(pd.read_csv(FOLDER / name).itertuples()) for name in ("areas.csv", "tests.csv"))
TRUTH = np.repeat([1, 0], [40, 60])


@pytest.mark.parametrize("row", AREAS, ids=lambda row: f"{row.set}-{row.score}")
def test_areas_variances_and_intervals_are_those_of_proc(row):
    data = SCORES[row.set]
    found = auc(data["outcome"], data[row.score])
    numbers = [found.auc, found.variance, found.plain_lower, found.plain_upper]
    assert numbers == pytest.approx([row.auc, row.variance, row.lower, row.upper], abs=1e-10)
    assert 0 < found.lower < found.auc < found.upper < 1
    assert (found.n, found.n_positive) == (len(data), data["outcome"].sum()) and found.state == ESTIMATED


@pytest.mark.parametrize("row", TESTS, ids=lambda row: row.set)
def test_two_areas_are_compared_as_by_proc(row):
    data = SCORES[row.set]
    found = compare_aucs(data["outcome"], data["first"], data["second"])
    assert [found.z, found.lower, found.upper] == pytest.approx([row.z, row.lower, row.upper], abs=1e-10)
    assert found.p == pytest.approx(row.p, rel=1e-9)
    assert found.difference == found.first.auc - found.second.auc
    assert found.first == auc(data["outcome"], data["first"])
    assert found.note == (FEW_OF_A_CLASS if row.set == "small" else "")


@pytest.mark.parametrize("name", SCORES)
def test_the_points_of_the_curve_are_those_of_proc(name):
    points = pd.read_csv(FOLDER / "points.csv").query("set == @name")
    for score, expected in points.groupby("score"):
        curve = roc_curve(SCORES[name]["outcome"], SCORES[name][score]).table
        columns = ["sensitivity", "specificity"]
        np.testing.assert_allclose(curve[columns], expected[columns], atol=1e-12)
        # The area under the points, ties as slanted lines, is the area by ranks.
        area = np.trapezoid(curve["sensitivity"], 1 - curve["specificity"])
        assert area == pytest.approx(auc(SCORES[name]["outcome"], SCORES[name][score]).auc, abs=1e-12)


def test_the_threshold_of_a_point_calls_that_many_positive():
    data = SCORES["haemorrhage"]
    curve = roc_curve(data["outcome"], data["second"]).table
    for row in curve.itertuples():
        yes = data["second"] >= row.threshold
        assert row.n_called == yes.sum() and row.sensitivity == yes[data["outcome"] == 1].mean()


@pytest.mark.parametrize("name", SCORES)
def test_precision_and_recall_are_those_of_scikit_learn(name):
    from sklearn.metrics import average_precision_score, precision_recall_curve

    outcome, score = SCORES[name]["outcome"], SCORES[name]["first"]
    found = precision_recall(outcome, score, resamples=50)
    precision, recall, threshold = precision_recall_curve(outcome, score)
    assert found.average_precision == pytest.approx(average_precision_score(outcome, score), abs=1e-12)
    rising = found.table[::-1]
    # scikit-learn adds a last point without patients.
    np.testing.assert_allclose(rising["precision"], precision[:-1])
    np.testing.assert_allclose(rising["recall"], recall[:-1])
    np.testing.assert_allclose(rising["threshold"], threshold)
    assert found.prevalence == outcome.mean() and found.state == ESTIMATED
    assert 0 < found.lower < found.average_precision < found.upper < 1


def test_the_interval_of_average_precision_is_seeded_and_drawn_within_the_classes():
    data = SCORES["made"]
    first = precision_recall(data["outcome"], data["first"], seed=3)
    again = precision_recall(data["outcome"], data["first"], seed=3)
    other = precision_recall(data["outcome"], data["first"], seed=4)
    assert (first.lower, first.upper) == (again.lower, again.upper) != (other.lower, other.upper)
    assert first.lower == pytest.approx(other.lower, abs=0.02)
    # The same by scikit-learn on patients drawn one by one, class by class.
    from sklearn.metrics import average_precision_score

    chance, drawn = np.random.default_rng(0), []
    yes, no = (data[data["outcome"] == value]["first"].to_numpy() for value in (1, 0))
    for _ in range(300):
        score = np.concatenate([chance.choice(yes, len(yes)), chance.choice(no, len(no))])
        drawn.append(average_precision_score(TRUTH, score))
    value, half = first.average_precision, 1.96 * np.std(drawn)
    width = np.log(first.upper / (1 - first.upper)) - np.log(first.lower / (1 - first.lower))
    assert width == pytest.approx(2 * half / (value * (1 - value)), rel=0.15)


def test_perfect_separation_has_an_area_but_no_interval():
    for sign, area in ((1, 1.0), (-1, 0.0)):
        found = auc(TRUTH, sign * (TRUTH + np.linspace(0, 0.9, 100)))
        assert (found.auc, found.variance, found.state) == (area, 0.0, SEPARATED)
        assert [found.lower, found.upper, found.plain_lower, found.plain_upper] == [None] * 4
        curve = precision_recall(TRUTH, sign * (TRUTH + np.linspace(0, 0.9, 100)))
        assert (curve.lower, curve.upper, curve.state) == (None, None, SEPARATED)


def test_one_score_for_all_says_nothing():
    found = auc(TRUTH, np.full(100, 0.1 + 0.2))
    assert (found.auc, found.variance, found.lower, found.state) == (0.5, 0.0, None, TIED)
    curve = precision_recall(TRUTH, np.full(100, 0.3))
    assert (curve.average_precision, curve.prevalence, curve.state) == (pytest.approx(0.4), 0.4, TIED)


@pytest.mark.parametrize("outcome", [[1] * 20, [0] * 20, [1] * 4 + [0] * 16, [1] * 16 + [0] * 4])
@pytest.mark.parametrize("question", [auc, roc_curve, precision_recall, lambda y, s: compare_aucs(y, s, s)])
def test_too_few_of_a_class_are_a_state(outcome, question):
    with pytest.raises(NotEstimable, match="at least 5 positive and 5 negative") as state:
        question(outcome, np.arange(20))
    assert f"{sum(outcome)} of 20" in state.value.reason and state.value.remedy


def test_scores_that_rank_alike_are_not_compared():
    score = SCORES["made"]["first"]
    with pytest.raises(NotEstimable, match="alike"):
        compare_aucs(TRUTH, score, np.exp(score))


def test_patients_lacking_a_value_are_left_out_and_counted():
    data = SCORES["made"]
    truth, first, second = (data[name].astype(object) for name in ("outcome", "first", "second"))
    truth, first, second = truth.where(truth.index != truth.index[0], None), first.copy(), second.copy()
    first.iloc[1], second.iloc[[2, 3]] = np.nan, np.nan
    found = compare_aucs(truth, first, second)
    rest = data.iloc[4:]
    assert found.n_left_out == found.first.n_left_out == 4 and found.n == 96
    alone = compare_aucs(rest["outcome"] == 1, rest["first"], rest["second"])
    assert (found.p, found.first.auc) == (alone.p, alone.first.auc)
    assert auc(truth, first).n_left_out == 2


def test_what_is_no_outcome_or_no_score_is_refused():
    with pytest.raises(Refused, match="2 outcomes are neither 0 nor 1"):
        auc([2, -1, *TRUTH[2:]], np.arange(100))
    with pytest.raises(Refused, match="no numbers"):
        auc(["mutated"] * 50 + ["wild type"] * 50, np.arange(100))
    with pytest.raises(Refused, match="no numbers"):
        auc(TRUTH, ["high"] * 100)
    with pytest.raises(ValueError, match="per patient"):
        auc(TRUTH, np.arange(99))


def test_the_bootstrap_can_be_abandoned():
    def stop(share, text):
        raise Abandoned

    with pytest.raises(Abandoned):
        precision_recall(TRUTH, SCORES["made"]["first"], progress=stop)


patients = st.lists(st.tuples(st.booleans(), st.integers(-6, 6), st.integers(-6, 6)), min_size=12, max_size=50)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(patients)
def test_turned_scores_have_the_other_area_and_order_is_all_that_counts(rows):
    outcome, first, second = map(np.array, zip(*rows, strict=True))
    try:
        found = auc(outcome, first)
    except NotEstimable:
        assert min(outcome.sum(), (~outcome).sum()) < 5
        return
    turned = auc(outcome, -first)
    assert turned.auc == pytest.approx(1 - found.auc, abs=1e-12)
    assert turned.variance == pytest.approx(found.variance, abs=1e-12)
    assert auc(~outcome, first).auc == pytest.approx(1 - found.auc, abs=1e-12)
    assert auc(outcome, np.exp(first / 3.0) - 7) == found
    pairs = np.sign(first[outcome][:, None] - first[~outcome])
    assert found.auc == pytest.approx((pairs.mean() + 1) / 2, abs=1e-12)
    if found.state == ESTIMATED:
        assert 0 < found.lower < found.auc < found.upper < 1
        assert turned.lower == pytest.approx(1 - found.upper, abs=1e-12)
    try:
        test = compare_aucs(outcome, first, second)
    except NotEstimable:
        return
    back = compare_aucs(outcome, second, first)
    assert (back.difference, back.p) == (-test.difference, pytest.approx(test.p, rel=1e-9))


def band(runs: int, rate: float) -> tuple[float, float]:
    return tuple(binom.ppf([0.005, 0.995], runs, rate) / runs)


@pytest.mark.parametrize(("area", "distance"), [(0.5, 0.0), (0.8, 1.19023)])
def test_intervals_hold_the_true_area_as_often_as_they_say(area, distance):
    low, high = band(1000, 0.95)
    found = [auc(TRUTH, chance.normal(size=100) + distance * TRUTH) for chance in generators(1, 1000)]
    assert low <= np.mean([each.lower <= area <= each.upper for each in found]) <= high
    assert low <= np.mean([each.plain_lower <= area <= each.plain_upper for each in found]) <= high


@pytest.mark.parametrize("distance", [0.0, 1.0])
def test_p_is_uniform_when_two_scores_are_equally_good(distance):
    found = []
    for chance in generators(2, 1000):
        common, first, second = chance.normal(size=(3, 100))
        shift = common + distance * TRUTH
        found.append(compare_aucs(TRUTH, shift + first, shift + second).p)
    low, high = band(1000, 0.05)
    assert low <= np.mean(np.array(found) < 0.05) <= high
    assert kstest(found, "uniform").pvalue > 0.01


def test_a_better_score_is_found():
    found = []
    for chance in generators(3, 100):
        common, first, second = chance.normal(size=(3, 100))
        found.append(compare_aucs(TRUTH, common + first + 1.8 * TRUTH, common + second + 0.6 * TRUTH).p < 0.05)
    assert np.mean(found) > 0.6

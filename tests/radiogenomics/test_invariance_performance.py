"""Performance on patients who took no part: the published table's anchors, states, and paired differences."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom, binomtest, norm
from sklearn.metrics import roc_auc_score

from core.radiogenomics import invariance_performance as performing
from core.radiogenomics.invariance_exchange import exchanged
from core.radiogenomics.invariance_performance import (
    ALIKE,
    DELONG,
    FEW_PATIENTS,
    ONE_CLASS,
    PERFECT,
    SMALL,
    UNDEFINED,
    above,
    area_of,
    limits,
    over_centres,
    performance,
)
from core.radiogenomics.invariance_splits import over_splits, split_difference
from core.stats.roc import auc
from core.stats.small_auc import area_limits

#: Three positive and four negative patients as on the published paper's centre 1: two and three of them called right.
PAPER = np.array([1, 1, 1, 0, 0, 0, 0.0])


def test_the_published_centre_has_its_shares_and_its_correlation_and_a_wide_interval():
    score = np.array([0.9, 0.6, 0.3, 0.8, 0.4, 0.2, 0.1])
    found = performance(PAPER, score, 0.5)
    assert (found.tp, found.fn, found.tn, found.fp) == (2, 1, 3, 1)
    two, three = found.sensitivity, found.specificity
    assert (round(two.lower, 3), round(two.upper, 3), two.n) == (0.208, 0.939, 3)
    assert (round(three.lower, 3), round(three.upper, 3), three.n) == (0.301, 0.954, 4)
    assert found.mcc.value == pytest.approx(5 / 12) and found.mcc_state == FEW_PATIENTS
    assert found.mcc.lower < 0.19 and found.mcc.upper > 0.68  # the published 0.19 to 0.68 is far too narrow
    assert found.auc.value == pytest.approx(9 / 12) == roc_auc_score(PAPER, score)
    assert (found.auc.lower, found.auc.upper) == area_limits(9 / 12, 3, 4) and found.auc_state == SMALL


def test_many_patients_have_delongs_interval():
    chance = np.random.default_rng(0)
    y = (chance.random(80) < 0.4).astype(float)
    score = chance.normal(size=80) + y
    found, state = area_of(y, score)
    theirs = auc(y, score)
    assert (found.value, found.lower, found.upper) == (theirs.auc, theirs.lower, theirs.upper) and state == DELONG
    apart, state = area_of(y, 10 * y + score * 0.1)
    assert apart.value == 1 and state == SMALL and apart.lower < 0.97


def test_what_has_no_area_or_no_correlation_is_a_named_state():
    one = performance(np.ones(5), np.linspace(0, 1, 5), 0.5)
    assert one.auc.value is None and one.auc_state == ONE_CLASS and one.specificity.value is None
    assert (one.mcc.value, one.mcc.lower, one.mcc_state) == (0.0, None, UNDEFINED)
    alike = performance(PAPER, np.full(7, 0.4), 0.5)
    assert (alike.auc.value, alike.auc.lower, alike.auc_state) == (0.5, None, ALIKE) and alike.mcc_state == UNDEFINED
    right = performance(PAPER, PAPER, 0.5)
    assert (right.mcc.value, right.mcc.lower, right.mcc_state) == (1.0, None, PERFECT)


def test_a_curve_is_turned_over_only_when_asked_and_the_calls_never_are():
    score = 1 - np.array([0.9, 0.7, 0.3, 0.8, 0.4, 0.2, 0.1])
    fixed, auto = performance(PAPER, score, 0.5), performance(PAPER, score, 0.5, auto=True)
    assert fixed.auc.value == pytest.approx(0.25) and not fixed.turned
    assert auto.auc.value == pytest.approx(0.75) and auto.turned
    assert (fixed.tp, fixed.mcc) == (auto.tp, auto.mcc)


def centres(seed, sizes=(60, 70, 12, 24)):
    chance = np.random.default_rng(seed)
    centre = np.repeat(np.arange(len(sizes)).astype(str), sizes)
    y = (chance.random(len(centre)) < 0.35).astype(float)
    return chance, centre, y


def test_over_centres_pairs_are_of_one_centre_and_patients_count_once():
    chance, centre, y = centres(1)
    score = expit(chance.normal(size=len(y)) + y + 2 * (centre == "1"))
    (found,) = over_centres(y, [score], centre, 0.5)
    won, pairs = 0.0, 0
    for name in np.unique(centre):
        wins = above(y[centre == name], score[centre == name])
        won, pairs = won + wins.sum(), pairs + wins.size
    assert found.values["auc"] == pytest.approx(won / pairs, rel=1e-12)
    whole = performance(y, score, 0.5)
    for name in ("sensitivity", "specificity", "mcc"):
        assert found.values[name] == pytest.approx(getattr(whole, name).value, rel=1e-12)
    low, high = limits(found.samples["auc"])
    assert low < found.values["auc"] < high
    assert limits(np.full(9, 0.3)) == (None, None)


def test_equal_arms_have_no_difference_and_arms_share_their_samples():
    chance, centre, y = centres(2)
    score = chance.normal(size=len(y))
    one, two, other = over_centres(y, [score, score, -score], centre, 0.0)
    assert all(np.array_equal(one.samples[name], two.samples[name]) for name in one.samples)
    np.testing.assert_allclose(one.samples["auc"] + other.samples["auc"], 1, atol=1e-12)


def test_centres_of_one_class_have_no_pairs():
    y = np.array([1.0, 1, 0, 0])
    (found,) = over_centres(y, [np.arange(4.0)], np.array(["a", "a", "b", "b"]), 0.5)
    assert np.isnan(found.values["auc"]) and limits(found.samples["auc"]) == (None, None)


def test_intervals_of_a_difference_hold_0_where_two_scores_are_equally_good(monkeypatch):
    """Two scores of equal merit, correlated 0.5: at most one interval in 16 leaves 0 out, and not none."""
    monkeypatch.setattr(performing, "RESAMPLES", 300)
    runs, missed = 240, 0
    for seed in range(runs):
        chance, centre, y = centres(seed, (40, 50, 20, 24))
        shared = chance.normal(size=len(y))
        scores = [0.8 * y + (shared + chance.normal(size=len(y))) / 2**0.5 for _ in range(2)]
        one, two = over_centres(y, scores, centre, 0.5, seed=seed)
        low, high = limits(one.samples["auc"] - two.samples["auc"])
        missed += not low <= 0 <= high
    assert 0.015 * runs <= missed <= 0.10 * runs


# -------------------------------------------------------------------------------------------- change of places


def pair(seed, better=0.0, sizes=(18, 14, 7, 5)):
    """Two correlated scores of a few patients in four centres; the first tells the class better by `better`."""
    chance, centre, y = centres(seed, sizes)
    shared = chance.normal(size=len(y))
    first, second = (gain * y + (shared + chance.normal(size=len(y))) / 2**0.5 for gain in (0.6 + better, 0.6))
    return y, first, second, centre


def test_equally_good_scores_of_few_patients_are_told_apart_at_the_nominal_rate():
    runs = 500
    p = [exchanged(*pair(seed), 0.5, exchanges=199, seed=seed) for seed in range(runs)]
    low, high = binom.ppf([0.005, 0.995], runs, 0.05)
    assert low <= sum(each["auc"] <= 0.05 for each in p) <= high
    for name in ("sensitivity", "specificity", "mcc"):  # few calls differ, so these are coarse and never too bold
        assert sum(each[name] <= 0.05 for each in p) <= high
    assert sum(exchanged(*pair(seed, 2.0), 0.5, exchanges=199)["auc"] <= 0.05 for seed in range(40)) > 25


def test_sensitivity_is_mcnemars_exact_test():
    """Of 12 positives the first calls 7 that the second does not, the second 1 that the first does not."""
    y = np.r_[np.ones(12), np.zeros(8)]
    first, second = np.r_[np.ones(7), np.zeros(13)], np.r_[np.zeros(7), 1.0, np.zeros(12)]
    found = exchanged(y, first, second, np.repeat("a", 20), 0.5, exchanges=40_000)
    assert found["sensitivity"] == pytest.approx(binomtest(1, 8).pvalue, abs=0.004)
    assert found["specificity"] == 1


def test_order_and_scale_of_a_classifier_do_not_matter_to_the_area_and_missing_classes_have_no_p():
    y, first, second, centre = pair(3)
    one = exchanged(y, first, second, centre, 0.5)
    other = exchanged(y, second, 3 * first**3 + 1, centre, 0.5)
    assert one["auc"] == pytest.approx(other["auc"], abs=0.05)
    assert exchanged(y, first, first, centre, 0.5) == dict.fromkeys(one, 1.0)
    alone = exchanged(np.ones(6), np.arange(6.0), -np.arange(6.0), np.repeat("a", 6), 0.5)
    assert np.isnan(alone["auc"]) and np.isnan(alone["specificity"]) and alone["sensitivity"] <= 1


# ------------------------------------------------------------------------------------------------ over splits


def test_splits_are_summed_up_without_an_interval():
    assert over_splits([0.7, None, 0.9]) == over_splits([0.7, 0.9])
    found = over_splits([0.7, None, 0.9])
    assert (found.mean, found.least, found.most, found.n_splits) == (pytest.approx(0.8), 0.7, 0.9, 2)
    assert over_splits([None]).mean is None


def test_differences_over_splits_by_hand():
    first, second = [0.8, 0.7, 0.9, 0.75], [0.7, 0.72, 0.8, None]
    found = split_difference(first, second, 70, 30)
    apart = np.array([0.1, -0.02, 0.1])
    half = 4.302653 * apart.std(ddof=1) * (1 / 3 + 30 / 70) ** 0.5
    assert found.difference == pytest.approx(apart.mean()) and found.n_splits == 3
    assert (found.lower, found.upper) == (pytest.approx(apart.mean() - half), pytest.approx(apart.mean() + half))
    assert split_difference([0.5] * 4, [0.5] * 4, 70, 30).lower is None
    assert split_difference([None], [0.5], 70, 30).difference is None


def test_corrected_intervals_hold_0_where_uncorrected_ones_would_not():
    """Ten splits of 100 patients, two useless scores: the mean difference varies far more than its splits suggest."""
    chance, wrong, naive, runs = np.random.default_rng(3), 0, 0, 200
    for _ in range(runs):
        y, scores = np.arange(100) % 2, chance.normal(size=(2, 100))
        tests = [chance.permutation(100)[:30] for _ in range(10)]
        areas = [[float(above(y[who], score[who]).mean()) for who in tests] for score in scores]
        found = split_difference(*areas, 70, 30)
        wrong += not found.lower <= 0 <= found.upper
        spread = np.std(np.subtract(*areas), ddof=1) / 10**0.5
        naive += abs(found.difference) > norm.ppf(0.975) * spread
    assert naive > 0.3 * runs and wrong < 0.2 * runs and wrong < naive / 2

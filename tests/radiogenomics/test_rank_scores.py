"""Areas and rank correlations within folds: against scikit-learn, SciPy and DeLong's variance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, r2_score, roc_auc_score

from core.radiogenomics.expression_target import number_target
from core.radiogenomics.prediction_scores import rating, scored
from core.radiogenomics.rank_scores import Rater
from core.radiogenomics.sealed_folds import fold_of, sealed_folds
from core.stats.roc import auc

N = 60
random = np.random.default_rng(3)
VALUES = random.normal(size=N)
TRUTH = (VALUES > 0).astype(float)
FOLD = np.arange(N) % 4
SCORES = np.round(VALUES + random.normal(size=(5, N)), 1)  # with ties


def test_areas_are_those_of_scikit_learn_weighted_by_pairs():
    found = Rater(TRUTH, FOLD, False).rate(SCORES)
    for score, area in zip(SCORES, found, strict=True):
        parts = [number == FOLD for number in range(4)]
        pairs = [TRUTH[part].sum() * (1 - TRUTH[part]).sum() for part in parts]
        areas = [roc_auc_score(TRUTH[part], score[part]) for part in parts]
        assert area == pytest.approx(np.average(areas, weights=pairs), abs=1e-12)


def test_one_fold_is_spearman_and_delong():
    one = np.zeros(N, dtype=int)
    number, area = Rater(VALUES, one, True), Rater(TRUTH, one, False)
    np.testing.assert_allclose(number.rate(SCORES), [spearmanr(each, VALUES)[0] for each in SCORES], atol=1e-12)
    low, high = area.intervals(SCORES, area.rate(SCORES))
    theirs = [auc(TRUTH, each) for each in SCORES]
    np.testing.assert_allclose(low, [each.lower for each in theirs], atol=1e-9)
    np.testing.assert_allclose(high, [each.upper for each in theirs], atol=1e-9)


def test_a_shift_of_a_fold_changes_nothing_within_folds():
    """Networks of other folds have other offsets; pooled, they would rank patients of different folds by these."""
    for rater in (Rater(VALUES, FOLD, True), Rater(TRUTH, FOLD, False)):
        np.testing.assert_allclose(rater.rate(SCORES), rater.rate(SCORES + 10.0 * FOLD), atol=1e-9)
        assert rater.rate(np.zeros(N)) == (0.0 if rater.number else 0.5)


def test_rounding_makes_no_ranks():
    rater = Rater(VALUES, FOLD, True)
    flat = np.full(N, 0.1) + 1e-17 * np.arange(N)
    assert rater.rate(flat) == 0.0


@pytest.mark.parametrize("number", [True, False])
def test_intervals_hold_the_true_value(number):
    """Of a score that knows nothing, 95 % intervals by formula and by bootstrap hold chance about 95 times in 100."""
    chance, held = np.random.default_rng(0), np.zeros(2)
    for seed in range(120):
        truth = chance.normal(size=N) if number else np.repeat([0.0, 1.0], N // 2)
        rater, score = Rater(truth, FOLD, number), chance.normal(size=(1, N))
        low, high = rater.intervals(score, rater.rate(score))
        drawn = np.quantile(rater.resampled(score[0], 200, seed), [0.025, 0.975])
        middle = 0.0 if number else 0.5
        held += [low[0] <= middle <= high[0], drawn[0] <= middle <= drawn[1]]
    assert (held >= 103).all(), held  # 0.5 % quantile of 120 at 0.93


def test_measures_of_numbers_and_classes():
    target = number_target(VALUES)
    folds = sealed_folds(target, 4, 0)
    explained, spearman = scored(SCORES[:1].T, target, folds, resamples=200)
    mean = np.empty(N)
    for fold in folds:
        mean[fold.test] = VALUES[fold.train].mean()
    squares = [((VALUES - centre) ** 2).sum() for centre in (VALUES.mean(), mean)]
    by_sklearn = 1 - (1 - r2_score(VALUES, SCORES[0])) * squares[0] / squares[1]
    assert explained.value == pytest.approx(by_sklearn, abs=1e-12) == rating(SCORES[:1].T, target, folds)
    assert explained.lower < explained.value < explained.upper and spearman.lower < spearman.value < spearman.upper
    split = number_target(VALUES, split=True)
    folds = sealed_folds(split, 4, 0)
    area, precision = scored(SCORES[:1].T, split, folds, resamples=200)
    truth = np.empty(N)
    for fold in folds:
        truth[fold.test] = VALUES[fold.test] > np.median(VALUES[fold.train])
    assert area.value == pytest.approx(Rater(truth, fold_of(folds, N), False).rate(SCORES[0]), abs=1e-12)
    assert precision.value == pytest.approx(average_precision_score(truth, SCORES[0]), abs=1e-12)
    assert precision.chance == truth.mean() and area.n_positive == truth.sum()
    assert scored(mean[:, None], target, sealed_folds(target, 4, 0), resamples=50)[0].value == 0.0

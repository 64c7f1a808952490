"""Nested cross-validation: against scikit-learn by hand, without leaks, and on labels that say nothing."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import NotEstimable
from core.prediction import classifiers
from core.prediction.classifiers import VARIANCES
from core.prediction.nested import Table, area, learn, nested, repeat_seeds
from core.prediction.permuted import permutation_test
from core.prediction.recipe import Recipe
from core.prediction.selection import best
from tests.prediction.made import patients

SMALL = Recipe(folds=3, inner=3, repeats=1)


def test_equals_grid_search_inside_cross_val_predict_of_scikit_learn():
    table, recipe = patients(n=60, p=12, missing=0.05), replace(SMALL, repeats=2, seed=5)
    found = nested(table, recipe)
    for repeat, seed in enumerate(repeat_seeds(5, 2)):
        steps = make_pipeline(
            SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(tol=1e-8, max_iter=5000)
        )
        inside = GridSearchCV(
            steps,
            {"logisticregression__C": VARIANCES / 12},
            scoring="neg_log_loss",
            cv=StratifiedKFold(3, shuffle=True, random_state=seed),
        )
        outside = StratifiedKFold(3, shuffle=True, random_state=seed)
        plain = cross_val_predict(inside, table.x, table.y, cv=outside, method="predict_proba")[:, 1]
        np.testing.assert_allclose(found.by_repeat[repeat], plain, atol=1e-5)
        assert found.auc_by_repeat[repeat] == pytest.approx(roc_auc_score(table.y, plain))
    np.testing.assert_allclose(found.probability, found.by_repeat.mean(axis=0))


def test_the_other_class_as_positive_turns_everything_round():
    table = patients(n=50, p=20)
    one = nested(table, SMALL)
    other = nested(Table(table.x, ~table.y), SMALL)
    np.testing.assert_allclose(other.probability, 1 - one.probability, atol=1e-6)
    assert area(~table.y, other.probability) == pytest.approx(area(table.y, one.probability))
    assert area(~table.y, one.probability) == pytest.approx(1 - area(table.y, one.probability))
    np.testing.assert_allclose(other.weights, -one.weights, atol=1e-5)


def test_selection_outside_the_folds_would_find_what_is_not_there_and_ours_does_not():
    outside, inside = [], []
    for seed in range(3):
        noise = patients(n=60, p=1500, signal=0, seed=seed)
        recipe = replace(SMALL, best=10, seed=seed)
        chosen = best(noise.x, noise.y, 10)
        outside.append(nested(Table(noise.x[:, chosen], noise.y), replace(recipe, best=None)).auc_by_repeat[0])
        inside.append(nested(noise, recipe).auc_by_repeat[0])
    assert np.mean(outside) > 0.85
    assert np.mean(inside) < 0.62


def test_nothing_of_a_held_out_patient_reaches_its_own_prediction():
    table = patients(n=45, p=15, missing=0.05)
    recipe = replace(SMALL, gaussian=True, redundant=0.9, best=8)
    seed = repeat_seeds(recipe.seed, 1)[0]
    train, held = next(iter(StratifiedKFold(3, shuffle=True, random_state=seed).split(table.x, table.y)))
    spoilt = Table(table.x.copy(), table.y)
    spoilt.x[held] = 1e6 * np.random.default_rng(0).normal(size=spoilt.x[held].shape)
    one, other = (learn(each.of(train), recipe, seed) for each in (table, spoilt))
    np.testing.assert_array_equal(one.probability(table.of(held)), other.probability(table.of(held)))
    np.testing.assert_array_equal(nested(table, recipe).by_repeat[0, held], one.probability(table.of(held)))


def test_equal_seeds_give_equal_answers_and_others_other_splits():
    table = patients()
    one, again, other = (nested(table, replace(SMALL, seed=seed)).probability for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_shuffled_labels_are_told_no_better_than_by_chance_and_signal_is():
    table = patients(n=60, p=10)
    found = permutation_test(table, SMALL, 19)
    assert found.p == 1 / 20 and found.observed > found.null.max()
    assert 0.38 < found.null.mean() < 0.56
    groups = np.array(["a", "b"])[np.arange(60) % 2]
    within = permutation_test(table, SMALL, 9, groups)
    assert within.within and within.p == 0.1


def test_p_is_uniform_where_nothing_is_there(monkeypatch):
    """Nine shufflings: p is a tenth or less in one of ten runs; 40 runs, binomial 99 % band."""
    from scipy.stats import binom

    monkeypatch.setattr(classifiers, "VARIANCES", np.array([1.0]))
    recipe = Recipe(folds=2, inner=2, repeats=1)
    small = [
        permutation_test(patients(n=26, p=4, signal=0, seed=run), replace(recipe, seed=run), 9).p <= 0.1 + 1e-12
        for run in range(40)
    ]
    low, high = binom.ppf([0.005, 0.995], 40, 0.1)
    assert low <= sum(small) <= high


@pytest.mark.parametrize(
    ("y", "why"),
    [
        (np.zeros(40, dtype=bool), "0 of 40"),
        (np.ones(40, dtype=bool), "40 of 40"),
        (np.arange(40) < 3, "3 of 40"),
    ],
)
def test_one_class_and_three_positives_are_states(y, why):
    with pytest.raises(NotEstimable, match=why):
        nested(Table(patients(n=40).x, y), SMALL)


def test_constant_features_are_a_state_and_gaps_throughout_a_fold_are_none():
    table = patients(n=40, p=4)
    with pytest.raises(NotEstimable, match="No feature varies"):
        nested(Table(np.ones((40, 3)), table.y), SMALL)
    train, held = next(
        iter(StratifiedKFold(3, shuffle=True, random_state=repeat_seeds(0, 1)[0]).split(table.x, table.y))
    )
    gone = Table(table.x.copy(), table.y)
    gone.x[train, 0] = np.nan  # known in the held-out part alone
    gone.x[held, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = nested(gone, SMALL)
    assert np.isfinite(found.probability).all()
    everything = Table(table.x.copy(), table.y)
    everything.x[held] = np.nan
    assert np.isfinite(nested(everything, SMALL).probability).all()

"""Plainer models on the same folds: against scikit-learn by hand, without leaks, and their p-value."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from core.radiogenomics.expression_models import (
    BOOSTING,
    COMPARATORS,
    ELASTIC_NET,
    SVM,
    comparator_scores,
    permutation_p,
)
from core.radiogenomics.expression_target import number_target
from core.radiogenomics.prediction_scores import rating
from core.radiogenomics.sealed_folds import sealed_folds
from tests.radiogenomics.expression_cases import driven, networks_of, three_classes

CASES = [(name, "number") for name in COMPARATORS]
CASES += [(BOOSTING, "split"), (SVM, "split"), (ELASTIC_NET, "classes"), (SVM, "classes")]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_model_predicts_what_is_driven(name, kind):
    expression, values = driven(n=60)
    target = three_classes(n=60)[1] if kind == "classes" else number_target(values, kind == "split")
    folds = sealed_folds(target, 3, 0)
    scores = comparator_scores(name, expression, target, folds)
    assert scores.shape == (60, len(target.outputs))
    assert rating(scores, target, folds) > (0.15 if kind == "number" else 0.6)


def test_the_support_vector_machine_is_the_pipeline_written_out():
    expression, values = driven(n=60, gaps=0.05)
    target = number_target(values)
    folds = sealed_folds(target, 3, 0)
    found = comparator_scores(SVM, expression, target, folds, most_variable=10)
    fold = folds[1]
    steps = [("f", SimpleImputer()), ("c", SelectKBest(lambda x, y: x.std(axis=0), k=10)), ("s", StandardScaler())]
    grid = [
        {"m__kernel": ["rbf"], "m__C": [0.1, 1.0, 10.0]},
        {"m__kernel": ["linear"], "m__C": [1e-4, 1e-3, 1e-2]},
    ]
    inner = KFold(3, shuffle=True, random_state=fold.number)
    search = GridSearchCV(Pipeline([*steps, ("m", SVR())]), grid, scoring="neg_mean_squared_error", cv=inner)
    y = values[fold.train]
    search.fit(expression[fold.train], (y - y.mean()) / y.std())
    theirs = search.predict(expression[fold.test]) * y.std() + y.mean()
    np.testing.assert_allclose(found[fold.test, 0], theirs, atol=1e-10)


def test_held_out_patients_do_not_change_what_is_learnt():
    expression, values = driven(n=60)
    target = number_target(values)
    folds = sealed_folds(target, 3, 0)
    before = comparator_scores(ELASTIC_NET, expression, target, folds)
    changed = expression.copy()
    changed[folds[0].test[0]] = 1e3
    after = comparator_scores(ELASTIC_NET, changed, target, folds)
    assert np.array_equal(before[folds[0].test[1:]], after[folds[0].test[1:]])


def ridge_scores(expression):
    return lambda target, folds: networks_of(expression, target, folds=len(folds)).scores


def test_the_p_of_the_whole_procedure():
    expression, values = driven(n=60)
    target = number_target(values)
    folds = sealed_folds(target, 4, 0)
    assert permutation_p(ridge_scores(expression), target, folds, 0, 49) == 0.02
    none = [
        permutation_p(ridge_scores(expression), shuffled, sealed_folds(shuffled, 4, 0), seed, 19)
        for seed in range(60)
        for shuffled in [target.permuted(np.random.default_rng(seed).permutation(60))]
    ]
    # 99 % band of 60 at 0.05: at most 7 below.
    assert sum(p <= 0.05 for p in none) <= 7 and 0.35 < np.mean(none) < 0.68, none

"""Each step of the recipe: against scikit-learn, and learnt on training patients alone."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler

from core.errors import NotEstimable
from core.prediction.classifiers import classifier
from core.prediction.nested import youden
from core.prediction.preparation import prepare
from core.prediction.recipe import ELASTIC_NET, FOREST, LASSO, SVM, Recipe
from core.prediction.selection import best
from core.prediction.sparse import shares, sparse_path
from core.stats.harmonise import fit_combat
from tests.prediction.made import patients


def test_imputing_and_scaling_are_those_of_scikit_learn():
    table, other = patients(missing=0.1), patients(seed=1, missing=0.1)
    made = prepare(table.x, Recipe())
    plain = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(table.x)
    np.testing.assert_allclose(made.transform(other.x), plain.transform(other.x), rtol=1e-10, atol=1e-12)


def test_powers_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    x = np.column_stack([random.lognormal(size=90), random.normal(size=90), -random.gamma(2.0, size=90) + 1])
    made = prepare(x, Recipe(gaussian=True))
    scaled = StandardScaler().fit_transform(x)
    plain = PowerTransformer(standardize=True).fit(scaled)
    np.testing.assert_allclose(made.power, plain.lambdas_, atol=2e-3)
    np.testing.assert_allclose(made.transform(x), plain.transform(scaled), atol=5e-3)


def test_constant_nearly_constant_and_empty_columns_are_left_out():
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 6))
    x[:, 1], x[:, 2], x[:, 3] = 4.0, np.nan, 0.0
    x[:5, 3] = random.normal(size=5)  # 95 % zeros
    x[:, 4] = 0.0
    x[:6, 4] = random.normal(size=6)  # 94 % zeros
    assert prepare(x, Recipe()).kept.tolist() == [0, 4, 5]
    with pytest.raises(NotEstimable, match="No feature varies"):
        prepare(x[:, 1:4], Recipe())


def test_columns_that_repeat_an_earlier_one_are_left_out():
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 3))
    x = np.column_stack([x, -2 * x[:, 0] + 0.01 * random.normal(size=80), x[:, 1] + random.normal(size=80)])
    assert prepare(x, Recipe(redundant=0.9)).kept.tolist() == [0, 1, 2, 4]
    assert prepare(x, Recipe()).kept.tolist() == [0, 1, 2, 3, 4]


def test_batch_effects_are_learnt_from_training_patients_and_taken_out_of_others():
    random = np.random.default_rng(0)
    batch = np.array(["a", "b"] * 30, dtype=object)
    x = random.normal(size=(60, 5)) + 3.0 * (batch == "b")[:, None]
    train = np.arange(40)
    made = prepare(x[train], Recipe(redundant=0.99), batch[train])
    plain = fit_combat(x[train], batch[train])
    found = made.before_scaling(x[40:], batch[40:])
    np.testing.assert_allclose(found, plain.transform(x[40:], batch[40:]), rtol=1e-10)
    assert abs(found[batch[40:] == "b"].mean() - found[batch[40:] == "a"].mean()) < 1.0


def test_the_best_columns_are_those_of_the_largest_auc():
    table = patients(n=50, p=9)
    areas = [abs(roc_auc_score(table.y, column) - 0.5) for column in table.x.T]
    assert best(table.x, table.y, 4).tolist() == sorted(np.argsort(areas)[-4:].tolist())
    assert best(table.x, table.y, 20).tolist() == list(range(9))


@pytest.mark.parametrize("mixing", [1.0, 0.5])
def test_sparse_fits_are_those_of_scikit_learn(mixing):
    table = patients(n=70, p=8)
    x = (table.x - table.x.mean(axis=0)) / table.x.std(axis=0)
    y = table.y.astype(float)
    weights, levels = sparse_path(x, y, mixing)
    most = np.abs(x.T @ (y - y.mean())).max() / len(y) / mixing
    for place in (3, 9):
        strength = 1 / (len(y) * most * shares()[place])
        plain = LogisticRegression(C=strength, l1_ratio=mixing, solver="saga", tol=1e-7, max_iter=20_000).fit(x, y)
        np.testing.assert_allclose(weights[place], plain.coef_[0], atol=2e-3)
        assert levels[place] == pytest.approx(plain.intercept_[0], abs=2e-3)
    assert (weights[0] != 0).sum() < (weights[-1] != 0).sum()


@pytest.mark.parametrize("name", [LASSO, ELASTIC_NET, FOREST, SVM])
def test_every_classifier_ranks_what_can_be_ranked(name):
    table, other = patients(n=80, p=6), patients(n=80, p=6)
    tool = classifier(Recipe(classifier=name, seed=3))
    x = (table.x - table.x.mean(axis=0)) / table.x.std(axis=0)
    place = len(tool.settings) - 1
    fitted = tool.fit(x, table.y.astype(float), place)
    probability = fitted.probability((other.x - table.x.mean(axis=0)) / table.x.std(axis=0))
    assert roc_auc_score(other.y, probability) > 0.75 and ((probability >= 0) & (probability <= 1)).all()


def test_the_threshold_of_youden_is_that_of_the_largest_sum():
    y = np.array([0, 0, 1, 0, 0, 1, 1])
    p = np.array([0.1, 0.2, 0.3, 0.35, 0.4, 0.6, 0.9])
    assert youden(y, p) == pytest.approx((0.4 + 0.6) / 2)
    assert youden(y, np.full(7, 0.4)) == 0.4

"""The classifiers, each by the same three words: which settings it can have, what all of them predict, and a fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.prediction.recipe import ELASTIC_NET, FOREST, LASSO, RIDGE, SVM, Recipe
from core.prediction.ridge import ridge_path
from core.prediction.sparse import shares, sparse_path

#: Variances that a patient's log odds may have under the ridge prior, from hardly any to much: C times the columns.
VARIANCES = 10.0 ** np.arange(-2, 2.1, 0.5)
#: Costs of a support vector machine, trees of a forest, and patients of a leaf.
COSTS, TREES, LEAF = (0.1, 1.0, 10.0), 200, 3
#: Part of an elastic net's penalty that is on absolute coefficients.
MIXING = {LASSO: 1.0, ELASTIC_NET: 0.5}


@dataclass(frozen=True, eq=False)
class Fitted:
    """A classifier that has learnt: `probability` (m,) of the positive class of prepared columns (m, k).

    intercept, weights  of the log odds per standard deviation, (k,), for linear classifiers; else None
    importance          (k,) mean fall of impurity, for a forest; else None
    """

    probability: Callable[[np.ndarray], np.ndarray]
    intercept: float | None = None
    weights: np.ndarray | None = None
    importance: np.ndarray | None = field(default=None)


@dataclass(frozen=True, eq=False)
class Classifier:
    """settings  what can be chosen between, the simplest first, in words
    path      (x, y, x_new) -> (L, m) probabilities of the new patients at every setting
    fit       (x, y, place) -> Fitted at one setting
    own       (x, y) -> (n,) probabilities of the training patients by parts of the classifier that have not seen them,
              for one that has a single setting and needs no inner folds; else None
    """

    settings: tuple[str, ...]
    path: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    fit: Callable[[np.ndarray, np.ndarray, int], Fitted]
    own: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


def classifier(recipe: Recipe) -> Classifier:
    """The classifier that a recipe names. Columns are prepared, (n, k); y (n,) is 0 and 1, both present."""
    if recipe.classifier == RIDGE:
        names = tuple(f"log odds of variance {variance:.3g}" for variance in VARIANCES)
        return Classifier(names, _ridge_path, _ridge_fit)
    if recipe.classifier in MIXING:
        mixing = MIXING[recipe.classifier]
        names = tuple(f"penalty {share:.2g} of the one that leaves no feature in" for share in shares())
        return Classifier(
            names,
            lambda x, y, new: _sparse_predictions(x, y, new, mixing),
            lambda x, y, place: _sparse_fit(x, y, place, mixing),
        )
    if recipe.classifier == FOREST:
        made = _machine((f"{TREES} trees, leaves of {LEAF} or more",), lambda place: _forest(recipe.seed))
        return replace(made, own=lambda x, y: _forest(recipe.seed, True).fit(x, y).oob_decision_function_[:, 1])
    if recipe.classifier == SVM:
        return _machine(tuple(f"cost {cost:g}" for cost in COSTS), lambda place: _svm(COSTS[place]))
    raise ValueError(f"there is no classifier {recipe.classifier!r}")


def _strengths(x: np.ndarray) -> np.ndarray:
    """scikit-learn's C: the same variance of the log odds however many columns there are."""
    return VARIANCES / max(x.shape[1], 1)


def _ridge_path(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    weights, levels = ridge_path(x, y, _strengths(x))
    return expit(weights @ new.T + levels[:, None])


def _ridge_fit(x: np.ndarray, y: np.ndarray, place: int) -> Fitted:
    weights, levels = ridge_path(x, y, _strengths(x)[: place + 1])
    return linear(weights[-1], float(levels[-1]))


def linear(weights: np.ndarray, intercept: float) -> Fitted:
    """A logistic model of given coefficients."""
    from scipy.special import expit

    return Fitted(lambda new: expit(new @ weights + intercept), intercept, weights)


def _sparse_predictions(x, y, new, mixing) -> np.ndarray:
    from scipy.special import expit

    weights, levels = sparse_path(x, y, mixing)
    return expit(weights @ new.T + levels[:, None])


def _sparse_fit(x, y, place, mixing) -> Fitted:
    weights, levels = sparse_path(x, y, mixing)
    return linear(weights[place], float(levels[place]))


def _machine(settings: tuple[str, ...], make: Callable[[int], Any]) -> Classifier:
    """A classifier of scikit-learn."""

    def fit(x: np.ndarray, y: np.ndarray, place: int) -> Fitted:
        model = make(place).fit(x, y.astype(int))
        importance = getattr(model, "feature_importances_", None)
        return Fitted(lambda new: model.predict_proba(new)[:, 1], importance=importance)

    def path(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
        return np.array([fit(x, y, place).probability(new) for place in range(len(settings))])

    return Classifier(settings, path, fit)


def _forest(seed: int, out_of_bag: bool = False):
    from sklearn.ensemble import RandomForestClassifier

    how = {"min_samples_leaf": LEAF, "max_features": "sqrt", "random_state": seed, "n_jobs": 1}
    return RandomForestClassifier(TREES, oob_score=out_of_bag, **how)


def _svm(cost: float):
    """Radial kernel; probabilities by a logistic curve through decision values of patients that were held out."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import SVC

    return CalibratedClassifierCV(SVC(C=cost, gamma="scale"), method="sigmoid", cv=StratifiedKFold(3), ensemble=False)

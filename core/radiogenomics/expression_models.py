"""What plainer models predict from the same expression on the same folds, and how often shuffled targets do as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.compute import Progress, quiet, spread
from core.radiogenomics.expression_target import Target
from core.radiogenomics.prediction_scores import rating
from core.radiogenomics.sealed_folds import Fold, sealed_folds
from core.stats.quietly import quietly

ELASTIC_NET, FOREST, BOOSTING, SVM = "elastic_net", "random_forest", "gradient_boosting", "svm"
COMPARATORS = {
    ELASTIC_NET: "elastic net",
    FOREST: "random forest",
    BOOSTING: "gradient boosting",
    SVM: "support vector machine",
}
#: Folds of the training patients on which a comparator is tuned.
INNER_FOLDS = 3


def comparator_scores(
    name: str,
    expression: np.ndarray,
    target: Target,
    folds: tuple[Fold, ...],
    *,
    most_variable: int = 0,
    seed: int = 0,
    progress: Progress = quiet,
) -> np.ndarray:
    """(n, outputs) score of each held-out patient by a model of COMPARATORS, tuned on inner folds.

    expression (n, G) with NaN where a gene was not measured. Filling in with the mean, choosing the most variable
    genes and scaling are steps of the model, learnt in every inner and outer fold anew.
    """
    from sklearn.exceptions import ConvergenceWarning

    scores = np.empty((target.n, len(target.outputs)))
    for fold in folds:
        learned = target.learned(fold.train)[fold.train]
        centre, width = (learned.mean(), learned.std()) if target.is_number else (0.0, 1.0)
        search = _search(name, target, most_variable, expression.shape[1], seed + fold.number)
        # A penalty of the grid that has not settled in time is not chosen where it matters.
        with quietly(ConvergenceWarning):
            search.fit(expression[fold.train], (learned - centre) / width)
        scores[fold.test] = _answer(search, expression[fold.test], target) * width + centre
        progress((fold.number + 1) / len(folds), f"Fitting the {COMPARATORS[name]}")
    return scores


def _search(name: str, target: Target, most_variable: int, genes: int, seed: int):
    from sklearn.feature_selection import SelectKBest
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    model, grid = _numbers(name, seed) if target.is_number else _classes(name, seed)
    steps: list[tuple[str, Any]] = [("fill", SimpleImputer(keep_empty_features=True))]
    if 0 < most_variable < genes:
        steps.append(("choose", SelectKBest(deviation, k=most_variable)))
    steps += [("scale", StandardScaler()), ("model", model)]
    grids = [{f"model__{key}": values for key, values in part.items()} for part in grid]
    inner = KFold if target.is_number else StratifiedKFold
    scoring = "neg_mean_squared_error" if target.is_number else "roc_auc"
    if len(target.outputs) > 1:
        scoring = "balanced_accuracy"
    return GridSearchCV(Pipeline(steps), grids, scoring=scoring, cv=inner(INNER_FOLDS, shuffle=True, random_state=seed))


def deviation(expression: np.ndarray, _target: np.ndarray) -> np.ndarray:
    """The standard deviation of each gene, which the most variable are chosen by; the target is not looked at."""
    return expression.std(axis=0)


def _numbers(name: str, seed: int) -> tuple[Any, list[dict[str, list]]]:
    if name == ELASTIC_NET:
        from sklearn.linear_model import ElasticNet

        return ElasticNet(max_iter=500, tol=1e-3), [{"alpha": [0.1, 0.3, 1.0, 3.0], "l1_ratio": [0.1, 0.7]}]
    if name == SVM:
        from sklearn.svm import SVR

        return SVR(), [{"kernel": ["rbf"], "C": [0.1, 1.0, 10.0]}, {"kernel": ["linear"], "C": [1e-4, 1e-3, 1e-2]}]
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor

    return _trees(name, RandomForestRegressor, GradientBoostingRegressor, seed)


def _classes(name: str, seed: int) -> tuple[Any, list[dict[str, list]]]:
    if name == ELASTIC_NET:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(solver="saga", l1_ratio=0.5, max_iter=200, tol=1e-2, random_state=seed)
        return model, [{"C": [0.01, 0.1, 1.0], "l1_ratio": [0.1, 0.7]}]
    if name == SVM:
        from sklearn.svm import SVC

        return SVC(), [{"kernel": ["rbf"], "C": [0.1, 1.0, 10.0]}, {"kernel": ["linear"], "C": [1e-4, 1e-3, 1e-2]}]
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

    return _trees(name, RandomForestClassifier, GradientBoostingClassifier, seed)


def _trees(name: str, forest: type, boosting: type, seed: int) -> tuple[Any, list[dict[str, list]]]:
    if name == FOREST:
        return forest(n_estimators=100, min_samples_leaf=3, random_state=seed), [{"max_features": ["sqrt", 0.1]}]
    model = boosting(n_estimators=100, learning_rate=0.05, subsample=0.6, max_features="sqrt", random_state=seed)
    return model, [{"max_depth": [1, 3]}]


def _answer(search, expression: np.ndarray, target: Target) -> np.ndarray:
    """(rows, outputs): the number, or a score per class that is higher for likelier members."""
    if target.is_number:
        return search.predict(expression)[:, None]
    scores = search.decision_function if not hasattr(search, "predict_proba") else search.predict_proba
    found = np.asarray(scores(expression))
    if found.ndim == 1:
        return found[:, None]
    return found if len(target.outputs) > 1 else found[:, -1:]


def permutation_p(
    scores_of: Callable[[Target, tuple[Fold, ...]], np.ndarray],
    target: Target,
    folds: tuple[Fold, ...],
    seed: int,
    permutations: int,
    progress: Progress = quiet,
) -> float:
    """How often does the whole procedure, tuning and all, do as well on a target given to other patients?

    scores_of  (n, outputs) held-out scores for a target and folds. p = (b + 1) / (permutations + 1) of `rating`.
    """
    seen = rating(scores_of(target, folds), target, folds)
    chance = np.random.default_rng(seed)
    others = [target.permuted(chance.permutation(target.n)) for _ in range(permutations)]

    def one(other: Target) -> float:
        anew = sealed_folds(other, len(folds), seed)
        return rating(scores_of(other, anew), other, anew)

    null = np.array(spread(one, others, progress, "Shuffling the target"))
    return float((1 + (null >= seen - 1e-12).sum()) / (permutations + 1))

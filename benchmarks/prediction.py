"""Nested cross-validation of many features in few patients, against the same by scikit-learn."""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.claim import Row, faster, in_turns, within
from core.prediction.classifiers import VARIANCES
from core.prediction.nested import Table, nested, repeat_seeds
from core.prediction.permuted import permutation_test
from core.prediction.recipe import Recipe

N, FEATURES, SHUFFLINGS = 167, 724, 20
RECIPE = Recipe(repeats=1)


@cache
def patients() -> Table:
    """As many as the gliomas of TCGA, 38 % positive; features that go together, 10 of them with the class."""
    random = np.random.default_rng(0)
    y = np.arange(N) < 64
    x = random.normal(size=(N, 30)) @ random.normal(size=(30, FEATURES)) + random.normal(size=(N, FEATURES))
    x[:, :10] += 2.0 * y[:, None]
    return Table(x, y)


def by_scikit_learn() -> np.ndarray:
    """The out-of-fold probabilities of a grid search inside cross-validation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table, seed = patients(), repeat_seeds(RECIPE.seed, 1)[0]
    steps = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-6, max_iter=10_000))
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    grid = {"logisticregression__C": VARIANCES / FEATURES}
    inside = GridSearchCV(steps, grid, scoring="neg_log_loss", cv=folds)
    return cross_val_predict(inside, table.x, table.y, cv=folds, method="predict_proba")[:, 1]


def ours() -> np.ndarray:
    """The same by our own."""
    return nested(patients(), RECIPE).probability


def against_scikit_learn(claim: str) -> Row:
    """One repeat of both, in turns; the probabilities must be the same."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        theirs, mine = by_scikit_learn(), ours()
        slow, quick = in_turns(by_scikit_learn, ours, 3)
    apart = float(np.abs(theirs - mine).max())
    note = f"n = {N}, {FEATURES} features, 5 x 5 folds, {len(VARIANCES)} penalties; probabilities apart by {apart:.1g}"
    row = faster(claim, slow, quick, 5, note)
    return row if apart < 1e-3 else Row(row.claim, row.baseline, row.candidate, row.ratio, row.goal, False, note)


def shuffled(claim: str) -> Row:
    """The whole pipeline on shuffled labels, of which 200 are extrapolated."""
    from time import perf_counter

    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        ours()
        start = perf_counter()
        permutation_test(patients(), RECIPE, SHUFFLINGS)
        taken = (perf_counter() - start) / (SHUFFLINGS + 1) * 200
    return within(claim, taken, 60, "s", f"n = {N}, {FEATURES} features; extrapolated from {SHUFFLINGS}")


CLAIMS = {
    "nested cross-validation of ridge logistic regression against scikit-learn": against_scikit_learn,
    "200 shufflings of the whole pipeline": shuffled,
}

"""The path of sparse networks: 100 penalties on the 105 features of 321 patients."""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.claim import Row, faster, in_turns, seconds, within
from benchmarks.studies import library_with
from core.cohort.expression import EVERYBODY
from core.network.correlation import correlation_matrix, nearest_correlation
from core.network.sparse import ebic_network

#: Which of the 100 penalties scikit-learn is asked for, from the largest on; its whole path is extrapolated.
ASKED = (10, 30, 50, 70, 90)
ROUNDS = 3


@cache
def features():
    """All patients of hn_tcia that have features; the first run pays for compiling, so it is not measured."""
    library = library_with("hn_tcia")
    table = library.open("hn_tcia").features(EVERYBODY, "features")
    ebic_network(table.iloc[:, :10], lambdas=10)
    return table


def path(claim: str) -> Row:
    """Seconds of the whole path, scored."""
    table = features()
    taken = sorted(seconds(lambda: ebic_network(table)) for _ in range(ROUNDS))[ROUNDS // 2]
    return within(claim, taken, 3, "s", f"n = {len(table)}, {table.shape[1]} features; compiling is not counted")


def against_scikit_learn(claim: str) -> Row:
    """The same penalties of the same matrix by `sklearn.covariance.graphical_lasso`, each from nothing."""
    from sklearn.covariance import graphical_lasso
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils._testing import ignore_warnings

    table = features()
    matrix = nearest_correlation(correlation_matrix(table, "pearson"))
    largest = np.abs(matrix - np.eye(len(matrix))).max()
    penalties = np.exp(np.linspace(np.log(largest), np.log(0.01 * largest), 100))
    failed: set[float] = set()

    @ignore_warnings(category=ConvergenceWarning)
    def theirs() -> None:
        for penalty in penalties[list(ASKED)]:
            try:
                graphical_lasso(matrix, alpha=penalty)
            except FloatingPointError:
                failed.add(penalty)

    few, ours = in_turns(theirs, lambda: ebic_network(table), ROUNDS)
    note = f"scikit-learn: {few:.3g} s for {len(ASKED)} penalties, {len(failed)} of which it gave up; times 20"
    return faster(claim, few * 100 / len(ASKED), ours, 10, note)


CLAIMS = {
    "network path of 100 penalties on 105 features (hn_tcia)": path,
    "the same path against a loop of scikit-learn's graphical_lasso": against_scikit_learn,
}

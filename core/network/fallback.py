"""The path of penalties where numba is missing: scikit-learn's graphical lasso, slower and less exact."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from core.compute import Progress, quiet

#: scikit-learn's duality gap, the tolerance of its inner lasso, and how often it may go round.
_GAP, _INNER, _ROUNDS = 1e-7, 1e-8, 200
#: Its coordinate descent leaves zeros that are not exact when both triangles are averaged; an entry of the inverse
#: below this is one.
_ZERO = 1e-10


def slow_path(
    S: np.ndarray, penalties: np.ndarray, progress: Progress = quiet
) -> Iterator[tuple[float, np.ndarray, bool]]:
    """What `core.network.path.penalty_path` yields, by `sklearn.covariance.graphical_lasso`, each from nothing.

    Near-singular matrices make it raise FloatingPointError: that penalty comes as a matrix of NaN that has not
    settled. So does one that it leaves without an answer that is finite. `progress` is called before each penalty.
    """
    from sklearn.covariance import graphical_lasso
    from sklearn.exceptions import ConvergenceWarning

    count = len(penalties)
    for step, penalty in enumerate(penalties):
        progress(step / count, f"Penalty {step + 1} of {count}")
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                _, K = graphical_lasso(S, alpha=float(penalty), tol=_GAP, enet_tol=_INNER, max_iter=_ROUNDS)
            except FloatingPointError:
                K = np.full_like(S, np.nan)
        settled = bool(np.isfinite(K).all()) and not any(issubclass(w.category, ConvergenceWarning) for w in said)
        if not np.isfinite(K).all():
            K = np.full_like(S, np.nan)
        K = np.where((np.abs(K) < _ZERO) | (np.abs(K.T) < _ZERO), 0.0, (K + K.T) / 2)
        yield float(penalty), K, settled

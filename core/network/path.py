"""The path of penalties of a sparse network: every solution warm-started from the last, and what each one scores."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import numpy as np

from core.compute import Progress, quiet

#: A solution stands when a sweep moves no entry of the covariance by more than this; so many sweeps are allowed.
CONVERGED, SWEEPS = 1e-7, 2000
#: The share of the present edges that a smaller penalty is taken to have at least, and how often that is looked at.
_FEWER, _LOOK = 0.8, 5
#: What the reader is told where numba is missing.
WITHOUT_NUMBA = (
    "numba is not installed: solved by scikit-learn, which is slower; partial correlations may differ in the fourth "
    "digit and the faintest edges with them. Install it with: pip install numba."
)


def compiled() -> bool:
    """Is there a numba that can be imported, so that the path is solved by our own kernel?"""
    try:
        import core.network.glasso  # noqa: F401
    except ImportError:
        return False
    return True


def penalties_of(S: np.ndarray, lambdas: int, ratio: float) -> np.ndarray:
    """From the largest correlation in `S`, where nothing is left, down to `ratio` times it, evenly in the logarithm."""
    largest = max(np.abs(S - np.eye(len(S))).max(), 1e-10)
    penalties = np.exp(np.linspace(np.log(largest), np.log(ratio * largest), lambdas))
    # On some processors the exponential of a logarithm comes out a last digit lower, and leaves an edge of nothing.
    penalties[0] = largest
    return penalties


def penalty_path(
    S: np.ndarray, penalties: Iterable[float], progress: Progress = quiet, tolerance: float = CONVERGED
) -> Iterator[tuple[float, np.ndarray, bool]]:
    """The inverse of the correlation matrix `S` (p x p, positive definite) under each penalty, the largest first.

    Yields the penalty, the p x p inverse with its exact zeros (the diagonal is not penalised), and whether it
    settled. Without numba scikit-learn solves (see `core.network.fallback`), and a penalty that it gives up on
    comes as a matrix of NaN that has not settled. `tolerance` is what a sweep may still move where our kernel solves.
    """
    S = np.ascontiguousarray(S, dtype=float)
    falling = np.sort(np.asarray(penalties, dtype=float))[::-1]
    if compiled():
        yield from _compiled_path(S, falling, progress, tolerance)
    else:
        from core.network.fallback import slow_path

        yield from slow_path(S, falling, progress)
    progress(1.0, "Network found")


def _compiled_path(S, penalties, progress, tolerance):
    from core.network.extrapolation import follow
    from core.network.glasso import precision, solve

    p, count = len(S), len(penalties)
    before = max(np.abs(S - np.eye(p)).max(), penalties[0])
    W, B = np.eye(p), np.zeros((p, p))
    W_before, B_before = (W - S) / before, B.copy()
    scratch = np.empty((p, p))
    for step, penalty in enumerate(penalties):
        tell = functools.partial(progress, step / count, f"Penalty {step + 1} of {count}")
        follow(S, W, B, before, penalty, W_before, B_before, scratch)
        before = penalty
        settled = solve(S, penalty, W, B, tolerance, SWEEPS, tell)
        yield float(penalty), precision(W, B), settled


def cut_of(n: int, p: int, threshold: bool) -> float:
    """The size below which an entry of the inverse is set to zero when there is a `threshold`, else 0."""
    return float(np.log(p * (p - 1) / 2) / np.sqrt(n)) if threshold else 0.0


def scored(S, n, gammas, cut, penalties, progress, whole=True, tolerance=CONVERGED):
    """For each gamma the best (score, penalty, inverse), and for each penalty its scores, edges, and settled or not.

    Unless the `whole` path is asked for, it ends where `_no_more_to_win` says so.

    The score is the extended Bayesian information criterion of n patients, NaN where the inverse, thresholded at
    `cut`, is not positive definite.
    """
    p = len(S)
    best: dict[float, tuple[float, float, np.ndarray]] = {}
    rows = []
    for penalty, K, settled in penalty_path(S, penalties, progress, tolerance):
        # qgraph's threshold spares not even the diagonal.
        K = np.where(np.abs(K) < cut, 0.0, K) if cut else K
        nonzero = np.count_nonzero(np.triu(K, 1)) if np.isfinite(K[0, 0]) else 0
        deviance = _deviance(S, K, n)
        scores = {g: deviance + nonzero * (np.log(n) + 4 * g * np.log(p)) for g in gammas}
        rows.append((penalty, scores, nonzero, settled))
        for g, score in scores.items():
            # On a tie the smaller penalty, which comes later here, is qgraph's choice.
            if np.isfinite(score) and (g not in best or score <= best[g][0]):
                best[g] = (score, penalty, K)
        if not whole and not cut and len(rows) % _LOOK == 0 and _no_more_to_win(S, K, n, best, rows[-1], penalties[-1]):
            progress(1.0, "Network found")
            break
    return best, rows


def _no_more_to_win(S, K, n, best, row, smallest) -> bool:
    """Could no smaller penalty win, even with a fraction `_FEWER` of the edges that there are now?

    Two bounds from below on the deviance of all penalties down to `smallest`, n (log det W + tr SK): it is not less
    than that of `S` itself; and as (1 - t) S + t W with t = smallest / penalty obeys the smallest penalty, its
    determinant is not above that of any solution to come. The number of edges is the only thing taken on trust: it
    grows as the penalty falls, and no path that was tried lost a fifth of them again.
    """
    penalty, _, nonzero, settled = row
    if not settled or len(best) == 0:
        return False
    t = smallest / penalty
    p = len(S)
    floor = n * max(np.linalg.slogdet(S)[1] + p, np.linalg.slogdet((1 - t) * S + t * np.linalg.inv(K))[1])
    return all(floor + _FEWER * nonzero * (np.log(n) + 4 * g * np.log(p)) > score for g, (score, _, _) in best.items())


def _deviance(S: np.ndarray, K: np.ndarray, n: int) -> float:
    """Minus twice the Gaussian log-likelihood; NaN where K is not positive definite."""
    try:
        root = np.linalg.cholesky(K)
    except np.linalg.LinAlgError:
        return float("nan")
    return float(-n * (2 * np.log(np.diag(root)).sum() - np.sum(S * K)))

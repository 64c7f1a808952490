"""Patients as points on a plane whose distances resemble the Wasserstein ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NotEstimable


@dataclass(frozen=True)
class Embedding:
    """`coordinates` (n, 2) of `n` patients, in the unit of the distances.

    `share_shown` is what the two axes hold of the sum of all absolute eigenvalues (Mardia's first criterion): how far
    the picture may be trusted.
    """

    n: int
    coordinates: np.ndarray
    eigenvalues: tuple[float, float]
    share_shown: float


def classical_scaling(distance_matrix: np.ndarray) -> Embedding:
    """Which points in the plane have nearly these distances? (n, n) -> (n, 2), classical scaling (Torgerson 1952).

    Each axis is turned so that its longest coordinate is positive, hence the same picture every time. W1 is not
    Euclidean: an axis with a negative eigenvalue is left flat. Raises `NotEstimable` for fewer than three patients or
    patients who are all alike. doi:10.1007/BF02288916
    """
    from scipy.linalg import eigh

    squared = np.asarray(distance_matrix, dtype=float) ** 2
    n = len(squared)
    if n < 3 or not squared.any():
        raise NotEstimable(f"{n} patients at these distances span no plane.", "Widen the cohort.")
    centred = squared - squared.mean(axis=0)
    centred = -0.5 * (centred - centred.mean(axis=1, keepdims=True))
    values, vectors = eigh((centred + centred.T) / 2)
    top, axes = np.maximum(values[[-1, -2]], 0.0), vectors[:, [-1, -2]]
    # Of coordinates equally long up to rounding, the first decides the sign.
    longest = (np.abs(axes) > np.abs(axes).max(axis=0) * (1 - 1e-9)).argmax(axis=0)
    axes = axes * np.where(axes[longest, [0, 1]] < 0, -1.0, 1.0)
    share = float(top.sum() / np.abs(values).sum())
    return Embedding(n, axes * np.sqrt(top), (float(top[0]), float(top[1])), share)

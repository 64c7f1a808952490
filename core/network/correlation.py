"""The correlation matrix that a network starts from."""

from __future__ import annotations

import numpy as np
import pandas as pd


def correlation_matrix(features: pd.DataFrame, kind: str = "pearson") -> np.ndarray:
    """How do the features (n patients x p, complete) go together? A p x p correlation matrix.

    `pearson` is linear on the raw values. `nonparanormal` first turns each feature into normal scores
    Phi^-1(rank / (n + 1)), so that only the order of the patients counts and a skewed feature or an outlier
    does not rule (Liu, Lafferty and Wasserman 2009, arXiv:0903.0649).
    """
    values = features.to_numpy(dtype=float)
    if kind == "nonparanormal":
        from scipy.special import ndtri

        values = ndtri(features.rank().to_numpy() / (len(features) + 1))
    elif kind != "pearson":
        raise ValueError(f"Unknown correlation {kind!r}: use 'pearson' or 'nonparanormal'.")
    # Features range over many powers of ten; unit scale first keeps the products exact.
    values = values - values.mean(axis=0)
    values /= np.linalg.norm(values, axis=0)
    S = np.clip(values.T @ values, -1.0, 1.0)
    S = (S + S.T) / 2
    np.fill_diagonal(S, 1.0)
    return S


def nearest_correlation(
    S: np.ndarray, *, keep: float = 1e-6, smallest: float = 1e-8, tolerance: float = 1e-7, rounds: int = 100
) -> np.ndarray:
    """The positive definite correlation matrix nearest to `S` (p x p, symmetric), in the Frobenius norm.

    With fewer patients than features a correlation matrix is singular, and rounding makes it indefinite.
    Alternating projections with Dykstra's correction, then eigenvalues lifted to `smallest` times the largest;
    the limits (`keep`: eigenvalues below this share of the largest are taken for zero) are those of R's
    `Matrix::nearPD(corr = TRUE)`, whose answer it gives.

    Higham 2002, doi:10.1093/imanum/22.3.329.
    """
    X = (S + S.T) / 2
    correction = np.zeros_like(X)
    for _ in range(rounds):
        before = X
        R = before - correction
        values, vectors = np.linalg.eigh(R)
        large = values > keep * values[-1]
        X = (vectors[:, large] * values[large]) @ vectors[:, large].T
        correction = X - R
        X = (X + X.T) / 2
        np.fill_diagonal(X, 1.0)
        if np.linalg.norm(before - X, np.inf) <= tolerance * np.linalg.norm(before, np.inf):
            break
    values, vectors = np.linalg.eigh(X)
    floor = smallest * abs(values[-1])
    if values[0] < floor:
        X = (vectors * np.maximum(values, floor)) @ vectors.T
        scale = np.sqrt(1 / np.diag(X))
        X = X * scale[:, None] * scale[None, :]
        X = (X + X.T) / 2
        np.fill_diagonal(X, 1.0)
    return X

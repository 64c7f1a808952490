"""Do residuals differ between environments? Welch's test of each against all others, for many models at once."""

from __future__ import annotations

import numpy as np

#: What the smallest p of K environments is multiplied by: K - 1 as published, or the number of different tests.
PUBLISHED, BONFERRONI = "published", "bonferroni"
FACTORS = (PUBLISHED, BONFERRONI)


def welch(residuals: np.ndarray, environment: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Is the mean residual inside an environment another than outside it?

    residuals (models, n); environment (n,) codes 0 to count - 1, each with two patients or more. Returns two-sided p
    and the mean inside less that outside, both (models, count). Of two environments either test is the other with its
    sign turned, so it is made once. Where residuals vary on neither side, p is 0 if the means differ and 1 if not (R's
    t.test refuses those). Source: Welch 1947, doi:10.1093/biomet/34.1-2.28.
    """
    pairs = [_welch(residuals[:, environment == each], residuals[:, environment != each]) for each in range(count)]
    if count == 2:
        p, gap = pairs[0]
        pairs[1] = (p, -gap)
    return np.stack([p for p, _ in pairs], axis=1), np.stack([gap for _, gap in pairs], axis=1)


def _welch(inside: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import stdtr

    gap = inside.mean(axis=1) - outside.mean(axis=1)
    shares = [part.var(axis=1, ddof=1) / part.shape[1] for part in (inside, outside)]
    error = np.sqrt(shares[0] + shares[1])
    level = np.abs(inside.mean(axis=1)) + np.abs(outside.mean(axis=1))
    varies = error > 1e-14 * level
    square = np.where(varies, error, 1.0) ** 2
    parts = [(share / square) ** 2 / (part.shape[1] - 1) for share, part in zip(shares, (inside, outside), strict=True)]
    dof = 1 / np.where(varies, parts[0] + parts[1], 1.0)
    p = 2 * stdtr(dof, -np.abs(gap) / np.where(varies, error, 1.0))
    constant = np.where(np.abs(gap) > 1e-12 * level, 0.0, 1.0)
    return np.where(varies, p, constant), gap


def combined(p: np.ndarray, factor: str) -> tuple[np.ndarray, np.ndarray]:
    """One p per model from (models, K): the smallest times the factor, at most 1; and the environment it comes from.

    K - 1 is what the published software multiplies by. For two environments that is 1, and exact: there is only one
    test. For more it is one test short of Bonferroni's K, so it does not by itself bound the error; `bonferroni`
    multiplies by the number of different tests, which is 1 for two environments and K for more.
    """
    count = p.shape[1]
    times = count - 1 if factor == PUBLISHED or count == 2 else count
    return np.minimum(1.0, times * p.min(axis=1)), p.argmin(axis=1)

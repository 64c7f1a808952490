"""Patients made for tests: columns of which some part the classes, and some are missing."""

from __future__ import annotations

import numpy as np

from core.prediction.nested import Table


def patients(n: int = 60, p: int = 12, signal: int = 3, seed: int = 0, missing: float = 0.0) -> Table:
    """n patients, 40 % positive, p columns of which the first `signal` are higher in positive ones."""
    random = np.random.default_rng(seed)
    y = np.arange(n) < int(0.4 * n)
    y = random.permutation(y)
    x = random.normal(size=(n, p)) * random.uniform(0.5, 20, p) + random.normal(0, 5, p)
    x[:, :signal] += 1.2 * y[:, None] * x[:, :signal].std(axis=0)
    x[random.random((n, p)) < missing] = np.nan
    return Table(x, y)

"""Small connected networks and densities for the tests of transport."""

from __future__ import annotations

from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).parent.parent / "reference" / "transport"


def reference(name: str) -> np.ndarray:
    return np.loadtxt(REFERENCE / name, delimiter=",", ndmin=2)


def random_network(rng: np.random.Generator, m: int, extra: int) -> np.ndarray:
    """A random tree on m nodes with up to `extra` more edges -> (E, 2), i < j."""
    tree = {(int(rng.integers(j)), j) for j in range(1, m)}
    more = {tuple(sorted(int(i) for i in rng.choice(m, 2, replace=False))) for _ in range(extra)} if m > 2 else set()
    return np.array(sorted(tree | more))


def random_densities(rng: np.random.Generator, n: int, m: int, groups: int = 1) -> np.ndarray:
    """(n, m) rows summing to 1, some nodes empty, around `groups` planted profiles."""
    profiles = rng.exponential(size=(groups, m))
    mass = profiles[np.arange(n) % groups] * rng.exponential(size=(n, m)) * (rng.random((n, m)) < 0.8)
    mass[:, 0] += 1e-3
    return mass / mass.sum(axis=1, keepdims=True)

"""Small expression studies for the tests of networks and masking, and a trainer that needs no training."""

from __future__ import annotations

import numpy as np

from core.radiogenomics.dense_layers import IDENTITY, LOGISTIC, Layers
from core.radiogenomics.expression_network import SealedNetworks, sealed_networks
from core.radiogenomics.expression_target import Target, class_target, number_target
from core.radiogenomics.sealed_folds import sealed_folds

GENES = tuple(f"G{number:02d}" for number in range(24))
#: Six sets of four genes each.
SETS = {f"set {number}": GENES[4 * number : 4 * number + 4] for number in range(6)}


def ridge(scaled, learned, target, seeds, scaling) -> tuple[Layers, ...]:
    """A linear network in closed form, ridge regression: to try what does not depend on how weights were found."""
    centre = learned.mean()
    weights = scaled.T @ np.linalg.solve(scaled @ scaled.T + 20 * np.eye(len(scaled)), learned - centre)
    output = IDENTITY if target.is_number else LOGISTIC
    return (Layers((weights[:, None], np.ones((1, 1))), (np.zeros(1), np.array([centre])), IDENTITY, output),)


def driven(seed: int = 0, n: int = 90, gaps: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(n, 24) expression in which each set of four goes together, and a number that the first set drives."""
    random = np.random.default_rng(seed)
    activity = random.normal(size=(n, 6))
    expression = 5 + 0.8 * np.repeat(activity, 4, axis=1) + 0.6 * random.normal(size=(n, 24))
    values = activity[:, 0] + 0.6 * random.normal(size=n)
    return np.where(random.random(expression.shape) < gaps, np.nan, expression), values


def three_classes(seed: int = 0, n: int = 90) -> tuple[np.ndarray, Target]:
    """Expression, and three classes of which the first is high in the first set and the second low."""
    expression, values = driven(seed, n)
    labels = np.array(["low", "middle", "high"])[np.digitize(values, np.quantile(values, [1 / 3, 2 / 3]))]
    return expression, class_target(list(labels), ("low", "middle", "high"), 5)[0]


def networks_of(expression, target, trainer=ridge, folds=4, seed=0, **how) -> SealedNetworks:
    how = {"members": 1, "seed": seed} | how
    return sealed_networks(expression, target, sealed_folds(target, folds, seed), trainer, **how)


def linear(seed: int = 0, gaps: float = 0.0, split: bool = False) -> SealedNetworks:
    """Linear networks of the driven number."""
    expression, values = driven(seed, gaps=gaps)
    return networks_of(expression, number_target(values, split))

"""Where nothing is planted nothing is found: p-values of Wasserstein clusters against labels are uniform."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest
from small_networks import random_network

from core.stats.association import categorical_association
from core.transport.density import densities, learn_scaling
from core.transport.kmeans import wasserstein_kmeans
from core.transport.metric import hop_ground

RUNS = 300
#: 99 % of the Kolmogorov-Smirnov statistics of 300 uniform p-values are below this (1.628 / sqrt(300)).
BAND = 0.094
N, M, K = 60, 6, 3


@pytest.fixture(scope="module")
def study():
    """Features with three groups of patients, and labels that go with the groups."""
    rng = np.random.default_rng(0)
    group = np.arange(N) % 3
    features = rng.normal(size=(N, M)) + 4 * np.eye(3)[group].repeat(M // 3, axis=1)
    labels = np.where(rng.random(N) < 0.5, group, rng.integers(3, size=N))
    return features, labels, hop_ground(M, random_network(rng, M, 3))


def p_value(features: np.ndarray, labels: np.ndarray, ground, seed: int) -> float:
    """p of the k-means clusters against the labels, as the page has it."""
    table = pd.DataFrame(features, columns=[f"f{i}" for i in range(features.shape[1])])
    found = densities(table, learn_scaling(table))
    clusters = wasserstein_kmeans(found.values, ground, K, restarts=1, seed=seed)
    return categorical_association(clusters.labels, labels[list(found.patients)], seed).p


def p_values(study, change, runs: int = RUNS) -> np.ndarray:
    features, labels, ground = study
    return np.array(
        [p_value(change(features, np.random.default_rng(seed)), labels, ground, seed) for seed in range(runs)]
    )


def test_p_values_of_permuted_features_are_uniform(study):
    """Each feature is dealt anew among the patients, which leaves its values and takes all it says of the labels.

    A table of 3 clusters by 3 labels of 60 patients has thousands of values of chi-square, so the steps of p are far
    below the band; where an expected count is small, p comes from 10,000 random tables.
    """
    p = p_values(study, lambda features, rng: rng.permuted(features, axis=0))
    assert kstest(p, "uniform").statistic < BAND
    # 99 % of binomial counts with p = 0.05 lie within 6 and 26.
    assert 6 <= (p < 0.05).sum() <= 26


def test_the_band_notices_structure(study):
    """The same with half of the patients' features left where they belong."""

    def half(features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        some = rng.permutation(N)[: N // 2]
        changed = features.copy()
        changed[some] = rng.permuted(changed[some], axis=0)
        return changed

    p = p_values(study, half, 60)
    assert kstest(p, "uniform").statistic > 1.628 / np.sqrt(60), "99 % of 60 uniform p-values"

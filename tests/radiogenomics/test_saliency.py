"""Exact gradients against finite differences and, where it is installed, PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from core.radiogenomics.dense_layers import IDENTITY, LOGISTIC, RELU, TANH, Layers
from core.radiogenomics.saliency import GUIDED, gradients, saliency
from tests.radiogenomics.expression_cases import linear


def layers(activation: str, output: str = IDENTITY) -> Layers:
    random = np.random.default_rng(0)
    sizes = [(5, 7), (7, 4), (4, 2)]
    weights = tuple(random.normal(size=size) for size in sizes)
    return Layers(weights, tuple(random.normal(size=size[1]) for size in sizes), activation, output)


@pytest.mark.parametrize("activation", [RELU, TANH, LOGISTIC])
def test_gradients_are_finite_differences(activation):
    network, values = layers(activation), np.random.default_rng(1).normal(size=(6, 5))

    def raw(rows):
        return network.after_first(rows @ network.weights[0] + network.biases[0])

    for output in (0, 1):
        found = gradients(network, values, output)
        for gene in range(5):
            step = np.zeros(5)
            step[gene] = 1e-6
            slope = (raw(values + step)[:, output] - raw(values - step)[:, output]) / 2e-6
            np.testing.assert_allclose(found[:, gene], slope, atol=1e-7)


def test_guided_gradients_by_hand():
    """Two units: one is closed, one is open but pulls the score down, so nothing passes back; then it pulls up."""
    weights = (np.array([[1.0, -1.0], [2.0, 3.0]]), np.array([[-1.0], [5.0]]))
    network = Layers(weights, (np.zeros(2), np.zeros(1)), RELU, IDENTITY)
    at = np.array([[1.0, 0.0]])  # first unit 1, second -1
    assert gradients(network, at, 0).tolist() == [[-1.0, -2.0]]
    assert gradients(network, at, 0, guided=True).tolist() == [[0.0, 0.0]]
    at = np.array([[-1.0, 0.0]])  # first unit -1, second 1
    assert gradients(network, at, 0, guided=True).tolist() == [[-5.0, 15.0]]


def test_saliency_of_linear_networks_is_their_weights():
    networks = linear()
    found = saliency(networks)
    for each in networks.folds:
        weights = each.members[0].weights[0][:, 0]
        np.testing.assert_allclose(found[each.fold.test], np.tile(weights, (len(each.fold.test), 1)), atol=1e-12)
    assert set(np.argsort(-found.mean(axis=0))[:4]) == {0, 1, 2, 3}
    assert (saliency(networks, 0, GUIDED) >= 0).all()

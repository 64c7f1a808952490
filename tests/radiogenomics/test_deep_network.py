"""The deep networks: what PyTorch says is what the arrays say; skipped where it is not installed."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import NotEstimable
from core.radiogenomics import deep_network
from core.radiogenomics.deep_network import DeepNetwork, _Making, has_torch
from core.radiogenomics.expression_target import number_target
from core.radiogenomics.gene_scaling import gene_scaling
from core.radiogenomics.masking import masked_scores
from core.radiogenomics.saliency import gradients
from tests.radiogenomics.expression_cases import driven, networks_of, three_classes

needs_torch = pytest.mark.skipif(not has_torch(), reason="PyTorch is not installed (requirements-deep.txt)")


def test_without_pytorch_it_says_so(monkeypatch):
    monkeypatch.setattr(deep_network, "has_torch", lambda: False)
    expression, values = driven()
    with pytest.raises(NotEstimable, match="need PyTorch"):
        networks_of(expression, number_target(values), DeepNetwork())


@needs_torch
def test_arrays_say_what_pytorch_says(monkeypatch):
    monkeypatch.setattr(deep_network, "LONGEST", 8)
    expression, target = three_classes(n=60)
    scaled = gene_scaling(expression).of(expression)
    making = _Making(DeepNetwork((6, 4), dropout=0.2), scaled, target.values, target, 0, None)
    layers = making.made()
    assert layers.epochs > 0 and layers.output == "softmax"
    # Training went on after the best epoch: the arrays of the last are compared.
    layers = making._layers(0)
    values = making._tensor(scaled / making.root).requires_grad_()
    raw = making._forward(values, False) @ making.last[0] + making.last[1]
    np.testing.assert_allclose(
        layers.after_first(scaled @ layers.weights[0] + layers.biases[0]), raw.detach().numpy(), atol=1e-12
    )
    raw[:, 1].sum().backward()
    np.testing.assert_allclose(gradients(layers, scaled, 1), values.grad.numpy() / making.root, atol=1e-12)


@needs_torch
def test_it_is_the_same_again_learns_and_can_be_masked():
    expression, values = driven()
    first, again = (networks_of(expression, number_target(values), DeepNetwork((12,), dropout=0.0)) for _ in range(2))
    assert np.array_equal(first.scores, again.scores)
    assert np.corrcoef(first.scores[:, 0], values)[0, 1] > 0.3
    assert np.array_equal(masked_scores(first, [np.arange(24)])[0], first.scores)


@needs_torch
def test_frozen_layers_stay_as_they_were_pretrained():
    expression, values = driven(n=60)
    others = driven(seed=9, n=40)[0]
    scaling = gene_scaling(expression)
    target, scaled = number_target(values), scaling.of(expression)
    making = _Making(DeepNetwork((6, 4), others=others, frozen=1), scaled, values, target, 0, scaling.of(others))
    making._pretrain()
    before = [part.detach().clone() for part in making.blocks[0]["dense"]]
    making.others = None
    making.made()
    assert all((mine == other).all() for mine, other in zip(before, making.blocks[0]["dense"], strict=True))
    assert any((making.blocks[1]["dense"][0] != 0).flatten())
    with pytest.raises(NotEstimable, match="pre-training needs"):
        networks_of(expression, target, DeepNetwork((4,), others=others[:3]))
    with pytest.raises(NotEstimable, match="Only pre-trained"):
        networks_of(expression, target, DeepNetwork((4,), frozen=1))

"""Saliency: how a network's score of a held-out patient would change with each gene."""

from __future__ import annotations

import numpy as np

from core.radiogenomics.dense_layers import ACTIVATIONS, RELU, SLOPES, Layers
from core.radiogenomics.expression_network import SealedNetworks

GRADIENT, GUIDED = "gradient", "guided"


def gradients(layers: Layers, scaled: np.ndarray, output: int, guided: bool = False) -> np.ndarray:
    """(n, genes) slope of one output, before its logistic or softmax, at each row of standard scores (n, genes).

    guided  lets only positive slopes pass back through a rectifier that was open (Springenberg and others 2015,
            arXiv:1412.6806); of other activations the plain slope
    """
    before, after, values = [], [], scaled
    for weight, bias in zip(layers.weights[:-1], layers.biases[:-1], strict=True):
        before.append(values @ weight + bias)
        values = ACTIVATIONS[layers.activation](before[-1])
        after.append(values)
    back = np.broadcast_to(layers.weights[-1][:, output], (len(scaled), len(layers.weights[-1])))
    for number in reversed(range(len(before))):
        if guided and layers.activation == RELU:
            back = np.maximum(back, 0.0)
        back = back * SLOPES[layers.activation](before[number], after[number])
        back = back @ layers.weights[number].T
    return back


def saliency(networks: SealedNetworks, output: int = 0, how: str = GRADIENT) -> np.ndarray:
    """(n, G) slope of a score per standard deviation of each gene, at each patient, by networks that did not see it.

    The mean of a fold's networks; in the target's unit for numbers, on the scale of the log odds for classes. GUIDED:
    the absolute value of guided back-propagation, as published, which says nothing of the direction. A gene that a
    fold did not use has slope 0 there.
    """
    found = np.zeros((networks.target.n, networks.n_genes))
    for each in networks.folds:
        scaled = each.scaling.of(networks.expression[each.fold.test])
        slopes = np.mean([gradients(layers, scaled, output, how == GUIDED) for layers in each.members], axis=0)
        found[np.ix_(each.fold.test, each.scaling.kept)] = np.abs(slopes) if how == GUIDED else slopes
    return found

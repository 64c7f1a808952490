"""A trained feed-forward network as plain arrays: its predictions, and what every step of a layer does to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

RELU, TANH, LOGISTIC = "relu", "tanh", "logistic"
IDENTITY, SOFTMAX = "identity", "softmax"


def _logistic(values: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * values))


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    RELU: lambda values: np.maximum(values, 0.0),
    TANH: np.tanh,
    LOGISTIC: _logistic,
    IDENTITY: lambda values: values,
}
#: Slope of an activation, from what goes in and what comes out.
SLOPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    RELU: lambda before, after: (before > 0).astype(before.dtype),
    TANH: lambda before, after: 1 - after**2,
    LOGISTIC: lambda before, after: after * (1 - after),
    IDENTITY: lambda before, after: np.ones_like(before),
}


@dataclass(frozen=True, eq=False)
class Layers:
    """weights[l] (in, out) and biases[l] (out,), the last pair being the output; `activation` between them.

    output  IDENTITY (a number, or several), LOGISTIC (one class against the rest) or SOFTMAX (several classes)
    epochs  how many were trained until the inner split stopped it
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    activation: str
    output: str
    epochs: int = 0

    @property
    def width(self) -> int:
        """Units of the first hidden layer."""
        return self.weights[0].shape[1]

    def light(self) -> Layers:
        """The same in single precision: a study's networks are kept in memory, and most of them is first weights."""
        return replace(
            self,
            weights=tuple(each.astype(np.float32) for each in self.weights),
            biases=tuple(each.astype(np.float32) for each in self.biases),
        )

    def after_first(self, before: np.ndarray) -> np.ndarray:
        """(..., outputs) of what goes into the first hidden layer's activation, (..., width), before the output's."""
        values = ACTIVATIONS[self.activation](before)
        for number, (weight, bias) in enumerate(zip(self.weights[1:], self.biases[1:], strict=True), 2):
            values = values @ weight + bias
            if number < len(self.weights):
                values = ACTIVATIONS[self.activation](values)
        return values

    def answered(self, raw: np.ndarray) -> np.ndarray:
        """Scores (..., outputs) from what comes out of the last layer: numbers as they are, chances of classes."""
        if self.output == SOFTMAX:
            grown = np.exp(raw - raw.max(axis=-1, keepdims=True))
            return grown / grown.sum(axis=-1, keepdims=True)
        return ACTIVATIONS[self.output](raw)

"""The deep version by PyTorch, where it is installed: blocks with normalised batches and dropout, and pre-training.

Every network ends as plain arrays (`Layers`): in use a normalised batch is one more linear step, which is folded into
the weights, and dropout is off. So masking and saliency need no PyTorch.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np

from core.errors import NotEstimable
from core.radiogenomics.dense_layers import IDENTITY, LOGISTIC, RELU, SOFTMAX, Layers
from core.radiogenomics.expression_target import Target
from core.radiogenomics.gene_scaling import GeneScaling
from core.radiogenomics.small_network import BATCH, GAIN, LONGEST, inner_split

STEP, PATIENCE, PRETRAINING = 0.003, 15, 40
#: Patients without a target below which an autoencoder learns nothing worth copying.
FEWEST_TO_PRETRAIN = 10
CLOSE = 1e-5


def has_torch() -> bool:
    """Whether PyTorch is installed."""
    return find_spec("torch") is not None


@dataclass(frozen=True, eq=False)
class DeepNetwork:
    """Dropout of the input, then blocks of dense, normalised batch, activation and dropout, then the output.

    hidden  units of each block; dropout: share silenced; alpha: weight decay
    others  (u, G) expression of patients without the target: the blocks first learn to give their genes back
            (autoencoder, absolute error), their training patients of a fold included; None for no pre-training
    frozen  how many blocks then stay as they were pre-trained
    """

    hidden: tuple[int, ...] = (128, 32)
    activation: str = RELU
    dropout: float = 0.3
    alpha: float = 1e-3
    others: np.ndarray | None = field(default=None, repr=False)
    frozen: int = 0

    def __call__(
        self, scaled: np.ndarray, learned: np.ndarray, target: Target, seeds: tuple[int, ...], scaling: GeneScaling
    ) -> tuple[Layers, ...]:
        """Networks of (n, genes) standard scores, one per seed. Raises `NotEstimable` without PyTorch."""
        if not has_torch():
            raise NotEstimable(
                "The deep networks need PyTorch, which is not installed here.",
                "Install requirements-deep.txt, or choose the small networks.",
            )
        if self.frozen and self.others is None:
            raise NotEstimable("Only pre-trained layers can be frozen.", "Pre-train the network, or freeze none.")
        if self.others is not None and len(self.others) < FEWEST_TO_PRETRAIN:
            raise NotEstimable(
                f"{len(self.others)} patients have expression and no target; pre-training needs {FEWEST_TO_PRETRAIN}.",
                "Train without pre-training.",
            )
        import torch

        torch.set_num_threads(1)  # several would only wait for each other, as with matrix products elsewhere
        others = None if self.others is None else scaling.of(self.others)
        return tuple(_Making(self, scaled, learned, target, seed, others).made() for seed in seeds)


class _Making:
    """One network. All chance comes from one generator of its own: threads and other networks change nothing."""

    def __init__(self, how: DeepNetwork, scaled, learned, target: Target, seed: int, others):
        import torch

        self.torch, self.how, self.target = torch, how, target
        self.chance = torch.Generator().manual_seed(seed)
        self.seed = seed
        self.root = float(np.sqrt(scaled.shape[1]))
        self.profile = self._tensor(scaled / self.root)
        self.others = None if others is None else self._tensor(others / self.root)
        self.centre, self.spread = (learned.mean(), learned.std()) if target.is_number else (0.0, 1.0)
        self.learned = learned
        self.shown = self._tensor((learned - self.centre) / self.spread if target.is_number else learned)
        many = len(target.outputs) if len(target.outputs) > 1 else 1
        sizes = [scaled.shape[1], *how.hidden]
        self.blocks = [self._block(*pair) for pair in itertools.pairwise(sizes)]
        self.last = self._dense(sizes[-1], many)

    def _tensor(self, values: np.ndarray) -> Any:
        return self.torch.tensor(np.asarray(values, dtype=np.float64))

    def _dense(self, inside: int, outside: int) -> list[Any]:
        bound = float(np.sqrt(6 / (inside + outside)))
        weight = self.torch.rand(inside, outside, generator=self.chance, dtype=self.torch.float64) * 2 * bound - bound
        return [weight.requires_grad_(), self.torch.zeros(outside, dtype=self.torch.float64, requires_grad=True)]

    def _block(self, inside: int, outside: int) -> dict[str, Any]:
        ones = self.torch.ones(outside, dtype=self.torch.float64)
        norm = [ones.clone().requires_grad_(), self.torch.zeros_like(ones).requires_grad_()]
        # Running mean and variance of what the dense step gives, for use.
        return {"dense": self._dense(inside, outside), "norm": norm, "mean": ones * 0, "var": ones.clone()}

    def _forward(self, values: Any, training: bool) -> Any:
        values = self._dropped(values, training)
        for block in self.blocks:
            values = values @ block["dense"][0] + block["dense"][1]
            if training and not block.get("frozen"):
                mean, var = values.mean(0), values.var(0, unbiased=False)
                block["mean"] = 0.8 * block["mean"] + 0.2 * mean.detach()
                block["var"] = 0.8 * block["var"] + 0.2 * var.detach()
            else:
                mean, var = block["mean"], block["var"]
            values = (values - mean) / self.torch.sqrt(var + CLOSE) * block["norm"][0] + block["norm"][1]
            values = self._dropped(self._active(values), training)
        return values

    def _active(self, values: Any) -> Any:
        return {"relu": self.torch.relu, "tanh": self.torch.tanh, "logistic": self.torch.sigmoid}[self.how.activation](
            values
        )

    def _dropped(self, values: Any, training: bool) -> Any:
        share = self.how.dropout
        if not training or not share:
            return values
        kept = self.torch.rand(values.shape, generator=self.chance, dtype=values.dtype) >= share
        return values * kept / (1 - share)

    def _loss(self, raw: Any, shown: Any) -> Any:
        functional = self.torch.nn.functional
        if self.target.is_number:
            return functional.mse_loss(raw[:, 0], shown)
        if raw.shape[1] == 1:
            return functional.binary_cross_entropy_with_logits(raw[:, 0], shown)
        return functional.cross_entropy(raw, shown.long())

    def made(self) -> Layers:
        """Pre-train where asked, then train until the inner split stops it."""
        if self.others is not None:
            self._pretrain()
        inner, held = inner_split(self.learned, self.target, self.seed)
        weights = [*self.last]
        for number, block in enumerate(self.blocks):
            block["frozen"] = number < self.how.frozen
            weights += [] if block["frozen"] else [*block["dense"], *block["norm"]]
        step = self.torch.optim.Adam(weights, lr=STEP, weight_decay=self.how.alpha)
        best, kept, waited, epoch = np.inf, self._layers(0), 0, 0
        while waited < PATIENCE and epoch < LONGEST:
            epoch += 1
            for rows in self._batches(len(inner)):
                at = inner[rows]
                step.zero_grad()
                raw = self._forward(self.profile[at], True) @ self.last[0] + self.last[1]
                self._loss(raw, self.shown[at]).backward()
                step.step()
            with self.torch.no_grad():
                raw = self._forward(self.profile[held], False) @ self.last[0] + self.last[1]
                loss = float(self._loss(raw, self.shown[held]))
            if loss < best - GAIN:
                best, kept, waited = loss, self._layers(epoch), 0
            else:
                waited += 1
        return kept

    def _pretrain(self) -> None:
        """Blocks that give genes back through a mirrored decoder, learnt from all patients that may be looked at."""
        everybody = self.torch.cat([self.others, self.profile])
        sizes = [self.profile.shape[1], *self.how.hidden]
        back = [self._dense(outside, inside) for inside, outside in itertools.pairwise(sizes)][::-1]
        weights = [part for block in self.blocks for part in (*block["dense"], *block["norm"])]
        step = self.torch.optim.Adam([*weights, *(part for dense in back for part in dense)], lr=STEP)
        for _ in range(PRETRAINING):
            for rows in self._batches(len(everybody)):
                step.zero_grad()
                values = self._forward(everybody[rows], True)
                for number, (weight, bias) in enumerate(back):
                    values = values @ weight + bias
                    values = values if number == len(back) - 1 else self._active(values)
                # In units of a standard score, as its size must not depend on how many genes there are.
                (values - everybody[rows]).abs().mean().mul(self.root).backward()
                step.step()

    def _batches(self, n: int) -> list[np.ndarray]:
        order = self.torch.randperm(n, generator=self.chance).numpy()
        return np.array_split(order, max(1, round(n / BATCH)))

    def _layers(self, epochs: int) -> Layers:
        """The network in use: each normalised batch folded into the dense step before it."""
        weights, biases = [], []
        for block in self.blocks:
            weight, bias = (part.detach().numpy() for part in block["dense"])
            gain = (block["norm"][0].detach() / self.torch.sqrt(block["var"] + CLOSE)).numpy()
            weights.append(weight * gain)
            biases.append((bias - block["mean"].numpy()) * gain + block["norm"][1].detach().numpy())
        last = [part.detach().numpy() for part in self.last]
        weights[0] = weights[0] / self.root
        weights.append(last[0] * self.spread)
        biases.append(last[1] * self.spread + self.centre)
        output = IDENTITY if self.target.is_number else SOFTMAX if last[0].shape[1] > 1 else LOGISTIC
        return Layers(tuple(weights), tuple(biases), self.how.activation, output, epochs)

"""The score of a network as it is often published: the best of all epochs, chosen on the very patients it is of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.radiogenomics.dense_layers import Layers
from core.radiogenomics.expression_network import SealedNetworks, member_seeds
from core.radiogenomics.expression_target import Target
from core.radiogenomics.rank_scores import Rater
from core.radiogenomics.sealed_folds import Fold
from core.radiogenomics.small_network import SmallNetwork, Training, inner_split

EPOCHS = 60


@dataclass(frozen=True)
class PublishedScore:
    """One network per fold, scored on the patients held out by it (r2, or area), mean over folds.

    sealed     its epoch chosen on an inner split of the training patients
    published  its epoch chosen on the held-out patients themselves
    epochs     which one that was in each fold, of `longest` or as many as were trained
    """

    sealed: float
    published: float
    epochs: tuple[int, ...]
    longest: int


def best_of_all_epochs(
    networks: SealedNetworks, how: SmallNetwork, seed: int = 0, epochs: int = EPOCHS, progress: Progress = quiet
) -> PublishedScore:
    """How much does a network's score rise when its epoch is chosen on the patients that it is scored on?

    networks made with `how` and `seed`. The first network of every fold is trained once more in the very same way and
    scored on the held-out patients after each epoch: so the choice of the epoch is all that differs.
    """
    best, at, honest = [], [], []
    for each in networks.folds:
        fold, target = each.fold, networks.target
        shown = each.scaling.of(networks.expression[fold.train]), each.learned[fold.train]
        first = member_seeds(seed, fold, 1)[0]
        training, inner = Training(how, *shown, target, first), inner_split(shown[1], target, first)[0]
        held = each.scaling.of(networks.expression[fold.test])
        ratings = []
        for _ in range(max(epochs, each.members[0].epochs)):
            training.epoch(inner)
            ratings.append(_of_fold(training.layers(), held, target, each.learned, fold))
        best.append(max(ratings))
        at.append(int(np.argmax(ratings)) + 1)
        honest.append(_of_fold(each.members[0], held, target, each.learned, fold))
        progress((fold.number + 1) / len(networks.folds), "Scoring every epoch")
    return PublishedScore(float(np.mean(honest)), float(np.mean(best)), tuple(at), epochs)


def _of_fold(layers: Layers, held: np.ndarray, target: Target, learned: np.ndarray, fold: Fold) -> float:
    """The leading measure of the held-out patients of one fold."""
    scores = layers.answered(layers.after_first(held @ layers.weights[0] + layers.biases[0]))
    truth = target.truth(learned)[:, fold.test]
    if target.is_number:
        mean = learned[fold.train].mean()
        return float(1 - ((truth[0] - scores[:, 0]) ** 2).sum() / ((truth[0] - mean) ** 2).sum())
    together = np.zeros(len(fold.test), dtype=int)
    return float(np.mean([Rater(part, together, False).rate(scores[:, j]) for j, part in enumerate(truth)]))

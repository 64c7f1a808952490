"""Feed-forward networks from expression to a target, each tried on patients that it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.dense_layers import Layers
from core.radiogenomics.expression_target import Target
from core.radiogenomics.gene_scaling import GeneScaling, gene_scaling
from core.radiogenomics.rank_scores import Rater
from core.radiogenomics.sealed_folds import Fold, fold_of, learned_in

#: Fits a network per seed on standard scores of genes (n, kept), what is to be learned (n,) and its kind of target; the
#: scaling is for those who bring expression of other patients.
Trainer = Callable[[np.ndarray, np.ndarray, Target, tuple[int, ...], GeneScaling], tuple[Layers, ...]]


@dataclass(frozen=True, eq=False)
class FoldNetworks:
    """The networks of one fold (their scores are averaged), and how genes were scaled for them.

    learned  (n,) the target as this fold's training patients define it
    """

    fold: Fold
    scaling: GeneScaling
    members: tuple[Layers, ...]
    learned: np.ndarray

    @property
    def first(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights (kept, units) and biases (units,) of the first layers of all members, side by side."""
        return (
            np.hstack([member.weights[0] for member in self.members]).astype(float),
            np.hstack([member.biases[0] for member in self.members]).astype(float),
        )

    def scores(self, before: np.ndarray) -> np.ndarray:
        """(..., outputs) mean score of the members, from what goes into their first activations, (..., units)."""
        found, start = [], 0
        for member in self.members:
            part = before[..., start : start + member.width]
            found.append(member.answered(member.after_first(part)))
            start += member.width
        return np.mean(found, axis=0)

    def of(self, scaled: np.ndarray) -> np.ndarray:
        """(rows, outputs) scores of rows of scaled genes (rows, kept)."""
        weights, biases = self.first
        return self.scores(scaled @ weights + biases)


@dataclass(frozen=True, eq=False)
class SealedNetworks:
    """Networks of every fold, and the score of each patient by the networks that did not see it.

    expression  (n, G) as given; scores (n, outputs); learned (n,) what each patient's fold wanted of it
    """

    expression: np.ndarray
    target: Target
    folds: tuple[FoldNetworks, ...]
    scores: np.ndarray
    learned: np.ndarray

    @property
    def truth(self) -> np.ndarray:
        """(outputs, n) what each score is held against."""
        return self.target.truth(self.learned)

    @property
    def raters(self) -> tuple[Rater, ...]:
        """What rates each output, patients being compared within their fold."""
        fold = fold_of(tuple(each.fold for each in self.folds), self.target.n)
        return tuple(Rater(truth, fold, self.target.is_number) for truth in self.truth)

    @property
    def n_genes(self) -> int:
        return self.expression.shape[1]

    @property
    def epochs(self) -> tuple[int, ...]:
        """How long each network was trained."""
        return tuple(member.epochs for fold in self.folds for member in fold.members)


def sealed_networks(
    expression: np.ndarray,
    target: Target,
    folds: tuple[Fold, ...],
    trainer: Trainer,
    *,
    members: int = 5,
    most_variable: int = 0,
    seed: int = 0,
    progress: Progress = quiet,
) -> SealedNetworks:
    """How does a network that has not seen a patient score it, from the patient's expression alone?

    expression  (n, G), NaN where a gene was not measured: the mean of the training patients
    trainer     how a network is fitted, such as `SmallNetwork()`
    members     networks per fold, of different starts and inner splits, whose scores are averaged
    most_variable  only so many genes, those that vary most among the training patients; 0 for all

    Scaling, filling in and choosing of genes are learnt from each fold's training patients. Equal seeds give equal
    networks. Raises `NotEstimable` where no gene varies in the training patients of a fold.
    """

    found, scores = [], np.empty((len(expression), len(target.outputs)))
    for fold in folds:
        scaling = gene_scaling(expression[fold.train], most_variable)
        learned = target.learned(fold.train)
        if len(np.unique(learned[fold.train])) < 2:
            raise NotEstimable(
                "The target does not vary among the patients that a fold is fitted on.",
                "Choose another target, fewer folds or a wider cohort.",
            )
        scaled = scaling.of(expression[fold.train])
        seeds = member_seeds(seed, fold, members)
        trained = trainer(scaled, learned[fold.train], target, seeds, scaling)
        each = FoldNetworks(fold, scaling, tuple(member.light() for member in trained), learned)
        scores[fold.test] = each.of(scaling.of(expression[fold.test]))
        found.append(each)
        progress(len(found) / len(folds), "Training the networks")
    return SealedNetworks(expression, target, tuple(found), scores, learned_in(target, folds))


def member_seeds(seed: int, fold: Fold, members: int) -> tuple[int, ...]:
    """The seed of each network of a fold."""
    return tuple(int(each) for each in np.random.SeedSequence([seed, fold.number]).generate_state(members) % 2**31)

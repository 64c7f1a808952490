"""How well held-out patients are predicted, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.radiogenomics.expression_target import Target
from core.radiogenomics.rank_scores import Rater
from core.radiogenomics.sealed_folds import Fold, fold_of, learned_in
from core.stats.roc import precision_recall

R2, SPEARMAN, AREA, PRECISION = "r2", "Spearman", "AUC", "average precision"
RESAMPLES = 1000


@dataclass(frozen=True)
class Scored:
    """One measure of one output of a model: its value, 95 % interval (None where there is none) and what a model that
    knows nothing reaches. n patients, n_positive of them of the class (0 for numbers)."""

    output: str
    measure: str
    value: float
    lower: float | None
    upper: float | None
    chance: float
    n: int
    n_positive: int


def scored(
    scores: np.ndarray, target: Target, folds: tuple[Fold, ...], seed: int = 0, resamples: int = RESAMPLES
) -> tuple[Scored, ...]:
    """The measures of (n, outputs) scores of held-out patients, the leading one of each output first.

    Numbers: r2 against the mean of the training patients of each fold (below 0: worse than that mean) and Spearman's
    correlation within folds. Classes: area under the curve within folds, and average precision over all patients.
    Intervals: percentiles of `resamples` draws of the patients, each counted once, within folds and classes, the models
    staying as they are (of average precision as `core.stats.roc.precision_recall`).
    """
    learned, found = learned_in(target, folds), []
    number = fold_of(folds, target.n)
    for j, truth in enumerate(target.truth(learned)):
        rater, name = Rater(truth, number, target.is_number), target.outputs[j]
        drawn = rater.resampled(scores[:, j], resamples, seed)
        low, high = np.quantile(drawn, (0.025, 0.975))
        rating, positive = float(rater.rate(scores[:, j])), 0 if target.is_number else int(truth.sum())
        counts = {"n": target.n, "n_positive": positive}
        if target.is_number:
            found.append(_explained(scores[:, 0], truth, folds, seed, resamples))
            found.append(Scored(name, SPEARMAN, rating, float(low), float(high), 0.0, **counts))
        else:
            found.append(Scored(name, AREA, rating, float(low), float(high), 0.5, **counts))
            curve = precision_recall(truth, scores[:, j], resamples, seed)
            limits = curve.lower, curve.upper
            found.append(Scored(name, PRECISION, curve.average_precision, *limits, curve.prevalence, **counts))
    return tuple(found)


def _explained(scores: np.ndarray, truth: np.ndarray, folds: tuple[Fold, ...], seed: int, resamples: int) -> Scored:
    mean = np.empty(len(truth))
    for fold in folds:
        mean[fold.test] = truth[fold.train].mean()
    left, all_of_it = (truth - scores) ** 2, (truth - mean) ** 2
    weights = np.random.default_rng(seed).multinomial(len(truth), np.full(len(truth), 1 / len(truth)), resamples)
    low, high = np.quantile(1 - (weights @ left) / (weights @ all_of_it), (0.025, 0.975))
    return Scored("", R2, float(1 - left.sum() / all_of_it.sum()), float(low), float(high), 0.0, len(truth), 0)


def rating(scores: np.ndarray, target: Target, folds: tuple[Fold, ...]) -> float:
    """The leading measure as one number: r2, or the mean area over the outputs."""
    learned = learned_in(target, folds)
    if target.is_number:
        return _explained(scores[:, 0], learned, folds, 0, 1).value
    number = fold_of(folds, target.n)
    areas = [Rater(truth, number, False).rate(scores[:, j]) for j, truth in enumerate(target.truth(learned))]
    return float(np.mean(areas))

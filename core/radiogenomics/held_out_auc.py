"""How well does a logistic model of one feature rank patients who had no part in its fit?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.radiogenomics.left_out import deal
from core.radiogenomics.ordinal import fits

#: Cells of one block of fits: some 30 MB with all that is worked out from them.
CELLS = 250_000
#: Coefficients this exact rank patients as exact ones do.
SETTLED = 1e-6


@dataclass(frozen=True, eq=False)
class HeldOutAuc:
    """auc  (f,) mean over all folds of all repeats; NaN where a fold of a feature lacks carriers or others

    low, high   (f,) 5th and 95th percentile over the repeats: how much the split into folds matters, no interval
    shared_auc  the same of the model without any feature; None where nothing is adjusted for
    """

    auc: np.ndarray
    low: np.ndarray
    high: np.ndarray
    shared_auc: float | None
    folds: int
    repeats: int
    seed: int


def held_out_auc(
    x: np.ndarray,
    carrier: np.ndarray,
    others: np.ndarray,
    *,
    folds: int = 5,
    repeats: int = 20,
    seed: int = 0,
    progress: Progress = quiet,
) -> HeldOutAuc:
    """Does the model of a feature find the carriers among patients who were left out when it was fitted?

    x (n, f), NaN where a patient lacks a feature, carrier (n,) 0 or 1, others (n, k) adjusted for. In each repeat the
    patients are dealt into folds with like shares of carriers; mean and spread for scaling, direction and coefficients
    come from the other folds. A carrier is compared with the others of the same fold only, for the models of two folds
    have different levels; and so a useless feature has 0.5 on average.

    No interval follows from it. The scores of a patient averaged over repeats, with DeLong's interval, hold the 0.5 of
    a useless feature in 73 to 77 % of cohorts, and their average area lies below it (160 patients, 20 or 60 carriers):
    when a carrier is left out, the direction turns away from him. Folds compared within themselves hold it in 68 to
    70 %, with the variance of Nadeau and Bengio 2003, doi:10.1023/A:1024068626366, in 77 to 84 %, as
    benchmarks/genotype.py measures. The interval that holds is that of the feature itself, whose direction nobody
    chooses: `roc.auc`.
    """
    n, f = x.shape
    known = np.isfinite(x)
    filled = np.where(known, x, 0.0)
    chance = np.random.default_rng(seed)
    found, shared = np.full((repeats, f), np.nan), []
    size = max(1, CELLS // (n * folds))
    for repeat in range(repeats):
        dealt = deal(carrier, folds, chance)
        for start in range(0, f, size):
            block = slice(start, start + size)
            found[repeat, block] = _repeat(filled[:, block], known[:, block], carrier, others, dealt, folds)
        if others.shape[1]:
            everybody = np.ones((n, 1), dtype=bool)
            shared.append(_repeat(others[:, -1:], everybody, carrier, others[:, :-1], dealt, folds)[0])
        progress((repeat + 1) / repeats, f"Left-out patients, repeat {repeat + 1} of {repeats}")
    return HeldOutAuc(
        auc=found.mean(axis=0),
        low=np.quantile(found, 0.05, axis=0),
        high=np.quantile(found, 0.95, axis=0),
        shared_auc=float(np.mean(shared)) if shared else None,
        folds=folds,
        repeats=repeats,
        seed=seed,
    )


def _repeat(x, known, carrier, others, dealt, folds) -> np.ndarray:
    """(f,) the mean area over the folds of one deal."""
    n, f = x.shape
    inside = np.stack([(dealt != fold)[:, None] & known for fold in range(folds)], axis=1)  # (n, folds, f)
    weights = inside.reshape(n, -1).astype(float)
    columns = np.broadcast_to(x[:, None, :], (n, folds, f)).reshape(n, -1)
    if others.shape[1]:
        centre, sd = _moments(columns, weights)
        columns = (columns - centre) / sd
        centred, spread = others.mean(axis=0), others.std(axis=0)
        shared = (others - centred) / np.where(spread > 0, spread, 1.0)
        fitted = fits(columns, carrier.astype(int), weights, shared, SETTLED)
        slope, rest = fitted.slope, fitted.shared
    else:
        # All that a model of one feature adds to its order is the direction, and that is the sign of its score at 0.
        slope, rest, shared = _direction(columns, weights, carrier), np.empty((folds * f, 0)), others
    areas = np.empty((folds, f))
    for fold in range(folds):
        part, rows = slice(fold * f, (fold + 1) * f), dealt == fold
        log_odds = columns[rows, part] * slope[part] + shared[rows] @ rest[part].T
        areas[fold] = area(np.where(known[rows], log_odds, np.nan), carrier[rows] == 1)
    return areas.mean(axis=0)


def _direction(columns: np.ndarray, weights: np.ndarray, carrier: np.ndarray) -> np.ndarray:
    """1 where the carriers fitted on have the higher mean, -1 where they have the lower one."""
    yes = carrier[:, None] * weights
    means = [(part * columns).sum(axis=0) / np.maximum(part.sum(axis=0), 1.0) for part in (yes, weights - yes)]
    return np.sign(means[0] - means[1])


def _moments(columns: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column over the patients with weight 1."""
    total = np.maximum(weights.sum(axis=0), 1.0)
    centre = (weights * columns).sum(axis=0) / total
    sd = np.sqrt((weights * (columns - centre) ** 2).sum(axis=0) / total)
    return centre, np.where(sd > 0, sd, 1.0)


def area(scores: np.ndarray, carrier: np.ndarray) -> np.ndarray:
    """(f,) the share of pairs of a carrier and another that each column (n, f) ranks rightly; NaN without a pair."""
    yes, no = scores[carrier][:, None, :], scores[~carrier][None]
    pairs = np.isfinite(yes) & np.isfinite(no)
    with np.errstate(invalid="ignore"):
        right = ((yes > no) + 0.5 * (yes == no)) * pairs
    count = pairs.sum(axis=(0, 1))
    return np.divide(right.sum(axis=(0, 1)), count, out=np.full(scores.shape[1], np.nan), where=count > 0)

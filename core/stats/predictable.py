"""How well can the group of a patient be told from the features? One number, against chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable

#: Groups with fewer patients are left out: too few to learn a centre from and to be tested on.
FEWEST = 5


@dataclass(frozen=True, eq=False)
class Predictable:
    """balanced_accuracy  mean over the groups of the share of their held-out patients that were told right, mean over
                      `repeats` partitions; `lowest` and `highest` of these partitions
    chance            1 / number of groups; `null_q95` the 95 % quantile with shuffled labels
    accuracy          share of all held-out patients that were told right; `largest` is what naming the largest group
                      for everybody gives
    p                 share of `permutations` shuffles that reach it, itself counted
    table             group, n, recall; `left_out` groups that are too small, with their patients
    """

    balanced_accuracy: float
    lowest: float
    highest: float
    chance: float
    accuracy: float
    largest: float
    null_q95: float
    p: float
    table: pd.DataFrame
    left_out: pd.Series
    n: int
    n_features: int
    folds: int
    repeats: int
    permutations: int


def predictable(
    values: pd.DataFrame,
    groups: Sequence,
    folds: int = 10,
    repeats: int = 3,
    permutations: int = 199,
    seed: int = 0,
    shrinkage: float | None = None,
    progress: Progress = quiet,
) -> Predictable:
    """How often is the group of a held-out patient told right?

    values (n, p), NaN where missing; groups (n,). In each fold, from its training patients alone: gaps become the
    median, features get unit variance, and a held-out patient belongs to the nearest group centre under the covariance
    within groups, shrunken as Ledoit and Wolf estimate it for all training patients: linear discriminant analysis with
    equal prior shares. The folds do not depend on the labels, so labels may be shuffled to learn what chance gives, and
    p is exact. `shrinkage` 0 to 1 is taken instead of the estimated one.

    Raises `NotEstimable` for fewer than two groups of 5 patients. Ledoit and Wolf 2004,
    doi:10.1016/S0047-259X(03)00096-4.
    """
    label = pd.Series(np.asarray(groups, dtype=object))
    counts = label.dropna().astype(str).value_counts().sort_index()
    large = list(counts.index[counts >= FEWEST])
    if len(large) < 2:
        told = ", ".join(f"{name} ({count})" for name, count in counts.items())
        raise NotEstimable(
            f"Two groups of at least {FEWEST} patients are needed; there is {told or 'none'}.",
            "Widen the cohort or choose another attribute.",
        )
    rows = label.map(str, na_action="ignore").isin(large).to_numpy()
    table = values.to_numpy(dtype=float)[rows]
    code = np.searchsorted(large, label[rows].astype(str))
    chance = np.random.default_rng(seed)
    shuffled = np.array([code, *(chance.permutation(code) for _ in range(permutations))])
    indicators = np.eye(len(large))[shuffled]  # labellings, patients, groups
    right = np.zeros((repeats, 1 + permutations, len(large)))
    for repeat in range(repeats):
        parts = np.array_split(chance.permutation(len(code)), min(folds, len(code)))
        for done, held_out in enumerate(parts):
            progress((repeat * len(parts) + done) / (repeats * len(parts)), "Predicting the group from the features")
            train = np.setdiff1d(np.arange(len(code)), held_out)
            seen, asked, drawn = whitened(table[train], table[held_out], shrinkage)
            told = _nearest(seen, indicators[:, train], asked, drawn)
            hit = np.take_along_axis(indicators[:, held_out], told[:, :, None], axis=2)[:, :, 0]
            right[repeat] += np.einsum("bn,bnk->bk", hit, indicators[:, held_out])
    recall = right / np.bincount(code)
    accuracy = recall.mean(axis=2)
    mean = accuracy.mean(axis=0)
    return Predictable(
        balanced_accuracy=float(mean[0]),
        lowest=float(accuracy[:, 0].min()),
        highest=float(accuracy[:, 0].max()),
        chance=1 / len(large),
        accuracy=float(right[:, 0].sum(axis=1).mean() / len(code)),
        largest=float(np.bincount(code).max() / len(code)),
        null_q95=float(np.quantile(mean[1:], 0.95)) if permutations else float("nan"),
        p=float((1 + (mean[1:] >= mean[0] - 1e-12).sum()) / (1 + permutations)),
        table=pd.DataFrame({"group": large, "n": np.bincount(code), "recall": recall[:, 0].mean(axis=0)}),
        left_out=counts[counts < FEWEST],
        n=len(code),
        n_features=table.shape[1],
        folds=folds,
        repeats=repeats,
        permutations=permutations,
    )


def whitened(
    train: np.ndarray, test: np.ndarray, shrinkage: float | None = None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Both tables where the shrunken total covariance of the training patients is 1 in every direction; the shrinkage.

    What lies outside the space that the training patients span has the same weight for every group and is left out.
    """
    known = (~np.isnan(train)).any(axis=0)
    train, test = train[:, known], test[:, known]
    middle = np.nanmedian(train, axis=0)
    train, test = np.where(np.isnan(train), middle, train), np.where(np.isnan(test), middle, test)
    centre, spread = train.mean(axis=0), train.std(axis=0)
    vary = spread > 1e-12 * np.maximum(np.abs(train).max(axis=0), 1e-300)
    train, test = ((each[:, vary] - centre[vary]) / spread[vary] for each in (train, test))
    _, singular, axes = np.linalg.svd(train, full_matrices=False)
    if shrinkage is None:
        shrinkage = ledoit_wolf(train, singular)
    real = singular > 1e-9 * singular.max(initial=0.0)
    singular, axes = singular[real], axes[real]
    variance = (1 - shrinkage) * singular**2 / len(train) + shrinkage  # unit variances: their mean is 1
    return train @ axes.T / np.sqrt(variance), test @ axes.T / np.sqrt(variance), shrinkage


def ledoit_wolf(centred: np.ndarray, singular: np.ndarray) -> float:
    """How far the covariance of (n, p) centred columns is drawn towards a sphere, 0 to 1; `singular` its values."""
    n, p = centred.shape
    if not centred.size:
        return 0.0
    squares = (singular**4).sum() / n**2  # the squared length of the covariance matrix
    mean = (singular**2).sum() / n / p
    noise = (((centred**2).sum(axis=1) ** 2).sum() / n - squares) / n
    apart = squares - p * mean**2
    return float(np.clip(noise / apart, 0.0, 1.0)) if apart > 0 else 1.0


def _nearest(seen: np.ndarray, indicators: np.ndarray, asked: np.ndarray, shrinkage: float) -> np.ndarray:
    """(labellings, tested) the group whose centre is nearest under the covariance within groups.

    In whitened coordinates that is 1 less the spread of the centres M, M diag(w) M', and its inverse is of the size
    of the groups alone (Woodbury): 1 + M (diag(1 / w) - M'M)^-1 M'. A group without training patients is never told.
    """
    sizes = indicators.sum(axis=1)  # labellings, groups
    centres = np.einsum("bnk,nr->bkr", indicators, seen, optimize=True) / np.maximum(sizes, 1)[:, :, None]
    inner = np.einsum("bkr,blr->bkl", centres, centres, optimize=True)
    weight = np.maximum((1 - shrinkage) * sizes / len(seen), 1e-12)
    core = np.linalg.pinv(np.eye(sizes.shape[1]) / weight[:, :, None] - inner, hermitian=True)
    told = np.einsum("tr,bkr->btk", asked, centres, optimize=True)
    own = np.einsum("bkk->bk", inner)
    # Of |x - m|^2 + v' core v with v = M'(x - m), what depends on the group.
    mixed = np.einsum("btk,bkl,blm->btm", told, core, inner, optimize=True)
    inside = np.einsum("bkm,bkl,blm->bm", inner, core, inner, optimize=True)
    apart = (own + inside)[:, None, :] - 2 * (told + mixed)
    return np.where(sizes[:, None, :] > 0, apart, np.inf).argmin(axis=2)

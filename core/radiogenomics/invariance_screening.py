"""Which few of many columns may have to do with a class? Screens along the path of the L1-penalised logistic model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.radiogenomics.invariance_path import path
from core.stats.alike import copies

LASSO, STABILITY = "lasso", "stability"
SELECTIONS = (LASSO, STABILITY)
#: All subsets are tested afterwards: 2 to this power.
MOST = 8


@dataclass(frozen=True, eq=False)
class Screened:
    """What a screen chose.

    columns     places of the chosen columns, ascending
    counts      of each chosen column: in how many halves it was collected (`stability`), else empty
    n_candidates, n_constant, n_copies  columns given, and those among them that cannot be told apart from none or from
                an earlier one and were not tried
    selection   `lasso`, `stability`, or "" where no screen was needed
    halves, n_halves  halves drawn, and those of them that held both classes
    """

    columns: tuple[int, ...]
    counts: tuple[int, ...]
    selection: str
    n: int
    n_candidates: int
    n_constant: int
    n_copies: int
    most: int
    halves: int = 0
    n_halves: int = 0
    seed: int | None = None


def screened(
    outcome: np.ndarray,
    values: np.ndarray,
    *,
    selection: str = LASSO,
    most: int = MOST,
    halves: int = 20,
    seed: int = 0,
    progress: Progress = quiet,
) -> Screened:
    """Which of many columns may have to do with a class, at most `most` of them?

    outcome (n,) true or false; values (n, p) finite. Everything is learned from the patients given, so that the screen
    can be called inside a fold. Columns are standardised inside. Constant columns and copies of an earlier column (also
    in another unit or with the sign turned) are left out first: between copies the penalised model has no one answer.
    When no more than `most` are left, all are taken.

    `lasso`      the path of penalties is walked by the number of non-zero coefficients, one, two and so on; all columns
                 that were non-zero at those numbers are collected, and the last collection of at most `most` is taken.
                 The path is followed until twice `most` are non-zero.
    `stability`  in each of `halves` random halves of the patients the path is walked until `most` columns or more are
                 collected; the `most` most frequent are taken. Equal counts are decided by the absolute correlation
                 with the class. Halves with one class only are left out and counted.

    The path is that of R's glmnet, solved exactly (`core.radiogenomics.invariance_path`). Source of the two screens:
    Santinha et al. 2021, PMC8082292, with the R package InvariantCausalPrediction.

    Raises `Refused` for shapes, missing values or settings that make no sense, `NotEstimable` for one class, for no
    column that varies, and where the first penalty that lets any column in lets in more than `most`.
    """
    y, values = _checked(outcome, values, selection, most, halves)
    varies = np.ptp(values, axis=0) > 0
    if not varies.any():
        raise NotEstimable("No column varies between these patients.", "Widen the cohort or choose other features.")
    z = _standardised(values)
    strength = np.abs(z.T @ (y - y.mean()))
    doubled = copies(values, np.where(varies, strength, np.nan))
    tried = np.setdiff1d(np.flatnonzero(varies), list(doubled))
    about = {
        "n": len(y),
        "n_candidates": values.shape[1],
        "n_constant": int((~varies).sum()),
        "n_copies": len(doubled),
        "most": most,
    }
    if len(tried) <= most:
        return Screened(tuple(tried.tolist()), (), "", **about)
    if selection == LASSO:
        return Screened(tuple(tried[_by_size(y, z[:, tried], most)].tolist()), (), LASSO, **about)
    counts, used = _by_halves(y, values[:, tried], most, halves, seed, progress)
    order = np.lexsort((np.arange(len(tried)), -np.round(strength[tried], 9), -counts))
    chosen = np.sort(order[:most][counts[order[:most]] > 0])
    columns, times = tuple(tried[chosen].tolist()), tuple(counts[chosen].tolist())
    return Screened(columns, times, STABILITY, **about, halves=halves, n_halves=used, seed=seed)


def _checked(outcome, values, selection: str, most: int, halves: int) -> tuple[np.ndarray, np.ndarray]:
    y, values = np.asarray(outcome), np.asarray(values, dtype=float)
    if values.ndim != 2 or y.shape != values.shape[:1]:
        raise Refused([Problem("There must be one class and one row of values per patient.", "values")])
    if not np.isin(y, (0, 1)).all() or not np.isfinite(values).all():
        raise Refused([Problem("A class or a value is missing.", "values", "Leave those patients or columns out.")])
    if selection not in SELECTIONS:
        raise Refused([Problem(f"There is no screen {selection!r}.", "selection", f"Use {' or '.join(SELECTIONS)}.")])
    if not 1 <= most <= MOST or halves < 1:
        raise Refused([Problem(f"A screen takes 1 to {MOST} columns and at least one half.", "most")])
    if y.astype(float).sum() in (0, len(y)):
        raise NotEstimable("All patients are of one class.", "Widen the cohort or choose another outcome.")
    return y.astype(float), values


def _standardised(values: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1; constant columns become 0."""
    largest = np.abs(values).max(axis=0)
    values = values / np.where(largest > 0, largest, 1.0)  # squares of very large numbers would overflow
    varies = np.ptp(values, axis=0) > 0
    centred = np.where(varies, values - values.mean(axis=0), 0.0)
    return centred / np.where(varies, centred.std(axis=0), 1.0)


# ----------------------------------------------------------------------------------------------- the two walks


def _by_size(y: np.ndarray, z: np.ndarray, most: int) -> np.ndarray:
    at_size: dict[int, set[int]] = {}
    for active in path(y, z):
        at_size.setdefault(len(active), set()).update(active.tolist())
        if len(active) >= 2 * most:
            break
    at_size.pop(0, None)
    collected: set[int] = set()
    for size in sorted(at_size):
        more = collected | at_size[size]
        if len(more) > most:
            break
        collected = more
    if not collected:
        raise NotEstimable(
            f"The first penalty that lets any column in lets in more than {most}.", "Screen by stability instead."
        )
    return np.array(sorted(collected))


def _by_halves(
    y: np.ndarray, values: np.ndarray, most: int, halves: int, seed: int, progress: Progress
) -> tuple[np.ndarray, int]:
    chance = np.random.default_rng(seed)
    counts, used = np.zeros(values.shape[1], dtype=int), 0
    for half in range(halves):
        progress(half / halves, "Screening")
        who = chance.permutation(len(y))[: len(y) // 2]
        if y[who].sum() in (0, len(who)):
            continue
        collected: set[int] = set()
        for active in path(y[who], _standardised(values[who])):
            collected.update(active.tolist())
            if len(collected) >= most:
                break
        counts[list(collected)] += 1
        used += 1
    progress(1.0, "Screening")
    if not counts.any():
        raise NotEstimable("No half of the patients holds both classes.", "Widen the cohort or screen by lasso.")
    return counts, used

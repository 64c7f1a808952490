"""Is one score better than another of the same patients? The two change places, patient by patient."""

from __future__ import annotations

import numpy as np

from core.radiogenomics.invariance_performance import MEASURES
from core.radiogenomics.mcc import matthews_of

EXCHANGES = 2000
#: Differences that rounding alone makes.
NOTHING = 1e-12


def exchanged(
    y: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    centre: np.ndarray,
    threshold: float,
    *,
    exchanges: int = EXCHANGES,
    seed: int = 0,
) -> dict[str, float]:
    """Two-sided p of the difference in AUC (pairs within a centre), sensitivity, specificity, Matthews' correlation.

    y (n,) 0 and 1, two scores (n,), centre (n,). If the scores are equally good, it does not matter which of them a
    patient got: so ranks within the centre, and calls from `threshold` on, change places in random patients, and p is
    the share of such exchanges with a difference at least as large, the observed one counted. It holds with a handful
    of patients, where intervals do not. NaN where a measure has no value. Source: Venkatraman and Begg 1996,
    doi:10.1093/biomet/83.4.835, of whole curves; here of the measures named.
    """
    ranks = np.array([_ranks(np.asarray(score, dtype=float)[None], centre)[0] for score in (first, second)])
    calls = np.array([np.asarray(score) >= threshold for score in (first, second)])
    swapped = np.random.default_rng(seed).random((exchanges + 1, len(y))) < 0.5
    swapped[0] = False  # as observed
    one, other = (np.where(swapped, ranks[1 - side], ranks[side]) for side in (0, 1))
    yes, no = (np.where(swapped, calls[1 - side], calls[side]) for side in (0, 1))
    apart = (
        _areas(y, one, centre) - _areas(y, other, centre),
        _mean(yes, y == 1) - _mean(no, y == 1),
        _mean(no, y == 0) - _mean(yes, y == 0),
        matthews_of(y, yes) - matthews_of(y, no),
    )
    found = {}
    for name, differences in zip(MEASURES, apart, strict=True):
        size = np.abs(differences)
        found[name] = float((size >= size[0] - NOTHING).mean()) if np.isfinite(size[0]) else np.nan
    return found


def _ranks(scores: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(k, n) midranks within each centre of scores (k, n): one scale for every classifier."""
    from scipy.stats import rankdata

    found = np.empty(scores.shape)
    for name in np.unique(centre):
        here = centre == name
        found[:, here] = rankdata(scores[:, here], axis=1)
    return found


def _areas(y: np.ndarray, values: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(k,) share of pairs within a centre in which the positive patient has the higher value, ties one half."""
    ranks = _ranks(values, centre)
    won, pairs = np.zeros(len(values)), 0
    for name in np.unique(centre):
        here = centre == name
        positive = int(y[here].sum())
        negative = int(here.sum()) - positive
        won += ranks[:, here & (y == 1)].sum(axis=1) - positive * (positive + 1) / 2 if negative else 0.0
        pairs += positive * negative
    return won / pairs if pairs else np.full(len(values), np.nan)


def _mean(calls: np.ndarray, members: np.ndarray) -> np.ndarray:
    return calls[:, members].mean(axis=1) if members.any() else np.full(len(calls), np.nan)

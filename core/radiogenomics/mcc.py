"""Matthews' correlation of many classifications at once, and how it varies with the patients drawn."""

from __future__ import annotations

import numpy as np


def matthews(tp: np.ndarray, fn: np.ndarray, tn: np.ndarray, fp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The correlation of classes and calls from arrays of counts, and where it is undefined.

    Undefined where all patients are of one class or all are called alike; it is 0 there, which is its limit for calls
    that know nothing. Source: Matthews 1975, doi:10.1016/0005-2795(75)90109-9.
    """
    tp, fn, tn, fp = (np.asarray(each, dtype=float) for each in (tp, fn, tn, fp))
    square = (tp + fn) * (tn + fp) * (tp + fp) * (tn + fn)
    undefined = square <= 0
    return np.where(undefined, 0.0, (tp * tn - fp * fn) / np.sqrt(np.where(undefined, 1.0, square))), undefined


def matthews_of(y: np.ndarray, called: np.ndarray) -> np.ndarray:
    """Of the calls (k, n), true or false, for the classes (n,): (k,), 0 where undefined."""
    positive = called @ y
    every, yes = y.sum(), called.sum(axis=1)
    return matthews(positive, every - positive, len(y) - every - yes + positive, yes - positive)[0]


def drawn_again(tp: int, fn: int, tn: int, fp: int, resamples: int, seed: int) -> np.ndarray:
    """The correlation in `resamples` samples drawn with replacement from these patients, 0 where undefined."""
    counts = np.array([tp, fn, tn, fp])
    drawn = np.random.default_rng(seed).multinomial(counts.sum(), counts / counts.sum(), size=resamples)
    return matthews(*drawn.T)[0]

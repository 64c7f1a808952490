"""Patients as distributions of mass over the nodes of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused

Mode = Literal["unit", "as coded"]


@dataclass(frozen=True)
class Scaling:
    """How raw features become masses from 0 up, learned from one cohort and then frozen.

    Feature j becomes (x - low_j) / (high_j - low_j) where `scaled_j`, else stays as it is. A feature that was
    constant has no such scale: it gets mass 0 everywhere and is listed in `constant`.
    """

    mode: Mode
    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    scaled: np.ndarray
    constant: tuple[str, ...]
    n: int


@dataclass(frozen=True)
class Densities:
    """Distributions on nodes: `values` (n, m) with rows summing to 1, for `patients` on `names`.

    Of `n_given` patients, those in `missing` lack a value and those in `zero_mass` are at the foot of every range;
    neither has a distribution. `clipped` counts values outside the learned ranges that were set to their ends, of
    `n_values`; `clipped_by_feature` says where.
    """

    values: np.ndarray
    patients: tuple
    names: tuple[str, ...]
    missing: tuple
    zero_mass: tuple
    n_given: int
    clipped: int
    n_values: int
    clipped_by_feature: pd.Series


def learn_scaling(features: pd.DataFrame, mode: Mode = "unit") -> Scaling:
    """Ranges of (n, m) raw features over a cohort.

    "unit" brings every feature to [0, 1]. "as coded" does so only to features with a negative value and leaves the
    others raw, as the code of Oh et al. 2021 does: the largest scale then decides the distances. Values that are
    missing or infinite are not used. Raises `Refused` for a feature without any value or an unknown mode.
    """
    if mode not in ("unit", "as coded"):
        raise Refused([Problem(f"Unknown scaling {mode!r}.", "scaling", "Choose 'unit' or 'as coded'.")])
    values = _finite(features)
    empty = [
        str(name) for name, found in zip(features.columns, np.isfinite(values).any(axis=0), strict=True) if not found
    ]
    if empty:
        raise Refused([Problem("The feature has no value.", name, "Leave it out of the network.") for name in empty])
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    scaled = np.ones(len(low), dtype=bool) if mode == "unit" else low < 0
    names = tuple(str(name) for name in features.columns)
    constant = tuple(name for name, flat in zip(names, scaled & (low == high), strict=True) if flat)
    return Scaling(mode, names, low, high, scaled, constant, len(features))


def masses(features: pd.DataFrame, scaling: Scaling) -> tuple[np.ndarray, np.ndarray]:
    """Scaled values (n, m), missing as NaN, and where a value was clipped to its range (n, m) bool."""
    absent = [name for name in scaling.names if name not in features.columns]
    if absent:
        raise Refused(
            [
                Problem("The network's feature is not in this feature set.", name, "Choose a set that has it.")
                for name in absent
            ]
        )
    raw = _finite(features.loc[:, list(scaling.names)])
    width = np.where(scaling.scaled & (scaling.high > scaling.low), scaling.high - scaling.low, 1.0)
    value = (raw - np.where(scaling.scaled, scaling.low, 0.0)) / width
    top = np.where(scaling.scaled, np.where(scaling.high > scaling.low, 1.0, 0.0), np.inf)
    with np.errstate(invalid="ignore"):
        outside = (value < 0) | (value > top)
    return np.clip(value, 0.0, top), outside


def densities(features: pd.DataFrame, scaling: Scaling) -> Densities:
    """Each patient's share of mass on each node: scaled values divided by their sum (Oh et al. 2021).

    `features` is (n, features) with patients as index and at least the scaling's names as columns. Raises `Refused`
    when features are absent, `NotEstimable` when no patient has a distribution.
    """
    value, outside = masses(features, scaling)
    complete = np.isfinite(value).all(axis=1)
    total = np.where(complete, np.nansum(value, axis=1), 0.0)
    kept = complete & (total > 0)
    if not kept.any():
        raise NotEstimable(
            f"None of {len(features)} patients has values for all {len(scaling.names)} features and mass on one.",
            "Choose a feature set measured in this cohort.",
        )
    index = features.index
    outside = outside[kept]
    return Densities(
        values=np.ascontiguousarray(value[kept] / total[kept, None]),
        patients=tuple(index[kept]),
        names=scaling.names,
        missing=tuple(index[~complete]),
        zero_mass=tuple(index[complete & (total <= 0)]),
        n_given=len(features),
        clipped=int(outside.sum()),
        n_values=outside.size,
        clipped_by_feature=pd.Series(outside.sum(axis=0), index=list(scaling.names), name="clipped"),
    )


def _finite(features: pd.DataFrame) -> np.ndarray:
    values = features.to_numpy(dtype=float)
    return np.where(np.isfinite(values), values, np.nan)

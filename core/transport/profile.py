"""What sets the clusters apart, node by node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import Problem, Refused


@dataclass(frozen=True)
class ClusterProfile:
    """Means per cluster and node, for `n` patients; descriptive only, since these features made the clusters.

    `table` has a row per cluster and feature: cluster, feature, n_patients, mean_density (share of the patient's mass
    on the node), density_difference (from the mean over all patients), n_values, mean_raw, and median_raw with its
    quartiles low_raw and high_raw (of values not missing, in the feature's own unit).
    """

    n: int
    table: pd.DataFrame


def cluster_profile(labels: np.ndarray, densities: np.ndarray, features: pd.DataFrame) -> ClusterProfile:
    """Where do the patients of each cluster carry their mass, and what are the raw values there?

    `labels` (n,), `densities` (n, m) and raw `features` (n, m) with the same patients in the same order, its columns
    the nodes. Raises `Refused` when the shapes differ.
    """
    labels, densities = np.asarray(labels), np.asarray(densities, dtype=float)
    if len(labels) != len(densities) or densities.shape != features.shape:
        raise Refused([Problem("Labels, densities and features are not for the same patients and nodes.", "profile")])
    raw = features.to_numpy(dtype=float)
    overall = densities.mean(axis=0)
    parts = []
    for cluster in np.unique(labels):
        inside = labels == cluster
        known = np.isfinite(raw[inside])
        count = known.sum(axis=0)
        total = np.where(known, raw[inside], 0.0).sum(axis=0)
        mean = densities[inside].mean(axis=0)
        low, median, high = (_quantile(raw[inside], share) for share in (0.25, 0.5, 0.75))
        parts.append(
            pd.DataFrame(
                {
                    "cluster": cluster,
                    "feature": features.columns.astype(str),
                    "n_patients": int(inside.sum()),
                    "mean_density": mean,
                    "density_difference": mean - overall,
                    "n_values": count,
                    "mean_raw": np.where(count > 0, total / np.maximum(count, 1), np.nan),
                    "median_raw": median,
                    "low_raw": low,
                    "high_raw": high,
                }
            )
        )
    return ClusterProfile(len(labels), pd.concat(parts, ignore_index=True))


def _quantile(values: np.ndarray, share: float) -> np.ndarray:
    """Per column, of the values that are there; NaN for a column without any."""
    known = np.isfinite(values).any(axis=0)
    found = np.full(values.shape[1], np.nan)
    if known.any():
        found[known] = np.nanquantile(np.where(np.isfinite(values[:, known]), values[:, known], np.nan), share, axis=0)
    return found

"""Plainer groupings of the same patients beside the Wasserstein clusters, each measured in the same way.

Nothing may be said for the Wasserstein distance that a plain k-means, a random part of the network or the tumour's
volume alone would do as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from core.compute import Progress, generators, quiet, spread
from core.errors import NotEstimable
from core.stats.association import categorical_association
from core.stats.size import size_share
from core.transport.comparator import euclidean_kmeans

#: The rows of the table.
OURS, NODES, FEATURES, SETS, VOLUME = "wasserstein", "euclidean_nodes", "euclidean_all", "random_sets", "volume"
#: Of this many different random sets the 97.5th percentile says something.
ENOUGH_SETS = 20
CLAIMED = 0.05
#: What is measured of every grouping; of the random sets also `_low` and `_high`, between which 95 % of them lie.
MEASURES = ("adjusted_rand", "volume_correlation", "volume_information")


@dataclass(frozen=True)
class Comparators:
    """`table` has a row per grouping of the same `n` patients: comparator, n_features, adjusted_rand (with the
    Wasserstein clusters), volume_correlation and volume_information (`core.stats.size`), and per attribute its _n, _p
    and _v (Cramer's V). Of the random sets the medians stand there, and 95 % of them lie from _low to _high;
    `random_sets` has them one by one.
    """

    n: int
    table: pd.DataFrame
    random_sets: pd.DataFrame


def clusters_on_sets(
    features: pd.DataFrame,
    sets: Sequence[Sequence[str]],
    k: int,
    *,
    restarts: int = 5,
    seed: int = 0,
    progress: Progress = quiet,
) -> np.ndarray:
    """Euclidean k-means on each of several sets of columns of (n, p) `features` -> (sets, n) labels from 1.

    Each set is worked out once, however often it was drawn.
    """
    place = {name: i for i, name in enumerate(features.columns)}
    columns = [tuple(sorted(place[name] for name in chosen)) for chosen in sets]
    different = list(dict.fromkeys(columns))
    starts = [int(chance.integers(2**31 - 1)) for chance in generators(seed, len(different))]
    work = partial(_cluster, features.to_numpy(dtype=float), k, restarts)
    found = spread(work, zip(different, starts, strict=True), progress, "Random sets of features")
    labels = dict(zip(different, found, strict=True))
    return np.array([labels[chosen] for chosen in columns]).reshape(len(columns), len(features))


def compare_groupings(
    ours: np.ndarray,
    others: Mapping[str, tuple[np.ndarray, int]],
    on_sets: np.ndarray,
    set_size: int,
    volume: np.ndarray | None,
    attributes: Mapping[str, pd.Series],
    *,
    seed: int = 0,
    progress: Progress = quiet,
) -> Comparators:
    """How do other groupings of the same patients compare with `ours` (n,), the Wasserstein clusters?

    `others` has labels (n,) and the number of features behind them, by name; `on_sets` (draws, n) the labels on random
    sets of `set_size` features; `volume` (n,) the tumours' volumes; `attributes` the categories to tell apart, by a
    short name. p is that of `categorical_association`, with the same seed for all. What cannot be estimated is NaN.
    """
    measure = partial(_measure, np.asarray(ours), volume, attributes, seed)
    rows = [{"comparator": OURS, "n_features": set_size} | measure(ours)]
    drawn = []
    for done, labels in enumerate(on_sets, 1):
        drawn.append({"draw": done} | measure(labels))
        progress(done / (len(on_sets) + 1), "Measuring the random sets")
    random_sets = pd.DataFrame(drawn)
    for name, (labels, p) in others.items():
        rows.append({"comparator": name, "n_features": p} | measure(labels))
        if name == FEATURES and drawn:
            rows.append({"comparator": SETS, "n_features": set_size} | _over(random_sets))
    if drawn and FEATURES not in others:
        rows.append({"comparator": SETS, "n_features": set_size} | _over(random_sets))
    return Comparators(len(ours), _ordered(pd.DataFrame(rows)), random_sets)


def claim(table: pd.DataFrame, attribute: str, distinct_sets: int, connected: bool = True) -> tuple[bool, str]:
    """Do the Wasserstein clusters separate this attribute better than everything beside them?

    They do only if all of this holds: their association with it has p below 0.05; their Cramer's V is above the 97.5th
    percentile of at least 20 different random connected sets; it is above those of Euclidean k-means on the same nodes
    and on all features; and above that of the volume alone, where there is one. -> the answer, and the numbers behind
    a yes or the reason for a no.
    """
    rows = table.set_index("comparator")
    v = rows[f"{attribute}_v"]
    if OURS not in v.index or np.isnan(v[OURS]):
        return False, "it cannot be tested in these patients"
    if not rows.loc[OURS, f"{attribute}_p"] < CLAIMED:
        return False, "they are not shown to go with it at all"
    names = {
        NODES: "Euclidean k-means on the same features",
        FEATURES: "Euclidean k-means on all features",
        VOLUME: "the volume alone",
    }
    missing = [name for name in (NODES, FEATURES) if name not in v.index or np.isnan(v[name])]
    if missing:
        return False, f"{names[missing[0]]} could not be compared"
    as_good = [text for name, text in names.items() if name in v.index and v[name] >= v[OURS]]
    if SETS in rows.index and rows.loc[SETS, f"{attribute}_v_high"] >= v[OURS]:
        as_good.append("random sets of features")
    if as_good:
        return False, f"as well or better: {', '.join(as_good)}"
    if SETS not in rows.index or not connected or distinct_sets < ENOUGH_SETS:
        return False, f"there are fewer than {ENOUGH_SETS} different random connected sets to compare with"
    beside = [f"{v[name]:.2f} ({text})" for name, text in names.items() if name in v.index]
    beside.append(f"{rows.loc[SETS, f'{attribute}_v_high']:.2f} (97.5 % of the random sets)")
    return True, f"Cramer's V {v[OURS]:.2f} against {', '.join(beside)}; p uncorrected"


def _cluster(features: np.ndarray, k: int, restarts: int, item: tuple[tuple[int, ...], int]) -> np.ndarray:
    columns, seed = item
    return euclidean_kmeans(features[:, list(columns)], k, restarts=restarts, seed=seed).labels


def _measure(
    ours: np.ndarray, volume: np.ndarray | None, attributes: Mapping[str, pd.Series], seed: int, labels: np.ndarray
) -> dict[str, float]:
    from sklearn.metrics import adjusted_rand_score

    found = dict.fromkeys(MEASURES, np.nan)
    found["adjusted_rand"] = float(adjusted_rand_score(ours, labels))
    if volume is not None:
        try:
            share = size_share(labels, volume)
            found |= {
                "volume_correlation": share.rank_correlation,
                "volume_information": share.mutual_information,
            }
        except NotEstimable:  # the volumes are too much alike, which leaves the NaN
            found["volume_correlation"] = np.nan
    for name, values in attributes.items():
        try:
            test = categorical_association(labels, values, seed)
            found |= {f"{name}_n": test.n, f"{name}_p": test.p, f"{name}_v": test.effect}
        except NotEstimable:
            found |= {f"{name}_n": int(values.notna().sum()), f"{name}_p": np.nan, f"{name}_v": np.nan}
    return found


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Each measure's range beside it."""
    columns = [name for name in table.columns if not name.endswith(("_low", "_high"))]
    with_range = [[name, f"{name}_low", f"{name}_high"] for name in columns]
    return table[[name for group in with_range for name in group if name in table.columns]]


def _over(drawn: pd.DataFrame) -> dict[str, float]:
    """Medians over the random sets, and where 95 % of them lie."""
    summary: dict[str, float] = {}
    for column in drawn.columns.drop("draw"):
        values = drawn[column].dropna()
        summary[column] = float(values.median()) if len(values) else np.nan
        if column in MEASURES or column.endswith("_v"):
            low, high = np.quantile(values, (0.025, 0.975)) if len(values) else (np.nan, np.nan)
            summary |= {f"{column}_low": float(low), f"{column}_high": float(high)}
    return summary

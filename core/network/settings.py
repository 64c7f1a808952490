"""Several acquisition settings at once: what every pair of them agrees on, feature by feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import Problem, Refused

#: A range below this share of the largest value is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class SettingPair:
    """Two settings of one feature set, and what their two networks share.

    `first` and `second`: the same patients and features under either setting (values may be missing). `entered` are the
    features in both networks, `common` those in both components of the best pair of components, `connected` those
    of them that hang together in the common network.
    """

    setting_a: str
    setting_b: str
    first: pd.DataFrame
    second: pd.DataFrame
    entered: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    connected: tuple[str, ...] = ()


def pair_agreement(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """How well do two settings agree on each feature, in numbers without intervals but for thousands of features?

    `first` and `second`: the same n patients and p features. Columns, by feature: n (patients with both values), ccc
    (Lin's concordance, moments over n), icc (two-way random effects, absolute agreement, single rating: ICC(A,1) from
    the mean squares of the two-way analysis of variance) and identical. NaN with fewer than 3 patients or where a
    setting is constant. Refused when the tables do not match.

    Lin 1989, doi:10.2307/2532051; McGraw and Wong 1996, doi:10.1037/1082-989X.1.1.30.
    """
    if not first.index.equals(second.index) or not first.columns.equals(second.columns):
        what = "the two settings differ in patients or features."
        raise Refused([Problem(what, "", "Give both the same rows and columns.")])
    x, y = (table.to_numpy(dtype=float) for table in (first, second))
    known = np.isfinite(x) & np.isfinite(y)
    n = known.sum(axis=0)
    # Where nothing is known a centre of 0 keeps the arithmetic silent; the numbers become NaN below.
    x, y = np.where(known, x, 0.0), np.where(known, y, 0.0)
    largest = np.maximum(
        np.maximum(np.abs(x).max(axis=0, initial=0.0), np.abs(y).max(axis=0, initial=0.0)), np.finfo(float).tiny
    )
    # At scale 1 no square overflows or vanishes.
    x, y = x / largest, y / largest
    divisor = np.maximum(n, 1)
    mean_x, mean_y = x.sum(axis=0) / divisor, y.sum(axis=0) / divisor
    dx, dy = (np.where(known, values - mean, 0.0) for values, mean in ((x, mean_x), (y, mean_y)))
    xx, yy, xy = (dx * dx).sum(axis=0), (dy * dy).sum(axis=0), (dx * dy).sum(axis=0)
    shift = (mean_x - mean_y) ** 2
    flat = (_spread(x, known) <= _ROUNDING) | (_spread(y, known) <= _ROUNDING)
    # With two settings the mean squares are rows (xx + yy + 2xy) / 2(n-1), error (xx + yy - 2xy) / 2(n-1), columns
    # n shift / 2; put into ICC(A,1) they leave this.
    freedom = np.maximum(n - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ccc = 2 * xy / (xx + yy + n * shift)
        icc = 2 * xy / (xx + yy + freedom * shift - (xx + yy - 2 * xy) / divisor)
    same = (np.where(known, x != y, False).sum(axis=0) == 0) & (n > 0)
    unsound = (n < 3) | flat
    return pd.DataFrame(
        {
            "n": n,
            "ccc": np.where(unsound, np.nan, np.where(same, 1.0, ccc)),
            "icc": np.where(unsound, np.nan, np.where(same, 1.0, icc)),
            "identical": same,
        },
        index=first.columns.rename("feature"),
    )


def _spread(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The range of the known values as a share of the largest of them."""
    high = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    low = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
    largest = np.maximum(np.abs(np.where(known, values, 0.0)).max(axis=0, initial=0.0), np.finfo(float).tiny)
    return np.where(known.any(axis=0), high - low, 0.0) / largest


def volume_correlation(tables: Mapping[str, pd.DataFrame], volume: str) -> pd.Series:
    """How closely does each feature follow the volume? The largest |Spearman rho| over the settings, by feature.

    `tables`: per setting, patients x features, `volume` among the features. A patient without either value is left
    out of that feature. NaN where no setting has an estimate (fewer than 3 patients, or no variation).
    """
    found = {}
    for setting, table in tables.items():
        values = table.astype(float).replace([np.inf, -np.inf], np.nan)
        values = values[values[volume].notna()]
        # Ranks among the patients that have both values; one set of features for each pattern of gaps.
        gaps = values.isna().to_numpy()
        rho = np.full(values.shape[1], np.nan)
        patterns, which = np.unique(gaps, axis=1, return_inverse=True)
        for pattern in range(patterns.shape[1]):
            columns = np.flatnonzero(which.ravel() == pattern)
            rho[columns] = _rank_correlation(values.loc[~patterns[:, pattern]], columns, volume)
        found[setting] = pd.Series(np.abs(rho), index=values.columns)
    return pd.DataFrame(found).max(axis=1).rename("volume_rho")


def _rank_correlation(values: pd.DataFrame, columns: np.ndarray, volume: str) -> np.ndarray:
    if len(values) < 3:
        return np.full(len(columns), np.nan)
    ranks = values.iloc[:, columns].rank().to_numpy()
    size = values[volume].rank().to_numpy()
    ranks, size = ranks - ranks.mean(axis=0), size - size.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        return (ranks * size[:, None]).sum(axis=0) / np.sqrt((ranks * ranks).sum(axis=0) * (size @ size))


def stability_matrix(pairs: Sequence[SettingPair]) -> pd.DataFrame:
    """For every pair of settings and every feature: does it agree, and is it in the network that both settings share?

    A row per pair and feature, pairs in the order given: setting_a, setting_b, feature, n, ccc, icc, identical,
    entered, in_common, connected.
    """
    parts = []
    for pair in pairs:
        part = pair_agreement(pair.first, pair.second).reset_index()
        part.insert(0, "setting_a", pair.setting_a)
        part.insert(1, "setting_b", pair.setting_b)
        for column, members in (("entered", pair.entered), ("in_common", pair.common), ("connected", pair.connected)):
            part[column] = part["feature"].isin(members)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)

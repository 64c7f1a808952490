"""Reproducible features: one list over every pair of settings, by criteria that are named and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import Problem, Refused
from core.network.settings import SettingPair, stability_matrix

#: Rounding must not decide for a feature that stands exactly at a cut.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Criteria:
    """What a reproducible feature has to be; None or False asks nothing.

    `pairs`: in the common network of at least this many pairs of settings. `connected`: only pairs count where it is
    connected there. `ccc`, `icc`: at least this in every pair. `volume`: |Spearman| with the volume below this under
    every setting (the volume itself passes). `differs`: not the same value for everybody under both settings of every
    pair, as a feature of one copied contour has.
    """

    pairs: int | None = None
    connected: bool = False
    ccc: float | None = None
    icc: float | None = None
    volume: float | None = None
    differs: bool = False


@dataclass(frozen=True)
class ReproducibleFeatures:
    """The features that meet every criterion (`names`, in the order given), and how each criterion narrowed them down.

    `matrix`, a row per pair of settings and feature: setting_a, setting_b, feature, n (patients with both values), ccc,
    icc, identical, entered, in_common, connected. `features`, a row per feature: feature, pairs_in_common, share,
    pairs_connected, ccc_min and icc_min over the pairs (NaN when some pair has no estimate), volume_rho (largest
    |Spearman| with the volume over the settings), identical_pairs, kept, removed_by (the first criterion it
    fails). `flow`: criterion, failed (features that fail it), removed (of those that were left), left. `pairs`: a row
    per pair with n, entered, in_common, connected.
    """

    names: tuple[str, ...]
    criteria: tuple[str, ...]
    matrix: pd.DataFrame
    features: pd.DataFrame
    flow: pd.DataFrame
    pairs: pd.DataFrame


def reproducible_features(
    pairs: Sequence[SettingPair], criteria: Criteria, *, volume: str | None = None, volume_rho: pd.Series | None = None
) -> ReproducibleFeatures:
    """Which features are reproducible under every pair of settings, by criteria that are named and counted?

    `volume_rho` is that of `volume_correlation`; without it nothing follows the volume. Refused: no pair of settings,
    pairs with different features, a criterion out of range.
    """
    _check(pairs, criteria)
    matrix = stability_matrix(pairs)
    names = list(pairs[0].first.columns)
    features = _features(matrix, names, volume_rho)
    steps = _steps(features, criteria, len(pairs), volume)
    left = pd.Series(True, index=features.index)
    removed_by = pd.Series("", index=features.index)
    flow = [("features of the set", 0, 0, len(names))]
    for words, passes in steps:
        gone = left & ~passes
        removed_by[gone] = words
        left &= passes
        flow.append((words, int((~passes).sum()), int(gone.sum()), int(left.sum())))
    summary = [
        (pair.setting_a, pair.setting_b, len(pair.first), len(pair.entered), len(pair.common), len(pair.connected))
        for pair in pairs
    ]
    return ReproducibleFeatures(
        names=tuple(features.loc[left, "feature"]),
        criteria=tuple(words for words, _ in steps),
        matrix=matrix,
        features=features.assign(kept=left, removed_by=removed_by),
        flow=pd.DataFrame(flow, columns=["criterion", "failed", "removed", "left"]),
        pairs=pd.DataFrame(summary, columns=["setting_a", "setting_b", "n", "entered", "in_common", "connected"]),
    )


def _check(pairs: Sequence[SettingPair], criteria: Criteria) -> None:
    problems = []
    if not pairs:
        problems.append(Problem("there is no pair of settings.", "settings", "Give at least two settings."))
    elif any(not pair.first.columns.equals(pairs[0].first.columns) for pair in pairs):
        problems.append(Problem("pairs have different features.", "settings", "Give every pair the same features."))
    if criteria.pairs is not None and not 1 <= criteria.pairs <= max(len(pairs), 1):
        what = f"{criteria.pairs} pairs are asked for and there are {len(pairs)}."
        problems.append(Problem(what, "pairs", "Ask for 1 to all of them."))
    if problems:
        raise Refused(problems)


def _features(matrix: pd.DataFrame, names: list[str], volume_rho: pd.Series | None) -> pd.DataFrame:
    groups = matrix.groupby("feature", sort=False)
    total = groups.size().iloc[0]
    table = pd.DataFrame(
        {
            "pairs_in_common": groups["in_common"].sum(),
            "share": groups["in_common"].mean(),
            "pairs_connected": groups["connected"].sum(),
            # A pair without an estimate is not passed over.
            "ccc_min": groups["ccc"].min().where(groups["ccc"].count() == total),
            "icc_min": groups["icc"].min().where(groups["icc"].count() == total),
            "identical_pairs": groups["identical"].sum(),
        }
    ).loc[names]
    table.insert(5, "volume_rho", np.nan if volume_rho is None else volume_rho.reindex(names))
    return table.assign(total=total).rename_axis("feature").reset_index()


def _steps(features: pd.DataFrame, criteria: Criteria, total: int, volume: str | None) -> list[tuple[str, pd.Series]]:
    """Each criterion asked for in words, and which features pass it; the ones that need no network first."""
    steps = []
    if criteria.volume is not None:
        follows = features["volume_rho"] >= criteria.volume - _ROUNDING
        words = f"|Spearman| with the volume below {criteria.volume:g} under every setting"
        steps.append((words, ~follows | (features["feature"] == volume)))
    if criteria.differs:
        steps.append(("not copied: some value differs between settings", features["identical_pairs"] < total))
    for name, cut in (("CCC", criteria.ccc), ("ICC(A,1)", criteria.icc)):
        if cut is not None:
            column = "ccc_min" if name == "CCC" else "icc_min"
            steps.append((f"{name} of at least {cut:g} in every pair", features[column] >= cut - _ROUNDING))
    if criteria.pairs is not None:
        counted = "pairs_connected" if criteria.connected else "pairs_in_common"
        which = "all" if criteria.pairs == total else f"at least {criteria.pairs} of"
        pairs = "the one pair" if total == 1 else f"{which} {total} pairs"
        place = "connected in the common network of" if criteria.connected else "in the common network of"
        steps.append((f"{place} {pairs}", features[counted] >= criteria.pairs))
    return steps

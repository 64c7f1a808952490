"""Screening: which features and patients can enter a network, and which features only repeat the tumour's volume?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable, Problem, Refused

# What each program calls the volume of the region, the exact (mesh) volume before the count of voxels. Names are
# compared in lower case, with runs of other signs as one blank and mesh|voxel|total volume as separate words.
_VOLUME_NAMES = (
    r"(original )?(shape|morph\w*) mesh volume",
    r"(original )?(shape|morph\w*) (voxel )?volume( \w?l)?",
    r"(original )?morph\w* vol(ume)?( approx)?( \w?l)?",
    r"((original )?(shape|morph\w*) )?(vol\w* )?(\w?l )?(ibsi )?(rnu0|yekz)",
    r"sf volume( [23]d)?",
    r"volume (wt|whole|tumou?r|gtv|roi)",
    r"(whole )?(tumou?r|lesion|gtv|roi) vol(ume)?( \w?l| mm3| cm3)?",
    r"(total |mesh |voxel )?vol(ume)?( \w?l| mm3| cm3)?",
    r"totalvol(ume)?",
    r"(\w+ )?original total volume",
    r"volume (tc|et)",
)


@dataclass(frozen=True)
class Screening:
    """Which features are kept when those that follow the volume are dropped.

    `table`: a row per feature in the order given: feature, n (patients with both values), rho (Spearman with the
    volume; NaN where either is constant), kept.
    """

    volume: str
    cut: float
    n: int
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    table: pd.DataFrame


@dataclass(frozen=True)
class Usable:
    """The complete part of a feature table, and everything that was left out of it, by name.

    `features`: n patients x p, complete. `missing_features`: feature and share of patients without a value;
    `duplicates`: dropped feature and the feature it repeats; `patients`: those left out for a missing value.
    """

    features: pd.DataFrame
    n: int
    n_before: int
    p_before: int
    not_numeric: tuple[str, ...]
    missing_features: tuple[tuple[str, float], ...]
    constant: tuple[str, ...]
    duplicates: tuple[tuple[str, str], ...]
    patients: tuple[str, ...]
    notes: tuple[str, ...]


def volume_feature(names: Iterable[str]) -> str | None:
    """Which of these features is the volume of the region of interest? None when no name says so.

    Knows PyRadiomics (`original_shape_MeshVolume` before `original_shape_VoxelVolume`), O-RAW and IBSI-like names
    (`original|morph.vol`, codes RNU0 and YEKZ), `sf_volume_2D`, `VOLUME_WT`, `totalvol`, `tumor_volume` and the like.
    Ratios, densities and volumes of filtered images are not volumes.
    """
    names = [str(name) for name in names]
    plain = [_plain(name) for name in names]
    for pattern in _VOLUME_NAMES:
        for name, words in zip(names, plain, strict=True):
            if re.fullmatch(pattern, words):
                return name
    return None


def _plain(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()
    return re.sub(r"\b(mesh|voxel|total)volume\b", r"\1 volume", words)


def volume_surrogates(features: pd.DataFrame, volume: str, cut: float = 0.8) -> Screening:
    """Which features only repeat the volume? Those whose |Spearman rho| with it is at least `cut` are dropped.

    `features`: patients x features, `volume` one of its columns, which itself is kept. Patients without either value
    are left out per feature. Refused: an unknown volume. NotEstimable: fewer than 3 patients, or a constant volume.

    Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904, as coded.
    """
    if volume not in features.columns:
        raise Refused([Problem(f"there is no feature {volume!r}.", "volume", "Choose one of the features.")])
    values = features.astype(float)
    size = values[volume]
    if size.notna().sum() < 3 or size.nunique() < 2:
        raise NotEstimable(
            f"The volume {volume} has {size.nunique()} different values in {size.notna().sum()} patients.",
            "Choose another volume feature, or switch the volume filter off.",
        )
    rows = []
    for name in values.columns:
        pair = pd.DataFrame({"x": values[name], "v": size}).dropna()
        ranks = pair.rank()
        varies = len(pair) >= 3 and ranks["x"].nunique() > 1 and ranks["v"].nunique() > 1
        rho = 1.0 if name == volume else float(np.corrcoef(ranks["x"], ranks["v"])[0, 1]) if varies else np.nan
        # Rounding must not decide for a feature that stands exactly at the cut.
        rows.append((str(name), len(pair), rho, name == volume or not abs(rho) >= cut - 1e-12))
    table = pd.DataFrame(rows, columns=["feature", "n", "rho", "kept"])
    kept = tuple(table.loc[table["kept"], "feature"])
    return Screening(volume, float(cut), len(features), kept, tuple(table.loc[~table["kept"], "feature"]), table)


def usable(features: pd.DataFrame, missing: float = 0.3) -> Usable:
    """Which features and patients are complete enough for a network? Nothing leaves without being named.

    In this order: columns that are not numbers, features missing in more than the share `missing` of the patients
    (infinite values count as missing), patients with any value still missing, constant features, and features that
    repeat an earlier one exactly.
    """
    numeric = [name for name in features.columns if pd.api.types.is_numeric_dtype(features[name])]
    values = features[numeric].astype(float).replace([np.inf, -np.inf], np.nan)
    gaps = values.isna().mean()
    sparse = gaps[gaps > missing]
    # A feature that never varies must not cost the patients who lack it.
    constant = [name for name in values.columns.difference(sparse.index, sort=False) if _constant(values[name])]
    values = values.drop(columns=[*sparse.index, *constant])
    complete = values.notna().all(axis=1)
    left_out = tuple(map(str, values.index[~complete]))
    values = values[complete]
    if len(values):
        constant += [name for name in values.columns if _constant(values[name])]
    values = values.drop(columns=[name for name in constant if name in values.columns])
    first: dict[bytes, str] = {}
    duplicates = []
    for name in values.columns:
        kept = first.setdefault((values[name].to_numpy() + 0.0).tobytes(), name) if len(values) else name
        if kept != name:
            duplicates.append((str(name), str(kept)))
    values = values.drop(columns=[name for name, _ in duplicates])
    not_numeric = tuple(str(name) for name in features.columns if name not in numeric)
    missing_features = tuple((str(name), float(share)) for name, share in sparse.items())
    told = [
        (not_numeric, "not numbers"),
        ([name for name, _ in missing_features], f"missing in more than {missing:.0%} of the patients"),
        (constant, "constant"),
        ([f"{name} (= {kept})" for name, kept in duplicates], "exact repeats"),
    ]
    notes = [f"{len(names)} features left out ({why}): {_some(names)}." for names, why in told if names]
    if left_out:
        notes.append(f"{len(left_out)} of {len(features)} patients left out (a value missing): {_some(left_out)}.")
    return Usable(
        features=values,
        n=len(values),
        n_before=len(features),
        p_before=features.shape[1],
        not_numeric=not_numeric,
        missing_features=missing_features,
        constant=tuple(map(str, constant)),
        duplicates=tuple(duplicates),
        patients=left_out,
        notes=tuple(notes),
    )


def _constant(column: pd.Series) -> bool:
    """Whether the known values are all the same but for rounding."""
    known = column.dropna()
    return not len(known) or float(np.ptp(known)) <= 1e-12 * float(np.abs(known).max())


def _some(names, most: int = 6) -> str:
    names = list(map(str, names))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

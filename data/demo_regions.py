"""Paired lung regions of the interstitial-lung demonstration study: 31 features in 3 sections of 6 pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.store.schema import REGION_KEYS, Feature, Regions

SECTIONS = ("upper", "middle", "lower")
LOCATIONS = tuple(f"{place} {side}" for side in ("left", "right") for place in ("anterior", "lateral", "posterior"))
PERIPHERAL, CENTRAL = "peripheral", "central"
FIRST_ORDER, FRACTAL, LAWS = "firstorder", "fractal", "laws"
#: Name, mean and standard deviation over regions, unit.
_FIRST_ORDER = (
    ("Mean", -780, 40, "HU"),
    ("Median", -810, 35, "HU"),
    ("StandardDeviation", 140, 25, "HU"),
    ("Skewness", 1.9, 0.5, ""),
    ("Kurtosis", 6.2, 1.8, ""),
    ("Minimum", -995, 9, "HU"),
    ("Maximum", 60, 70, "HU"),
    ("Quantile05", -940, 16, "HU"),
    ("Quantile30", -870, 25, "HU"),
    ("Quantile70", -725, 45, "HU"),
    ("Quantile95", -480, 80, "HU"),
    ("EntropyBinned", 5.1, 0.35, ""),
    ("EntropyUnbinned", 7.9, 0.4, ""),
)
_FRACTAL = (
    ("BrownianDimension", 2.42, 0.06, ""),
    ("BoxCountingDimension", 2.31, 0.05, ""),
    ("FineBoxCountingDimension", 2.55, 0.06, ""),
    ("CoarseBoxCountingDimension", 2.12, 0.05, ""),
    ("BlanketDimension", 2.48, 0.07, ""),
    ("Lacunarity", 0.42, 0.08, ""),
)
_MAPS = ("E5L5", "R5L5", "S5L5", "W5L5", "E5E5", "S5S5")
_LAWS = tuple(row for one in _MAPS for row in ((f"{one}_Entropy", 4.4, 0.4, ""), (f"{one}_Mean", 8.5, 1.6, "")))
_ROWS = {FIRST_ORDER: _FIRST_ORDER, FRACTAL: _FRACTAL, LAWS: _LAWS}
TABLE = tuple((family, *row) for family, rows in _ROWS.items() for row in rows)
#: Of one region these never stand in another order.
RISING = ("Minimum", "Quantile05", "Quantile30", "Median", "Quantile70", "Quantile95", "Maximum")
FEATURES = tuple(
    Feature(f"{family}_{name}", f"{family} · {name.replace('_', ' ')}", family, "original", "", unit)
    for family, name, _, _, unit in TABLE
)
NAMES = tuple(feature.name for feature in FEATURES)
REGIONS = Regions(
    "lung",
    "Lung regions (synthetic)",
    "Synthetic values",
    "CT",
    SECTIONS,
    LOCATIONS,
    (PERIPHERAL, CENTRAL),
    FEATURES,
)

#: Planted: how far each minor allele of the TOLLIP-like SNP shifts a patient's difference, in the standard deviations
#: that patients' differences have without it. No other feature goes with it, and none with the MUC5B-like SNP.
GENOTYPE_SHIFTS = {
    "firstorder_Median": 0.9,
    "firstorder_Quantile30": 0.8,
    "firstorder_Quantile70": 0.8,
    "firstorder_EntropyBinned": -0.9,
    "fractal_BrownianDimension": 0.9,
    "fractal_BlanketDimension": 0.8,
}
#: Of a region's value in standard deviations: the patient's severity, what both regions of a pair share, its own.
SEVERITY, SHARED, OWN = 0.5, 0.6, 0.5
#: A patient's difference: its standard deviation, the part of its variance that a family shares, its mean.
SPREAD, FAMILY, OFFSET = 0.7, 0.3, 0.4
#: What a centre adds to both regions alike, so that differences are free of it.
CENTRE_SHIFT = {"A": 0.0, "B": 0.5}
#: Part of all pairs that could not be placed, and patients whose lower section was not scanned.
UNPLACED, UNSCANNED = 0.02, 6


@dataclass(frozen=True)
class Lungs:
    """`values` as in the schema; `differences` (patients x features) true and standardised, known or not."""

    values: pd.DataFrame
    differences: pd.DataFrame


def lungs(random: np.random.Generator, patients: pd.DataFrame, alleles: np.ndarray, imaged: np.ndarray) -> Lungs:
    """Raw values in every region of the imaged patients.

    patients    index patient_id, with severity (a standard score) and centre; alleles (n,) minor alleles of the
                TOLLIP-like SNP; imaged (n,) bool
    """
    n, families = len(patients), [family for family, *_ in TABLE]
    common = {family: random.standard_normal(n) for family in (FIRST_ORDER, FRACTAL, LAWS)}
    own = random.standard_normal((n, len(TABLE)))
    without = np.sqrt(FAMILY) * np.column_stack([common[f] for f in families]) + np.sqrt(1 - FAMILY) * own
    shifts = np.array([GENOTYPE_SHIFTS.get(name, 0.0) for name in NAMES])
    differences = without + alleles[:, None] * shifts
    pairs = len(SECTIONS) * len(LOCATIONS)
    signs = np.where(np.arange(len(TABLE)) % 3 == 2, -1.0, 1.0)
    shared = SHARED * random.standard_normal((n, pairs, len(TABLE)))
    level = SEVERITY * patients["severity"].to_numpy()[:, None] * signs
    level = level + np.array([CENTRE_SHIFT[centre] for centre in patients["centre"]])[:, None]
    half = (OFFSET + SPREAD * differences)[:, None, :] / 2
    scores = np.stack(
        [
            level[:, None, :] + shared + side * half + OWN * random.standard_normal((n, pairs, len(TABLE)))
            for side in (1, -1)
        ],
        axis=2,
    )
    kept = np.broadcast_to(imaged[:, None], (n, pairs)) & (random.random((n, pairs)) >= UNPLACED)
    unscanned = np.argsort(random.random(n), kind="stable")[:UNSCANNED]
    kept[unscanned, 2 * len(LOCATIONS) :] = False
    means, sds = np.array([row[2] for row in TABLE]), np.array([row[3] for row in TABLE])
    raw = means + sds * scores
    rising = [NAMES.index(f"{FIRST_ORDER}_{name}") for name in RISING]
    raw[..., rising] = np.sort(raw[..., rising], axis=-1)
    rows = [
        (patient, section, location, region)
        for i, patient in enumerate(patients.index)
        for j, (section, location) in enumerate((s, place) for s in SECTIONS for place in LOCATIONS)
        if kept[i, j]
        for region in REGIONS.members
    ]
    index = pd.MultiIndex.from_tuples(rows, names=REGION_KEYS)
    values = pd.DataFrame(raw[kept].reshape(-1, len(TABLE)), index=index, columns=list(NAMES))
    return Lungs(values, pd.DataFrame(differences, index=patients.index, columns=list(NAMES)))

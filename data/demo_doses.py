"""Dose-volume tables of the demonstration study, and two outcomes that follow from them by curves that are known.

Dry mouth after a year follows the Lyman-Kutcher-Burman curve of the parotid dose, local control after two years the
logistic curve of the target dose; both are drawn from nothing but these doses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np
import pandas as pd

from core.store.schema import DOSES, Attribute, Structure

PAROTID, TARGET = "parotid", "ptv"
STRUCTURES = [
    Structure(PAROTID, "Parotid glands (synthetic)", "percent", "organ at risk"),
    Structure(TARGET, "Planning target volume (synthetic)", "percent", "target"),
]
XEROSTOMIA, CONTROL = "xerostomia_12m", "local_control_24m"
ATTRIBUTES = [
    Attribute(
        XEROSTOMIA,
        "Dry mouth at 12 months",
        "category",
        levels=("no", "yes"),
        description="Of those irradiated; drawn from the dose to the parotid glands",
    ),
    Attribute(
        CONTROL,
        "Local control at 24 months",
        "category",
        levels=("no", "yes"),
        description="Of those irradiated; drawn from the dose to the target",
    ),
]
#: Planted: probability of dry mouth = Phi((gEUD - TD50) / (m TD50)), the gEUD with exponent 1/n.
N, M, TD50_GY = 0.8, 0.35, 36.0
#: Planted: probability of control = 1 / (1 + (D50 / gEUD)^(4 gamma50)), the gEUD with exponent a.
D50_GY, GAMMA50, TARGET_A = 60.0, 1.8, -10.0
#: Doses of the cumulative table of the parotid glands, and middles of the bins of the target's differential one.
PAROTID_GY = np.arange(0.0, 73.0, 2.0)
TARGET_GY = np.arange(40.5, 80.0, 1.0)
#: Part of those irradiated who were not seen after one, and after two years.
UNSEEN = {XEROSTOMIA: 0.05, CONTROL: 0.08}
#: Less than this share of a structure at a dose is none.
LEAST = 1e-3
DIGITS = 6


@dataclass(frozen=True)
class Irradiated:
    """`rows` as in the schema; `outcomes` a column of texts (or None) per outcome, a row per patient of the study."""

    rows: pd.DataFrame
    outcomes: pd.DataFrame


def irradiated(tables: np.random.Generator, seen: np.random.Generator, treated: pd.Series) -> Irradiated:
    """The dose tables and outcomes of the patients for whom `treated` (bool by patient) is true."""
    n = len(treated)
    parotid, target = _parotid(tables, n), _target(tables, n)
    middles = (PAROTID_GY[:-1] + PAROTID_GY[1:]) / 2
    gland = _geud(middles, -np.diff(parotid, axis=1), 1 / N)
    dry = np.array([0.5 * (1 + erf((dose - TD50_GY) / (M * TD50_GY) / sqrt(2))) for dose in gland])
    controlled = 1 / (1 + (D50_GY / _geud(TARGET_GY, target, TARGET_A)) ** (4 * GAMMA50))
    outcomes = {}
    for name, chance in ((XEROSTOMIA, dry), (CONTROL, controlled)):
        happened, unseen = seen.random(n) < chance, seen.random(n) < UNSEEN[name]
        outcomes[name] = np.where(unseen | ~treated, None, np.where(happened, "yes", "no"))
    rows = [
        (patient, structure, kind, float(dose), volume)
        for i, patient in enumerate(treated.index)
        if treated.iloc[i]
        for structure, kind, doses, volumes in (
            (PAROTID, "cumulative", PAROTID_GY, parotid[i]),
            (TARGET, "differential", TARGET_GY, target[i]),
        )
        for dose, volume in zip(doses, volumes.tolist(), strict=True)
    ]
    return Irradiated(pd.DataFrame(rows, columns=DOSES), pd.DataFrame(outcomes, index=treated.index))


def truth() -> Iterator[tuple[str, str, str]]:
    """The planted curves: kind, item, value."""
    for item, value in (("n", N), ("m", M), ("TD50, Gy", TD50_GY)):
        yield "complication curve", f"{XEROSTOMIA} by {PAROTID}: {item}", f"{value:g}"
    for item, value in (("D50, Gy", D50_GY), ("gamma50", GAMMA50), ("exponent of the gEUD", TARGET_A)):
        yield "control curve", f"{CONTROL} by {TARGET}: {item}", f"{value:g}"


def _parotid(random: np.random.Generator, n: int) -> np.ndarray:
    """(n, doses) per cent of the glands that get at least each dose: some were spared, some were not."""
    centre = np.clip(31 + 15 * random.standard_normal(n), 2, 62)[:, None]
    spread = np.exp(1.9 + 0.4 * random.standard_normal(n))[:, None]
    above = 1 / (1 + np.exp((PAROTID_GY - centre) / spread))
    share = (above - above[:, -1:]) / (above[:, :1] - above[:, -1:])
    return _kept(100 * np.where(share < LEAST, 0.0, share))


def _target(random: np.random.Generator, n: int) -> np.ndarray:
    """(n, bins) per cent of the target in each bin of dose: around the prescription, with a colder tail in some."""
    prescribed = (63 + 5 * random.standard_normal(n))[:, None]
    spread = np.exp(0.3 + 0.25 * random.standard_normal(n))[:, None]
    cold = (0.12 * random.random(n))[:, None]
    density = np.exp(-(((TARGET_GY - prescribed) / spread) ** 2) / 2)
    density += cold * np.exp(-(((TARGET_GY - prescribed + 7) / (2 * spread)) ** 2) / 2)
    density[density < LEAST] = 0.0
    return _kept(100 * density / density.sum(axis=1, keepdims=True))


def _geud(doses: np.ndarray, volumes: np.ndarray, a: float) -> np.ndarray:
    """(n,) Gy, of shares or per cent of volume (n, bins) at the doses (bins,)."""
    return ((volumes * doses**a).sum(axis=1) / volumes.sum(axis=1)) ** (1 / a)


def _kept(cells: np.ndarray) -> np.ndarray:
    return np.array([float(f"{cell:.{DIGITS}g}") for cell in cells.ravel()]).reshape(cells.shape)

"""The dose tables of one structure of many patients: checked, made relative, summed up and laid over each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import Problem, Refused
from core.radiogenomics.dose import CUMULATIVE, Dvh, geud_gy

#: What a unit of volume makes of a whole structure; cubic centimetres are divided by the whole.
WHOLE = {"fraction": 1.0, "percent": 100.0}
CUBIC = "cm3"


@dataclass(frozen=True, eq=False)
class DoseTables:
    """By patient: `dvhs`; `volume_cm3` where the tables say it; `refused`, what is wrong with a table left out."""

    dvhs: Mapping[str, Dvh]
    volume_cm3: Mapping[str, float]
    refused: Mapping[str, str]

    def only(self, patients: Iterable[str]) -> DoseTables:
        """The same of these patients."""
        wanted = set(patients)
        parts = ({key: value for key, value in each.items() if key in wanted} for each in vars(self).values())
        return DoseTables(*parts)

    def eqd2(self, fractions: int, alpha_beta_gy: float) -> DoseTables:
        """The same in doses that do the same in fractions of 2 Gy; raises `Refused` as `Dvh.eqd2`."""
        converted = {patient: dvh.eqd2(fractions, alpha_beta_gy) for patient, dvh in self.dvhs.items()}
        return DoseTables(converted, self.volume_cm3, self.refused)


def dose_tables(rows: pd.DataFrame, unit: str) -> DoseTables:
    """Tables of patient_id, dose_gy, volume and kind, sorted by patient and dose, `unit` cm3, percent or fraction.

    A table that `Dvh.of` refuses is left out with its first fault. Raises `Refused` for another unit.
    """
    if unit not in (*WHOLE, CUBIC):
        raise Refused([Problem(f"{unit!r} is no unit of volume.", "unit", f"There is {', '.join((*WHOLE, CUBIC))}.")])
    dvhs, cubic, refused = {}, {}, {}
    for patient, table in rows.groupby("patient_id", sort=True):
        kind, volume = str(table["kind"].iloc[0]), table["volume"].to_numpy(float)
        whole = float(volume[0] if kind == CUMULATIVE else volume.sum())
        if unit == CUBIC:
            cubic[patient] = whole
            volume = volume / whole if whole > 0 else volume
        try:
            dvhs[patient] = Dvh.of(table["dose_gy"].to_numpy(float), volume, kind)
        except Refused as error:
            refused[patient] = str(error.problems[0])
    return DoseTables(dvhs, {patient: cubic[patient] for patient in cubic if patient in dvhs}, refused)


def share_at(dvh: Dvh, doses_gy: np.ndarray) -> np.ndarray:
    """(k,) the share of the volume that receives at least each dose (k,) in Gy: `Dvh.volume_at` for many at once."""
    width = dvh.high_gy - dvh.low_gy
    inside = (dvh.high_gy - doses_gy[:, None]) / np.where(width > 0, width, 1.0)
    share = np.where(width > 0, np.clip(inside, 0.0, 1.0), dvh.low_gy >= doses_gy[:, None])
    return np.where((share == 1).all(axis=1), 1.0, share @ dvh.volume)


def curves(tables: DoseTables, doses_gy: np.ndarray) -> pd.DataFrame:
    """A row per patient and a column per dose in Gy: the share of the volume that receives at least it."""
    cells = [share_at(dvh, doses_gy) for dvh in tables.dvhs.values()]
    index = pd.Index(list(tables.dvhs), name="patient_id", dtype=object)
    return pd.DataFrame(np.array(cells).reshape(len(index), len(doses_gy)), index=index, columns=doses_gy)


def summaries(tables: DoseTables, *, volume_at_gy: float, dose_at_share: float, a: float) -> pd.DataFrame:
    """A row per patient: min_gy, mean_gy, max_gy, volume_at (share), dose_at_gy, geud_gy, volume_cm3 (NaN if not said).

    `volume_at` is Vx at `volume_at_gy`, `dose_at_gy` Dx of the hottest `dose_at_share`, and the gEUD has exponent `a`.
    """
    rows = [
        (
            dvh.min_gy,
            dvh.mean_gy,
            dvh.max_gy,
            dvh.volume_at(volume_at_gy),
            dvh.dose_at(dose_at_share),
            geud_gy(dvh, a),
            tables.volume_cm3.get(patient, np.nan),
        )
        for patient, dvh in tables.dvhs.items()
    ]
    names = ["min_gy", "mean_gy", "max_gy", "volume_at", "dose_at_gy", "geud_gy", "volume_cm3"]
    return pd.DataFrame(rows, columns=names, index=pd.Index(list(tables.dvhs), name="patient_id", dtype=object))

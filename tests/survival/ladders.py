"""Patients for the tests of added value: those of the reference script, and drawn ones."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from core.survival.blocks import Block
from core.survival.partial import Patients
from tests.survival.cohorts import lung

FOLDER = Path(__file__).parents[1] / "reference" / "added_value"
UNTIL = 400.5


def r(name: str) -> pd.DataFrame:
    """What R gave."""
    return pd.read_csv(FOLDER / name, float_precision="round_trip")


def patients_of(frame: pd.DataFrame) -> Patients:
    return Patients(frame["time"].to_numpy(float), frame["event"].to_numpy() == 1, np.zeros(len(frame), int))


@cache
def lungs() -> tuple[Patients, tuple[Block, Block, Block]]:
    """Lung cancer patients with age and sex, two numbers in place of images, and a category in place of genes."""
    frame = lung()
    columns = ["age", "sex", "ph.karno", "wt.loss", "ph.ecog"]
    frame = frame[frame["ph.ecog"].isin([0, 1, 2])].dropna(subset=columns).reset_index(drop=True)
    ecog = pd.Categorical(frame["ph.ecog"].map("{:.0f}".format))
    return patients_of(frame), (
        Block.of("clinical", frame[["age", "sex"]].astype(float)),
        Block.of("radiomic", frame[["ph.karno", "wt.loss"]]),
        Block.of("genomic", pd.DataFrame({"ecog": ecog})),
    )


def drawn(chance: np.random.Generator, n: int, base: float = 0.7, noise: int = 2) -> tuple[Patients, np.ndarray]:
    """n patients whose hazard has to do with the first column only, and the columns: the first, and `noise` more."""
    x = chance.normal(size=(n, 1 + noise))
    time = chance.exponential(40, n) * np.exp(-base * x[:, 0])
    censored = chance.uniform(10, 90, n)
    return Patients(np.minimum(time, censored), time <= censored, np.zeros(n, int)), x


def numbers(name: str, values: np.ndarray) -> Block:
    """A block of plain numbers."""
    return Block.of(name, pd.DataFrame(values).add_prefix(f"{name} "))

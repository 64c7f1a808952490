"""What makes the demonstration studies the same on every machine: a stream per part, values to six digits."""

from __future__ import annotations

import numpy as np
import pandas as pd

DIGITS = 6


def stream(seed: int, part: str) -> np.random.Generator:
    """The random numbers of one part: a change to a part leaves the others as they were."""
    return np.random.Generator(np.random.PCG64([seed, *part.encode()]))


def kept(frame: pd.DataFrame) -> pd.DataFrame:
    """Values to six digits: the last bits of exp and log differ between processors, these do not."""
    cells = [float(f"{value:.{DIGITS}g}") for value in frame.to_numpy().ravel()]
    return pd.DataFrame(np.array(cells).reshape(frame.shape), index=frame.index, columns=frame.columns)

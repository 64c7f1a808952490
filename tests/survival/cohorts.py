"""The two cohorts of R's survival package, as the reference script wrote them, and readers of its numbers."""

from pathlib import Path

import numpy as np
import pandas as pd

from core.survival.outcome import Outcome

REFERENCE = Path(__file__).parents[1] / "reference" / "survival"


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name)


def lung() -> pd.DataFrame:
    frame = reference("lung.csv")
    frame["event"] = frame["status"] - 1
    frame["group"] = np.where(frame["sex"] == 1, "male", "female")
    frame["ecog"] = frame["ph.ecog"].map(lambda score: f"ecog{score:.0f}", na_action="ignore")
    return frame


def veteran() -> pd.DataFrame:
    frame = reference("veteran.csv")
    return frame.assign(event=frame["status"], group=frame["celltype"])


def half() -> pd.DataFrame:
    return pd.DataFrame({"time": [1, 2, 3, 4], "event": 1, "group": "half"})


def zero() -> pd.DataFrame:
    return pd.DataFrame({"time": [0, 0, 1, 2, 2, 3], "event": [1, 0, 1, 0, 1, 1], "group": "zero"})


def outcome(frame: pd.DataFrame, unit: str = "days") -> Outcome:
    return Outcome.of(frame["time"], frame["event"], unit)

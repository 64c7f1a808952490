"""The cohorts of the reference scripts in tests/reference/survival, and readers of the numbers that R gave for them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from core.compute import generators
from core.survival.outcome import Outcome

#: lifelines stops by default where the last digits still move by 3e-6; these are its own names for the two limits. The
#: first is of half the squared step in standard errors: 1e-13 would leave a small p right to six digits only.
PRECISION = {"precision": 1e-20, "r_precision": 1e-15}
REFERENCE = Path(__file__).parents[1] / "reference" / "survival"


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name, float_precision="round_trip")


def lung() -> pd.DataFrame:
    frame = reference("lung.csv")
    frame["event"] = frame["status"] - 1
    frame["group"] = np.where(frame["sex"] == 1, "male", "female")
    frame["ecog"] = frame["ph.ecog"].map(lambda score: f"ecog{score:.0f}", na_action="ignore")
    return frame


def veteran() -> pd.DataFrame:
    frame = reference("veteran.csv")
    return frame.assign(event=frame["status"], group=frame["celltype"])


def rossi() -> pd.DataFrame:
    frame = reference("rossi.csv")
    before = pd.cut(frame["prio"], [-np.inf, 1, 4, np.inf], labels=["0 to 1", "2 to 4", "5 or more"])
    fin = np.where(frame["fin"] == 1, "aid", "none")
    return frame.assign(time=frame["week"], event=frame["arrest"], fin=fin, before=before.astype(object), all="all")


def demo(endpoint: str) -> pd.DataFrame:
    """The table derived from the demonstration study with time and event of `endpoint`, os or pfs."""
    frame = reference("demo.csv")
    return frame.assign(time=frame[f"{endpoint}_months"], event=frame[f"{endpoint}_event"])


def half() -> pd.DataFrame:
    return pd.DataFrame({"time": [1, 2, 3, 4], "event": 1, "group": "half"})


def zero() -> pd.DataFrame:
    return pd.DataFrame({"time": [0, 0, 1, 2, 2, 3], "event": [1, 0, 1, 0, 1, 1], "group": "zero"})


def outcome(frame: pd.DataFrame, unit: str = "days") -> Outcome:
    return Outcome.of(frame["time"], frame["event"], unit)


def drawn(
    chance: np.random.Generator, sizes: tuple[int, ...], log_ratios: tuple[float, ...] = ()
) -> tuple[Outcome, np.ndarray]:
    """Simulated follow-up of groups g0, g1, ... of these sizes; about one patient in six is censored."""
    code = np.repeat(np.arange(len(sizes)), sizes)
    ratio = np.exp(np.take(log_ratios or (0.0,) * len(sizes), code))
    time, limit = chance.exponential(20 / ratio), chance.uniform(10, 90, len(code))
    return Outcome.of(np.minimum(time, limit), time <= limit, "months"), np.array([f"g{each}" for each in code])


def many_drawn(
    sizes: tuple[int, ...], seed: int, runs: int, log_ratios: tuple[float, ...] = ()
) -> Iterator[tuple[Outcome, np.ndarray]]:
    for chance in generators(seed, runs):
        yield drawn(chance, sizes, log_ratios)


def names(sizes: tuple[int, ...]) -> list[str]:
    """The groups of `drawn`, in order."""
    return [f"g{place}" for place in range(len(sizes))]

"""The ladder of models as a report lists it."""

from __future__ import annotations

import pandas as pd

from core.analyses.ladder import AddedValue
from core.survival.ladder import Measured
from core.survival.out_of_bag import Estimate
from core.survival.words import p_number

NOTHING = "–"


def interval(estimate: Estimate | None, form: str = ".3f") -> str:
    """`0.683 (0.591 to 0.764)`."""
    if estimate is None or estimate.value is None:
        return NOTHING
    return f"{estimate.value:{form}} ({estimate.lower:{form}} to {estimate.upper:{form}})"


def rungs_table(result: AddedValue) -> pd.DataFrame:
    """A row per model."""
    rows = []
    for rung in result.ladder.rungs:
        left = rung.left_out
        rows.append(
            {
                "Model": rung.name,
                "Coefficients": rung.n_coefficients,
                "Events per coefficient": f"{rung.events_per_coefficient:.1f}",
                "AIC": NOTHING if rung.aic is None else f"{rung.aic:.1f}",
                "BIC": NOTHING if rung.bic is None else f"{rung.bic:.1f}",
                "c, own patients": NOTHING if rung.harrell is None else f"{rung.harrell:.3f}",
                "c, left out": interval(left and left.harrell),
                "Uno's c, left out": interval(left and left.uno),
                "Brier score, left out": interval(left and left.brier),
            }
            | {
                f"Area, {year:g} y": interval(left and left.areas[place], ".2f")
                for place, year in enumerate(result.years)
            }
        )
    return pd.DataFrame(rows)


def steps_table(result: AddedValue) -> pd.DataFrame:
    """A row per step."""
    rows = []
    for step in result.ladder.steps:
        gain: Measured | None = step.gain
        rows.append(
            {
                "Added": step.added,
                "to": step.below,
                "df": step.dof,
                "LR chi-square": NOTHING if step.statistic is None else f"{step.statistic:.2f}",
                "p": p_number(step.p) or NOTHING,
                "p (Holm)": p_number(step.p_adjusted) or NOTHING,
                "c": interval(gain and gain.harrell, "+.3f"),
                "Uno's c": interval(gain and gain.uno, "+.3f"),
                "Brier score": interval(gain and gain.brier, "+.4f"),
                "Samples": gain.harrell.samples if gain else 0,
            }
        )
    return pd.DataFrame(rows)


def calibration_table(result: AddedValue) -> pd.DataFrame:
    """A row per model: predicted and observed risk of all, and the slope."""
    rows = []
    for name, each in result.calibration.items():
        slope = (
            NOTHING if each.slope is None else f"{each.slope:.2f} ({each.slope_lower:.2f} to {each.slope_upper:.2f})"
        )
        observed = f"{each.observed:.0%} ({each.lower:.0%} to {each.upper:.0%})"
        rows.append((name, each.n, each.n_events, f"{each.predicted:.0%}", observed, slope))
    return pd.DataFrame(
        rows, columns=["Model", "n", "Events by then", "Predicted", "Observed (95 % CI)", "Slope (95 % CI)"]
    )

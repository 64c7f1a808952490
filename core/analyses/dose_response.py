"""What complication and control have in common: curves with what was observed, and the calibration of given ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
import pandas as pd

from core.analyses.dose_choices import Dosed, left_out_text
from core.analyses.dose_response_result import Against, Calibration, Curve
from core.errors import NotEstimable
from core.radiogenomics.dose_bins import dose_bins
from core.radiogenomics.dose_tables import DoseTables
from core.radiogenomics.logistic_curve import LogisticCurve
from core.radiogenomics.ntcp import FALL, Estimate
from core.stats.calibration import brier, calibration_groups, calibration_line
from core.vocabulary import counted

#: Points of a drawn curve, and groups of the calibration.
POINTS, GROUPS = 121, 5
ESTIMATES = ["model", "parameter", "unit", "value", "lower", "upper", "how"]
FEWEST = 5


def patients_of(data: Dosed, event: Sequence[str], what: str) -> tuple[DoseTables, np.ndarray, pd.DataFrame]:
    """The tables and events of the patients who have both, and reason, n of the others; raises `NotEstimable`."""
    patients, happened, left_out = data.joined(event)
    y = np.array(happened, dtype=bool)
    if min(y.sum(), (~y).sum()) < FEWEST:
        rest = left_out_text(left_out, len(data.outcome))
        raise NotEstimable(
            f"Of {counted(len(y), 'patient')} with a dose table and a known outcome, {int(y.sum())} have the {what}; "
            f"{FEWEST} with and without it are needed. {rest}".strip(),
            "Widen the cohort, choose another outcome, or other levels that count as event.",
        )
    return data.tables.only(patients), y, left_out


def against(axis: str, dose_gy: np.ndarray, y: np.ndarray, curves: Sequence[tuple[str, str, str, Callable]]) -> Against:
    """Bins of these doses with the curves given as name, parameters in words, source and function of the dose."""
    grid = np.linspace(0, 1.12 * float(dose_gy.max()), POINTS)
    drawn = tuple(
        Curve(name, parameters, source, grid, np.asarray(of(grid), float)) for name, parameters, source, of in curves
    )
    patients = pd.DataFrame({"dose_gy": dose_gy, "event": y})
    return Against(axis, dose_bins(dose_gy, y), patients, drawn)


def calibrated(name: str, y: np.ndarray, probability: np.ndarray) -> Calibration:
    """How true the given probabilities are of these patients."""
    line, state, groups = None, "", pd.DataFrame()
    try:
        line = calibration_line(y.astype(float), probability)
    except NotEstimable as error:
        state = str(error)
    with suppress(NotEstimable):
        groups = calibration_groups(y.astype(float), probability, min(GROUPS, len(y) // FEWEST)).table
    score = brier(y.astype(float), probability)
    return Calibration(name, line, state, groups, score, float(probability.mean()), float(y.mean()))


def estimate_row(model: str, parameter: str, unit: str, found: Estimate, how: str) -> tuple:
    """A row of the table of estimates; an open end is NaN."""
    ends = (np.nan if end is None else end for end in (found.low, found.high))
    return model, parameter, unit, found.value, *ends, how


def logistic_rows(found: LogisticCurve, position: str) -> list[tuple]:
    """The rows of a logistic curve."""
    how = "maximum likelihood, profile interval"
    return [
        estimate_row("logistic", position, "Gy", found.d50_gy, how),
        estimate_row("logistic", "gamma50", "", found.gamma50, how),
    ]


def calibration_words(found: Calibration, event: str):
    """What may be said of a given curve."""
    few = f"{found.name}: {found.expected:.0%} of patients expected with {event}, {found.observed:.0%} observed."
    if found.line is None:
        yield f"{few} {found.state}"
        return
    slope, large = found.line.slope, found.line.in_the_large
    yield (
        f"{few} Calibration slope {slope.value:.2f} ({slope.lower:.2f} to {slope.upper:.2f}), in the large "
        f"{large.value:+.2f} ({large.lower:+.2f} to {large.upper:+.2f}): {_verdict(found)}."
    )
    better = found.brier.scaled
    yield (
        f"Its Brier score is {found.brier.score:.3f}, {abs(better):.0%} {'better' if better > 0 else 'worse'} than "
        f"giving everybody the share observed ({found.brier.reference:.3f})."
    )


def _verdict(found: Calibration) -> str:
    slope, large = found.line.slope, found.line.in_the_large
    said = []
    if large.lower > 0:
        said.append("its probabilities are too low for these patients")
    elif large.upper < 0:
        said.append("its probabilities are too high for these patients")
    if slope.upper < 1:
        said.append("they differ too much between patients")
    elif slope.lower > 1:
        said.append("they differ too little between patients")
    return " and ".join(said) or "nothing here speaks against it, within these intervals"


def gain_words(gain: float, event: str) -> str:
    """What a fitted curve is worth against one probability for everybody, by `gain` of the log-likelihood."""
    if gain < FALL:
        return (
            f"That is no more than chance would give (log-likelihood {gain:.2f} above one probability for everybody): "
            f"these patients do not show that {event} becomes more frequent with this dose, a null result."
        )
    return f"Its log-likelihood is {gain:.1f} above that of one probability for everybody."


def interval_text(found: Estimate, digits: int = 2, unit: str = "") -> str:
    """`36.1 Gy (31.0 to 44.4)`; an end that the likelihood leaves open is said to be none."""
    return f"{found.value:.{digits}f}{unit} ({limits_text(found.low, found.high, digits)})"


def limits_text(low: float | None, high: float | None, digits: int = 2) -> str:
    """`31.0 to 44.4`, `31.0 or more`, `44.4 or less`, `any value`."""
    if low is None and high is None:
        return "any value"
    if high is None:
        return f"{low:.{digits}f} or more"
    return f"{high:.{digits}f} or less" if low is None else f"{low:.{digits}f} to {high:.{digits}f}"

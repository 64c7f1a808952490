"""A comparison of survival as the tables of a report."""

from __future__ import annotations

import pandas as pd

from core.analyses.comparison import Comparison
from core.survival.words import p_text


def groups_table(result: Comparison) -> pd.DataFrame:
    """A row per group: n, events, median, hazard ratio with interval and p, and the test of proportional hazards."""
    levels = {level.group: level for level in result.hazard.levels} if result.hazard is not None else {}
    rows = []
    for curve in result.curves.curves:
        row = {
            "Group": curve.group,
            "n": curve.n,
            "Events": curve.n_events,
            f"Median, {result.curves.unit} (95 % CI)": _without_unit(curve.median_text, result.curves.unit),
            f"Follow-up, {result.curves.unit}": curve.follow_up_median,
        }
        if levels:
            row |= _ratio(levels.get(curve.group), result.hazard.reference)
        rows.append(row)
    return pd.DataFrame(rows)


def _without_unit(median: str, unit: str) -> str:
    """The median as its column says the rest: `39.4 (29.8 to 82.8)`."""
    return median.replace(f" {unit} ", " ").replace("95 % CI ", "")


def _ratio(level, reference: str) -> dict[str, str]:
    if level is None or level.estimate is None:
        said = "" if level is None else "1 (reference)" if level.group == reference else level.note
        return {"HR (95 % CI)": said, "p": "", "PH test": ""}
    each = level.estimate
    return {
        "HR (95 % CI)": f"{each.ratio:.2f} ({each.lower:.2f} to {each.upper:.2f})",
        "p": _p(each.p),
        "PH test": _p(each.ph_p),
    }


def pairs_table(result: Comparison) -> pd.DataFrame:
    """A row per pair of groups with its log-rank p and the p adjusted over all pairs (Holm); empty for two groups."""
    pairs = result.logrank.pairs if result.logrank is not None else ()
    return pd.DataFrame(
        [
            {
                "First": pair.first,
                "Second": pair.second,
                "p": _p(pair.p),
                "p (Holm)": _p(pair.p_holm),
                "Method": pair.method,
                "Note": pair.note,
            }
            for pair in pairs
        ]
    )


def _p(value: float | None) -> str:
    """The number alone, as its column says what it is."""
    return "" if value is None or value != value else p_text(value).removeprefix("p = ").removeprefix("p ")

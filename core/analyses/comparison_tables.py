"""A comparison of survival as the tables of a report."""

from __future__ import annotations

import pandas as pd

from core.analyses.comparison import Comparison
from core.survival.words import p_number, time_text


def groups_table(result: Comparison) -> pd.DataFrame:
    """A row per group: n, events, median, hazard ratio with interval and p, and the test of proportional hazards."""
    levels = {level.group: level for level in result.hazard.levels} if result.hazard is not None else {}
    rows = []
    for curve in result.curves.curves:
        follow = curve.follow_up_median
        row = {
            "Group": curve.group,
            "n": curve.n,
            "Events": curve.n_events,
            f"Median, {result.curves.unit} (95 % CI)": _without_unit(curve.median_text, result.curves.unit),
            f"Follow-up, {result.curves.unit}": "not reached" if follow is None else f"{follow:.4g}",
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
        "p": p_number(each.p),
        "PH test": p_number(each.ph_p),
    }


def pairs_table(result: Comparison) -> pd.DataFrame:
    """A row per pair of groups with its p and the p adjusted over all pairs; empty for two groups."""
    return pd.DataFrame(
        [
            {
                "First": pair.first,
                "Second": pair.second,
                "n": pair.n or None,
                "Events": pair.n_events if pair.n else None,
                "p": p_number(pair.p),
                f"p ({result.adjustment})": p_number(pair.p_adjusted),
                "Method": pair.p_method,
                "Note": pair.note,
            }
            for pair in result.pairs
        ]
    )


def rates_table(result: Comparison) -> pd.DataFrame:
    """A row per group: at each of the years that were asked for, who is still free of the event, and n at risk."""
    rows = []
    for curve in result.curves.curves:
        row = {"Group": curve.group}
        for rate in result.rates[result.rates["group"] == curve.group].itertuples():
            known = rate.survival == rate.survival
            shown = f"{100 * rate.survival:.1f} %"
            shown += _rate_interval(rate)
            row[f"{rate.years:g} y"] = f"{shown}, {rate.at_risk} at risk" if known else "nobody at risk"
        rows.append(row)
    return pd.DataFrame(rows)


def _rate_interval(rate) -> str:
    if rate.survival == 1:
        return " (no event by then)"
    return _interval(100 * rate.lower, 100 * rate.upper, ".1f")


def means_table(result: Comparison) -> pd.DataFrame:
    """A row per group: restricted mean with its interval, and the difference from the reference; empty without."""
    if result.means is None:
        return pd.DataFrame()
    differences = {each.group: each for each in result.means.differences}
    rows = []
    for each in result.means.groups:
        row = {
            "Group": each.group,
            "n": each.n,
            "Events by then": each.n_events_by_limit,
            f"Mean, {result.means.unit} (95 % CI)": time_text(each.mean) + _times(each.lower, each.upper),
        }
        if differences:
            row |= _difference(differences.get(each.group))
        rows.append(row)
    return pd.DataFrame(rows)


def _difference(found) -> dict[str, str]:
    if found is None:
        return {"Difference (95 % CI)": "reference", "p": "", "p (Holm)": ""}
    if found.p is None:
        few = f"{time_text(found.difference, '+')}, too few for an interval"
        return {"Difference (95 % CI)": few, "p": "", "p (Holm)": ""}
    shown = time_text(found.difference, "+") + _times(found.lower, found.upper, "+")
    return {"Difference (95 % CI)": shown, "p": p_number(found.p), "p (Holm)": p_number(found.p_holm)}


def _times(lower: float | None, upper: float | None, sign: str = "") -> str:
    return "" if lower is None else f" ({time_text(lower, sign)} to {time_text(upper, sign)})"


def _interval(lower: float | None, upper: float | None, form: str) -> str:
    """` (1.2 to 3.4)`, or nothing where there is no interval."""
    known = lower is not None and lower == lower
    return f" ({lower:{form}} to {upper:{form}})" if known else ""

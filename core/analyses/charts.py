"""The linked charts: one attribute each, counted in the cohort without the chart's own filter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.choices import FIRST_ROLES, attributes
from core.analyses.parameters import Many, parameter
from core.cohort import Cohort
from core.cohort.simple import Selection, selection

BINS = 15


@dataclass(frozen=True)
class Chart:
    """One attribute. `table` of a category: value, n, chosen; of a number: low, high (both in the bin), n, chosen.

    `n` patients pass every filter but this attribute's own, `n_missing` of them have no value (counted apart).
    `chosen` marks what the cohort selects; `missing_chosen` whether it selects those without a value.
    """

    attribute: str
    label: str
    kind: str
    unit: str
    n: int
    n_missing: int
    missing_chosen: bool
    table: pd.DataFrame


@dataclass(frozen=True)
class Charts:
    charts: tuple[Chart, ...]


def _defaults(scope) -> tuple[str, ...]:
    """The attributes that most cohorts are chosen by, at most four."""
    known = scope.context.catalogue.attributes.values()
    wanted = (*FIRST_ROLES, "age", "sex", "t_stage", "n_stage", "grade", "treatment")
    by_role = [each.name for role in wanted for each in known if each.role == role]
    rest = [each.name for each in known if each.type == "category" and 2 <= len(each.levels) <= 12]
    return tuple(dict.fromkeys([*by_role, *rest]))[:4]


@dataclass(frozen=True, kw_only=True)
class LinkedCharts(Analysis):
    name = "charts"
    title = "Distributions"
    question = "What do the patients look like, attribute by attribute?"
    method = (
        "Each chart counts the patients who pass every filter except the chart's own, so that what is left out stays "
        f"visible. Numbers are shown in about {BINS} bins of one round width over the whole study; patients without a "
        "value are counted apart."
    )
    pages = ("Cohort",)
    rank = 10

    attributes: tuple[str, ...] = parameter(
        Many(
            "Charts",
            "The attributes to draw; click on a bar to filter.",
            options=attributes,
            default=_defaults,
            most=12,
        )
    )

    def read(self, context):
        found = []
        for name in self.attributes:
            values = context.store.patients(context.cohort.without_attribute(name), [name])[name]
            extent = context.store.patients(Cohort(), [name])[name]
            inside = context.store.patients(context.cohort, [name])[name]
            found.append((context.catalogue.attributes[name], values, extent, inside, selection(context.cohort, name)))
        return found

    def __call__(self, data, progress=None):
        return Charts(tuple(_chart(*each) for each in data))


def _chart(attribute, values, everybody, inside, chosen) -> Chart:
    if attribute.type == "number":
        table = _bins(values.dropna().to_numpy(float), everybody.dropna().to_numpy(float), inside, chosen)
    else:
        counts, present = values.value_counts(), set(inside.dropna())
        table = pd.DataFrame(
            {"value": attribute.levels, "n": [int(counts.get(level, 0)) for level in attribute.levels]}
        )
        table["chosen"] = [
            level in present if chosen is None else chosen == Selection() or level in chosen.values
            for level in attribute.levels
        ]
    missing = bool(inside.isna().any()) if chosen is None else chosen == Selection() or chosen.missing
    label = attribute.label or attribute.name
    n_missing = int(values.isna().sum())
    return Chart(attribute.name, label, attribute.type, attribute.unit, len(values), n_missing, missing, table)


def _bins(values: np.ndarray, everybody: np.ndarray, inside: pd.Series, chosen: Selection | None) -> pd.DataFrame:
    if not len(everybody):
        return pd.DataFrame({"low": [], "high": [], "n": [], "chosen": []})
    low, high = bins(everybody)

    def counts(numbers: np.ndarray) -> np.ndarray:
        return np.bincount(np.searchsorted(low, numbers, "right") - 1, minlength=len(low))

    if chosen is None:
        picked = counts(inside.dropna().to_numpy(float)) > 0
    elif chosen.range:
        picked = (high >= chosen.range[0]) & (low <= chosen.range[1])
    else:
        picked = np.full(len(low), chosen == Selection())
    return pd.DataFrame({"low": low, "high": high, "n": counts(values), "chosen": picked})


def bins(values: np.ndarray, most: int = BINS) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last value of each bin: bins of one round width over all values, at most `most` and one.

    The ends are values that the data can have (60 to 64 years, 1.0 to 1.9), so that a filter on a bin finds exactly
    the patients counted in it; data with more than two decimals end where the next bin begins.
    """
    smallest, largest = float(values.min()), float(values.max())
    decimals = next((d for d in (0, 1, 2) if np.allclose(values, np.round(values, d), rtol=0, atol=1e-9)), None)
    finest = 0.0 if decimals is None else 10.0**-decimals
    rough = (largest - smallest) / most
    power = 10.0 ** np.floor(np.log10(rough)) if rough > 0 else 1.0
    step = max(finest, next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * (1 - 1e-9)))
    start = np.floor(smallest / step + 1e-9)
    count = int(np.floor(largest / step + 1e-9) - start) + 1
    low = np.round((start + np.arange(count)) * step, 12)
    return low, np.round(low + step - finest, 12)

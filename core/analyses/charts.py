"""The linked charts: one attribute each, counted in the cohort without the chart's own filter."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.choices import FIRST_ROLES, attributes
from core.analyses.parameters import Many, parameter
from core.cohort import Cohort
from core.cohort.simple import selection

BINS = 15


@dataclass(frozen=True)
class Chart:
    """One attribute. `table` of a category: value, n, chosen; of a number: low, high (bin edges), n, chosen.

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
    """The attributes that most cohorts are chosen by, at most six."""
    known = scope.context.catalogue.attributes.values()
    wanted = (*FIRST_ROLES, "age", "sex", "t_stage", "n_stage", "grade", "treatment")
    by_role = [each.name for role in wanted for each in known if each.role == role]
    rest = [each.name for each in known if each.type == "category" and 2 <= len(each.levels) <= 12]
    return tuple(dict.fromkeys([*by_role, *rest]))[:6]


@dataclass(frozen=True, kw_only=True)
class LinkedCharts(Analysis):
    name = "charts"
    title = "Distributions"
    question = "What do the patients look like, attribute by attribute?"
    method = (
        "Each chart counts the patients who pass every filter except the chart's own, so that what is left out stays "
        f"visible. Numbers are shown in {BINS} bins of equal width over the whole study; patients without a value are "
        "counted apart."
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
            found.append((context.catalogue.attributes[name], values, extent, selection(context.cohort, name)))
        return found

    def __call__(self, data, progress=None):
        return Charts(tuple(_chart(*each) for each in data))


def _chart(attribute, values, everybody, chosen) -> Chart:
    known = values.dropna()
    if attribute.type == "number":
        table = _bins(known.to_numpy(float), everybody.dropna().to_numpy(float), chosen)
    else:
        counts = known.value_counts()
        table = pd.DataFrame(
            {"value": attribute.levels, "n": [int(counts.get(level, 0)) for level in attribute.levels]}
        )
        picked = () if chosen is None else chosen.values
        table["chosen"] = [
            (not picked and not (chosen and chosen.missing)) or level in picked for level in attribute.levels
        ]
    n_missing = int(values.isna().sum())
    missing = chosen is not None and (chosen.missing or (not chosen.values and chosen.range is None))
    label = attribute.label or attribute.name
    return Chart(attribute.name, label, attribute.type, attribute.unit, len(values), n_missing, missing, table)


def _bins(values: np.ndarray, everybody: np.ndarray, chosen) -> pd.DataFrame:
    if not len(everybody):
        return pd.DataFrame({"low": [], "high": [], "n": [], "chosen": []})
    edges = np.histogram_bin_edges(everybody, BINS)
    counts, _ = np.histogram(values, edges)
    low, high = chosen.range if chosen is not None and chosen.range else (-np.inf, np.inf)
    picked = [(right >= low) and (left <= high) for left, right in itertools.pairwise(edges)]
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counts.astype(int), "chosen": picked})

"""What do the features look like, one by one and family by family?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.compute import quiet
from core.stats.summaries import by_family, summaries


@dataclass(frozen=True, eq=False)
class FeatureSummaries:
    """features   a row per feature: family, unit, n, n_missing, median, quartiles, extremes, skewness, n_distinct
    families   a row per family, see `core.stats.summaries.by_family`
    """

    features: pd.DataFrame
    families: pd.DataFrame
    logged: tuple[str, ...]
    n: int
    n_cohort: int


@dataclass(frozen=True, kw_only=True)
class Summaries(Analysis):
    name = "summaries"
    title = "All features"
    question = "What do the features look like: how many are missing, where do they lie, how lopsided are they?"
    method = "Median, linear quartiles and the third standardised moment (skewness) over the patients with a value."
    pages = ("Features",)
    rank = 12

    def needs(self, context):
        return (context.analysis("measured"),)

    def read(self, context):
        return context.result(context.analysis("measured"))

    def __call__(self, data, progress=quiet):
        table = summaries(data.values)
        families = table["feature"].map(data.families)
        table.insert(1, "family", families)
        table.insert(2, "unit", table["feature"].map(data.units))
        return FeatureSummaries(table, by_family(table, families), data.logged, data.n, data.n_cohort)

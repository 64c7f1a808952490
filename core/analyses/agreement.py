"""Agreement per feature between two acquisition settings."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Number, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.stats.agreement import agreement


@dataclass(frozen=True)
class SettingAgreement:
    """`table`, a row per feature: feature, family, n, ccc, spearman, icc and their intervals; `n` patients have both.

    `n_good` features of `n_features` have a concordance of at least `good`.
    """

    settings: tuple[str, str]
    n: int
    n_features: int
    good: float
    n_good: int
    identical: tuple[str, ...]
    scale: str
    table: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class FeatureAgreement(Analysis):
    name = "agreement"
    title = "Agreement per feature"
    question = "Does each feature give the same patient the same value under both settings?"
    method = (
        "Patients measured under both settings. Lin's concordance correlation, Spearman's rank correlation (with "
        "Benjamini-Hochberg over the features) and the intraclass correlation ICC(A,1), with 95 % intervals."
    )
    sources = ("Lin 1989, doi:10.2307/2532051", "McGraw and Wong 1996, doi:10.1037/1082-989X.1.1.30")
    pages = ("Reproducibility",)
    rank = 20

    good: float = parameter(
        Number("Counted as reproducible from", "Concordance.", low=0.5, high=1.0, step=0.05, default=0.85)
    )

    def needs(self, context):
        return (context.analysis("network"),)

    def read(self, context):
        network = context.analysis("network")
        if network.setting_b == choices.NONE:
            raise NotEstimable(
                "Agreement needs two settings.", "Choose a second setting, or a feature set that has one."
            )
        feature_set, tables = network.read(context)
        first, second = tables.values()
        both = first.index[first.index.isin(second.index)]
        return network.settings, feature_set, first.loc[both], second.loc[both]

    def __call__(self, data, progress: Progress = quiet):
        settings, feature_set, first, second = data
        if first.empty:
            raise NotEstimable("No patient was measured under both settings.", "Widen the cohort or change a setting.")
        found = agreement(first, second, progress)
        families = {each.name: each.family for each in feature_set.features}
        table = found.table.rename_axis("feature").reset_index()
        table.insert(1, "family", [families[name] for name in table["feature"]])
        n_good = int((table["ccc"] >= self.good).sum())
        identical = tuple(
            name
            for name, note in zip(table["feature"], table["note"], strict=True)
            if not note and first[name].equals(second[name])
        )
        return SettingAgreement(
            settings=settings,
            n=found.n,
            n_features=len(table),
            good=self.good,
            n_good=n_good,
            identical=identical,
            scale=feature_set.scale,
            table=table,
        )

"""One feature of the screen by genotype: the values themselves, a group per number of alleles."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.genotype_choices import STRONGEST, WHOLE, tried, tried_places
from core.analyses.genotype_found import where_text
from core.analyses.genotype_measures import coded, measures
from core.analyses.parameters import Choice, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.genotype import Coded


@dataclass(frozen=True, eq=False)
class FeatureOfScreen:
    """values  by patient_id, NaN for whoever lacks it; `text` says feature and place; of: where it is from"""

    feature: str
    label: str
    where: str
    values: pd.Series
    genotype: Coded
    of: str

    @property
    def text(self) -> str:
        return where_text(self.label, self.where)


@dataclass(frozen=True, eq=False)
class FeatureByGenotype:
    """values   patient_id, group, value: a row per patient with both; row: its numbers in the screen"""

    name: str
    feature: str
    values: pd.DataFrame
    levels: tuple[str, ...]
    row: pd.Series
    q_shown: bool
    n_tests: int
    positive: str
    n: int
    n_cohort: int


@dataclass(frozen=True, kw_only=True)
class GenotypeFeature(Analysis):
    name = "genotype_feature"
    title = "Feature by genotype"
    question = "Which values does a feature have in each genotype?"
    method = "A box per genotype with every patient; the numbers are those of the screen."
    pages = ("Radiogenomics",)
    rank = 42

    feature: str = parameter(
        Choice(
            "Feature",
            "The strongest is chosen by the genotype alone, without looking at survival.",
            options=tried,
            default=STRONGEST,
        )
    )
    where: str | None = parameter(
        Choice(
            "Place",
            "Where the difference is from.",
            options=tried_places,
            when=lambda values: values["feature"] != STRONGEST,
        )
    )

    def needs(self, context):
        return (context.analysis("genotype"),)

    def read(self, context):
        screen = context.result(context.analysis("genotype"))
        chosen = chosen_feature(context, self)
        return screen, chosen

    def __call__(self, data, progress: Progress = quiet) -> FeatureByGenotype:
        screen, chosen = data
        table = screen.table
        row = table[(table["feature"] == chosen.feature) & (table["where"] == chosen.where)].iloc[0]
        frame = pd.DataFrame({"group": chosen.genotype.groups, "value": chosen.values}).dropna()
        return FeatureByGenotype(
            name=chosen.genotype.name,
            feature=chosen.text,
            values=frame.rename_axis("patient_id").reset_index(),
            levels=chosen.genotype.levels,
            row=row,
            q_shown=screen.mode == "corrected",
            n_tests=screen.n_tests,
            positive=chosen.genotype.positive,
            n=len(frame),
            n_cohort=len(chosen.values),
        )


def chosen_feature(context, asked: GenotypeFeature) -> FeatureOfScreen:
    """The feature that is chosen, or the strongest of the screen, with its values in every patient of the cohort."""
    screen = context.analysis("genotype")
    found = measures(context, screen)
    if asked.feature == STRONGEST:
        feature, where = context.result(screen).strongest
    else:
        feature, where = asked.feature, asked.where or WHOLE
    columns = found.columns
    row = columns[(columns["feature"] == feature) & (columns["where"] == where)]
    if row.empty:
        raise NotEstimable(f"{feature} was not measured at {where} in this cohort.", "Choose another place.")
    (row,) = row.itertuples()
    return FeatureOfScreen(feature, row.label, where, found.values[row.column], coded(context, screen), found.of)

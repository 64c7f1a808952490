"""What is missing: per attribute and kind of data, and together."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.compute import quiet
from core.stats.missing import missingness
from core.store.schema import Catalogue


def kinds_of_data(presence: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Who has which kind of data, under names for readers; kinds that nobody in the study can have are left out."""
    names = {
        f"features: {each.name}": f"Imaging: {each.label or each.name}" for each in catalogue.feature_sets.values()
    }
    names |= {f"regions: {each.name}": f"Regions: {each.label or each.name}" for each in catalogue.regions.values()}
    names |= {f"doses: {each.name}": f"Dose: {each.label or each.name}" for each in catalogue.structures.values()}
    names |= {"mutations": "Mutation profile"} if catalogue.mutation_genes else {}
    names |= {"expression": "Expression"} if catalogue.expression_genes else {}
    names |= {
        f"endpoint: {each.name}": f"Follow-up: {each.label or each.name}" for each in catalogue.endpoints.values()
    }
    return presence[list(names)].set_axis(list(names.values()), axis=1)


@dataclass(frozen=True, kw_only=True)
class MissingData(Analysis):
    name = "missing"
    title = "Missing data"
    question = "What is not known of these patients, and what is missing together?"
    method = (
        "Counts of missing values per attribute and kind of data, and the ten commonest patterns of missing together."
    )
    pages = ("Cohort",)
    rank = 50

    def read(self, context):
        known = [each for each in context.catalogue.attributes.values() if each.type != "text"]
        frame = context.store.patients(context.cohort, [each.name for each in known])
        frame.columns = [each.label or each.name for each in known]
        presence = kinds_of_data(context.store.presence(context.cohort), context.catalogue)
        return frame.join(presence.astype(object).where(presence, None), rsuffix=" (data)")

    def __call__(self, data, progress=quiet):
        return missingness(data)

"""What is missing: per attribute and kind of data, and together."""

from __future__ import annotations

from dataclasses import dataclass

from core.analyses.base import Analysis
from core.compute import quiet
from core.stats.missing import missingness


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
        presence = context.store.presence(context.cohort)
        return frame.join(presence.replace(False, None).astype(object), rsuffix=" (data)")

    def __call__(self, data, progress=quiet):
        return missingness(data)

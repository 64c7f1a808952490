"""Which features of which patients are looked at: one choice for every question of the Features page."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, options, parameter
from core.compute import quiet
from core.errors import NotEstimable
from core.network.screening import volume_feature
from core.stats.summaries import skewness

RAW, LOG = "raw", "log"
#: Positive features with a skewness beyond this become logarithms when the reader asks for it.
SKEWED = 1.0
UNKNOWN_FAMILY = "other"


@dataclass(frozen=True, eq=False)
class Measured:
    """The features of the patients of the cohort who were measured.

    values    index patient_id (n), a float column per feature, NaN where missing; `logged` are logarithms
    families  the family of each feature by name, `units` its unit
    volume    the name of the feature that is the volume, "" when none is recognised; `volumes` (n,) its values
    """

    feature_set: str
    label: str
    scale: str
    values: pd.DataFrame = field(metadata={"plain": False})
    families: dict[str, str]
    units: dict[str, str]
    logged: tuple[str, ...]
    volume: str
    volumes: pd.Series | None = field(metadata={"plain": False})
    n_cohort: int

    @property
    def n(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True)
class MeasuredFeatures(Analysis):
    name = "measured"
    title = "Features"
    question = "Which features of which patients are looked at?"
    method = (
        "The values of one feature set under one setting, as they were imported. On request the features that are "
        "positive in everybody and whose skewness is over 1 are replaced by their natural logarithm, which is decided "
        "without any outcome; linear models and harmonisation suppose values that are not lopsided."
    )
    pages = ("Features",)
    rank = 5

    features: str = parameter(
        Choice(
            "Feature set",
            "The extraction that is looked at.",
            options=choices.feature_sets,
            nothing="This study has no imaging features.",
            remedy="Choose another study, or import features with it.",
        )
    )
    setting: str = parameter(Choice("Setting", "The acquisition setting.", options=choices.settings_of("features")))
    scale: str = parameter(
        Choice(
            "Values",
            "As they are, or with the logarithm of features that are positive and skewed to the right (skewness over "
            "1), for which linear models and harmonisation fit better.",
            options=options((RAW, "as they are"), (LOG, "logarithm of skewed positive features")),
        )
    )

    def read(self, context):
        chosen = context.catalogue.feature_sets[self.features]
        # A list of features keeps the volume to compare with; it is looked at only where it is listed.
        listed = set(chosen.names) if context.features is None else set(context.features.names)
        names = [name for name in chosen.names if name in listed] or list(chosen.names)
        values = context.store.features(context.cohort, self.features, self.setting, names)
        volume = volume_feature(context.elsewhere(context.view.study).catalogue.feature_sets[self.features].names)
        size = None
        if volume is not None:
            size = context.store.features(context.cohort, self.features, self.setting, [volume])[volume]
        return chosen, values, volume, size, context.store.count(context.cohort)

    def __call__(self, data, progress=quiet):
        chosen, values, volume, size, n_cohort = data
        if not len(values):
            raise NotEstimable(
                f"None of the {n_cohort} patients has these features.", "Widen the cohort or choose another set."
            )
        values = values.replace([np.inf, -np.inf], np.nan)
        logged = _skewed(values) if self.scale == LOG else ()
        if logged:
            values = values.assign(**{name: np.log(values[name]) for name in logged})
        return Measured(
            feature_set=self.features,
            label=chosen.label or chosen.name,
            scale=chosen.scale,
            values=values,
            families={each.name: each.family or UNKNOWN_FAMILY for each in chosen.features},
            units={each.name: each.unit for each in chosen.features},
            logged=logged,
            volume=volume or "",
            volumes=size,
            n_cohort=n_cohort,
        )


def _skewed(values: pd.DataFrame) -> tuple[str, ...]:
    table = values.to_numpy(dtype=float)
    lowest = np.where(np.isnan(table), np.inf, table).min(axis=0, initial=np.inf)
    return tuple(values.columns[(lowest > 0) & np.isfinite(lowest) & (skewness(table) > SKEWED)])

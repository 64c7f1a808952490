"""What is known of patients beyond the image: who is mutated, what is expressed; and which features are asked for."""

from __future__ import annotations

import pandas as pd

from core.analyses.context import Context
from core.analyses.radiogenomic_result import MUTATIONS
from core.cohort import Cohort
from core.network.screening import volume_feature
from core.store.schema import MUTATED, NOT_PROFILED, FeatureSet
from core.store.store import Store


def mutated(store: Store, cohort: Cohort) -> pd.DataFrame:
    """1 mutated, 0 wild type, missing where not profiled: a row per patient of the cohort, a column per gene."""
    status = store.mutation_status(cohort)
    return (status == MUTATED).astype(float).where(status != NOT_PROFILED)


def molecules(store: Store, cohort: Cohort, over: str) -> pd.DataFrame:
    """Mutations (1, 0, missing) or expression, of the patients for whom anything of it is known."""
    known = mutated(store, cohort) if over == MUTATIONS else store.expression(cohort)
    return known[known.notna().any(axis=1)]


def asked_features(context: Context, feature_set: str) -> list[str]:
    """The features of a set that the view asks for: all, or those of its list.

    A list keeps the volume to compare with; it is tried only where it is listed.
    """
    chosen = context.catalogue.feature_sets[feature_set]
    listed = chosen.names if context.features is None else context.features.names
    return [name for name in chosen.names if name in set(listed)] or list(chosen.names)


def set_name(chosen: FeatureSet, setting: str) -> str:
    """What an extraction is called, with its setting where there are several."""
    name = chosen.label or chosen.name
    return f"{name}, {setting}" if len(chosen.settings) > 1 else name


def volumes(chosen: FeatureSet) -> list[str]:
    """The features of a set that are the volume of the region by their name, the best first."""
    names, found = list(chosen.names), []
    while (volume := volume_feature(names)) is not None:
        found.append(volume)
        names.remove(volume)
    return found

"""The table behind a prediction: a row per patient with features and a known class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.analyses import leakage
from core.cohort import Cohort
from core.errors import NotEstimable
from core.store.schema import MUTATED, WILD_TYPE, Feature, FeatureSet

if TYPE_CHECKING:
    from core.analyses.context import Context
    from core.analyses.target import PredictionTarget
    from core.store.store import Store

MUTATION, CATEGORY, REST = "mutation", "category", "rest"
#: Before the names of columns that are covariates, so that none can be taken for a feature.
COVARIATE = "covariate "


@dataclass(frozen=True, eq=False)
class Labelled:
    """x: a row per patient, a float column per feature, then one per covariate; y: bool, True for the positive class.

    features   the declared features of the first n_features columns; `of` the set and setting in words
    left_out   reason -> patients of the cohort, who with the rows of x make n_cohort
    """

    x: pd.DataFrame
    y: pd.Series
    label: str
    positive: str
    negative: str
    features: tuple[Feature, ...]
    n_features: int
    of: str
    scale: str
    left_out: dict[str, int]
    n_cohort: int
    cautions: tuple[str, ...]


def labelled(context: Context, target: PredictionTarget) -> Labelled:
    """The patients of the cohort as `target` asks for them. Raises `NotEstimable` where nobody has both."""
    store, cohort = context.store, context.cohort
    chosen = context.catalogue.feature_sets[target.features]
    kept = wanted(chosen, target.families)
    everybody = classes(store, target)
    cohort_ids = pd.Index(store.ids(cohort), name="patient_id")
    values = store.features(cohort, target.features, target.setting, [each.name for each in kept])
    values = values[np.isfinite(values).any(axis=1)]
    values = values.where(np.isfinite(values))
    y = everybody.values.reindex(cohort_ids)
    left_out = {}
    measured = cohort_ids.isin(values.index)
    unknown = y.isna().to_numpy()
    for lacks, why in (
        (~measured & unknown, "neither features nor class"),
        (~measured & ~unknown, "no imaging features"),
        (measured & unknown, _unknown(target)),
    ):
        if lacks.any():
            left_out[why] = int(lacks.sum())
    ids = cohort_ids[measured & ~unknown]
    if not len(ids):
        told = ", ".join(f"{n} {why}" for why, n in left_out.items()) or "the cohort is empty"
        raise NotEstimable(f"No patient has features and a known class: {told}.", "Widen the cohort.")
    covariates = covariate_columns(store, cohort, target.covariates).reindex(ids)
    several = len(chosen.settings) > 1
    label = chosen.label or chosen.name
    return Labelled(
        x=pd.concat([values.loc[ids], covariates], axis=1),
        y=y.loc[ids].astype(bool),
        label=everybody.label,
        positive=target.positive,
        negative=_negative(target),
        features=kept,
        n_features=len(kept),
        of=f"{label}, {target.setting}" if several else label,
        scale=chosen.scale,
        left_out=left_out,
        n_cohort=len(cohort_ids),
        cautions=leakage.leakage(store, cohort, everybody, target.covariates),
    )


def wanted(chosen: FeatureSet, families: tuple[str, ...]) -> tuple[Feature, ...]:
    """The features of the families chosen; of all when none is."""
    from core.analyses.target import NO_FAMILY

    return tuple(each for each in chosen.features if not families or (each.family or NO_FAMILY) in families)


def _unknown(target: PredictionTarget) -> str:
    if target.over == MUTATION:
        return f"not profiled for {target.gene}"
    return "class not known" if target.against == REST else "of another class, or not known"


def _negative(target: PredictionTarget) -> str:
    if target.over == MUTATION:
        return WILD_TYPE if target.positive == MUTATED else MUTATED
    return "all others" if target.against == REST else target.against


def classes(store: Store, target) -> leakage.Outcome:
    """The class of everybody in a study: True, False, or missing where it is not known or of no interest.

    target  over, gene, attribute, positive and against, as of `PredictionTarget`.
    """
    if target.over == MUTATION:
        values = leakage.known_status(store.mutation_status(Cohort(), [target.gene])[target.gene])
        if target.positive == WILD_TYPE:
            values = values.map({True: False, False: True})
        return leakage.Outcome(leakage.GENE, target.gene, f"{target.gene} {target.positive}", values)
    attribute = store.catalogue.attributes[target.attribute]
    levels = store.patients(Cohort(), [target.attribute])[target.attribute]
    values = (levels == target.positive).astype(object).where(levels.notna(), None)
    if target.against != REST:
        values = values.where(levels.isin([target.positive, target.against]), None)
    label = f"{attribute.label or attribute.name}: {target.positive}"
    return leakage.Outcome(leakage.ATTRIBUTE, target.attribute, label, values)


def covariate_columns(store: Store, cohort: Cohort, names: tuple[str, ...], every: bool = False) -> pd.DataFrame:
    """A column per number, and one per level but the first of a category (of `every` level); gaps stay gaps."""
    table = store.patients(cohort, list(names))
    columns = {}
    for name in names:
        attribute = store.catalogue.attributes[name]
        if attribute.type == "number":
            columns[COVARIATE + name] = table[name].where(np.isfinite(table[name].astype(float)))
            continue
        present = [level for level in attribute.levels if (table[name] == level).any()]
        for level in present[0 if every else 1 :]:
            columns[f"{COVARIATE}{name}: {level}"] = (table[name] == level).astype(float).where(table[name].notna())
    return pd.DataFrame(columns, index=table.index, dtype=float)

"""By how much do hazards differ within centres? Hazard ratios of groups from a Cox model with strata."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.survival.compared import compared
from core.survival.cox import cox_model
from core.survival.hazard import HazardLevel, HazardRatio, Ratio, tells
from core.survival.limits import FEWEST_PATIENTS
from core.survival.outcome import Outcome

GROUP = "group"


def stratified_hazard_ratio(
    outcome: Outcome,
    groups: Sequence,
    strata: Sequence,
    by: str,
    reference: str | None = None,
    order: Sequence[str] = (),
) -> HazardRatio:
    """How much higher is the hazard in each group than in the reference, patients compared within their stratum only?

    groups, strata  one label each per patient given to `Outcome.of`; by: what the strata are. Every stratum has a
    baseline hazard of its own. Groups of fewer than 5 patients are left out of the model and said to be.

    Raises `NotEstimable` when no stratum holds two groups, and what `core.survival.cox.cox_model` raises: with strata,
    one separated group leaves none of the ratios estimable.
    """
    labels, places = pd.Series(groups).reset_index(drop=True), pd.Series(strata).reset_index(drop=True)
    labels = labels.astype(object).where(places.notna(), None)
    patients = compared(outcome, labels, order)
    if len(patients.levels) > 1 and not _side_by_side(labels, places):
        raise NotEstimable(
            f"Every {by} has patients of one group only, so within {by} no two groups can be compared.",
            "Choose other strata or none.",
        )
    few = [level for level, n in zip(patients.levels, patients.sizes, strict=True) if n < FEWEST_PATIENTS]
    kept = [level for level in patients.levels if level not in few]
    reference = reference if reference in kept else (kept or list(patients.levels))[0]
    column = pd.Series(pd.Categorical(labels.where(~labels.isin(few), None), categories=kept, ordered=False))
    model = cox_model(outcome, pd.DataFrame({GROUP: column}), strata=places, references={GROUP: reference})
    doubt = model.terms[0].ph_p if tells(patients, *map(patients.levels.index, kept)) else None
    found = {
        row.level: Ratio(row.ratio, row.lower, row.upper, row.p, np.nan if doubt is None else doubt)
        for row in model.rows
    }
    levels = []
    for level, n, events in zip(patients.levels, patients.sizes, patients.events, strict=True):
        note = "reference" if level == reference else ""
        note = f"not estimated: fewer than {FEWEST_PATIENTS} patients" if level in few else note
        levels.append(HazardLevel(level, int(n), int(events), found.get(level), note))
    return HazardRatio(
        reference=reference,
        levels=tuple(levels),
        overall_p=model.lr_p,
        ties=model.ties,
        proportionality=model.proportionality,
        n=model.n,
        n_events=model.n_events,
        n_excluded=outcome.n_excluded,
        n_no_group=patients.n_no_group,
        within=by,
    )


def _side_by_side(labels: pd.Series, places: pd.Series) -> bool:
    """Whether a stratum holds patients of two groups."""
    return bool(labels.groupby(places.astype(str).where(places.notna())).nunique().max() > 1)

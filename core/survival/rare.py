"""Levels of categories that too few patients have for a hazard ratio, taken out of a model and counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.survival.covariates import complete, is_number
from core.survival.limits import FEWEST_PATIENTS
from core.survival.outcome import Outcome
from core.vocabulary import counted, listed


def without_rare(
    outcome: Outcome,
    covariates: pd.DataFrame,
    strata: Sequence | None = None,
    fewest: int | None = FEWEST_PATIENTS,
    without_event: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The covariates with rare levels as missing, and which those are: covariate, level, n, n_events.

    covariates  one row per patient given to `Outcome.of`
    fewest      None leaves every level in
    A level is rare when fewer than `fewest` patients of the model have it, or, where levels `without_event` are to go,
    when none of them had the event: its ratio is then zero, and the model tends to the one without these patients. The
    patients of a rare level leave the model, which may make another level rare, so this goes on until none is.
    """
    kept = covariates.copy()
    for name in kept.columns:
        if not is_number(kept[name]):
            kept[name] = kept[name].astype(object).where(kept[name].notna(), None)
    placed = np.ones(len(kept), dtype=bool) if strata is None else pd.Series(strata).notna().to_numpy()
    event = np.zeros(len(kept), dtype=bool)
    event[outcome.kept] = outcome.event
    rare: list[tuple[str, str, int, int]] = []
    while True:
        used = complete(kept).all(axis=1).to_numpy() & placed & outcome.kept
        named = [name for name in kept.columns if fewest is not None and not is_number(kept[name])]
        found = [each for name in named for each in _few(kept[name], used, event, fewest, without_event)]
        if not found:
            return _typed(kept, covariates), pd.DataFrame(rare, columns=["covariate", "level", "n", "n_events"])
        rare += found
        for name, level, _, _ in found:
            kept[name] = kept[name].mask(kept[name].astype(str) == level, None)


def something_left(kept: pd.DataFrame, rare: pd.DataFrame) -> None:
    """Raise `NotEstimable` where leaving out rare levels has left nothing of a category to compare.

    kept, rare  as `without_rare` gives them
    """
    for name, levels in rare.groupby("covariate", sort=False):
        if kept[name].nunique() > 1:
            continue
        gone = [
            f"{row.level} ({counted(row.n, 'patient')}, {counted(row.n_events, 'event')})"
            for row in levels.itertuples()
        ]
        raise NotEstimable(
            f"{name} cannot be compared: there are too few patients or events in {listed(gone, 'and')}.",
            f"Remove {name}, widen the cohort, or choose the ridge fit.",
        )


def _few(values: pd.Series, used: np.ndarray, event: np.ndarray, fewest: int, without_event: bool):
    inside = values[used].astype(str)
    sizes = inside.value_counts()
    for level in sorted(sizes.index):
        n, n_events = int(sizes[level]), int(event[used][(inside == level).to_numpy()].sum())
        if n < fewest or (without_event and not n_events):
            yield values.name, level, n, n_events


def _typed(kept: pd.DataFrame, covariates: pd.DataFrame) -> pd.DataFrame:
    """Categories with their natural order again."""
    for name in kept.columns:
        if isinstance(covariates[name].dtype, pd.CategoricalDtype):
            kept[name] = pd.Categorical(kept[name], categories=covariates[name].cat.categories)
    return kept

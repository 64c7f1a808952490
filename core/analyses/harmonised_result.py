"""What harmonising did to the features of a cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from core.stats.harmonise import Combat
from core.stats.harmonise_created import FalseFinds
from core.stats.harmonise_loss import Overcorrection
from core.stats.harmonise_panel import BatchVariance, Components


@dataclass(frozen=True, eq=False)
class Kept:
    """What is left of the effect of a protected covariate or of the outcome; `state` says why it is not known."""

    label: str
    role: str
    found: Overcorrection | None
    state: str


@dataclass(frozen=True, eq=False)
class Harmonised:
    """fit          what was learnt from all `n` patients, for the picture and the table alone
    before, after variance by batch in them; `held_out` after harmonising patients by fits on others, None with a state
    components   before and after, `patients` their places; empty with a state
    kept         over-correction of each protected covariate and of the outcome
    created      how often a shuffled outcome is found, None without one
    values       the harmonised table (n, p): batch effects learnt from all patients, so not for validating a model
    z_scored     whether the feature set was z-scored before it was imported
    left_out     reason, n; `small` batches left out for their size
    """

    batch: str
    protected: tuple[str, ...]
    outcome: str
    fit: Combat
    before: BatchVariance
    after: BatchVariance
    held_out: BatchVariance | None
    families: Mapping[str, str]
    components: tuple[Components, ...]
    patients: tuple[pd.DataFrame, ...]
    kept: tuple[Kept, ...]
    created: FalseFinds | None
    values: pd.DataFrame = field(metadata={"plain": False})
    z_scored: bool
    states: tuple[str, ...]
    left_out: pd.DataFrame
    small: Mapping[str, int]
    words: tuple[str, ...]
    n: int
    n_cohort: int

    @property
    def shares(self) -> pd.DataFrame:
        """feature, family, before, after, held_out: adjusted share of the variance that is batch, and q before."""
        table = self.before.table[["feature", "n", "r2_adjusted", "q"]].rename(
            columns={"r2_adjusted": "before", "q": "q_before"}
        )
        table.insert(1, "family", table["feature"].map(self.families))
        table["after"] = self.after.table["r2_adjusted"]
        held_out = self.held_out
        table["held_out"] = float("nan") if held_out is None else held_out.table["r2_adjusted"]
        table["q_held_out"] = float("nan") if held_out is None else held_out.table["q"]
        table["note"] = table["feature"].map(self.fit.left_alone).fillna("")
        return table

    @property
    def effects(self) -> pd.DataFrame:
        """batch, feature, shift (in pooled standard deviations) and scale (ratio of standard deviations)."""
        names = [name for name, kept in zip(self.fit.features, self.fit.kept, strict=True) if kept]
        return pd.DataFrame(
            [
                (batch, name, self.fit.shift[row, column], self.fit.ratio[row, column] ** 0.5)
                for row, batch in enumerate(self.fit.batches)
                for column, name in enumerate(names)
            ],
            columns=["batch", "feature", "shift", "scale"],
        )

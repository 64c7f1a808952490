"""The blocks of covariates brought to the same patients, with everybody who was lost on the way counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses.cox_covariates import Covariate
from core.analyses.cox_modelled import Asked, cautions_of
from core.analyses.follow_up import Followed
from core.errors import NotEstimable
from core.survival.blocks import Block
from core.survival.covariates import complete
from core.survival.limits import FEWEST_PATIENTS
from core.survival.outcome import Outcome
from core.survival.partial import Patients
from core.survival.rare import something_left, without_rare

CLINICAL, RADIOMIC, GENOMIC = "clinical", "radiomic", "genomic"
#: A block with more columns is said to lack some feature, not which.
MOST_NAMED = 20


@dataclass(frozen=True, eq=False)
class BlocksRead:
    """A table per block, a row per patient of the cohort; `states` says why a block has none."""

    followed: Followed
    tables: dict[str, pd.DataFrame]
    covariates: tuple[Covariate, ...]
    states: dict[str, str]


@dataclass(frozen=True, eq=False)
class BlocksOf:
    """The same patients for every model of the ladder.

    tables     clinical, radiomic and genomic as far as they were chosen: complete, a row per patient
    states     why there is no radiomic or genomic block, under its name
    counts     block, n, n_events: who has an outcome, who each block as well, and who all of them
    left_out   reason, n: patients of the cohort who are in no model; one may have several reasons
    signature  0, or how many radiomic columns are to be chosen inside each training set
    """

    endpoint: str
    time_unit: str
    origin: str
    tables: dict[str, pd.DataFrame]
    signature: int
    feature_set: str
    states: dict[str, str]
    counts: pd.DataFrame
    left_out: pd.DataFrame
    rare: pd.DataFrame
    cautions: tuple[str, ...]
    followed: Followed
    n_cohort: int
    n: int
    n_events: int

    @property
    def patients(self) -> Patients:
        """Times, events and one stratum of those with every block."""
        outcomes = self.followed.outcomes.loc[self.tables[CLINICAL].index]
        event = outcomes["event"].to_numpy(dtype=float) == 1
        return Patients(outcomes["time"].to_numpy(dtype=float), event, np.zeros(len(outcomes), dtype=int))

    def block(self, name: str) -> Block:
        """A block as the models take it; raises `NotEstimable` where there is none."""
        if name not in self.tables:
            raise NotEstimable(self.states[name])
        if name == RADIOMIC and self.signature:
            return Block.signature(name, self.tables[name], self.signature)
        return Block.of(name, self.tables[name])

    @property
    def added(self) -> tuple[Block, ...]:
        """The radiomic and the genomic block, as far as there are any."""
        return tuple(self.block(name) for name in (RADIOMIC, GENOMIC) if name in self.tables)

    @property
    def markers(self) -> tuple[str, ...]:
        """The names of everything in the models."""
        return tuple(str(name) for table in self.tables.values() for name in table.columns)


def same_patients(data: BlocksRead, signature: int, feature_set: str, rare_out: bool) -> BlocksOf:
    """Every block of the patients who have all of them; raises `NotEstimable` where nobody has.

    signature  0, or how many of the radiomic columns enter a model; rare_out: whether rare levels leave
    """
    followed = data.followed
    endpoint, outcomes = followed.endpoint, followed.outcomes
    outcome = Outcome.of(outcomes["time"], outcomes["event"], endpoint.time_unit, endpoint.origin)
    together = pd.concat(data.tables.values(), axis=1)
    screened = together if not signature else together.drop(columns=data.tables[RADIOMIC].columns)
    known = pd.DataFrame({name: complete(table).all(axis=1) for name, table in data.tables.items()})
    placed = None if not signature else np.where(known[RADIOMIC], "all", None)
    entered, rare = without_rare(outcome, screened, placed, FEWEST_PATIENTS if rare_out else None)
    try:
        something_left(entered, rare)
    except NotEstimable as state:
        raise NotEstimable(state.reason, "Remove it, keep rare levels in, or widen the cohort.") from state
    used = complete(entered).all(axis=1).to_numpy() & outcome.kept & known.all(axis=1).to_numpy()
    if not used.any():
        raise NotEstimable(
            "No patient has an outcome and every covariate.",
            f"Choose covariates that the same patients have: {_each_known(known, outcome)}.",
        )
    tables = {
        name: _as_used(entered if set(table.columns) <= set(entered.columns) else together, table, used)
        for name, table in data.tables.items()
    }
    event = outcomes["event"].to_numpy(dtype=float, na_value=np.nan) == 1
    clinical = Asked(followed, data.covariates, data.tables[CLINICAL], None, "")
    return BlocksOf(
        endpoint=endpoint.label or endpoint.name,
        time_unit=endpoint.time_unit,
        origin=endpoint.origin,
        tables=tables,
        signature=signature,
        feature_set=feature_set,
        states=data.states,
        counts=_counts(known, outcome, event, used),
        left_out=_left_out(data, outcome, endpoint, rare),
        rare=rare,
        cautions=cautions_of(clinical),
        followed=followed,
        n_cohort=len(outcomes),
        n=int(used.sum()),
        n_events=int((event & used).sum()),
    )


def _as_used(entered: pd.DataFrame, table: pd.DataFrame, used: np.ndarray) -> pd.DataFrame:
    """The block's columns of the patients in the models, its categories with the levels that are left."""
    found = entered.loc[used, list(table.columns)].copy()
    for name in found.columns:
        if isinstance(found[name].dtype, pd.CategoricalDtype):
            found[name] = found[name].cat.remove_unused_categories()
    return found


def _each_known(known: pd.DataFrame, outcome: Outcome) -> str:
    return ", ".join(f"{name} {int((known[name].to_numpy() & outcome.kept).sum())}" for name in known.columns)


def _counts(known: pd.DataFrame, outcome: Outcome, event: np.ndarray, used: np.ndarray) -> pd.DataFrame:
    rows = [("an outcome", outcome.kept)]
    rows += [(f"an outcome and all {name} covariates", outcome.kept & known[name].to_numpy()) for name in known.columns]
    rows.append(("all of these, rare levels left out", used))
    return pd.DataFrame(
        [(what, int(who.sum()), int((who & event).sum())) for what, who in rows], columns=["block", "n", "n_events"]
    )


def _left_out(data: BlocksRead, outcome: Outcome, endpoint, rare: pd.DataFrame) -> pd.DataFrame:
    rows = [(f"no {endpoint.label or endpoint.name}", outcome.n_excluded)]
    for name, table in data.tables.items():
        unknown = ~complete(table)[outcome.kept]
        if table.shape[1] > MOST_NAMED:
            rows.append((f"{name}: some feature not known", int(unknown.any(axis=1).sum())))
        else:
            rows += [(f"{name}: {label} not known", int(n)) for label, n in unknown.sum().items()]
    rows += [
        (f"{row.covariate} {row.level}: a rare level, {row.n_events} of these patients had the event", int(row.n))
        for row in rare.itertuples()
    ]
    return pd.DataFrame([row for row in rows if row[1]], columns=["reason", "n"])

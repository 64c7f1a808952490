"""What a replication says: what was frozen, whom it was tried on, and discovery beside the new patients."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.replication_tables import Side
from core.transport.replication import CarriedOver


@dataclass(frozen=True)
class Frozen:
    """What was taken over unchanged: `k` clusters (`sizes`) of `n` of the `n_cohort` discovery patients.

    Distances are in the `unit`; `gamma` is the price of mass where transport is unbalanced (`mass`).
    """

    study: str
    cohort: str
    sentence: str
    n: int
    n_cohort: int
    feature_set: str
    setting: str
    scaling: str
    metric: str
    mass: str
    gamma: float | None
    unit: str
    nodes: tuple[str, ...]
    of: str
    k: int
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class NewPatients:
    """Whom the clusters were tried on: of `n_cohort`, `n_unmeasured` have no features of this set and setting,
    `n_missing` lack a node's value and `n_zero_mass` are at the foot of every range; `n` remain.

    `n_clipped` of their `n_values` values lay outside the discovery ranges and were set to their ends; `clipped` says
    how many per feature. Euclidean clusters clip nothing.
    """

    study: str
    study_name: str
    cohort: str
    sentence: str
    n_cohort: int
    n_unmeasured: int
    n_missing: int
    n_zero_mass: int
    n: int
    feature_set: str
    setting: str
    n_clipped: int
    n_values: int
    clipped: pd.Series


@dataclass(frozen=True)
class Replication:
    """`sides` are discovery, assigned and reclustered; `table` has them side by side, a row per attribute (`volume` is
    the row of the tumour's size). `patients` has a row per new patient: patient_id, assigned, reclustered, distance
    (to the nearest frozen centroid). `words` read the result aloud, `cautions` say what weakens it.
    """

    frozen: Frozen
    new: NewPatients
    carried: CarriedOver
    sides: tuple[Side, ...]
    table: pd.DataFrame
    volume: str
    patients: pd.DataFrame
    words: tuple[str, ...]
    cautions: tuple[str, ...]

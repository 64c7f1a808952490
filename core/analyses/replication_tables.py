"""Discovery beside replication: the same tests in three groupings, row by row, and what may be said of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from core.analyses.comparison import Asked, Comparison, compare
from core.analyses.marker import CATEGORY, Marker
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.stats.association import numeric_association
from core.stats.associations import USED, AssociationTable, associations
from core.store.schema import Endpoint
from core.survival.grouping import category_groups
from core.survival.words import CLAIMED
from core.transport.replication import same_direction

DISCOVERY, ASSIGNED, RECLUSTERED = "discovery", "assigned", "reclustered"
#: What became of a difference between the clusters of discovery, told by q < 0.05 in either table and its direction.
HOLDS, REVERSED, NOT_FOUND, NEW, NEITHER, UNTESTED = (
    "holds",
    "reversed",
    "in discovery only",
    "in the new patients only",
    "in neither",
    "not tested",
)


@dataclass(frozen=True)
class Side:
    """One grouping of patients: the clusters of discovery, the assigned new patients, or their own clusters.

    `sizes` are those of the clusters 1 to k, 0 for one that no new patient is nearest to. `table` holds the tests of
    every attribute, Benjamini-Hochberg within it. `survival` is None, with the reason in `no_survival`, where there
    is none; so is its log-rank p in `survival.states`.
    """

    name: str
    n: int
    sizes: tuple[int, ...]
    table: AssociationTable
    survival: Comparison | None
    no_survival: str


@dataclass(frozen=True)
class Attributes:
    """What the clusters of a set of patients are held against: a row per patient, the same columns on both sides."""

    frame: pd.DataFrame
    outcomes: pd.DataFrame | None
    endpoint: Endpoint | None


def one_side(
    name: str,
    labels: pd.Series,
    k: int,
    against: Attributes,
    kinds: Mapping[str, str],
    used: set[str],
    seed: int = 0,
    progress: Progress = quiet,
) -> Side:
    """Everything that is asked of one grouping; `labels` (n,) 1 to k by patient, `against` has these patients."""
    groups = named(labels)
    table = associations(groups, against.frame.loc[labels.index], kinds, seed, used, progress)
    survival, why = None, "No endpoint of this name is in both studies."
    if against.outcomes is not None:
        try:
            survival = compare(
                against.outcomes.loc[labels.index],
                against.endpoint,
                Marker("cluster", groups, CATEGORY, tuple(f"cluster {label}" for label in range(1, k + 1))),
                category_groups(groups),
                Asked(seed=seed),
            )
            why = ""
        except NotEstimable as state:
            why = str(state)
    sizes = tuple(int((labels == label).sum()) for label in range(1, k + 1))
    return Side(name, len(labels), sizes, table, survival, why)


def named(labels: pd.Series) -> pd.Series:
    """`cluster 1` ... for labels from 1."""
    return labels.map(lambda label: f"cluster {label}")


def side_by_side(
    sides: tuple[Side, ...],
    labels: Mapping[str, pd.Series],
    before: pd.DataFrame,
    after: pd.DataFrame,
    names: Mapping[str, str],
) -> pd.DataFrame:
    """A row per attribute, which `names` calls so; `labels` made the sides, `before` and `after` are the attributes of
    the discovery and of the new patients.

    Columns: attribute, label, kind, effect_name, then n, p, q and effect of each side (`p_assigned` ...),
    same_direction of the assigned and of the reclustered against discovery (1 the same, -1 the opposite), verdict
    (of the assigned) and note.
    """
    tables = {side.name: side.table.table.set_index("attribute") for side in sides}
    first = tables[DISCOVERY]
    groups = {side: named(own) for side, own in labels.items()}
    rows = []
    for name in first.index:
        row = {"attribute": name, "label": names[name], "kind": first["kind"][name]}
        effects = [tables[side.name]["effect_name"][name] for side in sides]
        row["effect_name"] = next((each for each in effects if isinstance(each, str)), "")
        for side in sides:
            found = tables[side.name].loc[name]
            row |= {f"{column}_{side.name}": found[column] for column in ("n", "p", "q", "effect")}
            if found["note"] == USED:
                row |= _effect_only(groups[side.name], before if side.name == DISCOVERY else after, name, side.name)
        for side in (ASSIGNED, RECLUSTERED):
            row[f"same_direction_{side}"] = same_direction(
                groups[DISCOVERY],
                before.loc[groups[DISCOVERY].index, name],
                groups[side],
                after.loc[groups[side].index, name],
                row["kind"] == "number",
            )
        row["verdict"] = verdict(row["q_discovery"], row["q_assigned"], row["same_direction_assigned"])
        notes = [tables[side.name]["note"][name] for side in sides[:2]]
        row["note"] = next((note for note in notes if note), "")
        rows.append(row)
    table = pd.DataFrame(rows)
    for side in (ASSIGNED, RECLUSTERED):
        table[f"same_direction_{side}"] = table[f"same_direction_{side}"].astype(float)
    return table


def _effect_only(groups: pd.Series, frame: pd.DataFrame, name: str, side: str) -> dict:
    """Size of a difference in something that built the clusters, where a p would be circular."""
    try:
        found = numeric_association(groups, frame.loc[groups.index, name])
    except NotEstimable:
        return {}
    return {"effect_name": found.effect_name, f"n_{side}": found.n, f"effect_{side}": found.effect}


def verdict(q_discovery: float, q_new: float, direction: float | None) -> str:
    """What became of a difference: it holds only when both q are below 0.05 and it points the same way."""
    if pd.isna(q_discovery) or pd.isna(q_new):
        return UNTESTED
    before, after = q_discovery < CLAIMED, q_new < CLAIMED
    if before and after:
        return HOLDS if direction is not None and direction > 0 else REVERSED
    return NOT_FOUND if before else NEW if after else NEITHER

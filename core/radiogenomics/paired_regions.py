"""How much does a feature differ between two regions that lie side by side, on average over a patient's pairs?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from core.errors import NotEstimable, Problem, Refused

#: The average over all pairs of a patient, wherever they lie.
GLOBAL = "all pairs"
LEVELS = ("patient_id", "section", "location")
SIDES = {
    side: re.compile(rf"(?<![a-z])(?:{side}|{side[0]}(?=\d))(?![a-z])|(?<![a-z]){side[0]}(?![a-z])", re.IGNORECASE)
    for side in ("left", "right")
}


@dataclass(frozen=True, eq=False)
class PairedDifferences:
    """values   index patient_id, columns (feature, where): the mean of first minus second over the pairs that are there

    pairs       the same shape: of how many pairs each is the mean, 0 where there is none
    asked       where -> pairs that a complete patient has there
    first, second   the regions; n_patients have a pair, n_complete of them every pair with both values of all features
    """

    values: pd.DataFrame
    pairs: pd.DataFrame
    asked: Mapping[str, int]
    first: str
    second: str
    n_patients: int
    n_complete: int


def lungs(locations: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The locations on the left and on the right, where their names say it of all; `{}` where they do not.

    A name says it by one of the words left and right, or by L or R standing alone or before a number.
    """
    sides: dict[str, list[str]] = {"left": [], "right": []}
    for name in locations:
        said = {side for side, sign in SIDES.items() if sign.search(name)}
        if len(said) != 1:
            return {}
        sides[said.pop()].append(name)
    return {side: tuple(names) for side, names in sides.items()} if all(sides.values()) else {}


def paired_differences(
    regions: pd.DataFrame, parts: Mapping[str, Sequence[str]] | None = None, members: tuple[str, str] | None = None
) -> PairedDifferences:
    """Which difference between the regions of its pairs does each patient have, in all and in each part?

    regions     index (patient_id, section, location), a row per pair, unique; columns (feature, region)
    parts       name -> its locations; the average over all pairs comes first in any case
    members     the two regions, first minus second; in the order of the columns unless given
    A pair without both values is left out of that feature's mean; sections within a location weigh the same. Raises
    `Refused` for another shape and for parts of unknown locations, `NotEstimable` where no patient has a pair.
    Source of the layout: Budzikowski et al. 2021, J. Med. Imaging 8(3):031903.
    """
    _check(regions, parts or {})
    names = tuple(dict.fromkeys(regions.columns.get_level_values(1)))
    first, second = members or names
    by_pair = regions.xs(first, axis=1, level=1) - regions.xs(second, axis=1, level=1)
    by_pair = by_pair[list(dict.fromkeys(regions.columns.get_level_values(0)))]
    known = by_pair.notna()
    if not known.any(axis=None):
        raise NotEstimable(
            "No patient has both regions of a pair.", "Widen the cohort, or choose features of whole patients."
        )
    places = by_pair.index.get_level_values("location")
    among = {GLOBAL: places.notna()} | {name: places.isin(list(inside)) for name, inside in (parts or {}).items()}
    patients = by_pair.index.get_level_values("patient_id").unique()
    means, counts = {}, {}
    for name, rows in among.items():
        means[name] = by_pair[rows].groupby(level="patient_id").mean().reindex(patients)
        counts[name] = known[rows].groupby(level="patient_id").sum().reindex(patients, fill_value=0).astype(int)
    shapes = by_pair.index.droplevel("patient_id").unique()
    asked = {
        name: int(shapes.get_level_values("location").isin(list(inside)).sum())
        for name, inside in ({GLOBAL: shapes.get_level_values("location")} | dict(parts or {})).items()
    }
    complete = (counts[GLOBAL] == asked[GLOBAL]).all(axis=1)
    return PairedDifferences(
        values=_joined(means),
        pairs=_joined(counts),
        asked=asked,
        first=str(first),
        second=str(second),
        n_patients=int((counts[GLOBAL] > 0).any(axis=1).sum()),
        n_complete=int(complete.sum()),
    )


def _joined(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Feature by feature, each with its parts in order."""
    features = next(iter(parts.values())).columns
    joined = pd.concat(parts, axis=1).swaplevel(axis=1)
    return joined[[(feature, part) for feature in features for part in parts]].rename_axis(columns=["feature", "where"])


def _check(regions: pd.DataFrame, parts: Mapping[str, Sequence[str]]) -> None:
    problems = []
    if tuple(regions.index.names) != LEVELS or regions.columns.nlevels != 2:
        what = f"A row per pair is needed, indexed by {', '.join(LEVELS)}, with columns of feature and region."
        raise Refused([Problem(what, "regions", "Import the paired regions again.")])
    if regions.index.has_duplicates:
        problems.append(Problem("A pair of a patient has two rows.", "regions", "Keep one row per pair."))
    if regions.columns.get_level_values(1).nunique() != 2:
        problems.append(Problem("A pair has two regions; another number is given.", "regions", "Name two regions."))
    there = set(regions.index.get_level_values("location"))
    problems += [
        Problem(f"'{name}' has no location among those measured.", "regions", "Choose other parts.")
        for name, inside in parts.items()
        if not there & set(inside)
    ]
    if problems:
        raise Refused(problems)

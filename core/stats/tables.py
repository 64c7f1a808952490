"""The baseline table of a report: who the patients are, by group, with what is missing shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import NotEstimable
from core.stats.associations import associations
from core.stats.differences import largest_difference
from core.stats.quietly import quietly

MOST_GROUPS = 8
VARIABLE, LEVEL, MISSING, OVERALL, SMD, P, Q = "Variable", "Level", "Missing", "Overall", "SMD", "p", "q (BH)"
MEDIAN = "median [Q1,Q3]"
#: The difference of groups that have no level in common.
APART = "∞"


@dataclass(frozen=True, eq=False)
class Baseline:
    """table   strings: Variable, Level (or how it is summarised), Missing, Overall, a column per group, SMD (largest of
            all pairs of groups with known values; an infinity sign where two of them have no level in common) and,
            when asked for, p and q; numbers as median [Q1,Q3], categories as n (% of those known); a group without
            any known value has an empty cell
    n_tests the tests behind q, 0 when none was asked for
    """

    table: pd.DataFrame
    groups: Mapping[str, int]
    n: int
    n_no_group: int
    n_tests: int


def baseline(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    group: str | None = None,
    labels: Mapping[str, str] | None = None,
    orders: Mapping[str, Sequence[str]] | None = None,
    p_values: bool = False,
    seed: int = 0,
) -> Baseline:
    """What do the patients look like, overall and by `group`?

    frame   (n, m) attributes; kinds: "category" or "number" per column (others are left out); labels: headings for
    columns; orders: natural order of levels. Differences between groups are given as standardised mean differences,
    which do not depend on n; p-values only on request, since a baseline table is not a set of hypotheses (STROBE).
    Raises `NotEstimable` for no patients, more than eight groups, or nothing to show. Source: Pollard et al. 2018,
    doi:10.1093/jamiaopen/ooy012, whose tableone computes the cells; p and q come from `core.stats.associations`.
    """
    columns = [c for c in frame.columns if c != group and kinds.get(c) in ("category", "number")]
    frame, no_group = _with_group(frame, group)
    known = [c for c in columns if frame[c].notna().any()]
    if not known:
        raise NotEstimable(
            "No attribute has a value for these patients.", "Widen the cohort or choose other attributes."
        )
    names = _levels(frame[group], (orders or {}).get(group, ())) if group else []
    levels = {c: _levels(frame[c], (orders or {}).get(c, ())) for c in known if kinds[c] == "category"}
    printed = _printed(_coded(frame, known, levels, group, names), len(known), levels, known, len(names))
    table = _tidy(printed, known, levels, names)
    if len(names) > 1:
        table = _with_differences(table, frame, group, names, levels)
    tests = 0
    if p_values and len(names) > 1:
        tested = associations(frame[group], frame[known], kinds, seed)
        tests = tested.n_tests
        table = _with_p(table, tested.table.set_index("attribute"))
    for column in (c for c in columns if c not in known):
        table.loc[len(table)] = {**dict.fromkeys(table.columns, ""), VARIABLE: column, MISSING: str(len(frame))}
    table[VARIABLE] = table[VARIABLE].map(lambda name: (labels or {}).get(name, name))
    sizes = {name: int((frame[group].astype(str) == name).sum()) for name in names}
    return Baseline(table, sizes, len(frame), no_group, tests)


def _with_group(frame: pd.DataFrame, group: str | None) -> tuple[pd.DataFrame, int]:
    """The patients that have a group, and how many have none."""
    known = frame if group is None else frame[frame[group].notna()]
    if not len(frame):
        raise NotEstimable("No patients match.", "Widen the cohort.")
    if not len(known):
        raise NotEstimable(
            f"None of the {len(frame)} patients has a value of the grouping.", "Choose another grouping."
        )
    count = 1 if group is None else known[group].astype(str).nunique()
    if count > MOST_GROUPS:
        raise NotEstimable(
            f"The grouping has {count} groups; a table takes at most {MOST_GROUPS}.", "Choose a coarser attribute."
        )
    return known.reset_index(drop=True), len(frame) - len(known)


def _levels(column: pd.Series, order: Sequence[str]) -> list[str]:
    natural = map(str, column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else ()
    present = set(column.dropna().astype(str))
    return [level for level in dict.fromkeys([*map(str, order), *natural, *sorted(present)]) if level in present]


def _coded(frame: pd.DataFrame, columns, levels, group: str | None, names: Sequence[str]) -> pd.DataFrame:
    """The same table with numbered names and levels, so that no text of the study means anything to tableone."""

    def numbered(column: pd.Series, known: Sequence[str]) -> pd.Series:
        place = {level: f"{position:04d}" for position, level in enumerate(known)}
        return column.astype(object).map(lambda value: place[str(value)], na_action="ignore").astype(object)

    coded = {
        f"v{i}": numbered(frame[c], levels[c]) if c in levels else pd.to_numeric(frame[c]).astype(float)
        for i, c in enumerate(columns)
    }
    if group is not None:
        coded["group"] = numbered(frame[group], names)
    return pd.DataFrame(coded)


def _printed(data: pd.DataFrame, count: int, levels: Mapping, columns: Sequence[str], groups: int) -> pd.DataFrame:
    """What tableone makes of it: rows (variable, level), cells as text; cells without any known value are empty."""
    from tableone import TableOne

    # tableone fails when a group has no known value in any column of a kind, so one of each kind is always known.
    data = data.assign(number=0.0, category="0")
    names = [f"v{i}" for i in range(count)]
    categories = [name for name, column in zip(names, columns, strict=True) if column in levels]
    numbers = [name for name in names if name not in categories]
    with quietly(UserWarning, RuntimeWarning, FutureWarning):
        made = TableOne(
            data,
            columns=[*names, "number", "category"],
            categorical=[*categories, "category"],
            continuous=[*numbers, "number"],
            nonnormal=[*numbers, "number"],
            groupby="group" if groups else None,
            decimals={name: _decimals(data[name]) for name in numbers},
            include_null=False,
            label_suffix=False,
            pval=False,
        ).tableone
    if groups:
        made.columns = made.columns.get_level_values(1)
    made = made.drop(index=["number", "category"], level=0).astype(object)
    for name in names:
        unknown = [] if not groups else [g for g, part in data.groupby("group")[name] if part.notna().sum() == 0]
        made.loc[[name], unknown] = ""
    return made.replace(["nan", None], "").fillna("")


def _decimals(values: pd.Series) -> int:
    """Enough to see two figures of the spread: ages as 62, attenuations as 0.0123."""
    low, high = values.quantile([0.25, 0.75])
    scale = (high - low) or abs(high)
    return int(np.clip(1 - np.floor(np.log10(scale)), 0, 6)) if scale > 0 else 1


def _tidy(printed: pd.DataFrame, columns: Sequence[str], levels: Mapping, names: Sequence[str]) -> pd.DataFrame:
    rows = []
    for (name, level), cells in printed.iterrows():
        column = "" if name == "n" else columns[int(name[1:])]
        kind = "" if name == "n" else MEDIAN
        row = {VARIABLE: column or "n", LEVEL: levels[column][int(level)] if level else kind}
        row |= {MISSING: str(cells[MISSING]), OVERALL: str(cells[OVERALL])}
        row |= {_heading(group): str(cells[f"{position:04d}"]) for position, group in enumerate(names)}
        rows.append(row)
    return pd.DataFrame(rows)


def _with_differences(table: pd.DataFrame, frame: pd.DataFrame, group: str, names, levels: Mapping) -> pd.DataFrame:
    """The largest difference of two groups beside the first row of each variable."""
    first = ~table[VARIABLE].duplicated() & table[VARIABLE].isin(frame.columns) & (table[LEVEL] != "")
    table[SMD] = ""
    for row, name in table.loc[first, VARIABLE].items():
        found = largest_difference(frame[name], frame[group], names, name in levels)
        table.loc[row, SMD] = "" if found is None else APART if np.isinf(found) else f"{found:.3f}"
    return table


def _heading(group: str) -> str:
    """A group's own name, unless the table uses that word for another column."""
    return f"{group} (group)" if group in (VARIABLE, LEVEL, MISSING, OVERALL, SMD, P, Q) else group


def _with_p(table: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    """p and q beside the first row of each variable; a dash where the test could not be made."""
    first = ~table[VARIABLE].duplicated() & table[VARIABLE].isin(tested.index)
    for heading, column in ((P, "p"), (Q, "q")):
        values = table[VARIABLE].map(tested[column]).where(first)
        table[heading] = values.map(lambda p: "<0.001" if p < 0.001 else f"{p:.3f}", na_action="ignore").fillna("")
        table.loc[first & values.isna(), heading] = "–"
    return table

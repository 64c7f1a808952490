"""One grouping against many attributes, with the false discovery rate over all the tests that were made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.stats.association import Association, categorical_association, numeric_association
from core.stats.multiplicity import benjamini_hochberg

USED = "used to build the groups"
COLUMNS = [
    "attribute", "kind", "n", "n_no_group", "n_no_value", "test", "statistic", "dof", "p", "q",
    "effect_name", "effect", "effect_corrected", "note",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class AssociationTable:
    """A row per attribute; `p` is missing with the reason in `note` where there was no test.

    q         Benjamini-Hochberg over the `n_tests` attributes that were tested (doi:10.1111/j.2517-6161.1995.tb02031.x)
    details   the full result per tested attribute, with its table of counts or quartiles
    """

    table: pd.DataFrame
    details: Mapping[str, Association]
    n_tests: int
    n_not_estimable: int
    n_used: int
    n: int


def associations(
    groups: pd.Series,
    attributes: pd.DataFrame,
    kinds: Mapping[str, str],
    seed: int = 0,
    used: Collection[str] = (),
    progress: Progress = quiet,
) -> AssociationTable:
    """Which attributes go with the grouping?

    groups (n,) and attributes (n, m) have the same patients in the same order; kinds says "category", "number" or
    "text" per column (text is not tested). Columns in `used` made the groups, so a p would be circular: they get none.
    """
    if len(groups) != len(attributes):
        raise ValueError(f"{len(groups)} group labels were given for {len(attributes)} patients")
    details, rows = {}, []
    for done, name in enumerate(attributes.columns, 1):
        row = {"attribute": name, "kind": kinds[name], "note": ""}
        try:
            if name in used:
                row["note"] = USED
            else:
                found = details[name] = _test(groups, attributes[name], kinds[name], seed)
                row |= {column: getattr(found, column) for column in COLUMNS if hasattr(found, column)}
        except NotEstimable as state:
            row["note"] = f"not estimable: {state}"
        rows.append(row)
        progress(done / attributes.shape[1], f"Testing {name}")
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("n", "n_no_group", "n_no_value", "dof"):
        table[column] = table[column].astype("Int64")
    for column in ("statistic", "p", "effect", "effect_corrected"):
        table[column] = table[column].astype(float)
    tested = table["p"].notna()
    table["q"] = benjamini_hochberg(table["p"])
    return AssociationTable(
        table=table,
        details=details,
        n_tests=int(tested.sum()),
        n_not_estimable=int((~tested & (table["note"] != USED)).sum()),
        n_used=int((table["note"] == USED).sum()),
        n=int(groups.notna().sum()),
    )


def _test(groups: pd.Series, attribute: pd.Series, kind: str, seed: int) -> Association:
    if kind == "number":
        return numeric_association(groups, attribute, seed)
    if kind == "category":
        return categorical_association(groups, attribute, seed)
    raise NotEstimable("free text is not tested.", "Give the column a type of category or number.")

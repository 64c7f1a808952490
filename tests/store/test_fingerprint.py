"""Equal content gives an equal fingerprint, and one altered cell another."""

from __future__ import annotations

import copy
import dataclasses
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.store.fingerprint import fingerprint
from core.store.schema import Draft, Endpoint, Finding
from tests.store.drafts import small_draft

DRAFT = small_draft(n=12)
FINGERPRINT = fingerprint(DRAFT)
#: Of the same draft before endpoints could compete.
BEFORE = "70cd48945e5642838b259d4beaf3ef83ccebaf404cd6fc8f3acb3693ca744f9a"
DM = Endpoint("dm", "Distant metastasis", "months", "diagnosis")
TABLES = ("patients", "outcomes", "mutations", "expression", "gene_sets", "truth")


def shuffled(draft: Draft, seed: int) -> Draft:
    """The same content with every table's rows, the expressed genes and the dictionaries in another order."""
    random = np.random.default_rng(seed)

    def mixed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[random.permutation(len(frame))]

    return dataclasses.replace(
        draft,
        **{name: mixed(getattr(draft, name)) for name in TABLES if name != "expression"},
        expression=mixed(draft.expression)[list(random.permutation(draft.expression.columns))],
        values={name: mixed(frame) for name, frame in draft.values.items()},
        panels={name: draft.panels[name][::-1] for name in reversed(draft.panels)},
        patient_panels=dict(reversed(draft.patient_panels.items())),
    )


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_row_order_does_not_count(seed):
    assert fingerprint(shuffled(DRAFT, seed)) == FINGERPRINT


def cells(draft: Draft) -> list[tuple[str, int, int]]:
    frames = {**{name: getattr(draft, name) for name in TABLES}, "values": draft.values["ct"]}
    return [(name, i, j) for name, frame in frames.items() for i in range(len(frame)) for j in range(frame.shape[1])]


def altered(draft: Draft, table: str, row: int, column: int) -> Draft:
    """The draft with one cell changed a little, still by the rules."""
    changed = copy.deepcopy(draft)
    frame = changed.values["ct"] if table == "values" else getattr(changed, table)
    cell, name = frame.iat[row, column], frame.columns[column]
    if name == "patient_id":
        new = next(p for p in draft.patients.index if p != cell)
    elif name == "endpoint":
        return dataclasses.replace(changed, outcomes=frame.drop(frame.index[row]))
    elif name == "event":
        new = 1.0 - cell
    elif isinstance(cell, float):
        new = 1.5 if np.isnan(cell) else float(np.nextafter(cell, np.inf))
    else:
        new = "x" if cell is None else f"{cell} "
    if table == "outcomes" and name == "patient_id":
        return dataclasses.replace(changed, outcomes=frame.drop(frame.index[row]))
    frame.iat[row, column] = new
    return changed


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(cells(DRAFT)))
def test_any_altered_cell_counts(place):
    assert fingerprint(altered(DRAFT, *place)) != FINGERPRINT


@pytest.mark.parametrize(
    "change",
    [
        {"study": dataclasses.replace(DRAFT.study, licence="other")},
        {"study": dataclasses.replace(DRAFT.study, synthetic=False)},
        {"attributes": [dataclasses.replace(DRAFT.attributes[0], unit="m"), *DRAFT.attributes[1:]]},
        {"attributes": DRAFT.attributes[::-1]},
        {"endpoints": [dataclasses.replace(DRAFT.endpoints[0], time_unit="days"), DRAFT.endpoints[1]]},
        {"endpoints": [dataclasses.replace(DRAFT.endpoints[0], competing=("dm",)), *DRAFT.endpoints[1:], DM]},
        {"endpoints": [*DRAFT.endpoints, DM]},
        {"feature_sets": [dataclasses.replace(DRAFT.feature_sets[0], settings=("sharp", "standard"))]},
        {"panels": {**DRAFT.panels, "small panel": ("TP53", "CDKN2A", "KRAS")}},
        {"patient_panels": {k: v for k, v in DRAFT.patient_panels.items() if k != "P010"}},
    ],
    ids=str,
)
def test_dictionaries_count(change):
    assert fingerprint(dataclasses.replace(DRAFT, **change)) != FINGERPRINT


def test_competing_events_count_in_their_order_and_leave_studies_without_any_as_they_were():
    def declaring(*competing: str) -> str:
        first = dataclasses.replace(DRAFT.endpoints[0], competing=competing)
        more = [DM, dataclasses.replace(DM, name="lrc")]
        return fingerprint(dataclasses.replace(DRAFT, endpoints=[first, *DRAFT.endpoints[1:], *more]))

    assert FINGERPRINT == BEFORE
    assert len({declaring(), declaring("dm"), declaring("dm", "lrc"), declaring("lrc", "dm")}) == 4


def test_report_and_column_types_do_not_count():
    other = copy.deepcopy(DRAFT)
    other.report = [Finding("W999", "Another.")]
    other.patients["sex"] = other.patients["sex"].astype("category")
    other.patients["age"] = other.patients["age"].astype("Float64")
    other.patients["hpv_status"] = other.patients["hpv_status"].astype("string")
    other.outcomes["event"] = other.outcomes["event"].astype(int)
    other.gene_sets["gene"] = other.gene_sets["gene"].astype("string[pyarrow]")
    assert fingerprint(other) == FINGERPRINT


def test_a_whole_number_read_as_a_float_is_the_same_category():
    draft = copy.deepcopy(DRAFT)
    draft.patients["remark"] = [1.0, np.nan] + [2.0] * 10
    other = copy.deepcopy(DRAFT)
    other.patients["remark"] = ["1", None] + ["2"] * 10
    assert fingerprint(draft) == fingerprint(other)


def test_text_cannot_move_between_cells():
    one, two = copy.deepcopy(DRAFT), copy.deepcopy(DRAFT)
    one.gene_sets.loc[0, ["name", "description"]] = ["ab", "c"]
    two.gene_sets.loc[0, ["name", "description"]] = ["a", "bc"]
    assert fingerprint(one) != fingerprint(two)


def test_another_process_agrees():
    code = (
        "from tests.store.drafts import *; from core.store.fingerprint import *; print(fingerprint(small_draft(n=12)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == FINGERPRINT

"""Dose-volume tables: kinds and units that are said or read from the shape, and one bad table per rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.radiogenomics.dose import Dvh
from tests.store.sources.importing import PATIENTS, codes, imported, the, understood

HEAD = "patient_id,structure,dose_gy,volume\n"
CUMULATIVE = ((0, 1), (10, 0.8), (20, 0.3), (40, 0))
SHARES = ((5, 0.2), (15, 0.5), (30, 0.3))


def rows(table, patient: str = "zq-0001", structure: str = "parotid", after: str = "") -> list[str]:
    return [f"{patient},{structure},{dose:g},{volume:g}{after}" for dose, volume in table]


def files(lines: list[str], head: str = HEAD, **more: str) -> dict[str, str]:
    return {"patients.csv": PATIENTS, "dvh.csv": head + "\n".join(lines) + "\n", **more}


def test_the_kind_is_read_from_the_shape_of_each_table_and_said(tmp_path):
    lines = rows(CUMULATIVE) + rows(SHARES, "zq-0002") + rows(((60, 0.1), (70, 0.9)), "zq-0002", "PTV 70")
    draft, notebook = imported(tmp_path, files(lines))
    kinds = draft.doses.groupby(["patient_id", "structure"])["kind"].first().to_dict()
    assert kinds == {
        ("zq-0001", "parotid"): "cumulative",
        ("zq-0002", "parotid"): "differential",
        ("zq-0002", "PTV 70"): "differential",
    }
    assert the(notebook, "I314").count == 3 and "2 as differential" in the(notebook, "I314").message
    assert [(one.name, one.role, one.unit) for one in draft.structures] == [
        ("parotid", "organ at risk", "fraction"),
        ("PTV 70", "target", "fraction"),
    ]


def test_a_falling_table_whose_sum_is_whole_is_differential(tmp_path):
    draft, _ = imported(tmp_path, files(rows(((1, 0.7), (2, 0.2), (3, 0.1)))))
    assert set(draft.doses["kind"]) == {"differential"}


@pytest.mark.parametrize(("factor", "unit"), [(1, "fraction"), (100, "percent"), (27.5, "cm3")])
def test_the_unit_is_read_from_the_whole_volumes(tmp_path, factor, unit):
    lines = [line for p in ("zq-0001", "zq-0002") for line in rows([(d, v * factor) for d, v in CUMULATIVE], p)]
    draft, notebook = imported(tmp_path, files(lines))
    assert draft.structures[0].unit == unit and unit in the(notebook, "I316").message


@pytest.mark.parametrize(
    ("head", "after", "unit"),
    [
        ("patient_id,structure,dose_gy,volume,unit\n", ",cc", "cm3"),
        ("patient_id,structure,dose_gy,volume,unit\n", ",%", "percent"),
        ("patient_id,structure,dose_gy,volume_cm3\n", "", "cm3"),
        ("patient_id,structure,dose_gy,volume_percent\n", "", "percent"),
    ],
)
def test_the_unit_can_be_said(tmp_path, head, after, unit):
    draft, notebook = imported(tmp_path, files(rows([(d, 100 * v) for d, v in CUMULATIVE], after=after), head))
    assert draft.structures[0].unit == unit and "I316" not in codes(notebook)


def test_the_settings_rule_over_names_kinds_and_units(tmp_path):
    toml = '[doses]\nkind = "differential"\n[structures.parotid]\nlabel = "Gland"\nrole = "target"\nunit = "cm3"\n'
    draft, notebook = imported(tmp_path / "a", files(rows(((1, 3), (2, 2), (3, 1))), **{"study.toml": toml}))
    (gland,) = draft.structures
    assert (gland.label, gland.role, gland.unit) == ("Gland", "target", "cm3")
    assert set(draft.doses["kind"]) == {"differential"} and "I314" not in codes(notebook)
    text, _ = understood(tmp_path / "b", files(rows(CUMULATIVE)))
    assert "[structures.parotid]" in text
    again, _ = imported(tmp_path / "c", files(rows(CUMULATIVE), **{"study.toml": text}))
    assert again.structures[0].unit == "fraction"


def test_a_step_of_a_cumulative_table_is_kept(tmp_path):
    draft, _ = imported(tmp_path, files(rows(((0, 1), (10, 1), (10, 0.4), (20, 0)))))
    assert draft.doses["volume"].tolist() == [1, 1, 0.4, 0]


BAD = {
    "E150 no dose": ("E150", HEAD, [*rows(CUMULATIVE), "zq-0002,parotid,,1"], (6,)),
    "E151 negative dose": ("E151", HEAD, rows(((-1, 1), (10, 0))), (2,)),
    "E151 negative volume": ("E151", HEAD, rows(((0, 1), (10, -0.5), (20, 0))), (3,)),
    "E105 no number": ("E105", HEAD, [*rows(CUMULATIVE), "zq-0002,parotid,much,1"], (6,)),
    "E141 no structure": ("E141", HEAD, [*rows(CUMULATIVE), "zq-0002,,0,1"], (6,)),
    "E152 unknown kind": ("E152", HEAD.replace("\n", ",kind\n"), rows(CUMULATIVE, after=",both"), (2, 3, 4, 5)),
    "E153 two units": (
        "E153",
        HEAD.replace("\n", ",unit\n"),
        rows(CUMULATIVE, after=",cc") + rows(CUMULATIVE, "zq-0002", after=",%"),
        (2, 3, 4, 5, 6),
    ),
    "E154 falling dose": ("E154", HEAD, rows(((0, 1), (20, 0.5), (10, 0.4), (30, 0))), (4,)),
    "E154 second table": ("E154", HEAD, rows(CUMULATIVE) * 2, (6,)),
    "E154 dose twice": ("E154", HEAD.replace("\n", ",kind\n"), rows(((5, 0.5), (5, 0.5)), after=",d"), (3,)),
    "E156 rising volume": (
        "E156",
        HEAD.replace("\n", ",kind\n"),
        rows(((0, 1), (10, 0.4), (20, 0.6), (30, 0)), after=",cum"),
        (4,),
    ),
    "E157 cut tail": ("E157", HEAD, rows(((0, 1), (10, 0.6), (20, 0.2))), (4,)),
    "E123 no column": ("E123", HEAD.replace("dose_gy", "dose"), rows(CUMULATIVE), ()),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_refused_with_its_lines(tmp_path, name):
    code, head, lines, where = BAD[name]
    draft, notebook = imported(tmp_path, files(lines, head))
    assert draft is None
    assert the(notebook, code).rows == where and the(notebook, code).remedy


def test_volumes_that_are_not_the_whole_are_refused_where_most_are(tmp_path):
    lines = rows(CUMULATIVE) + rows(CUMULATIVE, "zq-0002") + rows(((0, 0.9), (10, 0.2), (20, 0)), "zq-0003")
    draft, notebook = imported(tmp_path / "a", files(lines))
    assert draft is None and the(notebook, "E155").rows == (10,)
    draft, notebook = imported(tmp_path / "b", files(rows(((0, 0), (10, 0)))))
    assert draft is None and "E155" in codes(notebook)


def test_large_doses_are_warned_of(tmp_path):
    draft, notebook = imported(tmp_path, files(rows([(100 * dose, v) for dose, v in CUMULATIVE])))
    assert draft is not None and the(notebook, "W285").rows == (3, 4, 5)


def test_unknown_patients_and_their_structures_are_left_out(tmp_path):
    lines = [line for i in range(1, 4) for line in rows(CUMULATIVE, f"zq-000{i}")]
    draft, notebook = imported(tmp_path, files(lines + rows(CUMULATIVE, "zq-0099", "heart")))
    assert the(notebook, "W209").count == 1
    assert [one.name for one in draft.structures] == ["parotid"] and len(draft.doses) == 12


TABLE = st.lists(
    st.tuples(st.sampled_from([0.0, 5.0, 10.0, 20.0]), st.sampled_from([0.0, 0.25, 0.5, 1.0])), min_size=1, max_size=4
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(TABLE, st.sampled_from(["cumulative", "differential"]))
def test_what_is_imported_is_what_the_dose_module_takes(tmp_path_factory, table, kind):
    toml = f'[structures.parotid]\nunit = "fraction"\nkind = "{kind}"\n'
    draft, _ = imported(tmp_path_factory.mktemp("dose"), files(rows(table), **{"study.toml": toml}))
    doses, volumes = np.array(table).T
    try:
        Dvh.of(doses, volumes, kind)
        taken = True
    except Refused:
        taken = False
    if kind == "differential":  # voxels may come in any order; rows of a table may not
        taken &= bool((np.diff(doses) > 0).all())
    assert (draft is not None) == taken

"""Paired regions and dose-volume tables in an edition: kept whole, read in order, absent in most studies."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cohort import parse
from core.errors import Refused
from core.store.build import build
from core.store.canonical import canonical
from core.store.fingerprint import fingerprint
from core.store.paired import derived, paired
from core.store.schema import PIECE, Attribute, Feature, Regions
from core.store.store import Store
from core.store.summary import summarise
from tests.store.drafts import regional_draft, small_draft
from tests.store.reading import Everyone, draft_of

DRAFT = regional_draft()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("regional") / "edition.duckdb"
    build(DRAFT, path)
    return Store(path)


class Some:
    """The cohort of the first two patients."""

    def sql(self, catalogue):
        return "p.patient_id <= ?", ["P002"]


def test_what_is_read_back_is_what_was_drafted(store):
    again = draft_of(store)
    assert store.fingerprint == fingerprint(DRAFT) == fingerprint(again)
    assert (again.regions, again.structures) == (DRAFT.regions, DRAFT.structures)


def test_both_regions_of_a_pair_stand_beside_each_other_in_the_declared_order(store):
    table = store.regions(Everyone(), "lung")
    assert table.index.names == ["patient_id", "section", "location"] and table.columns.names == ["feature", "region"]
    assert list(table.columns) == [(f, r) for f in ("mean", "fractal") for r in ("peripheral", "central")]
    first = [row[1:] for row in table.index if row[0] == "P001"]
    assert first == [(s, place) for s in ("upper", "base") for place in ("left", "apical right")]
    assert len(table) == 6 * 4 - 1, "the second patient lacks a pair"
    given = DRAFT.region_values["lung"]
    for patient, section, location in table.index:
        for feature, region in table.columns:
            cell = table.loc[(patient, section, location), (feature, region)]
            assert cell == given.loc[(patient, section, location, region), feature] or np.isnan(cell)
    assert table.isna().sum().sum() == 1


def test_regions_of_a_cohort_and_of_some_features(store):
    table = store.regions(Some(), "lung", ["fractal"])
    assert set(table.index.get_level_values(0)) == {"P001", "P002"}
    assert list(table.columns) == [("fractal", "peripheral"), ("fractal", "central")]
    for ask in (lambda: store.regions(Some(), "liver"), lambda: store.regions(Some(), "lung", ["nothing"])):
        with pytest.raises(Refused, match="has no"):
            ask()


def test_dose_tables_rise_in_dose_and_steps_fall_in_volume(store):
    table = store.dvh(Some(), "parotid")
    assert list(table.columns) == ["patient_id", "dose_gy", "volume", "kind"]
    assert table["patient_id"].tolist() == ["P001"] * 4 + ["P002"] * 4
    assert table["dose_gy"].tolist()[:4] == [0, 20, 20, 40] and table["volume"].tolist()[:4] == [20, 20, 9, 0]
    assert set(table["kind"]) == {"cumulative"}
    with pytest.raises(Refused, match="has no structure with doses"):
        store.dvh(Some(), "heart")


def test_an_edition_without_them_has_none(tmp_path):
    build(small_draft(), tmp_path / "edition.duckdb")
    store = Store(tmp_path / "edition.duckdb")
    assert not store.catalogue.regions and not store.catalogue.structures
    tables = {row[0] for row in store._rows("SELECT table_name FROM duckdb_tables()")}
    assert not {"regions", "region_features", "structures", "doses"} & tables, (
        "as an edition from before there were any"
    )


def test_many_region_features_continue_in_further_pieces(tmp_path):
    draft = small_draft(n=8)
    names = [f"feature {i}" for i in range(PIECE + 3)]
    rows = [(p, "s", "l", member) for p in draft.patients.index[:2] for member in ("a", "b")]
    index = pd.MultiIndex.from_tuples(rows, names=["patient_id", "section", "location", "region"])
    cells = np.arange(4.0 * len(names)).reshape(4, -1)
    chosen = Regions("wide", sections=("s",), locations=("l",), members=("b", "a"), features=tuple(map(Feature, names)))
    draft.regions, draft.region_values = [chosen], {"wide": pd.DataFrame(cells, index, names)}
    build(draft, tmp_path / "edition.duckdb")
    wanted = [names[PIECE + 1], names[0]]
    table = Store(tmp_path / "edition.duckdb").regions(Everyone(), "wide", wanted)
    assert table.to_numpy().tolist() == [
        [cells[1, PIECE + 1], cells[0, PIECE + 1], cells[1, 0], cells[0, 0]],
        [cells[3, PIECE + 1], cells[2, PIECE + 1], cells[3, 0], cells[2, 0]],
    ]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.data())
def test_any_altered_cell_counts(data):
    changed = copy.deepcopy(DRAFT)
    table = data.draw(st.sampled_from(("regions", "doses")))
    frame = changed.region_values["lung"] if table == "regions" else changed.doses
    row = data.draw(st.integers(0, len(frame) - 1))
    column = data.draw(st.sampled_from(["mean", "fractal"] if table == "regions" else ["dose_gy", "volume"]))
    place = frame.columns.get_loc(column)
    cell = float(frame.iat[row, place])
    frame[column] = frame[column].astype(float)
    frame.iat[row, place] = 1.5 if np.isnan(cell) else float(np.nextafter(cell, np.inf))
    assert fingerprint(changed) != fingerprint(DRAFT)


def test_dictionaries_count_and_row_order_does_not():
    whole, lung, parotid = fingerprint(DRAFT), DRAFT.regions[0], DRAFT.structures[0]
    for change in (
        {"regions": [dataclasses.replace(lung, members=("central", "peripheral"))]},
        {"regions": [dataclasses.replace(lung, sections=("base", "upper"))]},
        {"structures": [dataclasses.replace(parotid, unit="percent"), DRAFT.structures[1]]},
    ):
        assert fingerprint(dataclasses.replace(DRAFT, **change)) != whole
    order = np.random.default_rng(1)
    mixed = {"lung": DRAFT.region_values["lung"].iloc[order.permutation(len(DRAFT.region_values["lung"]))]}
    doses = DRAFT.doses.iloc[order.permutation(len(DRAFT.doses))]
    assert fingerprint(dataclasses.replace(DRAFT, region_values=mixed, doses=doses)) == whole


def altered(table: str, change) -> dict:
    if table == "doses":
        return {"doses": change(DRAFT.doses)}
    return {"region_values": {"lung": change(DRAFT.region_values["lung"])}}


@pytest.mark.parametrize(
    ("table", "change", "what"),
    [
        ("regions", lambda f: f.iloc[1:], "lacks one of its regions"),
        ("regions", lambda f: pd.concat([f, f.iloc[:1]]), "two rows"),
        ("regions", lambda f: f.rename(index={"peripheral": "middle"}), "region that is not declared"),
        ("regions", lambda f: f.rename(index={"base": "top"}), "section that is not declared"),
        ("regions", lambda f: f.rename(index={"P003": "nobody"}), "not in the patients' table"),
        ("regions", lambda f: f[["mean"]], "have no column"),
        ("doses", lambda f: f.assign(volume=-1.0), "must not be negative"),
        ("doses", lambda f: f.assign(kind=["differential", *f["kind"][1:]]), "two kinds"),
        ("doses", lambda f: f.assign(kind="other"), "not one of those known"),
        ("doses", lambda f: f.assign(structure="heart"), "not those that have rows"),
        ("doses", lambda f: f.assign(dose_gy=np.nan), "lacks a value"),
        ("doses", lambda f: f.assign(patient_id="nobody"), "not in the patients' table"),
    ],
)
def test_what_breaks_the_rules_is_refused(table, change, what):
    with pytest.raises(Refused, match=what):
        canonical(dataclasses.replace(DRAFT, **altered(table, change)))


def test_the_summary_counts_them():
    lines = dict(summarise(canonical(DRAFT)).lines)
    assert lines["Regions: lung"] == "2 features in 23 pairs of peripheral and central, 6 patients"
    assert lines["Doses: parotid"] == "4 patients, 16 rows, volume in cm3"


def test_the_derived_sets_are_the_mean_of_all_regions_and_the_mean_difference_of_pairs():
    lung, values = DRAFT.regions[0], DRAFT.region_values["lung"]
    (mean_set, means), (difference_set, differences) = derived(lung, values)
    assert (mean_set.name, difference_set.name) == ("lung_mean", "lung_difference")
    assert difference_set.features[0].label == "Mean, peripheral minus central"
    patient = values.loc["P002"]
    assert means.loc[("P002", "default"), "mean"] == pytest.approx(patient["mean"].mean())
    both = patient["mean"].unstack("region")
    assert differences.loc[("P002", "default"), "mean"] == pytest.approx((both["peripheral"] - both["central"]).mean())
    # The pair with a missing cell has no difference, but its other region is in the mean.
    cells = values.loc["P001"]["fractal"]
    assert means.loc[("P001", "default"), "fractal"] == pytest.approx(cells.sum() / 7)
    whole = cells.unstack("region").dropna()
    expected = (whole["peripheral"] - whole["central"]).mean()
    assert len(whole) == 3 and differences.loc[("P001", "default"), "fractal"] == pytest.approx(expected)


def test_swapping_the_regions_turns_every_difference_round():
    lung, values = DRAFT.regions[0], DRAFT.region_values["lung"]
    other = dataclasses.replace(lung, members=lung.members[::-1])
    np.testing.assert_allclose(derived(other, values)[1][1], -derived(lung, values)[1][1], rtol=1e-12)
    assert derived(other, values)[0][1].equals(derived(lung, values)[0][1])


def test_no_regions_at_all_give_an_empty_table():
    lung, values = DRAFT.regions[0], DRAFT.region_values["lung"]
    assert len(paired(values.iloc[:0], lung)) == 0


@pytest.mark.parametrize(
    ("text", "n"), [("has regions", 6), ("has regions lung", 6), ("has doses", 4), ("not has doses parotid", 8)]
)
def test_a_cohort_can_ask_who_has_them(store, text, n):
    cohort = parse(text)
    assert not list(cohort.problems(store.catalogue)) and store.count(cohort) == n


@pytest.mark.parametrize(
    ("text", "what"),
    [("has regions liver", "no set of paired regions"), ("has doses heart", "no structure with doses")],
)
def test_what_the_study_does_not_have_is_named(store, text, what):
    (problem,) = parse(text).problems(store.catalogue)
    assert what in str(problem)


def test_presence_has_a_column_for_each(store):
    counts = store.presence(Everyone()).sum()
    assert counts["regions: lung"] == 6 and counts["doses: parotid"] == counts["doses: target"] == 4


def test_several_attributes_can_be_genotypes():
    draft = small_draft(n=9)
    calls = ["C/C", "C/T", "C/C"] * 3
    for name in ("rs1", "rs2"):
        draft.attributes.append(Attribute(name, name, "category", levels=("C/C", "C/T", "T/T"), role="genotype"))
        draft.patients[name] = calls
    clean = canonical(draft)
    levels = {each.name: each.levels for each in clean.attributes}
    assert levels["rs1"] == levels["rs2"] == ("C/C", "C/T", "T/T"), "a genotype that nobody has keeps its place"

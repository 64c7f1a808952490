"""Tables of paired regions: what is understood, what follows for each patient, and one bad table per rule."""

from __future__ import annotations

import numpy as np
import pytest

from core.store.build import build
from core.store.store import Store
from tests.store.reading import Everyone
from tests.store.sources.importing import PATIENTS, codes, imported, the, understood

HEAD = "patient_id,section,location,region,entropy,laws_e5\n"
PLACES = [(s, place, r) for s in ("arch", "base") for place in ("sinister", "dexter") for r in ("rim", "core")]


def table(patients=("zq-0001", "zq-0002"), seed: int = 1) -> list[str]:
    random = np.random.default_rng(seed)
    return [
        f"{patient},{','.join(place)},{random.normal():.3g},{random.normal():.3g}"
        for patient in patients
        for place in PLACES
    ]


def files(rows: list[str], head: str = HEAD, **more: str) -> dict[str, str]:
    return {"patients.csv": PATIENTS, "regions_lung.csv": head + "\n".join(rows) + "\n", **more}


def test_regions_are_read_whole_and_give_two_feature_sets(tmp_path):
    draft, notebook = imported(tmp_path, files(table()))
    (lung,) = draft.regions
    assert (lung.name, lung.members, lung.names) == ("lung", ("rim", "core"), ("entropy", "laws_e5"))
    assert (lung.sections, lung.locations) == (("arch", "base"), ("sinister", "dexter"))
    assert [one.name for one in draft.feature_sets] == ["lung_mean", "lung_difference"]
    note = the(notebook, "I311")
    assert "lung_mean, lung_difference" in note.message and "members" in note.remedy
    build(draft, tmp_path / "edition.duckdb")
    store = Store(tmp_path / "edition.duckdb")
    wide = store.regions(Everyone(), "lung")["entropy"]
    difference = store.features(Everyone(), "lung_difference")["entropy"]
    by_hand = (wide["rim"] - wide["core"]).groupby("patient_id").mean()
    assert difference.to_dict() == pytest.approx(by_hand.to_dict())


def test_the_settings_name_columns_and_turn_the_regions_round(tmp_path):
    head = "patient_id,level,place,zone,entropy,laws_e5\n"
    toml = """[regions.lung]\nlabel = "Zones"\nsection = "level"\nlocation = "place"\nregion = "zone"
members = ["core", "rim"]\n"""
    draft, _ = imported(tmp_path / "a", files(table(), head, **{"study.toml": toml}))
    assert draft.regions[0].members == ("core", "rim") and draft.regions[0].label == "Zones"
    assert draft.feature_sets[1].label == "Zones: core minus rim"
    plain = imported(tmp_path / "b", files(table()))[0].values["lung_difference"]
    np.testing.assert_allclose(draft.values["lung_difference"], -plain)


def test_what_is_written_to_study_toml_reads_the_same_again(tmp_path):
    text, _ = understood(tmp_path / "a", files(table()))
    assert 'members = ["rim", "core"]' in text and "[regions.lung]" in text
    first, _ = imported(tmp_path / "b", files(table()))
    again, _ = imported(tmp_path / "c", files(table(), **{"study.toml": text}))
    assert again.regions == first.regions and again.values["lung_mean"].equals(first.values["lung_mean"])


def test_a_study_of_regions_alone_is_one(tmp_path):
    draft, notebook = imported(tmp_path, {"regions.csv": HEAD + "\n".join(table()) + "\n"})
    assert list(draft.patients.index) == ["zq-0001", "zq-0002"] and draft.regions[0].name == "regions"
    assert "W235" in codes(notebook)


def test_a_region_without_the_other_of_its_pair_is_left_out_with_its_line(tmp_path):
    draft, notebook = imported(tmp_path, files(table()[:-1]))
    assert (the(notebook, "W280").count, the(notebook, "W280").rows) == (1, (16,))
    assert len(draft.region_values["lung"]) == 14


def test_a_row_without_values_takes_its_pair_with_it(tmp_path):
    rows = table()
    rows[3] = "zq-0001,arch,dexter,core,,"
    draft, notebook = imported(tmp_path, files(rows))
    assert the(notebook, "W232").rows == (5,) and the(notebook, "W280").rows == (4,)
    assert len(draft.region_values["lung"]) == 14


def test_a_third_region_is_refused(tmp_path):
    rows = [*table(), "zq-0001,arch,sinister,wall,1,2"]
    draft, notebook = imported(tmp_path / "a", files(rows))
    assert draft is None
    finding = the(notebook, "E140")
    assert (finding.column, finding.rows) == ("region", (18,)) and "3 regions" in finding.message
    toml = '[regions.lung]\nmembers = ["rim", "middle"]\n'
    draft, notebook = imported(tmp_path / "b", files(table(), **{"study.toml": toml}))
    assert draft is None and the(notebook, "E140").count == 8
    draft, notebook = imported(tmp_path / "c", files(table(), **{"study.toml": '[regions.lung]\nmembers = ["rim"]\n'}))
    assert draft is None and "must name two" in the(notebook, "E140").message


def test_one_region_alone_is_refused(tmp_path):
    draft, notebook = imported(tmp_path, files([row for row in table() if ",rim," in row]))
    assert draft is None and "1 regions" in the(notebook, "E140").message


def test_a_repeated_row_is_refused_unless_the_first_is_asked_for(tmp_path):
    rows = [*table(), table(seed=2)[0]]
    draft, notebook = imported(tmp_path / "a", files(rows))
    assert draft is None and the(notebook, "E112").rows == (2, 18)
    toml = '[regions.lung]\nduplicates = "first"\n'
    draft, notebook = imported(tmp_path / "b", files(rows, **{"study.toml": toml}))
    assert the(notebook, "W221").rows == (18,) and len(draft.region_values["lung"]) == 16


@pytest.mark.parametrize(("cell", "code"), [("abc", "E105"), ("Infinity", "E109"), ("#DIV/0!", "E109")])
def test_what_is_no_number_is_refused_with_its_line(tmp_path, cell, code):
    rows = table()
    rows[2] = ",".join([*rows[2].split(",")[:-1], cell])
    draft, notebook = imported(tmp_path, files(rows))
    assert draft is None and (the(notebook, code).column, the(notebook, code).rows) == ("laws_e5", (4,))


def test_rows_without_a_place_are_refused(tmp_path):
    rows = table()
    rows[4] = rows[4].replace("base", "")
    draft, notebook = imported(tmp_path, files(rows))
    assert draft is None and the(notebook, "E141").rows == (6,)


def test_missing_columns_are_named(tmp_path):
    draft, notebook = imported(tmp_path, files(table(), HEAD.replace("section", "slab")))
    assert draft is None and "missing: section." in the(notebook, "E123").message


def test_unknown_patients_are_left_out_and_counted(tmp_path):
    draft, notebook = imported(tmp_path, files(table(("zq-0001", "zq-0002", "zq-0099"))))
    assert the(notebook, "W209").count == 1
    assert set(draft.region_values["lung"].index.get_level_values(0)) == {"zq-0001", "zq-0002"}


def test_constant_features_are_left_out(tmp_path):
    rows = [",".join([*row.split(",")[:-1], "4"]) for row in table()]
    draft, notebook = imported(tmp_path, files(rows))
    assert draft.regions[0].names == ("entropy",) and "[regions.NAME]" in the(notebook, "W206").remedy


def test_a_table_of_features_keeps_its_name_over_a_derived_one(tmp_path):
    features = "patient_id,alpha\nzq-0001,1\nzq-0002,2\nzq-0003,4\n"
    draft, notebook = imported(tmp_path, files(table(), **{"features_lung_mean.csv": features}))
    assert [one.name for one in draft.feature_sets] == ["lung_mean", "lung_difference"]
    assert draft.feature_sets[0].names == ("alpha",) and the(notebook, "W281").count == 1


def test_a_file_that_study_toml_names_is_read_as_regions(tmp_path):
    given = files(table(), **{"study.toml": '[regions.chest]\nfile = "measured.csv"\n'})
    given["measured.csv"] = given.pop("regions_lung.csv")
    draft, _ = imported(tmp_path, given)
    assert draft.regions[0].name == "chest"

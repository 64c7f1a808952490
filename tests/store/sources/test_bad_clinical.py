"""One bad file per rule about patients, endpoints, dates and ranges."""

from __future__ import annotations

import pytest

from tests.store.sources.importing import FEATURES, PATIENTS, codes, imported, the

EVENTS = "patient_id,os_days,os_event\nzq-0001,100,{}\nzq-0002,200,{}\nzq-0003,300,{}\n"


@pytest.mark.parametrize(
    "cells",
    [
        *[("1", "0", "1"), ("1.0", "0.0", "1.0"), ("TRUE", "FALSE", "true"), ("dead", "alive", "Dead")],
        *[("deceased", "living", "DECEASED"), ("event", "censored", "event"), ("1:DECEASED", "0:LIVING", "1:X")],
    ],
)
def test_codings_of_events_that_mean_one_thing(tmp_path, cells):
    draft, notebook = imported(tmp_path, {"patients.csv": EVENTS.format(*cells)})
    assert draft.outcomes["event"].tolist() == [1.0, 0.0, 1.0]
    assert not notebook.warnings


@pytest.mark.parametrize(
    ("cells", "count", "rows"),
    [
        (("1", "2", "1"), 1, (3,)),
        (("2", "2", "2"), 3, (2, 3, 4)),
        (("yes", "no", "yes"), 3, (2, 3, 4)),
        (("1", "0", "3"), 1, (4,)),
        (("1", "0", "perhaps"), 1, (4,)),
    ],
)
def test_codings_of_events_that_could_mean_two_are_refused(tmp_path, cells, count, rows):
    draft, notebook = imported(tmp_path, {"patients.csv": EVENTS.format(*cells)})
    assert draft is None
    finding = the(notebook, "E110")
    assert (finding.file, finding.column, finding.count, finding.rows) == ("patients.csv", "os_event", count, rows)
    assert "0 and 1" in finding.remedy and "study.toml" in finding.remedy


def test_the_user_may_say_what_an_event_is(tmp_path):
    files = {"patients.csv": EVENTS.format("yes", "no", "yes")}
    files["study.toml"] = '[endpoints.os]\nevents = ["yes"]\ncensored = ["no"]\n'
    draft, _ = imported(tmp_path, files)
    assert draft.outcomes["event"].tolist() == [1.0, 0.0, 1.0]


def test_a_censoring_indicator_is_turned_round_and_said(tmp_path):
    text = "patient_id,os_days,os_cnsr\nzq-0001,100,0\nzq-0002,200,1\nzq-0003,300,2\n"
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert draft.outcomes["event"].tolist() == [1.0, 0.0, 0.0]
    assert the(notebook, "W224").count == 3


def test_times_below_zero_are_refused_and_zero_is_kept(tmp_path):
    text = "patient_id,os_days,os_event\nzq-0001,{},1\nzq-0002,0,0\nzq-0003,300,1\n"
    draft, notebook = imported(tmp_path / "a", {"patients.csv": text.format("-5")})
    assert draft is None
    assert (the(notebook, "E111").column, the(notebook, "E111").rows) == ("os_days", (2,))
    draft, notebook = imported(tmp_path / "b", {"patients.csv": text.format("5")})
    assert draft.outcomes["time"].tolist() == [5.0, 0.0, 300.0]
    assert the(notebook, "W203").rows == (3,)


def test_patients_without_time_or_event_are_left_out_of_the_endpoint(tmp_path):
    text = "patient_id,os_days,os_event\nzq-0001,,1\nzq-0002,20,NA\nzq-0003,300,1\n"
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert draft.outcomes["patient_id"].tolist() == ["zq-0003"]
    assert len(draft.patients) == 3
    assert (the(notebook, "W204").count, the(notebook, "W204").rows) == (2, (2, 3))


def test_times_in_mixed_units_are_warned_of(tmp_path):
    text = "patient_id,os_months,os_event\nzq-0001,10,1\nzq-0002,1300,0\n"
    _, notebook = imported(tmp_path / "a", {"patients.csv": text})
    assert the(notebook, "W205").rows == (3,)
    text = "patient_id,os_days,os_event,pfs_days,pfs_event\n"
    text += "".join(f"zq-{row},{900 + row},1,{30 + row / 30},1\n" for row in range(20))
    _, notebook = imported(tmp_path / "b", {"patients.csv": text})
    assert the(notebook, "W205").count == 2
    text = "patient_id,centre,os_days,os_event\n"
    text += "".join(f"zq-{row},{'AB'[row % 2]},{(900, 30)[row % 2] + row / 40},1\n" for row in range(40))
    _, notebook = imported(tmp_path / "c", {"patients.csv": text})
    assert the(notebook, "W205").column == "centre"


def test_a_time_without_a_unit_is_asked_about(tmp_path):
    text = "patient_id,OS,OS.time\nzq-0001,1,100\nzq-0002,0,200\n"
    draft, notebook = imported(tmp_path / "a", {"patients.csv": text})
    assert draft is None and 'unit = "days"' in the(notebook, "E122").remedy
    settings = '[endpoints.os]\nunit = "months"\norigin = "diagnosis"\n'
    draft, _ = imported(tmp_path / "b", {"patients.csv": text, "study.toml": settings})
    assert (draft.endpoints[0].time_unit, draft.endpoints[0].origin) == ("months", "diagnosis")


@pytest.mark.parametrize(
    ("header", "name", "unit", "origin"),
    [
        ("os_days,os_event", "os", "days", ""),
        ("OS_MONTHS,OS_STATUS", "os", "months", ""),
        ("Overall Survival (Months),Overall Survival Status", "os", "months", ""),
        ("vital_days_after_surgery,vital_status", "os", "days", "surgery"),
        ("time_days,event", "event", "days", ""),
        ("pfi_weeks,pfi_event", "pfi", "weeks", ""),
        ("laryngectomy_years,laryngectomy_event", "laryngectomy", "years", ""),
    ],
)
def test_endpoints_are_recognised_by_their_columns(tmp_path, header, name, unit, origin):
    text = f"patient_id,{header}\nzq-0001,10,1\nzq-0002,20,0\n"
    draft, _ = imported(tmp_path, {"patients.csv": text})
    assert [(one.name, one.time_unit, one.origin) for one in draft.endpoints] == [(name, unit, origin)]
    assert draft.attributes == []


def test_columns_that_only_sound_like_an_endpoint_are_attributes(tmp_path):
    text = "patient_id,smoking_status,smoking_years\nzq-0001,never,0\nzq-0002,former,20\n"
    draft, _ = imported(tmp_path, {"patients.csv": text})
    assert draft.endpoints == [] and [one.name for one in draft.attributes] == ["smoking_status", "smoking_years"]


def test_dates_must_be_iso_or_declared(tmp_path):
    text = "patient_id,scanned\nzq-0001,03/04/2019\nzq-0002,25/12/2019\nzq-0003,\n"
    draft, notebook = imported(tmp_path / "a", {"patients.csv": text})
    assert draft is None
    assert (the(notebook, "E108").column, the(notebook, "E108").count) == ("scanned", 2)
    settings = '[attributes.scanned]\ndate = "%d/%m/%Y"\n'
    draft, _ = imported(tmp_path / "b", {"patients.csv": text, "study.toml": settings})
    assert draft.patients["scanned"].tolist() == ["2019-04-03", "2019-12-25", None]
    settings = '[attributes.scanned]\ndate = "%m/%d/%Y"\n'
    draft, notebook = imported(tmp_path / "c", {"patients.csv": text, "study.toml": settings})
    assert draft is None and the(notebook, "E108").rows == (3,)
    iso = text.replace("03/04/2019", "2019-04-03").replace("25/12/2019", "2019-12-25")
    draft, notebook = imported(tmp_path / "d", {"patients.csv": iso})
    assert draft is not None and "I307" in codes(notebook)


@pytest.mark.parametrize(
    "column", ["name", "Patient Name", "LastName", "date_of_birth", "DOB", "mrn", "email", "NHS number", "postcode"]
)
def test_columns_named_for_people_are_refused(tmp_path, column):
    text = f"patient_id,{column}\nzq-0001,abcd\nzq-0002,efgh\n"
    draft, notebook = imported(tmp_path / "a", {"patients.csv": text})
    assert draft is None
    assert (the(notebook, "E117").column, the(notebook, "E117").count) == (column, 2)
    settings = f'[patients]\nallowed = ["{column}"]\n'
    draft, _ = imported(tmp_path / "b", {"patients.csv": text, "study.toml": settings})
    assert draft is not None
    settings = f'[patients]\nleave_out = ["{column}"]\n'
    draft, _ = imported(tmp_path / "c", {"patients.csv": text, "study.toml": settings})
    assert draft.attributes == []


def test_free_text_and_addresses_are_refused(tmp_path):
    note = "Seen in clinic after the holidays and complained of pain on the left side, number {}"
    text = "patient_id,remark,contact\n" + "".join(f'zq-{row},"{note.format(row)}",a{row}@b.org\n' for row in range(9))
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert draft is None
    assert {one.column for one in notebook.errors if one.code == "E117"} == {"remark", "contact"}


def test_scanner_and_file_names_are_not_people(tmp_path):
    text = "patient_id,scanner_model_name,kernel\nzq-0001,Alpha 16,B30f\nzq-0002,Alpha 64,B30f\n"
    draft, _ = imported(tmp_path, {"patients.csv": text})
    assert draft is not None


@pytest.mark.parametrize(("cell", "code"), [("430", "E118"), ("-1", "E118"), ("112", "W211")])
def test_impossible_and_unlikely_ages(tmp_path, cell, code):
    text = f"patient_id,age\nzq-0001,60\nzq-0002,{cell}\nzq-0003,71\n"
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert (draft is None) == (code == "E118")
    assert (the(notebook, code).column, the(notebook, code).rows) == ("age", (3,))


def test_ages_in_words_become_years(tmp_path):
    text = "patient_id,age_at_diagnosis\nzq-0001,54 years 347 days\nzq-0002,78 years\nzq-0003,61 y 6 months\n"
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert draft.patients["age_at_diagnosis"].round(3).tolist() == [54.95, 78.0, 61.5]
    assert (draft.attributes[0].unit, draft.attributes[0].role) == ("years", "age")
    assert the(notebook, "W225").count == 3


def test_damaged_numbers_refuse_and_words_are_missing(tmp_path):
    rows = "".join(f"zq-{row},{row * 1.5}\n" for row in range(40))
    draft, notebook = imported(tmp_path / "a", {"patients.csv": f"patient_id,size\n{rows}zq-x,>5\n"})
    assert draft is None and the(notebook, "E105").rows == (42,)
    draft, notebook = imported(tmp_path / "b", {"patients.csv": 'patient_id,size\nzq-1,12\nzq-2,"1,234"\n'})
    assert draft is None and the(notebook, "E105").rows == (3,)
    draft, notebook = imported(tmp_path / "c", {"patients.csv": f"patient_id,size\n{rows}zq-x,unmeasurable\n"})
    assert draft.patients["size"].isna().sum() == 1
    assert the(notebook, "W215").rows == (42,)


def test_a_column_of_numbers_and_limits_is_text_until_the_user_says_more(tmp_path):
    rows = "".join(f"zq-{row},{'>=90' if row % 4 == 0 else row + 40}\n" for row in range(40))
    files = {"patients.csv": f"patient_id,egfr\n{rows}"}
    draft, notebook = imported(tmp_path / "a", files)
    assert draft.attributes[0].type == "text" and the(notebook, "W216").count == 10
    files["study.toml"] = '[missing]\ntokens = [">=90"]\n'
    draft, notebook = imported(tmp_path / "b", files)
    assert draft.attributes[0].type == "number" and draft.patients["egfr"].isna().sum() == 10


def test_levels_that_differ_by_case(tmp_path):
    text = "patient_id,sex,smoking\n" + "zq-1,M,Never\nzq-2,M,never\nzq-3,m,Former\nzq-4,F,never\n"
    draft, notebook = imported(tmp_path / "a", {"patients.csv": text})
    assert draft.patients["sex"].tolist() == ["M", "M", "M", "F"]
    assert (the(notebook, "W218").column, the(notebook, "W218").rows) == ("sex", (4,))
    assert draft.attributes[1].levels == ("Former", "Never", "never")
    assert (the(notebook, "W219").column, the(notebook, "W219").rows) == ("smoking", (2,))
    settings = "[attributes.sex]\nignore_case = false\n[attributes.smoking]\nignore_case = true\n"
    draft, notebook = imported(tmp_path / "b", {"patients.csv": text, "study.toml": settings})
    assert draft.patients["sex"].tolist() == ["M", "M", "m", "F"]
    assert draft.attributes[1].levels == ("Former", "never")


def test_mixed_spellings_of_stage_make_a_new_attribute(tmp_path):
    text = "patient_id,stage_raw\nzq-1,IVA\nzq-2,stage IVA\nzq-3,Stade iii\nzq-4,III\nzq-5,2\nzq-6,\n"
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert draft.patients["stage"].tolist() == ["IVA", "IVA", "III", "III", "II", None]
    assert draft.patients["stage_raw"].tolist() == ["IVA", "stage IVA", "Stade iii", "III", "2", None]
    assert [(one.name, one.role) for one in draft.attributes] == [("stage_raw", ""), ("stage", "stage")]
    assert the(notebook, "W220").column == "stage_raw"


def test_unknown_stays_a_level_until_the_user_says_missing(tmp_path):
    text = "patient_id,grade\nzq-1,G1\nzq-2,Not Collected\nzq-3,G2\n"
    draft, notebook = imported(tmp_path / "a", {"patients.csv": text})
    assert draft.attributes[0].levels == ("G1", "G2", "Not Collected")
    assert the(notebook, "I305").rows == (3,)
    settings = '[missing]\ntokens = ["Not Collected"]\n'
    draft, _ = imported(tmp_path / "b", {"patients.csv": text, "study.toml": settings})
    assert draft.patients["grade"].tolist() == ["G1", None, "G2"]


def test_missing_cells_are_counted_by_kind(tmp_path):
    text = "patient_id,sex,size\nzq-1,,1.5\nzq-2,NA,[Not Available]\nzq-3,none,2.5\n"
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert draft.patients["sex"].tolist() == [None, None, "none"]
    finding = the(notebook, "I304")
    assert finding.count == 3 and "1 empty" in finding.message and "1 NA" in finding.message


def test_blanks_around_ids_and_cells_are_removed_and_said(tmp_path):
    files = {"patients.csv": "patient_id,sex\nzq-1 ,F\nzq-2, M\n", "features.csv": "patient_id,alpha\nzq-1,1\nzq-2,2\n"}
    draft, notebook = imported(tmp_path, files)
    assert list(draft.patients.index) == ["zq-1", "zq-2"] and draft.patients["sex"].tolist() == ["F", "M"]
    found = {one.column: (one.count, one.rows) for one in notebook.findings if one.code == "W202"}
    assert found == {"patient_id": (1, (2,)), "sex": (1, (3,))}


def test_everything_wrong_is_told_in_one_pass(tmp_path):
    patients = "patient_id,name,age,os_days,os_event\nzq-0001,abcd,430,-4,2\nzq-0002,efgh,50,10,1\n"
    features = "patient_id,alpha,beta\nzq-0001,inf,1\nzq-0002,1,2\nzq-0002,3,>4\n"
    draft, notebook = imported(tmp_path, {"patients.csv": patients, "features.csv": features})
    assert draft is None
    assert {one.code for one in notebook.errors} == {"E105", "E109", "E110", "E111", "E112", "E117", "E118"}


def test_a_good_study_has_no_warning(tmp_path):
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "features.csv": FEATURES})
    assert not notebook.errors and not notebook.warnings
    assert len(draft.outcomes) == 3 and draft.values["features"].shape == (3, 2)

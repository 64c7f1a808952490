"""The Studies page and the home page."""

import pytest

from core.analyses import registry
from core.run import answer
from tests.pages.conftest import said

SECTIONS = ("Study", "Import report", "Attributes", "Features", "Overlap", "Methods", "Planted truth")


@pytest.mark.parametrize("study", ["demo", "bare", "odd"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_every_study(visit, study, section):
    at = visit("Studies", study=study, section=section)
    assert not at.exception
    assert at.dataframe or at.info, said(at)


def test_the_methods_name_every_analysis(visit):
    at = visit("Studies", study="small", section="Methods")
    labels = "\n".join(each.label for each in at.expander).replace("\\", "")
    for each in registry.analyses().values():
        assert each.question in labels


def test_page_and_command_line_agree(shelf):
    told = answer("Studies?study=small", shelf)
    plain, results = told.plain, told.results
    about = plain["results"]["about"]
    assert about["n"] == 40 and about["study"]["licence"] == "CC0"
    assert [row["name"] for row in about["endpoints"]] == ["os", "pfs"]
    assert about["endpoints"][1]["n"] == 38
    assert about["report"][0]["severity"] == "warning" and about["report"][0]["count"] == 3
    overlap = results["about"].overlap
    assert overlap.loc["Patients", "Patients"] == 40
    assert overlap.loc["Imaging: CT of the primary tumour", "Expression"] == 20
    names = {row["name"] for row in plain["results"]["methods"]["parameters"]}
    assert {"follow_up.endpoint", "charts.attributes", "oncoprint.genes"} <= names


def test_an_unknown_study_is_refused(visit):
    at = visit("Studies", study="nowhere")
    assert "there is no study 'nowhere'" in said(at) and not at.dataframe


def test_home_lists_every_study_with_n_licence_and_doors(visit):
    at = visit()
    assert not at.exception
    text = said(at)
    for part in ("Small study", "Bare study", "Ödd *study* <script>", "Patients: 40", "Licence: CC0", "not stated"):
        assert part in text
    assert "Genomics: mutations of 14 genes (n = 220); expression of 300 genes (n = 180)" in text


def test_home_of_a_store_that_cannot_be_written(visit, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COHORTSCOPE_STORE", str(tmp_path / "file" / "store"))
    from streamlit.testing.v1 import AppTest

    from tests.conftest import ROOT

    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not at.exception and at.error

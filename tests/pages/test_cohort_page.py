"""The Cohort page: linked charts, sections, bad links, odd studies."""

import json

import pytest

from core.cohort import parse
from pages.ui.linked import clicked
from tests.pages.conftest import said

SECTIONS = ("Charts", "Baseline", "Mutations", "OncoPrint", "Patient flow", "Missing data", "Patients")


def charts(at) -> list[dict]:
    return [json.loads(each.proto.spec) for each in at.get("plotly_chart")]


def test_a_good_link_shows_its_patients_and_the_chart_without_its_own_filter(visit):
    at = visit("Cohort", study="demo", where="subsite in (larynx)")
    assert not at.exception
    assert "Subsite is larynx** · n = 54 of 240 patients" in said(at)
    assert "Synthetic demonstration data" in said(at)
    subsite, hpv = charts(at)[:2]
    assert sum(text_n(subsite)) == 240, "a chart never filters itself"
    assert sum(text_n(hpv)) == 54


def text_n(chart: dict) -> list[int]:
    return [int(text.split(" ")[0].replace(",", "")) for text in chart["data"][0]["text"]]


@pytest.mark.parametrize("study", ["demo", "odd", "bare"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_every_study_is_a_figure_a_table_or_a_named_state(visit, study, section):
    at = visit("Cohort", study=study, section=section)
    assert not at.exception
    assert at.get("plotly_chart") or at.dataframe or at.info or at.success, said(at)


@pytest.mark.parametrize("where", ["age > 300", "hpv_status missing"])
@pytest.mark.parametrize("section", SECTIONS)
def test_few_and_no_patients_are_states_not_failures(visit, section, where):
    at = visit("Cohort", study="small", where=where, section=section)
    assert not at.exception
    if where == "age > 300":
        assert "No patient matches. Without the part “Age at diagnosis above 300 years” there would be 40" in said(at)


def test_one_patient(visit):
    at = visit("Cohort", study="small", where="not remark missing")
    assert "n = 1 of 40 patients" in said(at)
    for section in SECTIONS[1:]:
        assert not visit("Cohort", study="small", where="not remark missing", section=section).exception, section


def test_a_bad_link_lists_every_problem_and_shows_nothing(visit):
    at = visit("Cohort", study="demo", where="subsit = larynx and age > old and XYZ1 mutated", nonsense="1")
    assert not at.exception and not at.get("plotly_chart") and not at.dataframe
    assert "nothing is shown in its place" in said(at)
    assert "nonsense" in said(at)
    at = visit("Cohort", study="demo", where="subsit = larynx and age > old and XYZ1 mutated")
    for problem in ("subsit", "old", "XYZ1"):
        assert problem in said(at)
    assert not at.get("plotly_chart")


def test_the_demonstration_can_be_opened_after_a_bad_link(visit):
    at = visit("Cohort", study="nowhere")
    assert "there is no study 'nowhere'" in said(at)
    next(button for button in at.button if button.label == "Open the demonstration study").click()
    at.run()
    assert not at.exception and "n = 240 of 240 patients" in said(at)


def test_names_of_a_study_are_never_markup(visit):
    at = visit("Cohort", study="odd", where='subsite = "口咽 <b>"')
    assert not at.exception
    raw = "\n".join(each.value for each in at.markdown)
    assert "Sübsite: \\`\\_\\<i>\\_\\`" in raw
    labels = charts(at)[0]["layout"]["yaxis"]["ticktext"]
    assert "口咽 &lt;b&gt;" in labels


def test_the_chips_remove_their_part(visit):
    at = visit("Cohort", study="demo", where="subsite = larynx and age >= 60")
    next(button for button in at.button if button.key == "chip.0").click()
    at.run()
    assert "Age at diagnosis at least 60 years" in said(at) and "larynx**" not in said(at)
    next(button for button in at.button if button.key == "chip.all").click()
    at.run()
    assert "All patients** · n = 240 of 240" in said(at)


@pytest.mark.parametrize(
    ("before", "marks", "after"),
    [
        ("", [["larynx"]], "subsite = larynx"),
        ("subsite = larynx", [["oral cavity"]], 'subsite in (larynx, "oral cavity")'),
        ("subsite in (larynx, oropharynx)", [["larynx"]], "subsite = oropharynx"),
        ("subsite = larynx", [["larynx"]], ""),
        ("", [[None]], "subsite missing"),
        ("subsite missing", [[None]], ""),
        ("age >= 60", [["larynx"]], "age >= 60 and subsite = larynx"),
        ("subsite = larynx", [], "subsite = larynx"),
    ],
)
def test_clicks_on_the_bars_of_a_category(before, marks, after):
    assert str(clicked(parse(before), "subsite", "category", marks)) == str(parse(after))


@pytest.mark.parametrize(
    ("before", "marks", "after"),
    [
        ("", [[60, 64]], "age between 60 and 64"),
        ("", [[60, 64], [65, 69]], "age between 60 and 69"),
        ("age between 60 and 64", [[60, 64]], ""),
        ("age between 60 and 64", [[70, 74]], "age between 60 and 74"),
        ("age between 60 and 74", [[65, 69]], "age between 65 and 69"),
        ("age between 60 and 64", [[None, None]], "age between 60 and 64 or age missing"),
        ("age missing", [[None, None]], ""),
        ("", [[60, 64], [None, None]], "age between 60 and 64 or age missing"),
    ],
)
def test_clicks_on_the_bars_of_a_number(before, marks, after):
    assert str(clicked(parse(before), "age", "number", marks)) == str(parse(after))

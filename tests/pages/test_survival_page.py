"""The Survival page: curves, words, tables and states."""

import json

import pytest

from tests.pages.conftest import said


def test_the_page_says_what_the_plot_shows(visit):
    at = visit("Survival", study="demo", survival__attribute="hpv_status")
    assert not at.exception
    assert "log-rank (2-sided)" in said(at) and "HR " in said(at)
    names = [trace.get("name", "") for trace in json.loads(at.get("plotly_chart")[0].proto.spec)["data"]]
    groups = at.dataframe[0].value
    for row in groups.itertuples():
        assert any(f"<b>{row.Group}</b>: n = {row.n}, {row.Events} events" in name for name in names)


@pytest.mark.parametrize("split", ["attribute", "gene", "feature", "none"])
@pytest.mark.parametrize("endpoint", ["os", "pfs"])
def test_every_kind_of_group(visit, split, endpoint):
    at = visit("Survival", study="small", survival__split=split, survival__endpoint=endpoint)
    assert not at.exception and at.get("plotly_chart")


def test_a_study_without_follow_up_says_so_once(visit):
    at = visit("Survival", study="bare")
    assert not at.exception and not at.get("plotly_chart")
    assert said(at).count("This study has no time to an event") == 1


@pytest.mark.parametrize("where", ["age > 300", "not remark missing", "subsite = larynx"])
def test_few_patients_are_states(visit, where):
    at = visit("Survival", study="small", where=where, survival__attribute="subsite")
    assert not at.exception
    assert at.info or at.warning


def test_a_bad_option_is_refused(visit):
    at = visit("Survival", study="demo", survival__attribute="shoe_size", survival__cut="best", survival__oops="1")
    assert not at.get("plotly_chart")
    for problem in ("shoe_size", "best", "oops"):
        assert problem in said(at)


def test_the_panel_is_read_aloud_in_one_paragraph(visit):
    at = visit("Survival", study="demo", survival__attribute="hpv_status")
    (paragraph,) = (each.value for each in at.markdown if "Survival curves differ" in each.value)
    for part in ("Patients in the positive group had a lower hazard of death", "At 2 years", "Median follow-up"):
        assert part in paragraph


def test_a_searched_cut_is_exploratory_and_says_what_its_p_is(visit):
    at = visit("Survival", study="demo", survival__attribute="age", survival__cut="searched")
    assert not at.exception
    assert "Exploratory: the cut was searched." in said(at)
    assert "corrected for the search by 1,000 permutations" in said(at)
    assert "No hazard ratio or restricted mean is given" in said(at)
    assert "p" not in at.dataframe[0].value.columns


def test_what_was_tried_is_counted_over_the_session(visit):
    at = visit("Survival", study="demo", survival__attribute="hpv_status")
    (first,) = (each.label for each in at.expander if each.label.startswith("Tests tried"))
    at.selectbox(key="survival.attribute").set_value("sex").run()
    (second,) = (each.label for each in at.expander if each.label.startswith("Tests tried"))
    assert int(second.rpartition(" ")[2]) == 2 * int(first.rpartition(" ")[2])
    assert "in 2 comparisons (1 endpoint, 2 markers, 1 cohort)." in said(at)
    at.selectbox(key="follow_up.endpoint").set_value("pfs").run()
    assert "Exploratory: 2 endpoints were tried" in said(at)


def test_another_value_of_a_cut_is_another_try_and_naming_the_one_found_stays_exploratory(visit):
    at = visit("Survival", study="demo", survival__attribute="age", survival__cut="searched")
    at.selectbox(key="survival.cut").set_value("value").run()
    at.number_input(key="survival.value").set_value(60.0).run()
    assert "a cut of the same marker was searched before in this session" in said(at)
    at.number_input(key="survival.value").set_value(65.0).run()
    assert "in 3 comparisons" in said(at)


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"survival__weights": "late"}, "Fleming-Harrington rho = 0, gamma = 1 (2-sided)"),
        ({"survival__strata": "centre"}, "log-rank stratified by Centre (3 strata) (2-sided)"),
        ({"survival__attribute": "subsite", "survival__adjustment": "BH"}, "Benjamini and Hochberg's adjustment"),
        ({"survival__reference": "positive"}, "those in the positive group (reference)"),
        ({"survival__mean_until": "36"}, "within 36 months"),
        ({"follow_up__landmark": "12"}, "12 months after diagnosis"),
        ({"follow_up__until": "24"}, "n = "),
        ({"survival__axis": "24"}, "n = "),
    ],
)
def test_every_choice_is_honoured(visit, choice, says):
    at = visit("Survival", study="demo", **({"survival__attribute": "hpv_status"} | choice))
    assert not at.exception and at.get("plotly_chart")
    assert says in said(at) + at.get("plotly_chart")[0].proto.spec


def test_who_was_left_out_and_why(visit):
    at = visit("Survival", study="demo", survival__attribute="hpv_status", follow_up__landmark="12")
    told = said(at)
    assert "had the event by the landmark" in told
    assert "HPV status is not known" in told
    reasons = next(frame.value for frame in at.dataframe if "Reason" in frame.value.columns)
    assert set(reasons["Reason"]) == {
        "no time or no event status",
        "had the event by the landmark",
        "followed up no longer than the landmark",
    } & set(reasons["Reason"])
    assert len(reasons) > 10

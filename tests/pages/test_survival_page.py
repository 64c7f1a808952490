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

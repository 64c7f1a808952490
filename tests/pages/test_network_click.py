"""The section of a chosen feature, and what a click on a network means."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.network_click import clicked
from tests.pages.conftest import said

SOME = {"network.gamma": "0", "network.edge": "0.05", "network.edges": "union"}
CONTRAST = "original_glcm_Contrast"


@pytest.fixture
def look(shelf, monkeypatch):
    monkeypatch.setenv("COHORTSCOPE_STORE", str(shelf.folder))

    def open_link(study: str = "small", **query: str) -> AppTest:
        at = AppTest.from_file(str(Path(__file__).with_name("network_app.py")), default_timeout=60)
        for name, value in ({"v": "1", "study": study} | SOME | query).items():
            at.query_params[name.replace("__", ".")] = value
        return at.run()

    return open_link


def test_without_a_feature_the_section_says_how_to_choose_one(look):
    at = look()
    assert not at.exception and not at.error and not at.info
    assert "Click a feature in a network" in said(at) and len(at.get("plotly_chart")) == 2
    assert at.selectbox(key="feature_pair.feature").value == "none"


def test_a_chosen_feature_is_shown_under_both_settings(look):
    at = look(feature_pair__feature=CONTRAST)
    assert not at.exception and not at.error
    text = said(at)
    for words in ("IBSI ACUI", "squared difference", "Concordance", "limits of agreement", "n = 19", "MeshVolume"):
        assert words in text, words
    assert len(at.get("plotly_chart")) == 4 and len(at.dataframe) == 1


def test_the_list_is_the_way_by_keyboard(look):
    at = look()
    at.selectbox(key="feature_pair.feature").select(CONTRAST).run()
    assert not at.exception and "IBSI ACUI" in said(at)
    assert at.query_params["feature_pair.feature"] in (CONTRAST, [CONTRAST])
    at.selectbox(key="feature_pair.feature").select("none").run()
    assert not at.exception and "IBSI ACUI" not in said(at)


def test_one_setting_says_what_is_needed(look):
    at = look(network__setting_b="none", feature_pair__feature=CONTRAST)
    assert not at.exception and "two settings" in said(at)


def test_odd_names_are_shown_as_they_are(look):
    at = look("odd", feature_pair__feature=CONTRAST)
    assert not at.exception and not at.error and "IBSI ACUI" in said(at)


def test_a_click_chooses_the_feature_it_hits():
    assert clicked([{"customdata": CONTRAST}]) == clicked([{}, {"customdata": [CONTRAST]}]) == CONTRAST
    assert clicked([]) == clicked([{"x": 1}]) == clicked([{"customdata": None}, {"customdata": []}]) == ""

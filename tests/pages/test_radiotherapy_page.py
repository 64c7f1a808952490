"""The Radiotherapy page: every section shows what was worked out, odd names as they are, and what lacks in words."""

from __future__ import annotations

import re

import pytest

from pages.ui.radiotherapy import estimates_table
from tests.pages.conftest import said

SECTIONS = {"": 1, "Complications": 3, "Control": 3, "Data-driven": 2}
QUICK = {"complication__volume": "given", "outcome_terms__resamples": "20"}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_drawn_said_and_tabled(visit, section):
    at = visit("Radiotherapy", study="dosed", section=section, **QUICK)
    assert not at.exception and not at.error
    assert len(at.get("plotly_chart")) == SECTIONS[section]
    assert len(at.dataframe) >= 1 and len(at.expander) >= 2
    assert {"<b>", "<i>", "Local control"} & set(re.findall(r"<.>|Local control", said(at))), (
        "odd names stand as they are"
    )
    assert [each for each in at.expander if each.label == "Formulas, units and sources"]
    assert ("Genotypes" in {each.label for each in at.multiselect}) == (section == "Data-driven")


def test_the_demo_opens_with_its_numbers(visit):
    at = visit("Radiotherapy", study="demo", section="Complications")
    assert not at.exception and len(at.get("plotly_chart")) == 4
    assert "Dry mouth at 12 months: 72 of 188 patients" in said(at)
    assert "Dijkema et al. 2010" in said(at)
    assert "Left out, of 240 patients: 34 without a dose table of this structure; 18 with" in said(at)
    table = at.dataframe[0].value
    assert list(table["Parameter"]) == ["TD50 (Gy)", "m", "n", "TD50 (Gy)", "gamma50"]
    assert table["95 % interval"][2].endswith("to open")


def test_a_study_without_doses_says_what_dvh_csv_is(visit):
    at = visit("Radiotherapy", study="demo_ild")
    assert not at.exception and not at.error and not at.get("plotly_chart")
    assert "no dose-volume tables" in said(at) and "dvh.csv holds" in said(at).replace("`", "")
    assert any(each.value.startswith("patient_id,structure,dose_gy,volume") for each in at.code)


def test_nobody_left_is_a_state(visit):
    at = visit("Radiotherapy", study="dosed", where="age > 200")
    assert not at.exception and at.info and not at.get("plotly_chart")


def test_parameters_of_ones_own_are_controls(visit):
    at = visit("Radiotherapy", study="dosed", section="Complications", complication__given="own", **QUICK)
    assert {"TD50 (Gy)", "m", "n"} <= {each.label for each in (*at.number_input, *at.slider)}


def test_a_link_that_asks_for_what_is_not_there_is_refused(visit):
    at = visit("Radiotherapy", study="dosed", dose__structure="heart")
    assert at.error and "heart" in said(at) and not at.get("plotly_chart")


def test_open_ends_are_said_in_the_table():
    import numpy as np
    import pandas as pd

    from core.analyses.dose_response import ESTIMATES

    rows = [("logistic", "D50", "Gy", 50.0, np.nan, 61.0, "maximum likelihood, profile interval")]
    assert estimates_table(pd.DataFrame(rows, columns=ESTIMATES))["95 % interval"].item() == "open to 61"

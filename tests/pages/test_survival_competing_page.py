"""The section of competing events: curves, words, tables, and states where there is nothing to say."""

import json

import pytest

from tests.pages.conftest import said

SECTION = "Competing events"


def test_curves_words_and_tables_agree(visit):
    at = visit("Survival", study="demo", section=SECTION, survival__attribute="hpv_status")
    assert not at.exception
    first, second = (json.loads(each.proto.spec)["data"] for each in at.get("plotly_chart"))
    assert any("<b>negative</b>: n = 140, 55 events" in trace.get("name", "") for trace in first)
    assert any("<b>negative</b>: n = 140, 53 events" in trace.get("name", "") for trace in second)
    assert "The incidence of progression as the first event differs between the groups: Gray's test" in said(at)
    assert "overstates by" in said(at)
    tests, ratios, rates = (at.dataframe[i].value for i in range(3))
    assert tests["First event"].tolist() == ["Progression", "Death"] and tests["Events"].tolist() == [66, 63]
    assert ratios.loc[ratios["Group"] == "positive", "HR (95 % CI)"].iloc[0] == "0.23 (0.12 to 0.44)"
    row = rates[(rates["Group"] == "negative") & (rates["Years"] == "5")].iloc[0]
    assert (row["Incidence"], row["1 - Kaplan-Meier"]) == ("43.6 %", "62.3 %")
    assert "8 without follow-up of all events and 24 without a group" in " ".join(each.value for each in at.caption)


@pytest.mark.parametrize("study", ["small", "odd"])
def test_a_study_that_declares_none_says_how_to(visit, study):
    at = visit("Survival", study=study, section=SECTION)
    assert not at.exception and not at.get("plotly_chart")
    assert "declares no competing events" in said(at) and "study.toml" in said(at)


@pytest.mark.parametrize("split", ["gene", "expression", "feature", "none"])
def test_the_groups_are_chosen_as_in_the_section_of_the_groups(visit, split):
    at = visit("Survival", study="demo", section=SECTION, survival__split=split)
    assert not at.exception and len(at.get("plotly_chart")) == 2
    assert any(box.key == "survival.split" for box in at.selectbox)


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({"where": "age > 300"}, "No patient"),
        ({"where": "subsite = nasopharynx", "survival__attribute": "hpv_status"}, "No test: a group has"),
        ({"survival__attribute": "age", "survival__cut": "searched"}, "searched for the largest difference"),
        ({"survival__split": "none", "follow_up__landmark": "500"}, "Nobody is followed up beyond the landmark"),
    ],
)
def test_where_there_is_no_number_there_is_a_state(visit, options, state):
    at = visit("Survival", study="demo", section=SECTION, **options)
    assert not at.exception
    assert state in said(at)


def test_the_link_carries_the_groups_and_the_length(visit):
    at = visit("Survival", study="demo", section=SECTION, survival__split="gene", competing__grace="3.5")
    assert at.query_params["competing.grace"] == "3.5" and at.query_params["survival.split"] == "gene"
    assert at.query_params["competing.endpoint"] == "ttp"
    refused = visit("Survival", study="demo", section=SECTION, competing__endpoint="os")
    assert "'os' cannot be chosen; there is 'ttp'" in said(refused)

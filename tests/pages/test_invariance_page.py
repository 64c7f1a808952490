"""The Invariance and Invariant selection sections: what they say, draw and table, and how odd studies fare."""

from __future__ import annotations

import pytest

from core.analyses.context import Context
from core.run import remembering
from core.view import View
from pages.ui import invariance as ui
from pages.ui import invariant_selection
from tests.pages.conftest import said

TARGET = {"target.over": "category", "target.attribute": "hpv_status", "target.positive": "positive"}
SMALL = TARGET | {"centres.environment": "subsite", "centres.fewest": "3"}
QUICK = {"left_out_centres.repeats": "1", "left_out_centres.splits": "1"}


def open_section(visit, section, study="small", options=SMALL, **more):
    options = {name.replace(".", "__"): value for name, value in options.items()}
    return visit("Prediction", study=study, section=section, **options, **more)


def result_of(shelf, name, options, study="small"):
    context = Context(View(study).with_options(options), shelf, remembering())
    return context.result(context.analysis(name))


def test_the_test_of_the_demonstration_study_is_said_drawn_and_tabled(visit, shelf):
    at = open_section(visit, "Invariance", "demo", TARGET)
    assert not at.exception and not at.error
    result = result_of(shelf, "invariance", TARGET, "demo")
    for sentence in (*result.words, *result.notes):
        assert sentence in said(at), sentence
    assert len(at.get("plotly_chart")) == 2
    tables = {len(frame.value) for frame in at.dataframe}
    assert {len(result.places), len(result.found.variables), len(result.found.sets)} <= tables
    features = ui.variables_table(result)
    assert list(features["Feature"]) == list(result.found.variables)
    assert (features["Why"].str.len() > 10).all()


def test_classifiers_on_left_out_centres_are_said_drawn_and_tabled(visit, shelf):
    at = open_section(visit, "Invariant selection", options=SMALL | QUICK)
    assert not at.exception and not at.error
    result = result_of(shelf, "left_out_centres", SMALL | QUICK)
    for sentence in result.words:
        assert sentence in said(at), sentence
    assert len(at.get("plotly_chart")) == 1
    names = [next(iter(frame.value.columns)) for frame in at.dataframe]
    assert names[:3] == ["Centre left out", "Arm", "Less the plain lasso"]
    by_centre = at.dataframe[0].value
    undefined = result.table["mcc_interval"].str.startswith("0 by convention").to_numpy()
    assert (by_centre["Matthews correlation"].to_numpy()[undefined] == "0 (undefined)").all()


def test_the_published_choices_are_one_click_away_and_said_in_place(visit):
    at = open_section(visit, "Invariant selection", options=SMALL | QUICK)
    labels = {each.label: each for each in at.selectbox}
    assert {"Selection", "Gaps, constant features and scale from", "Penalties tried"} <= set(labels)
    assert "Direction of the ROC curve" in labels and "as published" in str(labels["Selection"].options)
    assert "seen by it" in labels["Selection"].help


@pytest.mark.parametrize("section", ["Invariance", "Invariant selection"])
@pytest.mark.parametrize(
    ("study", "options", "where"),
    [
        ("small", SMALL, "subsite = larynx"),
        ("small", SMALL, "hpv_status = positive"),
        ("small", SMALL, "age > 300"),
        ("bare", {}, ""),
    ],
)
def test_what_cannot_be_answered_is_a_state_and_no_traceback(visit, section, study, options, where):
    at = open_section(visit, section, study, options, **({"where": where} if where else {}))
    assert not at.exception and at.info and not at.get("plotly_chart")


def test_odd_names_are_shown_as_they_are(visit):
    at = open_section(visit, "Invariance", "odd", SMALL)
    assert not at.exception and not at.error and "Sübsite: `_<i>_`" in said(at)


def test_differences_have_a_row_per_arm_and_a_dash_where_there_is_none(shelf):
    result = result_of(shelf, "left_out_centres", SMALL | QUICK)
    table = invariant_selection.differences_table(result.differences)
    assert list(table["Less the plain lasso"]) == [arm for arm in result.pooled["arm"] if arm != "plain lasso"]
    assert list(table.columns[1:]) == ["AUC", "Sensitivity", "Specificity", "Matthews correlation", "Called otherwise"]

"""The Prediction page: its words, its pictures, its file, and what it says where it has no answer."""

from __future__ import annotations

import json

from core.prediction.frozen import thawed
from pages.ui.prediction import calls_table, measures_table, model_text
from tests.analyses.test_prediction import HPV, answered
from tests.pages.conftest import said

QUICK = {"study": "demo", "target__over": "category", "target__attribute": "hpv_status", "prediction__repeats": "1"}


def test_the_model_is_said_drawn_and_can_be_taken_away(visit, shelf):
    at = visit("Prediction", where="centre = A", **QUICK)
    assert not at.exception and not at.error
    result = answered(shelf, "prediction", where="centre = A", **HPV, **{"prediction.repeats": "1"})
    for sentence in result.words:
        assert sentence in said(at), sentence
    assert "19 shufflings" in said(at) or "of 19" in said(at)
    assert len(at.get("plotly_chart")) == 7
    assert thawed(json.loads(model_text(result))).features == result.frozen.features
    table = calls_table(result.confusion, "positive", "negative")
    assert table[["called positive", "called negative"]].to_numpy().sum() == result.n
    assert measures_table(result.confusion)["Value"].str.contains("n = ").all()


def test_centres_are_listed_with_their_states(visit):
    at = visit("Prediction", section="Across centres", **QUICK)
    assert not at.exception and not at.error and len(at.get("plotly_chart")) == 1
    assert "unseen Centre" in said(at)


def test_another_study_asks_for_other_patients(visit):
    at = visit("Prediction", section="Another study", prediction_elsewhere__on="demo", **QUICK)
    assert not at.exception and "being one of the patients of the model" in said(at)
    at = visit("Prediction", section="Another study", prediction_elsewhere__on="demo", where="centre = A", **QUICK)
    assert not at.exception and len(at.get("plotly_chart")) == 3 and "by the frozen model" in said(at)


def test_leaks_are_warned_of_and_states_are_no_traceback(visit):
    at = visit("Prediction", where="hpv_status = positive", **QUICK)
    assert not at.exception and not at.get("plotly_chart")
    assert "which is the outcome itself" in said(at) and "at least 10 of each class" in said(at)
    at = visit("Prediction", study="bare")
    assert not at.exception and not at.get("plotly_chart") and "no imaging features" in said(at)


def test_odd_names_are_shown_as_they_are(visit):
    odd = {
        "target__over": "category",
        "target__attribute": "subsite",
        "prediction__repeats": "1",
        "prediction__folds": "3",
    }
    at = visit("Prediction", study="odd", section="Across centres", **odd)
    assert not at.exception and not at.error and "Sübsite: `_<i>_`" in said(at)

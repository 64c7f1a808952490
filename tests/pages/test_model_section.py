"""The Model section of the Survival page: figures, words, tables and states."""

import pytest

from tests.pages.conftest import said


def visited(visit, **query):
    return visit("Survival", section="Model", **query)


def test_the_section_shows_words_forest_and_tests(visit):
    at = visited(visit, study="demo", cox__resamples="50")
    assert not at.exception
    text = said(at)
    assert "together go with the hazard of death: likelihood-ratio test on 9 df" in text
    assert "Hazards are not shown to be other than proportional" in text and "less its optimism" in text
    terms = next(frame.value for frame in at.dataframe if "PH test p" in frame.value.columns)
    assert terms["Term"].tolist() == ["Age at diagnosis", "Sex", "Overall stage", "Subsite"]
    ratios = next(frame.value for frame in at.dataframe if "HR (95 % CI)" in frame.value.columns)
    assert (ratios["HR (95 % CI)"] == "1").sum() == 3 and "HR alone (95 % CI)" in ratios.columns
    assert len(at.get("plotly_chart")) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"cox__splines": "attribute:age"},
        {"cox__interaction": "attribute:age", "cox__interaction_with": "attribute:subsite"},
        {"cox__strata": "centre", "cox__genes": "TP53"},
        {"cox__fit": "ridge", "cox__folds": "5", "cox__features": "original_shape_MeshVolume"},
    ],
)
def test_every_kind_of_model(visit, options):
    at = visited(visit, study="demo", cox__resamples="0", **options)
    assert not at.exception and at.get("plotly_chart")


@pytest.mark.parametrize("study", ["small", "odd"])
def test_studies_of_any_names(visit, study):
    at = visited(visit, study=study, cox__resamples="0", cox__attributes="age")
    assert not at.exception and at.get("plotly_chart")


@pytest.mark.parametrize("where", ["age > 300", "subsite = larynx", "not remark missing"])
def test_few_patients_are_states(visit, where):
    at = visited(visit, study="small", where=where, cox__resamples="0")
    assert not at.exception and (at.info or at.warning)


def test_nothing_chosen_and_a_study_without_follow_up_say_so(visit):
    assert "No covariate is chosen" in said(visited(visit, study="small", cox__attributes=""))
    at = visited(visit, study="bare")
    assert not at.exception and not at.get("plotly_chart")


def test_a_refusal_names_the_ridge_fit_which_then_answers(visit, shelf):
    names = ",".join(shelf.open("demo").catalogue.feature_sets["ct"].names[:16])
    few = {"where": "subsite = hypopharynx", "cox__attributes": "age", "cox__features": names}
    at = visited(visit, study="demo", **few)
    assert not at.exception and not at.get("plotly_chart") and "ridge fit" in said(at)
    at = visited(visit, study="demo", cox__fit="ridge", cox__folds="5", **few)
    assert not at.exception and "no interval and no p" in said(at)


def test_a_bad_option_is_refused(visit):
    at = visited(visit, study="demo", cox__attributes="shoe_size", cox__splines="attribute:sex", cox__fit="best")
    assert not at.get("plotly_chart")
    for problem in ("shoe_size", "best", "attribute:sex"):
        assert problem in said(at)

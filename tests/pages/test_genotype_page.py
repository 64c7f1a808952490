"""The Genotype section: what it says, what stands in place of a number, and the way from a row to its feature."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.analyses.context import Context
from core.analyses.genotype_found import AS_PUBLISHED, WITHOUT_INTERVAL
from core.plots import drawings
from core.run import remembering
from core.view import View
from pages.ui import genotype as ui
from pages.ui import session
from tests.pages.conftest import said

SECTION = {"page": "Radiogenomics", "section": "Genotype"}


def result_of(shelf, study, name="genotype", **options):
    view = View(study, section="Genotype").with_options(options)
    context = Context(view, shelf, remembering())
    return context, context.result(context.analysis(name))


def test_everything_of_the_demonstration_study_is_said_drawn_and_tabled(visit, shelf):
    at = visit(study="demo_ild", genotype__repeats="2", **SECTION)
    assert not at.exception and not at.error
    _, result = result_of(shelf, "demo_ild", **{"genotype.repeats": "2"})
    words = said(at)
    for sentence in (*result.words, WITHOUT_INTERVAL):
        assert sentence in words, sentence
    # Areas, every test, the feature by genotype; curves and their ratios; the feature's ratio, the whole model.
    assert len(at.get("plotly_chart")) == 7
    table, overview = at.dataframe[0].value, at.dataframe[1].value
    assert len(table) == 217 and "Place" in table
    assert list(overview["Found"]) == [str(result.n_found), "0"]
    assert "Tests of survival tried on this study in this session" in words
    assert "interaction p" in words


def test_a_study_without_genotypes_or_follow_up_says_so(visit):
    at = visit(study="bare", **SECTION)
    assert not at.exception
    assert "neither genotypes nor mutations" in said(at)


def test_as_published_says_in_place_what_the_difference_is_and_odd_names_stay_as_they_are(visit):
    at = visit(study="odd", genotype__mode="published", **SECTION)
    assert not at.exception and not at.error
    assert any(AS_PUBLISHED in str(warning.value).replace("\\", "") for warning in at.warning)
    assert not {"p", "q"} & set(at.dataframe[0].value.columns)
    assert "among left-out patients" not in said(at)


def test_features_together_are_worked_out_on_request(visit):
    options = {"genotype_family__asked": "yes", "genotype_family__repeats": "1", "genotype_family__folds": "3"}
    at = visit(study="small", genotype__repeats="1", **options, **SECTION)
    assert not at.exception and not at.error
    assert "among left-out patients" in said(at)


def test_a_row_shows_its_feature(shelf, monkeypatch):
    context, result = result_of(shelf, "demo_ild", **{"genotype.repeats": "1"})
    published = []
    monkeypatch.setattr(session, "publish", published.append)
    monkeypatch.setattr(session, "current", lambda: None)
    state = {ui.TABLE: SimpleNamespace(selection=SimpleNamespace(rows=[3]))}
    monkeypatch.setattr(ui.st, "session_state", state)
    ui._obey(SimpleNamespace(context=context), result)
    (view,) = published
    row = result.table.iloc[3]
    assert view.option("genotype_feature.feature") == row["feature"]
    assert view.option("genotype_feature.where") == row["where"]
    chosen = Context(view, shelf, remembering())
    shown = chosen.result(chosen.analysis("genotype_feature"))
    assert shown.row["column"] == row["column"]


def test_a_mark_shows_its_feature(shelf, monkeypatch):
    context, result = result_of(shelf, "demo_ild", **{"genotype.repeats": "1"})
    published = []
    monkeypatch.setattr(session, "publish", published.append)
    monkeypatch.setattr(session, "current", lambda: None)
    (mark,) = (each for each in drawings(result)[1].figure.data if each.name.startswith("lower"))
    state = {"key": SimpleNamespace(selection=SimpleNamespace(points=[{"customdata": mark.customdata[0]}]))}
    monkeypatch.setattr(ui.st, "session_state", state)
    ui._clicked(SimpleNamespace(context=context), "key")
    (view,) = published
    assert view.option("genotype_feature.feature") == "firstorder_EntropyBinned"


@pytest.mark.parametrize("mode", ["corrected", "published"])
def test_the_table_holds_a_row_per_number_compared(shelf, mode):
    _, result = result_of(shelf, "demo_ild", **{"genotype.mode": mode})
    table = ui.table_of(result)
    assert len(table) == (217 if mode == "corrected" else 31)
    assert not any(name.startswith("_") for name in table.columns)

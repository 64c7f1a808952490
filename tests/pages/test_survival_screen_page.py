"""The Screen section: what it says, its table, and the ways from a feature or gene to its curve."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.analyses.context import Context
from core.analyses.opening import checked
from core.run import remembering
from core.view import View
from pages.ui import session
from pages.ui import survival_screen as ui
from tests.pages.conftest import said

SECTION = {"study": "small", "section": "Screen"}
KINDS = ("features", "mutations", "expression")


def screened(shelf, study="small", **options):
    view = View(study, section="Screen").with_options({f"survival_screen.{k}": v for k, v in options.items()})
    context = Context(view, shelf, remembering())
    return context, context.result(context.analysis("survival_screen"))


@pytest.mark.parametrize("over", KINDS)
def test_every_kind_is_said_drawn_and_tabled(visit, shelf, over):
    at = visit("Survival", survival_screen__over=over, **SECTION)
    assert not at.exception and not at.error
    _, result = screened(shelf, over=over)
    for sentence in result.words:
        assert sentence in said(at), sentence
    assert len(at.get("plotly_chart")) == 1
    table = at.dataframe[0].value
    assert len(table) == result.n_features and list(table["n"]) == list(result.table["n"])
    assert ("Mutated" in table) == (over == "mutations")


def test_the_demo_shows_its_hits_and_the_p_values(visit):
    at = visit("Survival", study="demo", section="Screen")
    assert not at.exception and len(at.get("plotly_chart")) == 2
    assert "13 of 120 features went with overall survival at q < 0.05" in said(at)
    assert "In no model, of 240 patients: 3 no time or no event status, 15 no imaging features." in said(at)


def test_odd_names_are_shown_as_they_are(visit):
    at = visit("Survival", study="odd", section="Screen", survival_screen__adjust="subsite")
    assert not at.exception and not at.error
    assert "Sübsite: `_<i>_`" in said(at)


def test_a_study_with_nothing_to_screen_says_so_once(visit):
    at = visit("Survival", study="bare", section="Screen")
    assert not at.exception and not at.get("plotly_chart")


@pytest.mark.parametrize("where", ["age > 300", "age > 70 and subsite = larynx"])
def test_few_patients_are_a_state(visit, where):
    at = visit("Survival", where=where, **SECTION)
    assert not at.exception and at.info and not at.get("plotly_chart")


def test_a_single_setting_and_no_volume_are_no_choices(visit):
    at = visit("Survival", **SECTION)
    labels = {each.label for each in at.selectbox}
    assert {"Endpoint", "Screen", "Feature set", "Setting", "Adjust for the volume", "Strata"} <= labels
    assert "Volume enters by" not in labels
    by_volume = visit("Survival", survival_screen__volume="original_shape_MeshVolume", **SECTION)
    assert "Volume enters by" in {each.label for each in by_volume.selectbox}


@pytest.mark.parametrize("over", KINDS)
def test_the_button_opens_the_curve(visit, shelf, over):
    at = visit("Survival", survival_screen__over=over, **SECTION)
    _, result = screened(shelf, over=over)
    third = result.table["feature"].iloc[2]
    at.selectbox(key=ui.CHOSEN).select(third).run()
    at.button(key="survival_screen.go").click().run()
    assert not at.exception and not at.error
    assert "section" not in at.query_params
    kind = {"features": "feature", "mutations": "gene", "expression": "expression"}[over]
    assert at.query_params["survival.split"] in (kind, [kind])
    assert at.query_params[f"survival.{kind}"] in (third, [third])
    assert at.get("plotly_chart") and third in said(at)


@pytest.mark.parametrize("over", KINDS)
def test_every_curve_that_may_be_opened_can_be(shelf, over):
    context, result = screened(shelf, over=over)
    for feature in result.table["feature"]:
        view = context.view.with_options(ui.curve_of(result, feature)).with_section("")
        opened = checked(Context(view, shelf))
        assert opened.analysis("survival").split in ("feature", "gene", "expression")
        assert opened.analysis("follow_up") == context.analysis("follow_up")


def test_a_click_on_a_mark_or_a_row_opens_its_curve(shelf, monkeypatch):
    context, result = screened(shelf)
    page = SimpleNamespace(context=context)
    second = result.table["feature"].iloc[1]
    for name, obey, hit, missed in (
        (ui.VOLCANO, ui._obey_picture, {"points": [{"customdata": [second]}]}, {"points": [{"x": 1}]}),
        (ui.TABLE, ui._obey_table, {"rows": [1]}, {"rows": []}),
    ):
        state = {name: SimpleNamespace(selection=SimpleNamespace(**missed))}
        monkeypatch.setattr(ui.st, "session_state", state)
        obey(page, result)
        assert session.current() is None
        state[name] = SimpleNamespace(selection=SimpleNamespace(**hit))
        obey(page, result)
        assert session.current().option("survival.feature") == second and session.current().section == ""
        assert session.current().option("survival.setting") == result.setting == "standard"


def test_the_table_has_short_names_and_remarks(shelf):
    _, result = screened(shelf)
    table = ui.table_of(result)
    assert list(table.columns[:5]) == ["Feature", "HR per SD", "95 % CI", "p", "q"]
    row = result.table.iloc[0]
    assert row["feature"] == f"original_{table['Family'].iloc[0]}_{table['Feature'].iloc[0]}"
    assert table["95 % CI"].iloc[0] == f"{row['lower']:.2f} to {row['upper']:.2f}"
    _, genes = screened(shelf, over="mutations")
    untested = ui.table_of(genes).iloc[-1]
    assert untested["Remark"].startswith("not tested (fewer than 5") and untested["95 % CI"] == ""

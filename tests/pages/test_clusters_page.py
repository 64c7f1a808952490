"""The Clusters page: both clusterings, states said once, and a cluster as the cohort of another page."""

from __future__ import annotations

import pytest

from core.view import View
from pages.ui import presets
from tests.pages.conftest import said

SOME = {
    "network__gamma": "0", "network__edge": "0.05", "network__edges": "union",
    "clusters__k": "2", "clusters__restarts": "3", "choice_of_k__restarts": "1",
}  # fmt: skip


def shown_view(at) -> View:
    return at.session_state["cohortscope.view"]


@pytest.fixture
def page(visit):
    return visit("Clusters", study="small", **SOME)


def test_a_good_link_shows_both_clusterings(page):
    assert not page.exception and not page.error
    text = said(page)
    for part in ("of 40 patients fall into 2 Wasserstein clusters", "10 have no features", "Go on with one cluster"):
        assert part in text, part
    assert len(page.get("plotly_chart")) == 4


SECTIONS = {
    "How many": ("silhouette", 1),
    "Survival": ("Exploratory", 1),
    "Profile": ("In plain units", 1),
    "Two patients": ("of the mass moves", 1),
    "Unbalanced": ("Sweep gamma", 0),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_by_link_and_only_it_is_worked_out(visit, section):
    at = visit("Clusters", study="small", section=section, choice_of_k__resamples="5", **SOME)
    assert not at.exception and not at.error
    text, charts = SECTIONS[section]
    shown = said(at) + " ".join(each.label for each in at.checkbox)
    assert text in shown and "Wasserstein clusters:" not in shown
    assert len(at.get("plotly_chart")) >= charts


def test_the_profile_in_plain_units(visit):
    at = visit("Clusters", study="small", section="Profile", **SOME)
    (table,) = (each.value for each in at.dataframe)
    assert {"Feature", "Family", "Unit"} < set(table) and len(table.columns) == 5
    assert table.iloc[:, 3].str.fullmatch(r"-?[\d.e+-]+ \[.*, .*\]").all()


def test_every_number_of_clusters_whose_survival_was_seen_is_counted(visit):
    at = visit("Clusters", study="small", section="Survival", **SOME)
    assert "were tried" not in said(at)
    at.slider(key="clusters.k").set_value(3).run()
    assert not at.exception and not at.error
    assert dict(shown_view(at).options)["cluster_survival.tried"] == "2,3"
    assert "k = 2 and 3 were tried" in said(at)


def test_the_unbalanced_sweep_is_worked_out_when_asked_for(visit):
    at = visit("Clusters", study="small", section="Unbalanced", unbalanced_sweep__show="yes", **SOME)
    assert not at.exception and not at.error and at.get("plotly_chart")


def test_plainer_groupings_and_the_comparator_stand_beside(visit):
    page = visit("Clusters", study="small", section="What goes with them", cluster_comparators__draws="20", **SOME)
    assert not page.exception and not page.error and "Beside plainer groupings" in said(page)
    table = next(each.value for each in page.dataframe if "Wasserstein p" in each.value)
    used = table["Note"] == "used to build the clusters"
    assert used.any() and table.loc[used, ["Wasserstein p", "Euclidean p"]].isna().all(axis=None)
    assert table.loc[~used, "Euclidean q"].notna().any()
    assert "tests per clustering" in said(page)


def test_the_published_settings_leave_network_and_seed(page):
    before = dict(shown_view(page).options)
    page.button(key="clusters.published").click().run()
    assert not page.exception
    options = dict(shown_view(page).options)
    assert presets.CLUSTERS.items() <= options.items()
    assert {name: text for name, text in options.items() if name.startswith("network.")} == {
        name: text for name, text in before.items() if name.startswith("network.")
    }
    page.button(key="clusters.defaults").click().run()
    assert not dict(shown_view(page).options).keys() & presets.CLUSTERS.keys()


def test_a_cluster_becomes_the_cohort_of_another_page(page, shelf):
    sizes = page.session_state["clusters.chosen"]
    assert sizes == 1
    page.button(key="clusters.to.cohort").click().run()
    assert not page.exception and not page.error
    view = shown_view(page)
    (part,) = view.cohort.parts
    assert str(part).startswith("in group ") and "cluster 1 of 2" in part.label
    assert shelf.open("small").count(view.cohort) == len(part.patients) > 0
    assert f"n = {len(part.patients)} of 40" in said(page)


def test_an_empty_network_is_said_once_and_nothing_else_is_tried(visit):
    at = visit("Clusters", study="small", network__gamma="1", network__threshold="yes")
    assert not at.exception and not at.error and not at.get("plotly_chart")
    assert said(at).count("No network to compare patients on") == 1
    assert not at.info


def test_more_clusters_than_patients_is_a_state(visit):
    at = visit("Clusters", study="small", where="subsite = larynx and age > 72", **(SOME | {"clusters__k": "8"}),
               network__patients="all")  # fmt: skip
    assert not at.exception and not at.error and not at.get("plotly_chart")
    assert len(at.info) == 1


def test_a_network_of_another_study_is_named(visit):
    at = visit("Clusters", study="odd", network__study="small", **SOME)
    assert not at.exception and not at.error
    assert "in Small study" in said(at) and "from every patient" in said(at)


def test_features_that_the_study_does_not_have_are_a_state(visit):
    at = visit("Clusters", study="small", network__study="demo", clusters__restarts="2")
    assert not at.exception and not at.error
    assert "of the network's" in said(at) and not at.get("plotly_chart")


def test_a_study_without_features_says_so(visit):
    at = visit("Clusters", study="bare", network__study="small")
    assert not at.exception and not at.get("plotly_chart")
    assert said(at).count("no imaging features") == 1


def test_a_bad_link_is_refused(visit):
    at = visit("Clusters", study="demo", clusters__k="99", distances__metric="miles")
    assert "clusters.k" in said(at).replace("\\", "") and "miles" in said(at)
    assert not at.get("plotly_chart")

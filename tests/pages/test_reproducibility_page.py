"""The Reproducibility page: networks, states with their remedies, presets, and the door to the Clusters page."""

from __future__ import annotations

import pytest

from core.store import feature_list
from core.view import View
from pages.ui import presets
from pages.ui.doors import targets
from tests.pages.conftest import said

SOME = {"network__gamma": "0", "network__edge": "0.05", "network__edges": "union", "shift__draws": "100"}


def shown_view(at) -> View:
    return at.session_state["cohortscope.view"]


def test_a_good_link_shows_both_networks(visit):
    at = visit("Reproducibility", study="small", **SOME)
    assert not at.exception and not at.error
    text = said(at)
    assert "under standard and sharp" in text and "gamma 0" in text
    assert "What patients can be compared on" in text
    assert len(at.get("plotly_chart")) >= 4


SECTIONS = {
    "Stability": ("come back in", 3),
    "Reproducible features": ("reproducible feature", 1),
    "Agreement": ("reach a concordance", 2),
    "Patients": ("On this network patients", 1),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_by_link(visit, section):
    at = visit("Reproducibility", study="small", section=section, network_stability__subsamples="20", **SOME)
    assert not at.exception and not at.error
    text, charts = SECTIONS[section]
    assert text in said(at) and len(at.get("plotly_chart")) >= charts


def test_a_clicked_feature_is_in_the_link(visit):
    at = visit("Reproducibility", study="small", feature_pair__feature="original_firstorder_Mean", **SOME)
    assert not at.exception and not at.error
    assert "Concordance" in said(at) and "connected" in said(at)


def test_a_list_of_features_is_saved_and_every_page_works_with_it(visit, shelf):
    at = visit("Reproducibility", study="demo", section="Reproducible features")
    assert not at.exception and not at.error
    at.text_input(key="feature_list.label").set_value("Steady ones").run()
    at.button(key="feature_list.save").click().run()
    assert not at.exception and not at.error
    view = shown_view(at)
    kept = feature_list.load(shelf.saved, view.features)
    assert kept.label == "Steady ones" and kept.study == "demo" and "Reproducibility?v=1" in kept.link
    assert "Features: Steady ones" in said(at) and "of 120" in said(at)
    again = visit("Survival", study="demo", features=view.features, survival__split="feature")
    assert not again.exception and not again.error and "Features: Steady ones" in said(again)
    offered = again.selectbox(key="survival.feature").options
    assert len(offered) == len(set(kept.names) | {"original_shape_MeshVolume"})
    again.button(key="features.all").click().run()
    assert not again.exception and shown_view(again).features == ""


def test_a_bad_link_is_refused_with_every_problem(visit):
    at = visit("Reproducibility", study="small", network__gamma="7", network__setting_a="soft", network__oops="1")
    assert not at.get("plotly_chart")
    for problem in ("network.gamma", "soft", "oops"):
        assert problem in said(at).replace("\\", "")


def test_an_empty_network_is_a_state_with_a_remedy_that_works(visit):
    at = visit(
        "Reproducibility", study="demo", network__gamma="0.5", network__edge="0.5", where="centre = A and age > 75"
    )
    assert not at.exception and not at.error
    assert said(at).count("No network to compare patients on") <= 1
    at = visit("Reproducibility", study="small", network__gamma="1", network__threshold="yes", shift__draws="100")
    assert not at.exception and said(at).count("No network to compare patients on") == 1
    at.button(key="network.remedy").click().run()
    assert not at.exception
    assert dict(shown_view(at).options).keys() & {"network.gamma", "network.threshold"}


def test_the_published_settings_and_the_way_back_leave_the_seed(visit):
    at = visit("Reproducibility", study="small", shift__seed="3", **SOME)
    at.button(key="network.published").click().run()
    options = dict(shown_view(at).options)
    assert presets.NETWORK.items() <= options.items() and options["shift.seed"] == "3"
    at.button(key="network.defaults").click().run()
    assert not at.exception
    options = dict(shown_view(at).options)
    assert not options.keys() & presets.NETWORK.keys() and options["shift.seed"] == "3"


def test_one_setting_shows_one_network_and_says_what_needs_two(visit):
    for section in ("Agreement", "Patients", "Reproducible features"):
        at = visit("Reproducibility", study="demo", network__setting_b="none", section=section)
        assert not at.exception and not at.error
        if section != "Reproducible features":
            assert "needs two settings" in said(at)


@pytest.mark.parametrize("where", ["age > 300", "not has features"])
def test_nobody_to_estimate_a_network_from_is_said_once(visit, where):
    at = visit("Reproducibility", study="small", where=where)
    assert not at.exception and not at.error and not at.get("plotly_chart")
    assert len(at.info) == 1


def test_a_study_without_features_says_so_once(visit):
    at = visit("Reproducibility", study="bare")
    assert not at.exception and not at.get("plotly_chart")
    assert said(at).count("no imaging features") == 1


def test_the_door_leads_to_every_set_with_the_features_and_carries_the_network(shelf, visit):
    from core.analyses.context import Context
    from core.analyses.opening import checked, page_pairs
    from pages.ui.doors import carried

    context = Context(View("small").with_options({"network.gamma": "0", "network.edge": "0.05"}), shelf)
    network = context.analysis("network")
    found = targets(context, ["original_firstorder_Mean", "original_glcm_Contrast"])
    assert next(target.study for target in found) == "small" and {"demo", "odd"} <= {target.study for target in found}
    assert next(target.n for target in found if target.study == "demo") == 225
    other = checked(Context(carried(context, network, next(t for t in found if t.study == "odd")), shelf))
    pairs = dict(page_pairs("Clusters", other))
    assert pairs["network.study"] == "small" and pairs["network.gamma"] == "0" and pairs["network.patients"] == "all"
    assert pairs["study"] == "odd" and "edition.small" in pairs


def test_with_one_setting_the_features_free_of_the_volume_can_be_kept(visit, shelf):
    at = visit("Reproducibility", study="demo", network__setting_b="none")
    picked = next(each for each in at.radio(key="feature_list.which").options if "do not follow the volume" in each)
    at.radio(key="feature_list.which").set_value(picked).run()
    at.button(key="feature_list.save").click().run()
    assert not at.exception and not at.error
    kept = feature_list.load(shelf.saved, shown_view(at).features)
    truth = shelf.open("demo").truth()
    surrogates = set(truth.loc[truth["kind"] == "volume surrogate", "item"])
    assert surrogates and surrogates.isdisjoint(kept.names) and "do not follow the volume" in kept.recipe

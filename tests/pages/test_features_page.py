"""The Features page: what it says, draws and tables, and the states in which it has no number."""

from __future__ import annotations

import pytest

from core.analyses.context import Context
from core.run import remembering
from core.view import View
from tests.pages.conftest import said

SECTIONS = ("", "Redundancy", "Batch", "Harmonisation")


def result(shelf, name, study="small", **options):
    context = Context(View(study).with_options(options), shelf, remembering())
    return context.result(context.analysis(name))


def test_a_feature_is_drawn_by_groups_and_counted(visit, shelf):
    at = visit("Features", study="demo", distribution__by="hpv_status")
    assert not at.exception and len(at.get("plotly_chart")) == 2
    found = result(shelf, "distribution", "demo", **{"distribution.by": "hpv_status"})
    assert "120 features of 225 patients; 15 more of the cohort have none" in said(at)
    assert f"{found.n_no_group} have no HPV status" in said(at)
    assert "Among the 120 features of the set against the same groups, q" in said(at)
    tables = [frame.value for frame in at.dataframe]
    assert [len(table) for table in tables] == [120, 5, 120]


def test_redundancy_says_what_is_kept(visit, shelf):
    at = visit("Features", study="demo", section="Redundancy")
    found = result(shelf, "redundancy", "demo")
    assert not at.exception and len(at.get("plotly_chart")) == 1
    assert f"{len(found.found.kept)} of 120 features say nearly as much as all" in said(at)
    assert "follow the volume (original_shape_MeshVolume)" in said(at)


def test_batch_and_harmonisation_say_their_words(visit, shelf):
    at = visit("Features", study="demo", section="Batch")
    assert not at.exception and len(at.get("plotly_chart")) == 3
    for sentence in result(shelf, "batch", "demo").words:
        assert sentence in said(at), sentence
    assert "Acquisition audit" in said(at)
    at = visit("Features", study="small", section="Harmonisation", batch__batch="subsite", harmonise__outcome="sex")
    assert not at.exception and len(at.get("plotly_chart")) >= 4
    found = result(shelf, "harmonise", "small", **{"batch.batch": "subsite", "harmonise.outcome": "sex"})
    for sentence in found.words:
        assert sentence in said(at), sentence
    assert "The outcome is not protected." in said(at)
    assert "harmonise_transformer" in said(at)


@pytest.mark.parametrize("section", SECTIONS)
def test_odd_names_and_small_studies_are_shown(visit, section):
    at = visit("Features", study="odd", **({"section": section} if section else {}))
    assert not at.exception and not at.error
    if section in ("", "Batch"):
        assert "Sübsite: `_<i>_`" in said(at)


def test_a_study_without_features_says_so_once(visit):
    at = visit("Features", study="bare")
    assert not at.exception and not at.get("plotly_chart")
    assert said(at).count("This study has no imaging features.") == 1


@pytest.mark.parametrize("section", ["Redundancy", "Harmonisation"])
def test_too_few_patients_are_a_state(visit, section):
    at = visit("Features", study="small", where="age > 70 and subsite = larynx", section=section)
    assert not at.exception and not at.error and at.info


def test_nobody_with_features_is_said_once(visit):
    at = visit("Features", study="small", where="age > 300")
    assert not at.exception and said(at).count("None of the 0 patients has these features") == 1

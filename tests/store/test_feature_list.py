"""A saved list of features confines every analysis, in a link, on the command line and in another study."""

from __future__ import annotations

import pytest

from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.errors import Refused
from core.run import answer
from core.store import feature_list
from core.store.first_start import ensure_demo
from core.store.library import Library
from core.store.saved import Saved
from core.store.schema import Feature, FeatureSet
from core.view import View, unlink

RECIPE = {"recipe": "chosen by hand", "link": "Reproducibility?study=demo"}


def record(names, study="demo", feature_set="ct"):
    return {"study": study, "feature_set": feature_set, "names": list(names), **RECIPE}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    library = Library(tmp_path_factory.mktemp("demo"))
    ensure_demo(library, names=("demo",))
    return library


@pytest.fixture(scope="module")
def listed(library):
    """A list of six features of the demonstration, none of them the volume, and all names."""
    names = library.open("demo").catalogue.feature_sets["ct"].names
    return feature_list.save(library.saved, "six  features", record(names[20:26])), names


def test_is_kept_once_under_its_content(tmp_path):
    saved = Saved(tmp_path)
    first = feature_list.save(saved, "A list", record(["b", "a"]))
    assert feature_list.save(saved, " A  list ", record(["a", "b"])) == first
    found = feature_list.load(saved, first)
    assert (found.label, found.names, found.recipe) == ("A list", ("a", "b"), "chosen by hand")
    second = feature_list.save(saved, "Another", record(["c"]))
    assert {each.id for each in feature_list.lists(saved)} == {first, second}
    (tmp_path / "features" / f"{second}.json").write_text("{}")
    assert [each.id for each in feature_list.lists(saved)] == [first]
    assert feature_list.load(saved, "0" * 16) is None


@pytest.mark.parametrize(("label", "names"), [("", ["a"]), ("x" * 81, ["a"]), ("empty", [])])
def test_a_list_has_a_name_and_features(tmp_path, label, names):
    with pytest.raises(Refused):
        feature_list.save(Saved(tmp_path), label, record(names))


def test_keeps_the_volume_and_leaves_a_foreign_set_whole():
    chosen = feature_list.FeatureList("0" * 16, "l", "s", "f", ("b",), "", "")
    ours = FeatureSet("ours", features=tuple(map(Feature, ("a", "b", "original_shape_MeshVolume"))))
    assert chosen.within(ours).names == ("b", "original_shape_MeshVolume")
    foreign = FeatureSet("foreign", features=(Feature("x"),))
    assert chosen.within(foreign) is foreign


def test_the_link_carries_the_list_and_every_analysis_is_confined_to_it(library, listed):
    id, names = listed
    link = f"Reproducibility?study=demo&features={id}&network.gamma=0"
    found = answer(link, library)
    assert f"features={id}" in found.plain["link"]
    assert found.plain["features"]["label"] == "six features"
    entered = set(found.results["network"].networks[0].entered)
    assert entered <= {*names[20:26], "original_shape_MeshVolume"}
    assert any("six features (" in note and "7 of 120" in note for note in found.notes)
    context = opened(unlink(link)[1], library)
    assert ("features", id) in page_pairs("Reproducibility", context)
    whole = Context(View("demo"), library)
    assert context.analysis("network").key(context) != whole.analysis("network").key(whole)
    assert context.view.with_study("other").features == id


def test_a_choice_outside_the_list_is_refused(library, listed):
    id, names = listed
    with pytest.raises(Refused, match="cannot be chosen"):
        answer(f"Survival?study=demo&features={id}&survival.split=feature&survival.feature={names[40]}", library)


@pytest.mark.parametrize("id", ["0123456789abcdef", "x", "../../etc/passwd"])
def test_an_unknown_list_is_refused(library, id):
    with pytest.raises(Refused, match="list"):
        answer(f"Cohort?study=demo&features={id}", library)

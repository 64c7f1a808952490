"""Networks of the demo study: what was planted is found, and a recipe means the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.context import Context
from core.analyses.network import Network
from core.analyses.opening import opened, page_pairs
from core.analyses.plain import plain
from core.errors import NotEstimable, Refused
from core.run import remembering
from core.store.library import Library
from core.view import View
from tests.store.drafts import small_draft


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    from data.demo import demo

    library = Library(tmp_path_factory.mktemp("shelf"))
    library.publish(demo())
    library.publish(small_draft())
    return library


@pytest.fixture(scope="module")
def context(shelf) -> Context:
    return Context(View("demo"), shelf, remembering())


@pytest.fixture(scope="module")
def found(context):
    return context.result(context.analysis("network"))


@pytest.fixture(scope="module")
def truth(context):
    table = context.store.truth()
    return {kind: rows.set_index("item")["value"] for kind, rows in table.groupby("kind")}


def test_no_unstable_family_is_in_the_common_network(found, truth):
    unstable = set(truth["family"][truth["family"] == "unstable"].index)
    family = truth["feature family"]
    assert len(found.chosen.names) >= 10
    assert not {family[name] for name in found.chosen.names} & unstable


def test_most_shared_edges_were_planted(found, truth):
    planted = {frozenset(pair) for pair in truth["edge"].items()}
    names = found.chosen.names
    edges = [frozenset((names[i], names[j])) for i, j in found.chosen.edges]
    assert np.mean([edge in planted for edge in edges]) >= 0.8


def test_features_that_follow_the_volume_do_not_enter(found, truth):
    for network in found.networks:
        assert not set(truth["volume surrogate"].index) & set(network.entered)
        assert network.volume in network.entered


def test_shared_edges_are_marked_alike_in_both_networks(found):
    first, second = (
        {frozenset(pair) for pair in zip(edges["feature_a"], edges["feature_b"], strict=True)}
        for edges in (network.edges[network.edges["shared"]] for network in found.networks)
    )
    assert first == second


def test_equal_parameters_give_equal_results(context, found):
    analysis = context.analysis("network")
    assert plain(analysis(analysis.read(context))) == plain(found)


def test_the_options_of_a_network_open_to_the_same_network(shelf, context):
    link = {"network.gamma": "0", "network.edge": "0.2", "network.setting_a": "sharp", "network.component": "2"}
    first = Context(View("demo").with_options(link), shelf)
    again = opened(page_pairs("Reproducibility", first), shelf)
    assert again.analysis("network") == first.analysis("network")
    assert again.analysis("network").options() == first.analysis("network").options()
    assert first.analysis("network").key(first) != context.analysis("network").key(context)


def test_a_network_of_another_study_keeps_its_recipe_and_takes_every_patient(shelf, context):
    options = context.analysis("network").options() | {"network.patients": "all"}
    other = Context(View("small").with_options(options), shelf)
    assert other.analysis("network").studies(other) == ("demo",)
    assert (
        other.result(other.analysis("network")).chosen.names == context.result(context.analysis("network")).chosen.names
    )


def test_another_study_has_no_cohort_to_take_a_network_from(shelf):
    view = View("small").with_options({"network.study": "demo", "network.patients": "cohort"})
    with pytest.raises(Refused, match=r"network\.patients"):
        Context(view, shelf).analysis("network")


def test_an_empty_network_is_a_result_that_says_what_to_do(shelf):
    view = View("small").with_options({"network.edge": "0.5", "network.gamma": "1", "network.threshold": "yes"})
    context = Context(view, shelf)
    result = context.result(context.analysis("network"))
    assert result.chosen is None and all(network.edges.empty for network in result.networks)
    assert "gamma" in result.meaning
    with pytest.raises(NotEstimable):
        result.usable_graph()


def test_one_setting_gives_one_network_and_its_largest_component(shelf):
    context = Context(View("demo").with_options({"network.setting_b": "none"}), shelf)
    result = context.result(context.analysis("network"))
    (network,) = result.networks
    assert result.common is None and result.agreed is None
    assert isinstance(context.analysis("network"), Network)
    assert set(result.chosen.names) == set(network.components[0])

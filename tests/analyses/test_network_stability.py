"""Stability of the networks of a study: frequencies of both settings, from the settings of the network itself."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses import network_stability
from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.analyses.plain import plain
from core.errors import NotEstimable
from core.run import remembering
from core.view import View

LINK = {"network.gamma": "0", "network.edge": "0.05", "network_stability.subsamples": "20"}


@pytest.fixture(scope="module")
def context(library):
    return Context(View("small").with_options(LINK), library, remembering())


@pytest.fixture(scope="module")
def found(context):
    return context.result(context.analysis("network_stability"))


def test_both_settings_are_asked_again(context, found):
    networks = context.result(context.analysis("network")).networks
    assert [each.setting for each in found.settings] == [each.setting for each in networks]
    for each, network in zip(found.settings, networks, strict=True):
        assert each.found.names == network.entered and each.found.n == network.n
        assert each.found.drawn == network.n // 2 and each.found.subsamples == 20
        assert each.n_edges == len(network.edges)
        ours = each.found.edges.query("in_network").sort_values(["feature_a", "feature_b"])
        assert each.mean_frequency == pytest.approx(ours["frequency"].mean())
        assert set(each.found.reference) == set(network.components[each.component - 1])


def test_the_mean_of_all_pairs_is_what_the_subsamples_found(found):
    for each in found.settings:
        pairs = each.found.pairs
        total = each.mean_frequency * each.n_edges + each.mean_other * (pairs - each.n_edges)
        assert total == pytest.approx(each.found.edges_found.mean())


def test_the_overlap_is_checked_by_permutation(context, found):
    common = context.result(context.analysis("network")).common
    if common.pairs.empty:
        assert found.overlap is None and found.overlap_within is None
    else:
        assert found.overlap.pairs["p"].tolist() == common.pairs["p"].tolist()
        assert not found.overlap.within and found.overlap_within.within


def test_equal_questions_have_equal_answers(context, found):
    analysis = context.analysis("network_stability")
    assert plain(analysis(analysis.read(context))) == plain(found)


def test_one_network_has_frequencies_and_no_overlap(library):
    context = Context(View("small").with_options(LINK | {"network.setting_b": "none"}), library)
    found = context.result(context.analysis("network_stability"))
    assert len(found.settings) == 1 and found.overlap is None
    assert found.settings[0].component == 1


def test_a_network_without_edges_has_frequencies_all_the_same(library):
    options = {"network.gamma": "1", "network.edge": "0.5", "network.threshold": "yes"}
    view = View("small").with_options(options | {"network_stability.subsamples": "20"})
    context = Context(view, library)
    found = context.result(context.analysis("network_stability"))
    for each in found.settings:
        assert np.isnan(each.mean_frequency) and each.component == 0
        assert each.found.features["component_frequency"].isna().all()


def test_more_features_than_anybody_waits_for_are_not_tried(context, monkeypatch):
    monkeypatch.setattr(network_stability, "MOST_FEATURES", 2)
    with pytest.raises(NotEstimable, match="Choose an image filter"):
        context.analysis("network_stability").read(context)


def test_a_link_opens_to_the_same_question(context, library):
    again = opened(page_pairs("Reproducibility", context), library)
    assert again.analysis("network_stability") == context.analysis("network_stability")

"""Frequencies as drawings: the bars hold every pair of features once, and captions say who was drawn."""

from __future__ import annotations

import pytest

from core.analyses.context import Context
from core.plots import drawings
from core.plots.network_stability import edge_table
from core.run import remembering
from core.view import View

LINK = {"network.gamma": "0", "network.edge": "0.05", "network_stability.subsamples": "20"}


@pytest.fixture(scope="module")
def result(library):
    context = Context(View("small").with_options(LINK), library, remembering())
    return context.result(context.analysis("network_stability"))


@pytest.fixture(scope="module")
def drawn(result):
    return {each.name: each for each in drawings(result)}


def test_every_drawing_says_n_and_what_there_is_to_see(result, drawn):
    assert set(drawn) == {"edge_frequencies", "component_membership"}
    for drawing in drawn.values():
        assert drawing.alt and drawing.title and len(drawing.data)
        for each in result.settings:
            assert f"n = {each.found.n}" in drawing.caption and each.setting in drawing.caption
    assert "20 subsamples (complementary halves)" in drawn["edge_frequencies"].caption


def test_the_bars_hold_every_pair_of_features_once(result, drawn):
    data = drawn["edge_frequencies"].data
    for each in result.settings:
        some = data[data["setting"] == each.setting]
        assert some["pairs"].sum() == each.found.pairs
        assert some.loc[some["group"] == "edges of the network", "pairs"].sum() == each.n_edges
        assert some.groupby("group")["share"].sum().tolist() == pytest.approx([1.0, 1.0])
        top = (each.found.edges["frequency"] >= 0.9).sum()
        assert some.loc[some["from"] == 0.9, "pairs"].sum() == top


def test_a_dot_per_feature_and_setting(result, drawn):
    data = drawn["component_membership"].data
    assert len(data) == sum(len(each.found.names) for each in result.settings if each.component)
    dots = sum(len(trace.x) for trace in drawn["component_membership"].figure.data)
    assert dots == len(data)


def test_the_table_of_edges_is_that_of_the_network(result):
    for each in result.settings:
        table = edge_table(each)
        assert len(table) == each.n_edges and table["in_network"].all() and (table["subsamples"] == 20).all()
        assert table["frequency"].is_monotonic_decreasing
        assert len(edge_table(each, everything=True)) == len(each.found.edges)


def test_subsamples_without_edges_are_said(library):
    options = LINK | {"network.gamma": "1", "network.threshold": "yes", "network.edge": "0.5"}
    context = Context(View("small").with_options(options), library)
    result = context.result(context.analysis("network_stability"))
    (only,) = drawings(result)
    empty = (result.settings[0].found.edges_found == 0).sum()
    assert empty and f"Subsamples without any edge: {empty} under standard" in only.caption
    assert "standard: no edges" in only.caption

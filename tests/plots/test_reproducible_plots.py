"""The matrix of features and pairs of settings: what is drawn is the result, and what is not drawn is counted."""

from __future__ import annotations

import dataclasses

import pytest

from core.analyses.context import Context
from core.plots import drawings
from core.plots import reproducible as plots
from core.run import remembering
from core.view import View

LINK = {"network.gamma": "0", "network.edge": "0.05", "reproducible.components": "largest"}


@pytest.fixture(scope="module")
def result(library):
    context = Context(View("small").with_options(LINK), library, remembering())
    return context.result(context.analysis("reproducible"))


@pytest.fixture(scope="module")
def drawn(result):
    return {each.name: each for each in drawings(result)}


def test_every_drawing_says_n_and_what_there_is_to_see(result, drawn):
    assert list(drawn) == ["stability_matrix", "criteria_flow"]
    for drawing in drawn.values():
        assert drawing.alt and drawing.title and len(drawing.data)
        assert f"n = {result.pairs['n'].item()}" in drawing.caption


def test_a_cell_per_feature_and_pair(result, drawn):
    figure = drawn["stability_matrix"].figure
    states, values = (trace for trace in figure.data if trace.type == "heatmap")
    assert states.z.shape == values.z.shape == (6, 1)
    assert sum(states.z.ravel() >= 1) == result.matrix["in_common"].sum()
    assert sum(states.z.ravel() == 2) == result.matrix["connected"].sum()
    labels = [label.removesuffix("</b>").split(" ")[-1] for label in figure.layout.yaxis.ticktext]
    bold = [label for label in figure.layout.yaxis.ticktext if "<b>" in label]
    assert len(labels) == 6 and len(bold) == len(result.names)
    assert len(drawn["stability_matrix"].data) == len(result.matrix)


def test_families_are_together_and_those_in_the_list_first(result, drawn):
    features = plots._drawn(result)
    assert len(features["family"].drop_duplicates()) == (features["family"] != features["family"].shift()).sum()
    for _, some in features.groupby("family"):
        assert some["kept"].astype(int).is_monotonic_decreasing


def test_a_large_set_shows_the_features_of_some_common_network(result, monkeypatch):
    features = result.features.copy()
    features["kept"] = features["feature"].isin(features["feature"].head(1))
    features["pairs_in_common"] = [1, 1, 0, 0, 0, 0]
    large = dataclasses.replace(result, features=features)
    monkeypatch.setattr(plots, "MOST", 3)
    matrix, _ = drawings(large)
    assert matrix.data["feature"].nunique() == 2
    assert "4 of 6 features are not drawn (in no common network)." in matrix.caption
    features["pairs_in_common"] = 1
    matrix, _ = drawings(large)
    assert matrix.data["feature"].nunique() == 3
    assert "3 of 6 features are not drawn (3 in most common networks are)." in matrix.caption


def test_the_flow_is_drawn_as_it_is(result, drawn):
    (bars,) = drawn["criteria_flow"].figure.data
    assert list(bars.x) == result.flow["left"].tolist()
    assert drawn["criteria_flow"].data.equals(result.flow)


def test_names_are_never_markup(result):
    hostile = result.matrix.assign(setting_a="<b>x</b>")
    pairs = result.pairs.assign(setting_a="<b>x</b>")
    matrix, _ = drawings(dataclasses.replace(result, matrix=hostile, pairs=pairs))
    assert "<b>x" not in str(matrix.figure.layout.xaxis.ticktext)
    assert all("<b>x</b>" not in text for row in matrix.figure.data[0].hovertext for text in row)

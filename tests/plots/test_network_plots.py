"""Networks, agreement and shifts as drawings: what is drawn is the result, and captions say who is in it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.network.graph import Graph
from core.plots import drawings, theme
from core.plots.families import by_family, family_colours, family_order, short_names
from core.plots.network import marked, network_pictures
from core.plots.network_marks import GLOW, WIDTHS
from core.plots.network_places import nearest, places
from core.plots.network_words import names_to_draw
from core.run import remembering
from core.view import View

LINK = {"network.gamma": "0", "network.edge": "0.05", "shift.draws": "100", "network.edges": "union"}


@pytest.fixture(scope="module")
def results(library):
    """Results of the small study and their drawings by name."""
    context = Context(View("small").with_options(LINK), library, remembering())
    found = SimpleNamespace()
    for name in ("network", "agreement", "shift"):
        result = context.result(context.analysis(name))
        setattr(found, name, result)
        setattr(found, f"{name}_drawn", {each.name: each for each in drawings(result)})
    return found


def test_every_drawing_says_n_and_what_there_is_to_see(results):
    drawn = results.network_drawn | results.agreement_drawn | results.shift_drawn
    assert {"network_1", "network_2", "ebic_path", "gamma_sensitivity", "shift_null"} <= set(drawn)
    for name, drawing in drawn.items():
        assert drawing.alt and drawing.title and len(drawing.data), name
        if name not in ("component_pairs", "gamma_sensitivity"):
            assert "n = " in drawing.caption, name


def test_a_feature_stands_at_the_same_place_in_both_networks(results):
    first, second = (
        drawing.data.query("mark == 'feature'").set_index("feature")[["x", "y"]]
        for drawing in (results.network_drawn["network_1"], results.network_drawn["network_2"])
    )
    assert first.equals(second)


def test_the_same_result_has_the_same_picture(results):
    again = {each.name: each for each in drawings(results.network)}
    assert again["network_1"].figure.to_json() == results.network_drawn["network_1"].figure.to_json()


def test_a_picture_has_the_edges_of_its_network(results):
    for number, network in enumerate(results.network.networks, 1):
        drawing = results.network_drawn[f"network_{number}"]
        edges = drawing.data.query("mark == 'edge'")
        assert list(edges["partial"].astype(float)) == list(network.edges["partial"])
        assert edges["shared"].sum() == network.edges["shared"].sum()
        nodes = drawing.data.query("mark == 'feature'").set_index("feature")
        assert nodes["degree"].sum() == 2 * len(network.edges)
        assert set(nodes.index[nodes["highlighted"].astype(bool)]) == set(results.network.chosen.names)
        assert f"n = {network.n} patients" in drawing.caption
        strokes = [trace for trace in drawing.figure.data if trace.mode == "lines" and trace.legendgroup]
        drawn = sum(
            int(np.isnan(np.asarray(trace.x, dtype=float)).sum()) for trace in strokes if trace.x[0] is not None
        )
        assert drawn == len(network.edges)


def test_size_is_strength_and_width_is_the_partial_correlation(results):
    for number, network in enumerate(results.network.networks, 1):
        drawing = results.network_drawn[f"network_{number}"]
        nodes = drawing.data.query("mark == 'feature'").set_index("feature")
        for feature, row in nodes.iterrows():
            ends = (network.edges["feature_a"] == feature) | (network.edges["feature_b"] == feature)
            assert row["strength"] == pytest.approx(network.edges.loc[ends, "partial"].abs().sum())
        sizes = {
            name: size
            for trace in drawing.figure.data
            if trace.customdata is not None
            for name, size in zip(trace.customdata, trace.marker.size, strict=True)
        }
        order = nodes["strength"].sort_values()
        assert list(np.argsort([sizes[name] for name in order.index], kind="stable")) == list(range(len(order)))
        widths = {trace.line.width for trace in drawing.figure.data if trace.mode == "lines" and trace.x[0] is not None}
        assert widths - set(WIDTHS.values()) == {GLOW} and widths & set(WIDTHS.values())
        assert "strength" in drawing.caption and "|partial correlation|" in drawing.caption


def test_a_feature_and_an_edge_say_what_they_are(results):
    drawing = results.network_drawn["network_1"]
    texts = {
        name: text
        for trace in drawing.figure.data
        if trace.customdata is not None
        for name, text in zip(trace.customdata, trace.hovertext, strict=True)
    }
    known = texts["original_glcm_Contrast"]
    assert "IBSI ACUI" in known and "squared difference" in known.replace("<br>", " ") and "strength" in known
    (between,) = [trace for trace in drawing.figure.data if trace.name == "edges"]
    assert len(between.hovertext) == len(results.network.networks[0].edges) == len(between.x)
    assert all("partial correlation" in text and "subsamples" not in text for text in between.hovertext)


def test_frequencies_are_said_and_drawn(results):
    edges = results.network.networks[0].edges
    setting = results.network.networks[0].setting
    first, *rest = zip(edges["feature_a"], edges["feature_b"], strict=True)
    found = {setting: {tuple(reversed(first)): 0.93} | dict.fromkeys(rest[1:], 0.3)}
    one, other = network_pictures(results.network, found, subsamples=100)
    shares = one.data.query("mark == 'edge'")["frequency"].astype(float)
    assert shares.iloc[0] == 0.93 and shares.iloc[1] == 0 and set(shares.iloc[2:]) == {0.3}
    (texts,) = [trace.hovertext for trace in one.figure.data if trace.name == "edges"]
    assert texts[0].endswith("in 93 % of 100 subsamples") and texts[1].endswith("in 0 % of 100 subsamples")
    assert "darker" in one.caption and "darker" not in other.caption
    tones = {trace.line.color for trace in one.figure.data if trace.mode == "lines" and not trace.showlegend}
    assert {theme.tint(theme.NEUTRAL, tone) for tone in (1.0, 0.22)} <= tones


def test_a_chosen_feature_gets_a_ring_where_it_stands(results):
    drawing = results.network_drawn["network_1"]
    row = drawing.data.iloc[0]
    ring = marked(drawing, row["feature"]).figure.data[-1]
    assert (ring.x[0], ring.y[0]) == (row["x"], row["y"])
    assert len(drawing.figure.data) < len(marked(drawing, row["feature"]).figure.data)
    assert marked(drawing, "no such feature") is drawing


@pytest.mark.parametrize("count", [15, 120, 400])
def test_features_stand_apart_in_networks_of_any_size(count):
    random = np.random.default_rng(0)
    tree = [(int(random.integers(max(i - 9, 0), i)), i) for i in range(1, count)]
    extra = random.integers(0, count, (count // 3, 2))
    edges = sorted({*tree, *((int(min(pair)), int(max(pair))) for pair in extra if pair[0] != pair[1])})
    graph = Graph(tuple(f"f{i:03d}" for i in range(count)), np.array(edges), np.full(len(edges), 0.3))
    stand = np.array(list(places(graph).values()))
    assert stand.min() == 0 and stand.max() == 1 and places(graph) == places(graph)
    far = np.sqrt(((stand[:, None] - stand[None]) ** 2).sum(axis=2))[np.triu_indices(count, 1)]
    assert np.quantile(far, 0.001) > 0.35 * nearest(count) and far.min() > 0


def test_names_cover_neither_each_other_nor_features():
    random = np.random.default_rng(1)
    nodes = pd.DataFrame(
        {
            "feature": [f"original_glcm_<b>{i}" for i in range(60)],
            "filter": "original",
            "ibsi": "",
            "strength": random.random(60),
            "x": random.random(60),
            "y": random.random(60),
        }
    )
    names = names_to_draw(
        nodes, np.full(60, 12.0), pd.DataFrame(random.random((80, 4)), columns=["x", "y", "x_other", "y_other"])
    )
    assert 3 <= len(names) <= 12 and all("<b>" not in name.text for name in names)
    assert len({name.feature for name in names}) == len(names)


def test_the_penalty_that_was_chosen_is_marked(results):
    data = results.network_drawn["ebic_path"].data
    for network in results.network.networks:
        (row,) = data[(data["setting"] == network.setting) & data["chosen"]].itertuples()
        assert row[1] == pytest.approx(network.chosen_lambda)


def test_agreement_draws_every_feature_with_an_estimate(results):
    table = results.agreement.table
    drawn = results.agreement_drawn["agreement_by_family"]
    assert len(drawn.data) == table["ccc"].notna().sum() == sum(len(trace.x) for trace in drawn.figure.data)
    assert f"{results.agreement.n_good} of {results.agreement.n_features} features" in drawn.caption


def test_shift_draws_every_patient_and_every_draw(results):
    drawn = results.shift_drawn
    assert list(drawn["shift_per_patient"].data["w1"]) == sorted(results.shift.patients["w1"])
    assert drawn["shift_null"].data["draws"].sum() == results.shift.draws
    assert f"{results.shift.mean_w1:.3f}" in drawn["shift_null"].alt


def test_an_empty_network_is_drawn_without_marks(library):
    options = {"network.edge": "0.5", "network.gamma": "1", "network.threshold": "yes"}
    context = Context(View("small").with_options(options), library)
    drawn = {each.name: each for each in drawings(context.result(context.analysis("network")))}
    assert "component_pairs" not in drawn
    assert "0 edges" in drawn["network_1"].caption and "nothing is highlighted" in drawn["network_1"].caption


def test_families_keep_their_colours_and_names_stay_told_apart():
    assert family_order(["lbp", "glcm", "", "shape"]) == ["shape", "glcm", "lbp", "other"]
    assert family_colours(["glcm"])["glcm"] == family_colours(["ngtdm", "glcm", "shape", "lbp"])["glcm"]
    families = {"original_glcm_Variance": "glcm", "original_gldm_Variance": "gldm", "original_shape_Volume": "shape"}
    assert by_family(families, families)[0] == "original_shape_Volume"
    assert short_names(families, families)["original_glcm_Variance"] == "Variance"
    same = {"a_x_1": "x", "a_1": "x"}
    assert len(set(short_names(same, same).values())) == 2

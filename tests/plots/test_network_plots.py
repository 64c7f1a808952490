"""Networks, agreement and shifts as drawings: what is drawn is the result, and captions say who is in it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.analyses.context import Context
from core.plots import drawings
from core.plots.families import by_family, family_colours, family_order, short_names
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
        strokes = [trace for trace in drawing.figure.data if trace.mode == "lines" and trace.name]
        drawn = sum(
            int(np.isnan(np.asarray(trace.x, dtype=float)).sum()) for trace in strokes if trace.x[0] is not None
        )
        assert drawn == len(network.edges)


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

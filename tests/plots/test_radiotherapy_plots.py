"""Figures of doses and their outcomes: every patient and point is drawn where the numbers say, and no id leaves."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.context import Context
from core.plots import drawings
from core.plots.outcome_terms import outside_table, terms_table
from core.run import remembering
from core.store.library import Library
from core.view import View
from tests.store.dosed import dosed_draft


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    library = Library(tmp_path_factory.mktemp("dose_plots"))
    library.publish(dosed_draft())
    options = {"complication.given": "own", "outcome_terms.resamples": "20", "outcome_terms.genotypes": "snp"}
    context = Context(View("dosed").with_options(options), library, remembering())
    results = {
        name: context.result(context.analysis(name)) for name in ("dose", "complication", "control", "outcome_terms")
    }
    return results, {each.name: each for result in results.values() for each in drawings(result)}


def test_every_drawing_says_n_and_holds_its_data_without_an_id(drawn):
    _, found = drawn
    assert set(found) == {
        "dose_volume",
        *(f"complication_{how}" for how in ("given", "fitted", "calibration", "volume")),
        *(f"control_{how}" for how in ("given", "fitted", "calibration")),
        *("outcome_order", "outcome_selection"),
    }
    for drawing in found.values():
        assert "n = " in drawing.caption and drawing.alt and len(drawing.data)
        assert not drawing.data.astype(str).apply(lambda cells: cells.str.fullmatch(r"P\d{3}")).any(axis=None)


def test_a_thin_line_per_patient_and_a_thick_one_per_group(drawn):
    results, found = drawn
    result, figure = results["dose"], found["dose_volume"].figure
    thin = [trace for trace in figure.data if trace.line.width == 1]
    gaps = sum(int(np.isnan(np.asarray(trace.y, float)).sum()) for trace in thin)
    assert gaps == result.n == 89 and len(figure.data) == 2 * len(result.levels)
    thick = [trace for trace in figure.data if trace.line.width > 1]
    assert len({(trace.line.color, trace.line.dash) for trace in thick}) == len(result.levels)
    lines = found["dose_volume"].data["line"]
    assert lines[lines != "median"].nunique() == 89


def test_points_strokes_and_curves_are_those_of_the_result(drawn):
    results, found = drawn
    result, figure = results["complication"], found["complication_given"].figure
    curve, points, above, below = figure.data
    np.testing.assert_allclose(curve.y, 100 * result.given.curves[0].probability)
    np.testing.assert_allclose(points.y, 100 * result.given.bins["share"])
    np.testing.assert_allclose(points.y + points.error_y.array, 100 * result.given.bins["upper"])
    assert (len(above.x), len(below.x)) == (result.n_events, result.n - result.n_events)
    np.testing.assert_allclose(found["complication_volume"].figure.data[0].y.max(), 0, atol=1e-9)


def test_bars_are_the_shares_of_the_chosen_order(drawn):
    results, found = drawn
    result = results["outcome_terms"]
    bars = {trace.name: trace for trace in found["outcome_selection"].figure.data}
    assert set(bars) <= {"dose", "genotype", "clinical", "image"} and {"dose", "genotype"} <= set(bars)
    shares = found["outcome_selection"].data
    assert sorted(x for trace in bars.values() for x in trace.x) == pytest.approx(sorted(100 * shares["share"]))
    assert outside_table(result)["Model"].iloc[0] == "share of events alone"
    assert len(terms_table(result)) == len(result.found.terms)


def test_of_very_many_patients_some_are_drawn_and_the_caption_says_so(drawn, monkeypatch):
    results, _ = drawn
    monkeypatch.setattr("core.plots.dose.MOST_LINES", 20)
    (drawing,) = drawings(results["dose"])
    lines = drawing.data["line"]
    assert lines[lines != "median"].nunique() == 20
    assert "n = 89 of 90 patients, a thin line for 20 of them, evenly chosen" in drawing.caption

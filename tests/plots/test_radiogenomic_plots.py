"""The pictures of the Radiogenomics page: nothing found is left out, and everything fits a phone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.analyses.radiogenomic_result import EXPRESSION, MUTATIONS
from core.analyses.radiogenomic_screen import RadiogenomicScreening, Read
from core.plots import drawings, radiogenomic_screen
from core.plots.axis_labels import SIGNS, axis_labels


def screened(n: int = 60, p: int = 40, g: int = 30, over: str = EXPRESSION, ruled: float = 0.0, **options):
    chance = np.random.default_rng(0)
    ids = [f"P<{i}>" for i in range(n)]
    ruler = chance.normal(size=(n, 1)) * ruled
    features = pd.DataFrame(chance.normal(size=(n, p)) + ruler, index=ids).add_prefix("original_glcm_Some<b>Feature")
    genes = pd.DataFrame(chance.normal(size=(n, g)) + ruler, index=ids).add_prefix("GENE<i>")
    if over == MUTATIONS:
        genes = (genes > 0.5).astype(float)
    families = dict.fromkeys(features.columns, "glcm")
    chosen = {"setting": "s", "volume": "none", "strata": "none", "adjust": (), "q": 0.05, "largest": 8}
    analysis = RadiogenomicScreening(over=over, features="ct", fewest=3, seed=0, **(chosen | options))
    return analysis(Read(features, genes, None, None, "", families, {}, None, "ct", n, n))


def by_name(result):
    return {each.name: each for each in drawings(result)}


@pytest.mark.parametrize("over", [EXPRESSION, MUTATIONS])
def test_every_pair_found_is_in_the_volcano_and_the_rest_is_thinned(over):
    result = screened(over=over, ruled=1.0)
    volcano = by_name(result)["gene_screen_volcano"]
    drawn = {tuple(pair) for trace in volcano.figure.data for pair in trace.customdata}
    table = result.screen.table()
    hits = set(table.loc[table["q"] < 0.05, ["feature", "gene"]].itertuples(index=False, name=None))
    assert len(hits) == result.n_found > 50 and hits <= drawn
    assert len(drawn) == len(volcano.data) < result.n_tests
    assert f"all {result.n_found:,} are drawn" in volcano.caption and "one is drawn per cell" in volcano.caption


def test_of_very_many_found_only_the_strongest_say_what_they_are(monkeypatch):
    monkeypatch.setattr(radiogenomic_screen, "MANY", 100)
    monkeypatch.setattr(radiogenomic_screen, "NAMED", 150)
    result = screened(ruled=1.5)
    figure = by_name(result)["gene_screen_volcano"].figure
    marks = [trace for trace in figure.data if trace.type == "scattergl"]
    assert sum(len(trace.x) for trace in figure.data) >= result.n_found > 1_000
    named = [trace for trace in marks if trace.customdata is not None]
    silent = [trace for trace in marks if trace.customdata is None]
    assert {len(trace.x) for trace in named} == {150} and min(named[0].y) >= max(silent[0].y)
    assert "strongest 150" in by_name(result)["gene_screen_volcano"].caption


def test_nothing_found_is_drawn_as_nothing_found():
    drawn = by_name(screened())
    volcano = drawn["gene_screen_volcano"]
    assert "there are none" in volcano.caption and len(volcano.figure.data) == 1
    assert "those with the smallest p" in drawn["gene_screen_heat_map"].caption
    assert drawn["gene_screen_p_values"].data["tests"].sum() == 1_200


def test_the_heat_map_answers_clicks_and_fits_a_phone():
    result = screened(ruled=1.0)
    drawing = by_name(result)["gene_screen_heat_map"]
    cells, marks = drawing.figure.data
    assert np.shape(cells.z) == (8, 8) and len(marks.customdata) == 64 == len(drawing.data)
    dots = sum(colour != "rgba(0,0,0,0)" for colour in marks.marker.color)
    assert dots == (drawing.data["q"] < 0.05).sum() > 0
    for text in drawing.figure.layout.yaxis.ticktext:
        lines = text.split("<br>")
        assert len(lines) <= 2 and max(map(len, lines)) <= SIGNS + 12  # &lt; takes the room of one sign
    assert "<b>" not in "".join(drawing.figure.layout.yaxis.ticktext)
    assert all("<i>" not in text for text in drawing.figure.layout.xaxis.ticktext)
    order = [(row, column) for row in result.rows for column in result.columns]
    row, column = order[9]
    assert marks.customdata[9].tolist() == [result.screen.features[row], result.screen.genes[column]]
    assert cells.z[1][1] == result.screen.effect[row, column]


def test_labels_that_would_be_the_same_are_whole_names():
    families = {"a_glcm_Contrast": "glcm", "b_glcm_Contrast": "glcm"}
    labels = axis_labels(list(families), families)
    assert len(set(labels)) == 2


def test_data_as_markup_is_shown_letter_by_letter():
    for drawing in drawings(screened(over=MUTATIONS, ruled=1.0)):
        for trace in drawing.figure.data:
            for text in trace.hovertext if isinstance(trace.hovertext, tuple) else ():
                assert "Some<b>" not in text and "GENE<i>" not in text

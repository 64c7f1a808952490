"""The volcano and the p-values of a screen: every test is drawn once, where its numbers say, under its own name."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.plots import drawings
from core.plots.survival_screen_names import HIGH, ROW, SIGNS, WIDE, names_to_draw
from core.run import remembering
from core.store.library import Library
from core.view import View
from data.demo import demo
from tests.store.drafts import small_draft

CLICKABLE = ("higher hazard", "higher, follows the volume", "lower hazard", "lower, follows the volume", "q ≥")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    library = Library(tmp_path_factory.mktemp("screens"))
    library.publish(demo())
    library.publish(small_draft())
    return library


def screened(library, study="demo", **options):
    view = View(study).with_options({f"survival_screen.{name}": text for name, text in options.items()})
    context = Context(view, library, remembering())
    return context.result(context.analysis("survival_screen"))


@pytest.fixture(scope="module")
def result(library):
    return screened(library)


def points(figure) -> pd.DataFrame:
    """Every mark: feature, x, y and the trace that it is in."""
    rows = [
        (mark[0], x, y, trace.name)
        for trace in figure.data
        for mark, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
    ]
    return pd.DataFrame(rows, columns=["feature", "x", "y", "trace"]).set_index("feature")


def hovers(figure) -> dict[str, str]:
    """What is under the pointer, by feature."""
    return {
        mark[0]: text for trace in figure.data for mark, text in zip(trace.customdata, trace.hovertext, strict=True)
    }


def threshold(figure) -> float:
    (line,) = {shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1}
    return line


def test_every_test_is_one_mark_where_its_numbers_say(result):
    volcano = drawings(result)[0]
    marks = points(volcano.figure)
    table = result.table.set_index("feature").loc[marks.index]
    assert sorted(marks.index) == sorted(result.table["feature"]) and result.n_tests == len(marks)
    edge = marks["x"].abs().max()
    np.testing.assert_allclose(marks["x"], np.clip(np.log10(table["hazard_ratio"]), -edge, edge))
    np.testing.assert_allclose(marks["y"], -np.log10(table["lr_p"]))
    assert all(trace.startswith(CLICKABLE) for trace in marks["trace"])
    for _, mark in marks.iterrows():
        row = table.loc[mark.name]
        expected = "q ≥" if not row["found"] else "higher" if row["coefficient"] > 0 else "lower"
        assert mark["trace"].startswith(expected)
        assert ("follows" in mark["trace"]) == (row["found"] and abs(row["rho_volume"]) >= 0.8)


@pytest.mark.parametrize("q", ["0.01", "0.05", "0.2"])
@pytest.mark.parametrize("study", ["demo", "small"])
def test_the_line_parts_what_is_found_from_the_rest(library, study, q):
    result = screened(library, study, q=q)
    figure = drawings(result)[0].figure
    marks = points(figure)
    found = result.table.set_index("feature")["found"].loc[marks.index]
    assert (marks["y"] > threshold(figure)).equals(found.rename("y"))
    assert figure.layout.yaxis.range[1] > threshold(figure)


def test_hover_caption_and_data_carry_the_numbers(result):
    volcano = drawings(result)[0]
    first = result.table.iloc[0]
    hover = hovers(volcano.figure)
    for words in (first["feature"], f"HR {first['hazard_ratio']:.2f}", f"n = {first['n']}", "events", "Spearman"):
        assert words in hover[first["feature"]], words
    assert "120 Cox models (Efron ties), unadjusted; n = 222 of 240, 97 events" in volcano.caption
    assert len(volcano.data) == result.n_tests and {"hazard_ratio", "lr_p", "q", "rho_volume"} <= set(volcano.data)
    assert first["feature"] in volcano.alt


def test_genes_say_how_many_are_mutated_and_what_is_not_drawn(library):
    result = screened(library, over="mutations", fewest="20")
    volcano = drawings(result)[0]
    assert result.n_not_tested and len(points(volcano.figure)) == result.n_tests
    assert f"{result.n_not_tested} mutated genes without a number not drawn" in volcano.caption
    assert (
        "mutated" in volcano.figure.data[0].hovertext[0] and "events among them" in volcano.figure.data[0].hovertext[0]
    )
    assert "mutated / wild type" in volcano.figure.layout.xaxis.title.text


def test_a_ratio_far_out_stands_at_the_edge_and_is_counted(result):
    table = result.table.copy()
    table.loc[5, ["hazard_ratio", "coefficient", "lower", "upper"]] = [1e6, np.log(1e6), 10.0, 1e9]
    volcano = drawings(dataclasses.replace(result, table=table))[0]
    marks = points(volcano.figure)
    assert "1 ratio beyond the axis at its edge" in volcano.caption
    assert marks["x"].abs().max() < 1 < np.log10(1e6)
    assert "1e+06" in hovers(volcano.figure)[table.loc[5, "feature"]]


def test_no_p_at_all_is_too_small_to_draw(result):
    table = result.table.copy()
    table.loc[0, ["lr_p", "q"]] = 0.0
    figure = drawings(dataclasses.replace(result, table=table))[0].figure
    assert np.isfinite(figure.layout.yaxis.range).all() and len(figure.layout.yaxis.tickvals) <= 8


def test_names_of_data_are_never_markup(result):
    table = result.table.copy()
    table.loc[0, "feature"], table.loc[0, "family"] = "<b>bold</b> & co", ""
    figure = drawings(dataclasses.replace(result, table=table))[0].figure
    assert any("&lt;b&gt;bold" in annotation.text for annotation in figure.layout.annotations)
    assert any("&lt;b&gt;bold" in text for trace in figure.data for text in trace.hovertext)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("wide", "high"), [(WIDE, HIGH), (400, 350), (650, 385), (840, 400)])
def test_names_cover_neither_each_other_nor_a_mark_at_any_width(seed, wide, high):
    rng = np.random.default_rng(seed)
    n = 60
    x, y = rng.normal(0, 0.2, n), np.sort(rng.exponential(2, n))[::-1]
    frame = pd.DataFrame(
        {
            "feature": [f"original_glcm_SomeFeatureName{i}" for i in range(n)],
            "family": "glcm",
            "filter": "original",
            "ibsi": "",
            "copy_of": np.where(np.arange(n) % 9 == 0, "another", ""),
            "found": y > 1.5,
            "x": x,
            "y": y,
        }
    )
    edges = (-0.8, 0.8, 0.0, 1.1 * y.max())
    names = names_to_draw(frame, edges, 1.5)
    assert len(names) >= 2
    marks = np.column_stack([(x + 0.8) / 1.6 * wide, y / edges[3] * high])
    boxes = []
    for name in names:
        row = frame.set_index("feature").loc[name.feature]
        assert row["found"] and row["copy_of"] == ""
        lines = name.text.split("<br>")
        assert all(len(line) <= SIGNS for line in lines)
        size = 6.0 * max(map(len, lines)), ROW * len(lines)
        left = (name.x + 0.8) / 1.6 * wide + name.xshift
        left -= {"left": 0, "center": size[0] / 2, "right": size[0]}[name.xanchor]
        low = name.y / edges[3] * high + name.yshift
        low -= {"bottom": 0, "middle": size[1] / 2, "top": size[1]}[name.yanchor]
        box = (left, low, left + size[0], low + size[1])
        assert box[0] >= 0 and box[2] <= wide and box[1] >= 0 and box[3] <= high
        assert not ((marks >= box[:2]) & (marks <= box[2:])).all(axis=1).any()
        for other in boxes:
            assert not (box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3])
        boxes.append(box)


def test_ticks_leave_room_on_a_phone(result):
    for factor in (0.02, 0.3, 1, 4, 30):
        table = result.table.assign(hazard_ratio=np.exp(factor * result.table["coefficient"]))
        axis = drawings(dataclasses.replace(result, table=table))[0].figure.layout.xaxis
        assert len(axis.tickvals) >= 3 and "1" in axis.ticktext
        assert np.diff(axis.tickvals).min() / (axis.range[1] - axis.range[0]) * WIDE >= 26


def test_the_p_values_of_all_tests_are_counted(result):
    histogram = drawings(result)[1]
    (bars,) = histogram.figure.data
    assert sum(bars.y) == histogram.data["tests"].sum() == result.n_tests
    assert bars.y[0] == (result.table["lr_p"] < 0.05).sum()
    assert (histogram.data["expected_of_chance"] == result.n_tests / 20).all()
    assert "about 6 high" in histogram.caption


def test_few_tests_have_no_histogram_and_no_test_has_no_drawing(library):
    few = screened(library, "small")
    assert len(drawings(few)) == 1
    without = few.table.assign(lr_p=np.nan, q=np.nan, hazard_ratio=np.nan, found=False)
    assert drawings(dataclasses.replace(few, table=without, n_tests=0)) == ()

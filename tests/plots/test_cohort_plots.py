"""Linked charts, flow and missingness: what is drawn is what was counted."""

import numpy as np
import pandas as pd
import pytest

from core.analyses.charts import Chart, Charts, bins
from core.analyses.flow import Flow
from core.plots import drawings, theme
from core.plots.cohort import MOST_BARS, PALE, SOLID, UNKNOWN
from core.stats.missing import missingness


def category(n=(5, 3, 0), missing=2, chosen=(True, True, True), missing_chosen=True, values=("a", "b", "c")):
    table = pd.DataFrame({"value": values, "n": n, "chosen": chosen})
    return Chart("site", "Site", "category", "", sum(n) + missing, missing, missing_chosen, table)


def drawn(chart):
    (drawing,) = drawings(Charts((chart,)))
    return drawing, drawing.figure.data[0]


def test_bars_carry_their_value_and_add_up_to_n():
    drawing, bars = drawn(category())
    assert list(bars.x) == [5, 3, 0, 2] and sum(bars.x) == 10
    assert [mark[0] for mark in bars.customdata] == ["a", "b", "c", None]
    assert list(bars.text) == ["5 · 50 %", "3 · 30 %", "0 · 0 %", "2 · 20 %"]
    assert "n = 10" in drawing.caption
    assert list(drawing.data["n"]) == list(bars.x) and drawing.data["share"].sum() == pytest.approx(1)


def test_what_a_filter_leaves_out_is_pale():
    drawing, bars = drawn(category(chosen=(True, False, False), missing_chosen=False))
    assert list(bars.marker.color)[:3] == [SOLID, PALE, PALE] and bars.marker.color[3] != UNKNOWN
    assert "left out by the filter" in drawing.caption
    assert "left out" not in drawn(category())[0].caption


def test_many_levels_are_cut_and_counted():
    count = MOST_BARS + 5
    values = tuple(f"level {i:02d}" for i in range(count))
    chart = category(n=tuple(range(1, count + 1)), missing=0, chosen=(True,) * count, values=values)
    drawing, bars = drawn(chart)
    assert len(bars.x) == MOST_BARS and min(bars.x) == 6
    assert "5 rarer values (15 patients in all) are not drawn" in drawing.caption


def test_names_are_shown_letter_by_letter():
    drawing, _ = drawn(category(values=("<b>x</b>", "a & b", "long " * 20)))
    labels = drawing.figure.layout.yaxis.ticktext
    assert labels[0] == "&lt;b&gt;x&lt;/b&gt;" and labels[1] == "a &amp; b"
    assert labels[2].count("<br>") == 1 and labels[2].endswith("…")


def test_a_histogram_has_a_bar_of_those_not_recorded():
    table = pd.DataFrame({"low": [60.0, 65.0], "high": [64.0, 69.0], "n": [4, 1], "chosen": [True, False]})
    drawing, bars = drawn(Chart("age", "Age", "number", "years", 8, 3, True, table))
    assert list(bars.y) == [4, 1, 3]
    assert [list(mark) for mark in bars.customdata] == [[60, 64], [65, 69], [None, None]]
    assert "n = 8, 3 of them not recorded" in drawing.caption and drawing.title == "Age (years)"


def test_a_chart_of_nobody_is_still_drawn():
    empty = pd.DataFrame({"low": [], "high": [], "n": [], "chosen": []})
    assert drawn(Chart("age", "Age", "number", "", 0, 0, True, empty))[0].data.empty
    assert drawn(category(n=(0, 0, 0), missing=0))[0].figure.layout.xaxis.range[1] > 0


@pytest.mark.parametrize(
    "values", [[35, 87, 60, 60, 64], [0.5, 0.1, 2.4], [1.23, 7.77], [3.0], [0, 1], [1e-3, 5e-3], [-5, 5]]
)
def test_bins_are_round_hold_everybody_and_find_again_whom_they_count(values):
    values = np.array(values, dtype=float)
    low, high = bins(values)
    inside = (values[:, None] >= low) & (values[:, None] <= high)
    assert inside.any(axis=1).all() and len(low) <= 17
    if np.allclose(values, values.round(2)):
        assert (inside.sum(axis=1) == 1).all(), "ends of bins are not shared"


def test_the_flow_says_who_remains_and_who_left():
    steps = pd.DataFrame({"part": ["All patients", "Age <b>"], "n": [240, 60], "left_out": [0, 180]})
    (drawing,) = drawings(Flow(240, 60, steps))
    assert [list(bar.x) for bar in drawing.figure.data] == [[240, 60], [0, 180]]
    texts = [note.text for note in drawing.figure.layout.annotations]
    assert "Age &lt;b&gt;" in texts and "<b>60</b>, 180 left out" in texts
    assert "60 of 240 patients remain" in drawing.caption


def test_missingness_draws_gaps_and_patterns():
    frame = pd.DataFrame({"a": [1, None, 1, None], "b": [1, 1, 1, None], "c": [1, 1, 1, 1]})
    bars, together = drawings(missingness(frame))
    assert list(bars.figure.data[0].x) == [0.5, 0.25] and list(bars.data["column"]) == ["a", "b"]
    assert "n = 4; 1 of 3 columns are complete" in bars.caption
    assert sorted(together.figure.data[0].y) == [1, 1, 2] and sum(together.data["n"]) == 4
    assert "2 lack nothing" in together.caption
    large = together.figure.data[2]
    assert len(large.x) == 3, "one large dot for each gap of each pattern"


def test_nothing_missing_draws_nothing():
    assert drawings(missingness(pd.DataFrame({"a": [1, 2]}))) == ()
    assert drawings(missingness(pd.DataFrame({"a": []}))) == ()


def test_pale_is_the_same_colour_weaker():
    assert theme.tint(SOLID, 0.3) == PALE

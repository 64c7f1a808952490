"""Kaplan-Meier and forest: the plot shows the numbers of the result, all of them and no others."""

import numpy as np
import pandas as pd
import pytest

from core.analyses.comparison import compare
from core.analyses.comparison_tables import groups_table, pairs_table
from core.analyses.marker import CATEGORY, NONE, NUMBER, Marker
from core.plots import drawings
from core.plots.levels import level_colours
from core.store.schema import Endpoint
from core.survival.grouping import category_groups, median_groups

OS = Endpoint("os", "Overall <b>survival</b>", "months", "diagnosis")
LEVELS = ("low", "middle", "high", "never seen")


def comparison(n=90, groups=3, seed=0):
    random = np.random.default_rng(seed)
    label = pd.Series([LEVELS[i % groups] for i in range(n)], dtype=object)
    label[5] = None
    time = random.exponential(20 + 15 * label.map({each: i for i, each in enumerate(LEVELS)}).fillna(0)) + 0.1
    outcomes = pd.DataFrame({"time": time.round(1), "event": (random.random(n) < 0.7).astype(float)})
    outcomes.loc[0, "time"] = np.nan
    return compare(outcomes, OS, Marker("Dose", label, CATEGORY, LEVELS), category_groups(label, LEVELS))


def curves_of(figure):
    return [trace for trace in figure.data if trace.line.shape == "hv" and trace.showlegend]


def test_curves_end_where_few_are_at_risk_and_go_on_pale():
    result = comparison()
    figure = drawings(result)[0].figure
    for curve, sure in zip(result.curves.curves, curves_of(figure), strict=True):
        steps = curve.steps[curve.steps["time"] <= curve.tail_from]
        assert list(sure.x) == list(steps["time"]) and list(sure.y) == list(steps["survival"])
        (tail,) = (t for t in figure.data if t.name == sure.name and t.showlegend is False and t.line.shape == "hv")
        assert tail.x[0] == sure.x[-1] and tail.x[-1] == curve.steps["time"].iloc[-1]


def test_the_legend_says_n_events_and_median_with_unit():
    result = comparison()
    for curve, trace in zip(result.curves.curves, curves_of(drawings(result)[0].figure), strict=True):
        assert f"n = {curve.n}, {curve.n_events} events" in trace.name and curve.median_text in trace.name
    assert "months" in curves_of(drawings(result)[0].figure)[0].name


def test_the_risk_table_is_the_results_own_and_adds_up():
    result = comparison()
    drawing = drawings(result)[0]
    rows = [trace for trace in drawing.figure.data if trace.mode == "text"]
    table = result.curves.risk_table
    for i, curve in enumerate(result.curves.curves):
        mine = table[table["group"] == curve.group]
        at_risk, events, censored = rows[3 * i : 3 * i + 3]
        assert list(map(int, at_risk.text)) == list(mine["at_risk"])
        assert list(events.text) == [f"({n})" for n in mine["events"]]
        assert list(censored.text) == [f"({n})" for n in mine["censored"]]
        assert list(at_risk.x) == list(drawing.figure.layout.xaxis.tickvals), "under the ticks of the curves"
        assert (mine[["at_risk", "events", "censored"]].sum(axis=1) == curve.n).all()


def test_censored_patients_are_ticks():
    result = comparison()
    figure = drawings(result)[0].figure
    ticks = [trace for trace in figure.data if trace.mode == "markers"]
    for curve, trace in zip(result.curves.curves, ticks, strict=True):
        assert list(trace.x) == list(curve.steps.loc[curve.steps["censored"] > 0, "time"])


def test_caption_and_data():
    result = comparison()
    drawing = drawings(result)[0]
    assert "n = 88" in drawing.caption
    assert "1 without usable follow-up and 1 without a group left out of 90" in drawing.caption
    assert "log-log" in drawing.caption and "T ≥ t" in drawing.caption
    assert len(drawing.data) == sum(len(curve.steps) for curve in result.curves.curves)
    assert drawing.figure.layout.yaxis.title.text == "Overall &lt;b&gt;survival&lt;/b&gt;"
    assert "log-rank (2-sided), p" in drawing.figure.layout.annotations[-1].text


def test_a_lost_level_changes_no_colour_and_no_dash():
    three, two = (curves_of(drawings(comparison(groups=k))[0].figure) for k in (3, 2))
    for one, other in zip(three[:2], two, strict=True):
        assert one.line.color == other.line.color and one.line.dash == other.line.dash
    assert len({trace.line.dash for trace in three}) == 3


def test_words_with_a_meaning_keep_their_colour():
    assert level_colours(("positive", "negative")) == {"positive": "#E69F00", "negative": "#0072B2"}
    assert level_colours(("wild type", "mutated"))["mutated"] == "#D55E00"


def test_the_forest_draws_what_the_table_says():
    result = comparison()
    forest = drawings(result)[1]
    squares = [trace.x[0] for trace in forest.figure.data if trace.mode == "markers"]
    expected = [1.0, *(level.estimate.ratio for level in result.hazard.levels if level.estimate)]
    assert squares == pytest.approx(expected)
    assert list(forest.data["ratio"]) == pytest.approx(expected) and list(forest.data["n"]) == [29, 30, 29]
    table = groups_table(result)
    assert list(table["n"]) == [c.n for c in result.curves.curves] and table["HR (95 % CI)"][0] == "1 (reference)"
    assert f"{expected[1]:.2f} (" in table["HR (95 % CI)"][1]
    assert len(pairs_table(result)) == 3


def test_a_number_also_has_its_ratio_per_standard_deviation():
    random = np.random.default_rng(1)
    values = pd.Series(random.normal(size=80))
    time = random.exponential(20 * np.exp(-0.8 * values)) + 0.1
    outcomes = pd.DataFrame({"time": time, "event": 1.0})
    result = compare(outcomes, OS, Marker("Entropy", values, NUMBER), median_groups(values))
    forest = drawings(result)[1]
    assert forest.data["group"].iloc[-1].startswith("per standard deviation") and forest.data["ratio"].iloc[-1] > 1


def test_one_curve_and_too_few_for_a_test():
    outcomes = pd.DataFrame({"time": [1.0, 2, 3, 4], "event": [1.0, 0, 1, 0]})
    (alone,) = drawings(compare(outcomes, OS, Marker("all patients", None, NONE), None))
    assert len(curves_of(alone.figure)) == 1 and "n = 4, 2 events" in alone.caption
    two = pd.Series(["a", "a", "b", "b"])
    few = compare(outcomes, OS, Marker("Dose", two, CATEGORY), category_groups(two))
    assert drawings(few)[0].figure.layout.annotations[-1].text == "too few for a test"

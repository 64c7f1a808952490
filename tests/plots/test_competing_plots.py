"""Cumulative incidence: the plot shows the numbers of the result, all of them and no others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.analyses.incidence import Course, incidences
from core.plots import drawings, theme
from core.plots.levels import level_colours
from core.plots.over_time import KINDS
from core.survival.grouping import category_groups
from core.survival.words import p_text

LEVELS = ("low <i>", "middle", "high", "never seen")
EVENTS = ("relapse <b>", "spread", "death")


def result(n=150, groups=3, seed=0, grouped=True):
    random = np.random.default_rng(seed)
    times = random.exponential([30, 50, 40], (n, 3)).round(1) + 0.1
    end = np.minimum(times[:, 2], random.uniform(20, 90, n).round(1))
    tables = {
        name: pd.DataFrame({"time": np.minimum(times[:, i], end), "event": (times[:, i] <= end).astype(float)})
        for i, name in enumerate(EVENTS)
    }
    tables[EVENTS[0]].loc[0, "time"] = np.nan
    labels = pd.Series([LEVELS[i % groups] for i in range(n)], dtype=object)
    labels[5] = None
    grouping = category_groups(labels, LEVELS) if grouped else None
    return incidences(Course(tables, "months", "diagnosis"), 0, "Dose", grouping, LEVELS if grouped else ())


def curves_of(figure):
    return [trace for trace in figure.data if trace.line.shape == "hv" and trace.showlegend]


def test_there_is_a_drawing_per_event_and_the_one_asked_about_comes_first():
    found = result()
    drawn = drawings(found)
    assert [each.name for each in drawn] == ["incidence", "incidence_2", "incidence_3"]
    assert [each.title for each in drawn] == [f"{e[0].upper()}{e[1:]} as the first event by Dose" for e in EVENTS]
    assert drawn[0].figure.layout.height > drawn[1].figure.layout.height
    assert len({tuple(each.figure.layout.yaxis.range) for each in drawn}) == 1, "the shares can be compared"


def test_curves_are_the_steps_and_go_on_pale_where_few_are_at_risk():
    found = result()
    for drawing, event in zip(drawings(found), EVENTS, strict=True):
        mine = [curve for curve in found.incidence.curves if curve.cause == event]
        for curve, sure in zip(mine, curves_of(drawing.figure), strict=True):
            steps = curve.steps[curve.steps["time"] <= curve.tail_from]
            assert list(sure.x) == list(steps["time"]) and list(sure.y) == list(steps["incidence"])
            tail = [t for t in drawing.figure.data if t.name == sure.name and t.showlegend is False]
            assert tail[0].x[0] == sure.x[-1] and tail[0].x[-1] == curve.steps["time"].iloc[-1]
            assert f"n = {curve.n}, {curve.n_events} events" in sure.name
        assert set(drawing.data["event"]) == {event}
        assert len(drawing.data) == sum(len(curve.steps) for curve in mine)


def test_colours_belong_to_the_level_and_lines_differ_without_colour():
    figure = drawings(result(groups=2))[0].figure
    wanted = level_colours(list(LEVELS))
    lines = curves_of(figure)
    assert len({line.line.dash for line in lines}) == len(lines) == 2
    for line, level in zip(lines, LEVELS, strict=False):
        red, green, blue = (int(wanted[level][i : i + 2], 16) for i in (1, 3, 5))
        assert line.line.color == f"rgba({red},{green},{blue},1)"


def test_the_risk_table_is_the_results_own_and_adds_up():
    found = result()
    rows = [trace for trace in drawings(found)[0].figure.data if trace.mode == "text"]
    table = found.incidence.risk_table
    groups = list(dict.fromkeys(table["group"]))
    assert len(rows) == len(KINDS) * len(groups)
    for i, group in enumerate(groups):
        mine = table[table["group"] == group]
        at_risk, events, censored = rows[3 * i : 3 * i + 3]
        assert list(map(int, at_risk.text)) == list(mine["at_risk"])
        assert list(events.text) == [f"({n})" for n in mine["events"]]
        assert list(censored.text) == [f"({n})" for n in mine["censored"]]
        assert mine[["at_risk", "events", "censored"]].sum(axis=1).nunique() == 1
    assert not [trace for trace in drawings(found)[1].figure.data if trace.mode == "text"]


def test_what_is_said_in_the_corner_is_the_adjusted_p_or_why_there_is_none():
    found = result()
    for drawing, row in zip(drawings(found), found.tests.itertuples(), strict=True):
        (corner,) = [each.text for each in drawing.figure.layout.annotations if "Gray" in each.text]
        assert corner == theme.literal(f"Gray's test, {p_text(row.p_adjusted)} (Holm)")
    few = drawings(result(n=12))[0]
    assert "too few for a test" in [each.text for each in few.figure.layout.annotations]
    alone = drawings(result(grouped=False))[0]
    assert "by" not in alone.title and "Gray" not in alone.alt


@pytest.mark.parametrize("grouped", [True, False])
def test_markup_of_data_stays_text_and_everybody_is_counted(grouped):
    found = result(grouped=grouped)
    for drawing in drawings(found):
        text = drawing.figure.to_json()
        assert "<i>" not in text and "relapse <b>" not in text
        assert f"n = {found.incidence.n}," in drawing.caption and "1 without follow-up" in drawing.caption
        assert ("1 without a group" in drawing.caption) == grouped
        assert "Cumulative incidence" in drawing.alt


def test_no_curve_is_cut_off_by_the_axis():
    for seed in range(5):
        for drawing in drawings(result(seed=seed, n=40)):
            top = drawing.figure.layout.yaxis.range[1]
            drawn = [value for trace in drawing.figure.data if trace.mode != "text" for value in trace.y]
            assert np.nanmax(np.array(drawn, dtype=float)) <= top

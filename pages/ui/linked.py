"""Charts that choose patients: a click on a bar, or a box over a histogram, becomes a part of the cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.analyses.charts import Chart
from core.analyses.context import Context
from core.cohort import Cohort
from core.cohort.simple import Selection, select, selection, toggle
from core.plots import drawings
from pages.ui import session
from pages.ui.frame import Page

COLUMNS = 3
OBEYED = "cohortscope.obeyed."


def linked_charts(page: Page) -> None:
    """The charts in columns of about equal height; on a phone they stand below each other."""
    result = page.ask("charts")
    if result is None:
        return
    st.caption("Click a bar to filter, another to add it, the same again to undo. A chart ignores its own filter.")
    drawn = list(zip(result.charts, drawings(result), strict=True))
    columns = st.columns(COLUMNS, gap="medium")
    filled = [0] * COLUMNS
    for chart, drawing in drawn:
        shortest = filled.index(min(filled))
        filled[shortest] += drawing.figure.layout.height + 110
        # Part of the key is how often the chart was obeyed: then its selection is gone with it, while a filter from
        # elsewhere only redraws it in place.
        key = f"{drawing.name}.{page.context.view.study}.{st.session_state.get(OBEYED + drawing.name, 0)}"
        with columns[shortest]:
            page.show(
                drawing,
                key=key,
                on_select=lambda key=key, chart=chart, name=drawing.name: _obey(page.context, key, name, chart),
                selection_mode=("points",) if chart.kind == "category" else ("points", "box"),
            )
    with st.expander("Choose the charts"):
        page.controls("charts")


def _obey(context: Context, key: str, name: str, chart: Chart) -> None:
    st.session_state[OBEYED + name] = st.session_state.get(OBEYED + name, 0) + 1
    points = st.session_state[key].selection.points
    cohort = clicked(context.cohort, chart.attribute, chart.kind, [point.get("customdata") for point in points])
    session.publish(context.view.with_cohort(cohort))


def clicked(cohort: Cohort, attribute: str, kind: str, marks: Sequence[Any]) -> Cohort:
    """The cohort after these bars of a chart were chosen.

    A mark is what the bar carries: [value] of a category and [low, high] of a number, None in it for patients without
    a value. Values toggle. One bar of a number widens the range to itself, narrows it to itself when inside, and ends
    the filter when it is all of it; a box replaces the range.
    """
    marks = [list(mark) if isinstance(mark, (list, tuple)) else [mark] for mark in marks if mark is not None]
    if not marks:
        return cohort
    known = [mark for mark in marks if None not in mark]
    missing = len(known) < len(marks)
    if kind != "number":
        return toggle(cohort, attribute, [str(mark[0]) for mark in known], missing)
    now = selection(cohort, attribute) or Selection()
    if not known:
        return select(cohort, attribute, Selection((), now.range, not now.missing))
    ends = (min(mark[0] for mark in known), max(mark[1] for mark in known))
    if ends == now.range:
        return select(cohort, attribute, Selection((), None, now.missing))
    if now.range and len(known) == 1 and not now.range[0] <= ends[0] <= now.range[1]:
        ends = (min(ends[0], now.range[0]), max(ends[1], now.range[1]))
    return select(cohort, attribute, Selection((), ends, missing or now.missing))

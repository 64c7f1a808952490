"""The sections of the Cohort page beside its linked charts."""

from __future__ import annotations

import streamlit as st

from core.plots.words import counted
from pages.ui.frame import Page


def baseline(page: Page) -> None:
    """The baseline table, by a group of the reader's choice."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        page.controls("baseline", "group", "p_values")
    result = page.ask("baseline")
    if result is not None:
        left = f" {counted(result.n_no_group, 'patient')} without a group left out." if result.n_no_group else ""
        tests = f" q: Benjamini-Hochberg over {result.n_tests} tests." if result.n_tests else ""
        smd = " SMD: largest standardised mean difference of any two groups." if len(result.groups) > 1 else ""
        caption = f"n = {result.n:,}.{left} Numbers: median [quartiles]; categories: n (% of those known).{smd}{tests}"
        shown = result.table.drop(columns=["Variable", "Level"])
        shown.insert(0, "Attribute", [_row(*pair) for pair in result.table[["Variable", "Level"]].to_numpy()])
        first = {"Attribute": st.column_config.TextColumn(width=260, pinned=True)}
        how = {"hide_index": True, "height": "content", "column_config": first}
        page.table(shown, name="baseline", caption=caption, data=result.table, **how)
    with st.expander("Choose the rows"):
        page.controls("baseline", "attributes")


def _row(variable: str, level: str) -> str:
    """What a row of the baseline table is about, in one cell that a phone can keep in sight."""
    return variable if not level or level.startswith("median") else f"{variable}: {level}"


def frequencies(page: Page) -> None:
    """How often each gene is mutated."""
    page.draw("frequencies")
    with st.expander("Choose how many"):
        page.controls("frequencies")


def oncoprint(page: Page) -> None:
    """Which mutations occur together."""
    page.draw("oncoprint")
    with st.expander("Choose genes and attributes"):
        page.controls("oncoprint")


def flow(page: Page) -> None:
    """How many patients each part of the cohort leaves."""
    page.draw("flow")


def missing(page: Page) -> None:
    """What is not known of these patients."""
    result = page.draw("missing")
    if result is not None and result.n and result.n_complete == result.n:
        st.success(f"Nothing is missing: all {counted(result.n, 'patient')} have every attribute and kind of data.")


def patients(page: Page) -> None:
    """The patients themselves, a row each."""
    context = page.context
    known = context.catalogue.attributes
    frame = context.store.patients(context.cohort)
    shown = frame.set_axis([_heading(known[name]) for name in frame.columns], axis=1).reset_index(names="Patient")
    data = frame.join(context.store.presence(context.cohort), rsuffix=" (data)").reset_index()
    caption = f"n = {len(frame):,}. The CSV also says who has which kind of data."
    page.table(shown, name="patients", caption=caption, data=data, hide_index=True, height=460)


def _heading(attribute) -> str:
    return f"{attribute.label or attribute.name}{f' ({attribute.unit})' if attribute.unit else ''}"

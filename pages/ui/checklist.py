"""The Checklist page: the items of each guideline with their state and evidence, and the whole as a file."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.checklist import ANALYSIS, AUTHOR, DATA, Checklist
from core.analyses.checklist_text import NAMES, RQS, markdown
from core.plots.words import counted
from pages.ui.frame import Page
from pages.ui.text import plain_text

#: Before each state, so that it is told without colour.
SIGNS = {DATA: "● ", ANALYSIS: "◆ ", AUTHOR: "○ "}
WIDTHS = {
    "Item": st.column_config.TextColumn(width=110, pinned=True),
    "Section": st.column_config.TextColumn(width=120),
    "Asks for": st.column_config.TextColumn(width=230),
    "State": st.column_config.TextColumn(width=160),
    "Evidence": st.column_config.TextColumn(width=420),
    "Author still says": st.column_config.TextColumn(width=220),
}


def checklist(page: Page) -> None:
    """What is reported, the counts, the tables, and the outlets of the whole."""
    page.controls("checklist", "of")
    result: Checklist | None = page.ask("checklist")
    if result is None:
        return
    _told(result)
    _outlets(page, result)
    for guideline in dict.fromkeys(result.items["guideline"]):
        _guideline(page, result, str(guideline))
    _score(page, result)


def _told(result: Checklist) -> None:
    st.markdown(
        f"An item is **{DATA}** where numbers of this study and cohort prove it, **{ANALYSIS}** where the analysis "
        f"that is reported proves it with the settings of this view, and otherwise **{AUTHOR}**, which says nothing "
        "of the manuscript. Nothing is claimed that is not proven."
    )
    if result.state:
        st.info(plain_text(result.state))
    if "Caution" in result.leaks:
        st.warning(plain_text(result.leaks))


def _outlets(page: Page, result: Checklist) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="checklist.outlets.whole"):
        st.download_button(
            "The whole as Markdown",
            markdown(result, page.notes),
            file_name="checklist.md",
            mime="text/markdown",
            key="checklist.markdown",
            on_click="ignore",
        )
        st.caption(f"{counted(result.n, 'patient')} of {result.n_study:,}; with the link of this view.")


def _guideline(page: Page, result: Checklist, guideline: str) -> None:
    counts = result.counts(guideline)
    table = result.items[result.items["guideline"] == guideline]
    st.markdown(f"**{guideline}**")
    st.caption(", ".join(f"{n} {state}" for state, n in counts.items()) + f", of {len(table)} items in short words.")
    shown = table[list(NAMES)].rename(columns=NAMES)
    page.table(
        shown.assign(State=[SIGNS[state] + state for state in shown["State"]]),
        name="checklist_" + guideline.split()[0].replace("+", "_").lower(),
        caption="The publication says in full what each item asks for.",
        data=table,
        hide_index=True,
        height=420,
        row_height=44,
        column_config=WIDTHS,
    )
    shown = table["state"] != AUTHOR
    with st.expander(f"What is shown, to read: {shown.sum()} items"):
        st.markdown(_read(table[shown]) or "Nothing.")
    known = ~shown & (table["evidence"] != "")
    if known.any():
        with st.expander(f"What is known for items that are the author's: {known.sum()}"):
            st.markdown(_read(table[known]))


def _read(shown: pd.DataFrame) -> str:
    """Evidence in full, which a cell of a table cuts off."""
    return "\n".join(
        f"* **{plain_text(row.number)}** {plain_text(row.item)}: {plain_text(row.evidence)}"
        + (f" *Still to say: {plain_text(row.still[:1].lower() + row.still[1:])}.*" if row.still else "")
        for row in shown.itertuples()
    )


def _score(page: Page, result: Checklist) -> None:
    st.markdown("**Radiomics Quality Score 2017, as far as it is proven**")
    st.markdown(plain_text(result.rqs.words))
    table = result.rqs.table
    shown = table[list(RQS)].rename(columns=RQS)
    page.table(
        shown.assign(State=[SIGNS[state] + state for state in shown["State"]], Item=shown["Item"].astype(str)),
        name="checklist_rqs",
        caption="Points only for what is proven here; items 5 and 12 take points away where nothing is done.",
        data=table,
        hide_index=True,
        height="content",
        column_config=WIDTHS | {"Item": st.column_config.TextColumn(width=60, pinned=True)},
    )

"""The Checklist page: the items of each guideline with their state and evidence, and the whole as a file."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.checklist import ANALYSIS, AUTHOR, DATA, Checklist
from core.analyses.checklist_items import CLEAR, TRIPOD
from core.analyses.checklist_text import NAMES, RQS, markdown
from core.plots.words import counted
from pages.ui.frame import Page
from pages.ui.text import plain_text

#: Before each state, so that it is told without colour.
SIGNS = {DATA: "● ", ANALYSIS: "◆ ", AUTHOR: "○ "}
#: Columns in the order in which a phone shows them.
ORDER = ("Item", "State", "Asks for", "Evidence", "Author still says", "Section")
WIDTHS = {
    "Item": st.column_config.TextColumn(width=64, pinned=True),
    "State": st.column_config.TextColumn(width=150),
    "Asks for": st.column_config.TextColumn(width=250),
    "Evidence": st.column_config.TextColumn(width=440),
    "Author still says": st.column_config.TextColumn(width=220),
    "Section": st.column_config.TextColumn(width=120),
}


def opened(page: Page) -> bool:
    """What is reported, the counts, and the whole as a file; False where there is no checklist."""
    page.controls("checklist", "of")
    result: Checklist | None = page.ask("checklist")
    if result is None:
        return False
    st.markdown(
        f"An item is **{DATA}** where numbers of this study and cohort prove it, **{ANALYSIS}** where the analysis "
        f"that is reported proves it with the settings of this view, and otherwise **{AUTHOR}**, which says nothing "
        "of the manuscript. Nothing is claimed that is not proven."
    )
    if result.state:
        st.info(plain_text(result.state))
    if "Caution" in result.leaks:
        st.warning(plain_text(result.leaks))
    lines = [f"{name}: {_counts(result, name)}." for name in (TRIPOD, CLEAR)]
    st.markdown("\n".join(f"* {plain_text(line)}" for line in [*lines, f"Radiomics Quality Score: {result.rqs.words}"]))
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
    return True


def _counts(result: Checklist, guideline: str) -> str:
    return ", ".join(f"{n} {state}" for state, n in result.counts(guideline).items())


def tripod(page: Page) -> None:
    """The items of TRIPOD+AI, with the numbers of 2015."""
    _guideline(page, TRIPOD)


def clear(page: Page) -> None:
    """The items of CLEAR."""
    _guideline(page, CLEAR)


def _guideline(page: Page, guideline: str) -> None:
    result: Checklist = page.ask("checklist")
    table = result.items[result.items["guideline"] == guideline]
    shown = table["state"] != AUTHOR
    known = ~shown & (table["evidence"] != "")
    with st.expander(f"Shown: {shown.sum()} of {len(table)} items", expanded=True):
        st.markdown(_read(table[shown]) or "Nothing is shown by the data or an analysis.")
    if known.any():
        with st.expander(f"Known, but the author's to say: {known.sum()} items"):
            st.markdown(_read(table[known]))
    st.markdown("**All items**")
    named = table[list(NAMES)].rename(columns=NAMES)
    numbers = named["Item"].str.removesuffix(")").str.partition(" (2015: ")
    named = named.assign(State=[SIGNS[state] + state for state in named["State"]], Item=numbers[0])
    before = {"2015": numbers[2]} if guideline == TRIPOD else {}
    page.table(
        named[list(ORDER)].assign(**before),
        name=f"checklist_{guideline.split()[0].replace('+', '_').lower()}",
        caption=f"{guideline}, in short words; the publication says in full what each item asks for.",
        data=table,
        hide_index=True,
        height=440,
        column_config=WIDTHS,
    )


def _read(shown: pd.DataFrame) -> str:
    """Evidence in full, which a cell of a table cuts off."""
    return "\n".join(
        f"* {SIGNS[row.state]}**{plain_text(row.number)} {plain_text(row.item)}.** {plain_text(row.evidence)}"
        + (f" *Still to say: {plain_text(row.still[:1].lower() + row.still[1:])}.*" if row.still else "")
        for row in shown.itertuples()
    )


def score(page: Page) -> None:
    """The Radiomics Quality Score, as far as it is proven."""
    result: Checklist = page.ask("checklist")
    table = result.rqs.table
    shown = table[list(RQS)].rename(columns=RQS)
    shown = shown.assign(State=[SIGNS[state] + state for state in shown["State"]], Item=shown["Item"].astype(str))
    page.table(
        shown[["Item", "Proven", "Of", "Asks for", "State", "Evidence"]],
        name="checklist_rqs",
        caption=(
            "Radiomics Quality Score (Lambin et al. 2017), in short words. Points only for what is proven here; items "
            "5 and 12 take points away where nothing is done."
        ),
        data=table,
        hide_index=True,
        height="content",
        column_config=WIDTHS
        | {"Item": st.column_config.TextColumn(width=50, pinned=True)}
        | {name: st.column_config.NumberColumn(width=64) for name in ("Proven", "Of")},
    )

"""The Pathways section of Radiogenomics: gene sets in the ranking of genes that each feature gives."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.analyses.pathway_result import PathwayScreen
from core.plots import drawings
from core.plots.families import short_names
from core.plots.words import counted
from pages.ui.clicked_pair import choose, clickable
from pages.ui.frame import Page
from pages.ui.text import plain_text

TABLE, PAIR = "pathways_table", ("pathway_pair.feature", "pathway_pair.gene_set")
#: Rows of the table on the page; the CSV holds all.
MOST = 2_000
SMALL = st.column_config.NumberColumn(format="%.2g")
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")


def pathways(page: Page) -> None:
    """What is tested, what was found, the heat map, one pair, and every test as a table."""
    analysis = page.analysis("pathways")
    if analysis is None:
        return
    with st.container(horizontal=True, key="pathways.choices"):
        page.controls("pathways", "which", "chosen", "null")
        page.controls("gene_screen", "volume", "strata")
    with st.expander("More choices"):
        page.controls("pathways", "permutations", "smallest", "largest", "q", "seed")
        page.controls("gene_screen", "features", "setting", "adjust")
    result = page.ask("pathways")
    if result is None:
        return
    headline, caution, *rest = result.words
    st.markdown(f"**{plain_text(headline)}**")
    (st.warning if result.enrichment.null == "genes" else st.info)(plain_text(caution))
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))
    st.caption("Click a cell to see that gene set in the ranking of that feature; point at it to read its numbers.")
    (heat_map,) = drawings(result)
    clickable(page, heat_map, PAIR)
    _pair(page)
    _table(page, result)


def _pair(page: Page) -> None:
    st.subheader("One feature and one gene set")
    with st.container(horizontal=True, key="pathway_pair.choices"):
        page.controls("pathway_pair", "feature", "gene_set")
    page.draw("pathway_pair")


def _table(page: Page, result: PathwayScreen) -> None:
    table = result.table
    shown = table.head(MOST)[["set", "feature", "nes", "p", "q", "present", "size", "n", "family", "leading_edge"]]
    shown = shown.set_axis(
        ["Gene set", "Feature", "NES", "p", "q", "Measured", "Genes", "n", "Family", "Leading edge"], axis=1
    )
    shown["Gene set"] = shown["Gene set"].map(short_names(list(result.enrichment.sets), {}))
    which = "" if len(shown) == len(table) else f" The first {MOST:,} are shown; the CSV holds all."
    page.table(
        shown,
        name=TABLE,
        caption=(
            f"{counted(result.enrichment.n_tests, 'test')}; NES: normalised enrichment score; q: Benjamini-Hochberg "
            f"over all of them.{which} Choose a row to see the pair."
        ),
        hide_index=True,
        height=420,
        column_config={
            "Gene set": st.column_config.TextColumn(pinned=True, width="medium"),
            "Feature": st.column_config.TextColumn(width="medium"),
            "NES": TWO_DIGITS,
            "p": SMALL,
            "q": SMALL,
        },
        data=table,
        on_select=partial(_obey_table, page, result),
        selection_mode="single-row",
    )


def _obey_table(page: Page, result: PathwayScreen) -> None:
    rows: list[int] = st.session_state[TABLE].selection.rows
    if rows:
        row = result.table.iloc[rows[0]]
        choose(page, PAIR, (row["feature"], row["set"]))

"""A comparison of survival on a page: the curves, what they say in words, and their tables."""

from __future__ import annotations

import streamlit as st

from core.analyses.comparison import Comparison
from core.analyses.comparison_tables import groups_table, pairs_table
from core.plots import drawings
from pages.ui.frame import Page
from pages.ui.text import plain_text

CHOICES = ("split", "attribute", "gene", "features", "setting", "feature", "cut")


def groups(page: Page) -> None:
    """The groups, their curves and what is said of them."""
    choices(page)
    result = page.ask("survival")
    if result is not None:
        comparison(page, result)
    with st.expander("More choices"):
        page.controls("follow_up", "landmark", "until")
        page.controls("survival", "seed")


def choices(page: Page) -> None:
    """What is compared, in one line above the plot; on a phone in several."""
    with st.container(horizontal=True, key="survival.choices"):
        page.controls("follow_up", "endpoint")
        chosen = page.analysis("survival")
        known = page.context.catalogue.attributes.get(chosen.attribute)
        names = [name for name in CHOICES if name != "cut" or known is None or known.type == "number"]
        page.controls("survival", *names)


def comparison(page: Page, result: Comparison) -> None:
    """The curves with their numbers at risk, the words, hazard ratios and tables; states where there is no number."""
    curves, *others = drawings(result)
    page.show(curves)
    for sentence in result.words:
        st.markdown(plain_text(sentence))
    if result.logrank is not None and result.logrank.note and result.logrank.p is not None:
        st.caption(plain_text(result.logrank.note))
    for state in dict.fromkeys(result.states.values()):
        st.info(plain_text(state))
    for drawing in others:
        page.show(drawing)
    st.markdown("**Groups**")
    page.table(
        groups_table(result),
        name="survival_groups",
        caption=f"{result.rule} HR: unadjusted hazard ratio. PH test: a small p says that the ratio changes over "
        "time. Follow-up: median by reverse Kaplan-Meier.",
        hide_index=True,
        height="content",
    )
    pairs = pairs_table(result)
    if len(pairs):
        st.markdown("**Pairs of groups**")
        page.table(
            pairs,
            name="survival_pairs",
            caption=f"Log-rank tests of {len(pairs)} pairs; Holm's adjustment holds over all of them.",
            hide_index=True,
            height="content",
        )
    with st.expander("Numbers at risk as a table"):
        page.table(
            result.curves.risk_table,
            name="numbers_at_risk",
            caption=f"Time in {result.curves.unit}; at risk T ≥ t, events and censored before t; a row adds up to n.",
            hide_index=True,
        )

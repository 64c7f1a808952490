"""The sections of the Reproducibility page below its networks."""

from __future__ import annotations

import streamlit as st

from core.analyses import choices
from core.analyses.network import FeatureNetworks
from core.cohort.words import listed
from core.plots import drawings
from core.plots.drawing import Drawing
from core.plots.words import counted
from core.survival.words import p_text
from pages.ui import networks
from pages.ui.frame import Page
from pages.ui.pictures import beside
from pages.ui.text import plain_text

AGREEMENT = {
    "feature": "Feature", "family": "Family", "n": "n", "ccc": "CCC", "ccc_low": "CCC low", "ccc_high": "CCC high",
    "icc": "ICC(A,1)", "icc_low": "ICC low", "icc_high": "ICC high", "spearman": "Spearman", "spearman_q": "Spearman q",
    "note": "Note",
}  # fmt: skip
PAIRS = {
    "component_a": "First", "component_b": "Second", "size_a": "Size, first", "size_b": "Size, second",
    "shared": "Shared", "expected": "Expected", "jaccard": "Jaccard", "p": "p", "q": "q",
}  # fmt: skip
SMALL = st.column_config.NumberColumn(format="%.2g")
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")
THREE_DIGITS = st.column_config.NumberColumn(format="%.3f")


def components(page: Page, result: FeatureNetworks, found: dict[str, Drawing]) -> None:
    """Which components of the two networks hold the same features."""
    if "component_pairs" not in found:
        sizes = [len(part) for part in result.networks[0].components]
        if len(result.networks) == 1 and sizes:
            st.markdown(f"{counted(len(sizes), 'component')}, of {listed(map(str, sizes[:12]), 'and')} features.")
        return
    st.subheader("Which components hold the same features")
    page.show(found["component_pairs"], heading=False)
    with st.expander("All pairs of components"):
        table = result.common.pairs[list(PAIRS)].rename(columns=PAIRS)
        config = {"p": SMALL, "q": SMALL, "Jaccard": TWO_DIGITS, "Expected": TWO_DIGITS}
        page.table(
            table,
            name="component_pairs_table",
            caption="Components are numbered by size; p hypergeometric, q Benjamini-Hochberg over the pairs.",
            hide_index=True,
            column_config=config,
        )


def details(page: Page, result: FeatureNetworks, found: dict[str, Drawing]) -> None:
    """How the networks were chosen, what was left out, and every edge."""
    with st.expander("What was left out, and what to know"):
        networks.left_out(result)
        for note in result.common.notes if result.common is not None else ():
            st.markdown(f"* {plain_text(note)}")
    with st.expander("How EBIC chose, and what another gamma would give"):
        beside(page, [found["ebic_path"], found["gamma_sensitivity"]])
    with st.expander("Features and edges as tables"):
        if result.chosen is not None:
            networks.features_table(page, result)
        networks.edges_table(page, result)


def agreement(page: Page) -> None:
    """Each feature by itself: the same value under both settings?"""
    st.subheader("Agreement of each feature")
    result = page.ask("agreement")
    if result is None:
        return
    st.markdown(
        f"{result.n_good:,} of {result.n_features:,} features reach a concordance of {result.good:g}, n = {result.n:,} "
        f"patients with both settings."
    )
    beside(page, drawings(result))
    with st.expander("Agreement as a table, and where the line is drawn"):
        page.controls("agreement")
        table = result.table[list(AGREEMENT)].rename(columns=AGREEMENT).sort_values("CCC", ascending=False)
        config = {name: THREE_DIGITS for name in AGREEMENT.values() if name.startswith(("CCC", "ICC", "Spearman"))}
        page.table(
            table,
            name="agreement",
            caption=f"n = {result.n}; 95 % intervals; q over {result.n_features} features.",
            hide_index=True,
            column_config=config | {"Spearman q": SMALL},
            data=result.table,
        )


def shift(page: Page) -> None:
    """Patients on the common network: do they stay where they are?"""
    st.subheader("Do patients stay where they are?")
    result = page.ask("shift")
    if result is None:
        return
    steadier = "move less" if result.p_mean < 0.05 else "are not shown to move less"
    st.markdown(
        f"On this network patients {steadier} between the settings than on random features of the same study: "
        f"{result.mean_w1:.3f} hops on average against {result.null_mean_median:.3f}, "
        f"{plain_text(p_text(result.p_mean))}, "
        f"n = {result.n:,}. Two patients differ by {result.between_median:.3f} (median)."
    )
    if result.identical_nodes:
        st.caption(
            f"{len(result.identical_nodes)} of the {result.m} features are identical under both settings for "
            "everybody, as "
            "the shape of one copied contour is; they say nothing about reproducibility."
        )
    beside(page, drawings(result))
    with st.expander("Change the null"):
        page.controls("shift")


def compares(page: Page) -> bool:
    """Whether two settings were chosen; says what to do where there is one."""
    if page.context.analysis("network").setting_b != choices.NONE:
        return True
    st.info("Agreement and shifts need two settings. Choose a second setting, or a feature set that has one.")
    return False

"""What goes with the clusters: attributes, genes and features that did not build them, and plainer groupings."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.cluster_table import ClusterTable
from core.analyses.clusters import Clusters
from core.plots import drawings
from core.plots.words import counted
from core.stats.associations import USED
from core.survival.words import p_text
from pages.ui.clusters import SMALL, clusters
from pages.ui.frame import Page
from pages.ui.pictures import beside
from pages.ui.text import plain_text

BLOCKS = {"attribute": "attribute", "gene": "gene", "feature": "imaging feature", "node": "used to build the clusters"}


def associations(page: Page) -> None:
    """Clusters against what did not build them, and beside plainer groupings of the same patients."""
    result = clusters(page)
    if result is None:
        return
    _table(page, result)
    _comparators(page)


def _comparators(page: Page) -> None:
    """Is it the network, or would any grouping do?"""
    st.subheader("Beside plainer groupings")
    result = page.ask("cluster_comparators")
    if result is None:
        return
    for sentence in (*result.says, *result.notes):
        st.markdown(f"* {plain_text(sentence)}")
    for drawing in drawings(result):
        page.show(drawing, heading=False)
    with st.expander("As a table, and how many random sets"):
        page.controls("cluster_comparators")
        caption = f"n = {result.n:,} of {result.n_clustered:,} clustered patients. {result.sets_meaning}"
        page.table(result.table, name="cluster_comparators_table", caption=caption, hide_index=True)


def _table(page: Page, result: Clusters) -> None:
    """Clusters against every attribute, gene and feature that did not build them, for both clusterings."""
    with st.expander("Change what is tested"), st.container(horizontal=True):
        page.controls("cluster_table")
    table = page.ask("cluster_table")
    if table is None:
        return
    _volume(page, result, table)
    beside(page, drawings(table))
    shown = together(table)
    page.table(
        shown,
        name="cluster_associations",
        caption=(
            f"n = {table.wasserstein.n}. {counted(table.wasserstein.n_tests, 'test')} per clustering; q: "
            f"Benjamini-Hochberg over them. {table.wasserstein.n_used} features were used to build the clusters "
            "and get "
            f"no p-value; {table.wasserstein.n_not_estimable} could not be tested."
        ),
        hide_index=True,
        column_config={name: SMALL for name in shown.columns if name.endswith((" p", " q", " effect"))}
        | {"Attribute": st.column_config.TextColumn(pinned=True)},
    )


def together(found: ClusterTable) -> pd.DataFrame:
    """A row per attribute, the Euclidean clusters beside the Wasserstein ones; nodes last, marked."""
    ours, theirs = (part.table.set_index("attribute") for part in (found.wasserstein, found.euclidean))
    table = pd.DataFrame(
        {
            "Attribute": [found.labels[name] for name in ours.index],
            "n": ours["n"].to_numpy(),
            "Wasserstein p": ours["p"].to_numpy(),
            "Wasserstein q": ours["q"].to_numpy(),
            "Wasserstein effect": ours["effect"].to_numpy(),
            "Euclidean p": theirs["p"].reindex(ours.index).to_numpy(),
            "Euclidean q": theirs["q"].reindex(ours.index).to_numpy(),
            "Euclidean effect": theirs["effect"].reindex(ours.index).to_numpy(),
            "Effect is": ours["effect_name"].to_numpy(),
            "Test": ours["test"].to_numpy(),
            "Kind": [BLOCKS[found.blocks[name]] for name in ours.index],
            "Note": ours["note"].to_numpy(),
        }
    )
    used = table["Note"] == USED
    table.loc[used, "Note"] = BLOCKS["node"]
    order = table.assign(used=used).sort_values(["used", "Wasserstein p", "Attribute"], na_position="last").index
    return table.loc[order].reset_index(drop=True)


def _volume(page: Page, result: Clusters, table: ClusterTable) -> None:
    """Say how much the clusters have to do with the size of the tumour."""
    volume = page.context.result(page.context.analysis("distances")).volume
    if volume is None:
        return
    if volume.name in result.nodes:
        st.info(f"The volume itself ({plain_text(volume.name)}) is one of the features that built the clusters.")
        return
    row = table.wasserstein.table.set_index("attribute").loc[f"feature {volume.name}"]
    if pd.isna(row["p"]):
        return
    differs = "differs" if row["p"] < 0.05 else "is not shown to differ"
    text = f"The volume ({volume.name}) {differs} between the clusters: {p_text(row['p'])}, {row['effect_name']} "
    st.info(plain_text(f"{text}{row['effect']:.2f}."))

"""What else is asked of the clusters: how they fare, what sets them apart, how many there are, and unbalanced mass."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.analyses.cluster_survival import tried_with
from core.analyses.clusters import Clusters
from core.plots import drawings
from core.plots.words import counted
from pages.ui import session
from pages.ui.clusters import SMALL, clusters
from pages.ui.frame import Page
from pages.ui.networks import checked_network
from pages.ui.pictures import pictures
from pages.ui.survival import comparison
from pages.ui.text import plain_text

#: The numbers of clusters whose survival this tab has shown, by study and cohort.
TRIES = "clusters.tries"


def survival(page: Page) -> None:
    """Survival by cluster, which is exploratory until it is replicated."""
    analysis = page.analysis("cluster_survival") if checked_network(page) is not None else None
    if analysis is None:
        return
    _count_this_try(page)
    own = page.context.analysis("network").study == page.context.view.study
    chosen = "network, distances and number of clusters" if own else "distances and number of clusters"
    st.caption(
        f"Exploratory: {chosen} were chosen on these same patients, and every other number of clusters tried here is "
        "another test. Replicate on other patients before believing it."
    )
    with st.container(horizontal=True, key="cluster_survival.choices"):
        page.controls("cluster_survival", "endpoint", "of")
    result = page.ask("cluster_survival")
    if result is None:
        return
    comparison(page, result)
    if result.tried is not None and len(result.tried_ks) > 1:
        with st.expander("Every number of clusters that was tried"):
            page.table(
                result.tried.table,
                name="cluster_tries",
                caption=f"n = {result.tried.n:,}, {counted(result.tried.n_events, 'event')}; corrected over "
                f"{counted(result.tried.n_tests, 'test')} by {result.tried.permutations:,} exchanges of the outcomes, "
                f"seed {result.tried.seed}.",
                hide_index=True,
                column_config=dict.fromkeys(("p", "p_permutation", "p_corrected"), SMALL),
            )


def _count_this_try(page: Page) -> None:
    """Every number of clusters whose survival was looked at in this tab counts as a test, in the link too."""
    context = page.context
    k, known = context.analysis("clusters").k, context.analysis("cluster_survival").tried
    seen = st.session_state.setdefault(TRIES, {}).setdefault((context.view.study, str(context.cohort)), set())
    seen |= {k, *map(int, known)}
    if len(seen) > 1 and seen != set(map(int, known)):
        session.publish(context.view.with_options({"cluster_survival.tried": tried_with(seen, k)}))
        st.rerun()


def profile(page: Page) -> None:
    """Where on the network the clusters carry their mass, and the features in their own units."""
    result = clusters(page)
    if result is None:
        return
    page.show(pictures(page, "clusters", result)["cluster_profile"], heading=False)
    if result.scale != "raw":
        st.caption("The values of this feature set are z-scores, so they have no unit of their own to be shown in.")
        return
    st.subheader("In plain units")
    units = {each.name: each.unit for each in page.context.catalogue.feature_sets[result.feature_set].features}
    page.table(
        in_units(result, units),
        name="cluster_units",
        caption=f"n = {result.n:,}. Median [quartiles] of the raw values; these features built the clusters: no test.",
        hide_index=True,
        column_config={"Feature": st.column_config.TextColumn(pinned=True)},
        data=result.profile.table,
    )


def in_units(result: Clusters, units: Mapping[str, str]) -> pd.DataFrame:
    """A row per node: its unit, and the median and quartiles of its raw values in each cluster."""
    rows = []
    for name, part in result.profile.table.groupby("feature", sort=False):
        row = {"Feature": name, "Family": result.families.get(name, ""), "Unit": units.get(name) or "–"}
        for each in part.itertuples():
            shown = f"{each.median_raw:.4g} [{each.low_raw:.4g}, {each.high_raw:.4g}]" if each.n_values else "–"
            row[f"Cluster {each.cluster} (n = {each.n_patients})"] = shown
        rows.append(row)
    return pd.DataFrame(rows)


def numbers(page: Page) -> None:
    """How many clusters the distances themselves suggest, and whether they would come back."""
    result = page.ask("choice_of_k") if checked_network(page) is not None else None
    if result is None:
        return
    st.markdown(plain_text(result.says))
    for drawing in drawings(result):
        page.show(drawing, heading=False)
    with st.expander("How it is worked out"):
        page.controls("choice_of_k")


def sweep(page: Page) -> None:
    """Does unbalanced transport see where mass is, or only how much there is?"""
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep.choices"):
        page.controls("unbalanced_sweep")
    result = page.ask("unbalanced_sweep") if checked_network(page) is not None else None
    if result is None:
        return
    for note in result.notes:
        st.markdown(f"* {plain_text(note)}")
    for drawing in drawings(result):
        page.show(drawing, heading=False)

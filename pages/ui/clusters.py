"""The sections of the Clusters page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.cluster_table import ClusterTable
from core.analyses.clusters import Clusters
from core.plots import drawings
from core.plots.clusters import left_out
from core.plots.words import counted
from core.stats.associations import USED
from core.survival.words import p_text
from pages.ui import doors, presets
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.recipes import distance_sentence
from pages.ui.survival import comparison
from pages.ui.text import plain_text

NOTE = "One random start, mean centroids, k = 2, hops, scaling as coded. The network and the seed stay."
FIRST = ("embedding_wasserstein", "embedding_euclidean", "wasserstein_against_euclidean", "silhouettes")
SMALL = st.column_config.NumberColumn(format="%.2g")
BLOCKS = {"attribute": "attribute", "gene": "gene", "feature": "imaging feature", "node": "used to build the clusters"}


def choices(page: Page) -> bool:
    """How patients are compared and clustered; False, after saying why, when this study has no features."""
    distances = page.analysis("distances")
    if distances is None:
        return False
    st.markdown(plain_text(distance_sentence(page.context, distances)))
    with st.container(horizontal=True, key="clusters.choices"):
        page.controls("clusters", "k")
        several = len(page.context.catalogue.feature_sets[distances.features].settings) > 1
        page.controls("distances", "features", *(("setting",) if several else ()))
    with st.expander("Change the distances and the clustering"):
        presets.presets(page, "clusters", presets.CLUSTERS, NOTE)
        left, right = st.columns(2, gap="large")
        with left:
            page.controls("distances", "scaling", "metric")
            page.controls("clusters", "centroid")
        with right:
            page.controls("clusters", "restarts", "start", "seed")
    return True


def overview(page: Page, result: Clusters) -> None:
    """Sizes in words, and both clusterings in one picture of the patients."""
    sizes = ", ".join(f"{size} in cluster {label}" for label, size in enumerate(result.wasserstein.sizes, 1))
    found = result.wasserstein
    starts = len(found.restarts)
    text = (
        f"{result.n:,} of {counted(result.n_cohort, 'patient')} fall into {found.k} Wasserstein clusters: {sizes}."
        f"{left_out(result)} {round(found.share_at_best * starts)} of {counted(starts, 'start')} "
        f"found this best grouping. Mean silhouette {result.silhouette.mean:.2f}."
    )
    st.markdown(plain_text(text))
    if not found.converged:
        st.caption("The best start did not come to rest; its lowest round is shown.")
    drawn = pictures(page, "clusters", result)
    beside(page, [drawn[name] for name in FIRST])


def associations(page: Page, result: Clusters) -> None:
    """Clusters against what did not build them, for both clusterings."""
    st.subheader("What goes with the clusters")
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


def survival(page: Page) -> None:
    """Survival by cluster, which is exploratory until it is replicated."""
    st.subheader("Survival by cluster")
    analysis = page.analysis("cluster_survival")
    if analysis is None:
        return
    own = page.context.analysis("network").study == page.context.view.study
    chosen = "network, distances and number of clusters" if own else "distances and number of clusters"
    st.caption(
        f"Exploratory: {chosen} were chosen on these same patients, and every other number of clusters tried here is "
        "another test. Replicate on other patients before believing it."
    )
    with st.container(horizontal=True, key="cluster_survival.choices"):
        page.controls("cluster_survival", "endpoint", "of")
    result = page.ask("cluster_survival")
    if result is not None:
        comparison(page, result)


def profile(page: Page, result: Clusters) -> None:
    """Where on the network the clusters carry their mass."""
    st.subheader("What sets the clusters apart")
    page.show(pictures(page, "clusters", result)["cluster_profile"], heading=False)


def numbers(page: Page) -> None:
    """How many clusters the distances themselves suggest."""
    st.subheader("How many clusters")
    result = page.ask("choice_of_k")
    for drawing in drawings(result):
        page.show(drawing, heading=False)


def filter_to(page: Page, result: Clusters) -> None:
    """A cluster as the cohort of another page; here it would only be clustered anew."""
    st.subheader("Go on with one cluster")
    sizes = dict(enumerate(result.wasserstein.sizes, 1))
    with st.container(horizontal=True, vertical_alignment="bottom", key="clusters.group"):
        label = st.selectbox(
            "Cluster",
            list(sizes),
            key="clusters.chosen",
            format_func=lambda each: f"cluster {each} (n = {sizes[each]})",
        )
        for name in ("Cohort", "Survival"):
            if st.button(f"Filter the {name} page to this cluster", key=f"clusters.to.{name.lower()}"):
                doors.go(name, _group(page, result, label))


def _group(page: Page, result: Clusters, label: int):
    analysis = page.context.analysis("clusters")
    patients = result.patients.loc[result.patients["cluster"] == label, "patient_id"]
    how = f"W1, {len(result.nodes)} features of {result.feature_set}, seed {analysis.seed}"
    name = f"cluster {label} of {analysis.k} ({how})"
    return doors.save_group(page, name, [str(each) for each in patients])


def members(page: Page, result: Clusters) -> None:
    """Who is in which cluster."""
    with st.expander("Who is in which cluster"):
        table = result.patients[["patient_id", "cluster", "euclidean", "distance", "silhouette"]]
        names = ["Patient", "Wasserstein cluster", "Euclidean cluster", "W1 to the centroid", "Silhouette"]
        page.table(
            table.set_axis(names, axis=1),
            name="cluster_members",
            caption=f"n = {result.n:,}.{left_out(result)}",
            hide_index=True,
            data=result.patients,
        )

"""The clusters themselves: how they are made, who is in which, and the way on with one of them."""

from __future__ import annotations

import streamlit as st

from core.analyses.clusters import Clusters
from core.plots.clusters import left_out
from core.plots.words import counted
from pages.ui import doors, presets
from pages.ui.frame import Page
from pages.ui.networks import checked_network
from pages.ui.pictures import beside, pictures
from pages.ui.recipes import distance_sentence
from pages.ui.text import plain_text

NOTE = "One random start, mean centroids, k = 2, hops, scaling as coded. The network and the seed stay."
FIRST = ("embedding_wasserstein", "embedding_euclidean", "wasserstein_against_euclidean", "silhouettes")
SMALL = st.column_config.NumberColumn(format="%.2g")


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
            page.controls("distances", "scaling", "metric", "mass", "gamma")
            page.controls("clusters", "centroid")
        with right:
            page.controls("clusters", "restarts", "start", "seed")
    return True


def overview(page: Page) -> None:
    """Both clusterings in one picture of the patients, who is in which, and the way on with one of them."""
    result = clusters(page)
    if result is None:
        return
    _sizes(result)
    drawn = pictures(page, "clusters", result)
    beside(page, [drawn[name] for name in FIRST])
    _filter_to(page, result)
    _members(page, result)


def clusters(page: Page) -> Clusters | None:
    """The clusters; None, after saying why once, when there is no network or nobody to cluster."""
    return page.ask("clusters") if checked_network(page) is not None else None


def _sizes(result: Clusters) -> None:
    """Sizes in words, and what must be known before the clusters are believed."""
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
    for note in result.notes:
        st.warning(plain_text(note))


def _filter_to(page: Page, result: Clusters) -> None:
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


def _members(page: Page, result: Clusters) -> None:
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

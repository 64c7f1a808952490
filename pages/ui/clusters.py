"""The sections of the Clusters page."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.analyses.cluster_survival import tried_with
from core.analyses.cluster_table import ClusterTable
from core.analyses.clusters import Clusters
from core.plots import drawings
from core.plots.clusters import left_out
from core.plots.words import counted
from core.stats.associations import USED
from core.survival.words import p_text
from pages.ui import doors, presets, session
from pages.ui.frame import Page
from pages.ui.networks import checked_network
from pages.ui.pictures import beside, pictures
from pages.ui.recipes import distance_sentence
from pages.ui.survival import comparison
from pages.ui.text import plain_text

NOTE = "One random start, mean centroids, k = 2, hops, scaling as coded. The network and the seed stay."
FIRST = ("embedding_wasserstein", "embedding_euclidean", "wasserstein_against_euclidean", "silhouettes")
#: The numbers of clusters whose survival this tab has shown, by study and cohort.
TRIES = "clusters.tries"
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
            page.controls("distances", "scaling", "metric", "mass", "gamma")
            page.controls("clusters", "centroid")
        with right:
            page.controls("clusters", "restarts", "start", "seed")
    return True


def overview(page: Page) -> None:
    """Both clusterings in one picture of the patients, who is in which, and the way on with one of them."""
    result = _asked(page)
    if result is None:
        return
    _sizes(result)
    drawn = pictures(page, "clusters", result)
    beside(page, [drawn[name] for name in FIRST])
    _filter_to(page, result)
    _members(page, result)


def _asked(page: Page) -> Clusters | None:
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


def associations(page: Page) -> None:
    """Clusters against what did not build them, and beside plainer groupings of the same patients."""
    result = _asked(page)
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
    result = _asked(page)
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

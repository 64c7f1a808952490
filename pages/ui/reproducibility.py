"""The sections of the Reproducibility page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses import choices
from core.analyses.network_result import FeatureNetworks
from core.analyses.network_stability import NetworkFrequencies, SettingStability
from core.cohort.words import listed
from core.network.permutation import OverlapCheck
from core.plots import drawings
from core.plots.drawing import Drawing
from core.plots.network import network_pictures
from core.plots.words import counted
from core.survival.words import p_text
from pages.ui import doors, feature_lists, network_click
from pages.ui import networks as made
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.recipes import network_sentence
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


def networks(page: Page) -> None:
    """The networks, what they share, and a feature that was clicked."""
    result = made.ask(page)
    if result is None:
        return
    found = pictures(page, "network", result)
    if result.chosen is None:
        made.state(page, result)
    else:
        made.common(page, result)
    network_click.side_by_side(page, found)
    if compares(page):
        network_click.feature(page)
    if result.chosen is not None:
        doors.cluster_on(page, result.chosen.names)
    _components(page, result, found)
    _details(page, result, found)


def _components(page: Page, result: FeatureNetworks, found: dict[str, Drawing]) -> None:
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


def _details(page: Page, result: FeatureNetworks, found: dict[str, Drawing]) -> None:
    """How the networks were chosen, what was left out, and every edge."""
    with st.expander("What was left out, and what to know"):
        made.left_out(result)
        for note in result.common.notes if result.common is not None else ():
            st.markdown(f"* {plain_text(note)}")
    with st.expander("Keep a list of features for the other pages"):
        feature_lists.choose(page, result.study, result.feature_set, _lists(page, result))
    with st.expander("How EBIC chose, and what another gamma would give"):
        beside(page, [found["ebic_path"], found["gamma_sensitivity"]])
    with st.expander("Features and edges as tables"):
        if result.chosen is not None:
            made.features_table(page, result)
        made.edges_table(page, result)


def _lists(page: Page, result: FeatureNetworks) -> list[feature_lists.Found]:
    """What may be kept of these networks: the features on which patients are compared, and those free of the volume."""
    network = page.context.analysis("network")
    made_so = network_sentence(page.context, network)
    found = []
    if result.chosen is not None:
        found.append(feature_lists.Found("of the network to compare patients on", result.chosen.names, made_so))
    entered = set.intersection(*(set(each.entered) for each in result.networks))
    free = tuple(name for name in result.networks[0].entered if name in entered)
    what = f"that do not follow the volume, |rho| below {network.volume_cut:g}, and can be used"
    return [*found, feature_lists.Found(what, free, f"{len(free)} features {what}. {made_so}")]


def agreement(page: Page) -> None:
    """Each feature by itself: the same value under both settings?"""
    result = page.ask("agreement") if compares(page) else None
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
    network = made.checked_network(page) if compares(page) else None
    result = page.ask("shift") if network is not None else None
    if result is None:
        return
    copied = len(result.identical_nodes)
    if 2 * copied >= result.m:
        st.warning(
            f"{copied} of the {result.m} features are identical under both settings for everybody, as the shape of "
            "one copied contour is. The comparison below says nothing about reproducibility."
        )
    steadier = "move less" if result.p_mean < 0.05 else "are not shown to move less"
    st.markdown(
        f"On this network patients {steadier} between the settings than on random features of the same study: "
        f"{result.mean_w1:.3f} hops on average against {result.null_mean_median:.3f}, "
        f"{plain_text(p_text(result.p_mean))}, "
        f"n = {result.n:,}. Two patients differ by {result.between_median:.3f} (median)."
    )
    if 0 < 2 * copied < result.m:
        st.caption(
            f"{copied} of the {result.m} features are identical under both settings for everybody, as the shape of one "
            "copied contour is; they say nothing about reproducibility."
        )
    beside(page, drawings(result))
    with st.expander("Change the null"):
        page.controls("shift")


def stability(page: Page) -> None:
    """Which edges come back when the networks are estimated from other patients."""
    with st.container(horizontal=True, key="network_stability.choices"):
        page.controls("network_stability")
    result = page.ask("network_stability")
    if result is None:
        return
    for one in result.settings:
        st.markdown(plain_text(" ".join((_comes_back(one), *one.found.notes))))
    for label, check in (("any features", result.overlap), ("features of one family", result.overlap_within)):
        if check is not None:
            st.markdown(plain_text(_by_chance(label, check)))
    network = made.ask(page)
    frequencies = {one.setting: _by_pair(one.found.edges) for one in result.settings}
    subsamples = result.settings[0].found.subsamples
    shown = network_pictures(network, frequencies, subsamples=subsamples) if network is not None else ()
    beside(page, shown, max(len(shown), 1))
    beside(page, drawings(result))
    with st.expander("Every edge and feature as a table"):
        _frequencies(page, result)


def features(page: Page) -> None:
    """One list of reproducible features over all settings, and a name to keep it under."""
    page.controls("reproducible", "settings")
    with st.expander("Change the criteria"):
        left, right = st.columns(2, gap="large")
        with left:
            page.controls("reproducible", "by_network", "misses", "components", "connected")
        with right:
            page.controls("reproducible", "by_ccc", "ccc", "by_icc", "icc", "no_surrogates", "no_copies")
    result = page.ask("reproducible")
    if result is None:
        return
    st.success(f"**{counted(len(result.names), 'reproducible feature')}.** {plain_text(result.recipe)}")
    for note in result.notes:
        st.markdown(f"* {plain_text(note)}")
    feature_lists.keep(page, result.names, result.study, result.feature_set, result.recipe)
    beside(page, drawings(result), 1)
    with st.expander("The list, and what each criterion left out"):
        page.table(result.flow, name="reproducible_flow", caption=f"Of {result.n_features} features.", hide_index=True)
        page.table(result.features, name="reproducible_features", caption=plain_text(result.recipe), hide_index=True)


def _by_pair(edges: pd.DataFrame) -> dict[tuple[str, str], float]:
    """How often each pair of features was an edge, the names in order."""
    rows = edges[["feature_a", "feature_b", "frequency"]].itertuples(index=False)
    return {tuple(sorted((first, second))): frequency for first, second, frequency in rows}


def _comes_back(one: SettingStability) -> str:
    """How often the edges of one setting come back, in words."""
    found = one.found
    if not one.n_edges:
        return f"{one.setting}: the network has no edge, so none can come back."
    how = "halves" if found.in_pairs else f"subsamples of {found.fraction:.0%}"
    return (
        f"{one.setting}: its {counted(one.n_edges, 'edge')} come back in {one.mean_frequency:.0%} of "
        f"{found.subsamples} {how} of the patients (n = {found.drawn} of {found.n:,}) on average, any other pair of "
        f"features in {one.mean_other:.1%}."
    )


def _by_chance(label: str, check: OverlapCheck) -> str:
    """Whether what the components share is more than a search among random ones finds."""
    more = "more than" if check.p_largest < 0.05 else "not shown to be more than"
    return (
        f"The largest overlap of two components, {counted(check.largest, 'feature')}, is {more} what dealing {label} "
        f"anew gives: {p_text(check.p_largest)} over {check.draws:,} draws, the search for the largest included."
    )


def _frequencies(page: Page, result: NetworkFrequencies) -> None:
    for kind in ("edges", "features"):
        tables = [getattr(one.found, kind).assign(setting=one.setting) for one in result.settings]
        table = pd.concat(tables, ignore_index=True)
        page.table(
            table[["setting", *(name for name in table.columns if name != "setting")]],
            name=f"network_{kind}_frequencies",
            caption=f"Frequencies among {result.settings[0].found.subsamples} subsamples; nothing is left out.",
            hide_index=True,
        )


def compares(page: Page) -> bool:
    """Whether two settings were chosen; says what to do where there is one."""
    if page.context.analysis("network").setting_b != choices.NONE:
        return True
    st.info("This needs two settings. Choose a second setting, or a feature set that has one.")
    return False

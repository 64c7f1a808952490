"""Networks on a page: their controls, pictures and tables, and what to do when there is none."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.network_result import FeatureNetworks
from core.cohort.words import listed
from core.errors import NotEstimable
from core.plots.words import counted
from pages.ui import presets
from pages.ui.frame import Page
from pages.ui.recipes import network_sentence
from pages.ui.text import plain_text

WHAT = ("features", "setting_a", "setting_b", "filter")
WHO = ("patients", "paired", "volume_cut")
NOTE = (
    "Pearson, gamma 0.5, hard threshold, path to 0.01, edge cut 0.15, volume cut 0.8. With few patients the threshold "
    "favours dense networks."
)


def recipe(page: Page, *, elsewhere: bool, opened: bool) -> bool:
    """The network in one sentence and its controls; False, after saying why, when this study cannot feed one.

    `elsewhere` offers the networks of other studies; `opened` shows what is compared without being asked.
    """
    network = page.analysis("network")
    if network is None:
        return False
    st.markdown(plain_text(network_sentence(page.context, network)))
    foreign = network.study != page.context.view.study
    what = (*(("study",) if elsewhere or foreign else ()), *WHAT)
    if opened:
        _line(page, what)
    with st.expander("Change how the network is made" if opened else "Change the network"):
        presets.presets(page, "network", presets.NETWORK, NOTE)
        if not opened:
            _line(page, what)
        left, right = st.columns(2, gap="large")
        with left:
            page.controls("network", *WHO)
            page.controls("network", "correlation", "threshold")
        with right:
            page.controls("network", "gamma", "smallest", "edge", "component", "edges")
    return True


def _line(page: Page, names: tuple[str, ...]) -> None:
    with st.container(horizontal=True, key="network.what"):
        page.controls("network", *names)


def ask(page: Page) -> FeatureNetworks | None:
    """The networks; None, after saying why once, when they cannot be estimated."""
    return page.ask("network")


def state(page: Page, result: FeatureNetworks) -> None:
    """Say that there is no network to compare patients on and why, and offer the nearest settings that have one."""
    without = [network for network in result.networks if not len(network.edges)]
    why = f"No edges under {listed([each.setting for each in without], 'and')}." if without else result.meaning
    st.warning(f"**No network to compare patients on.** {plain_text(why)}")
    for network in without:
        notes = " ".join(note for note in network.notes if note.startswith("No edges"))
        if notes:
            st.markdown(f"* {plain_text(network.setting)}: {plain_text(notes)}")
    analysis = page.context.analysis("network")
    gamma = lower_gamma(result, analysis.gamma)
    if gamma is not None:
        edges = [int(network.by_gamma.set_index("gamma")["edges"][gamma]) for network in result.networks]
        _remedy(
            page, f"Lower gamma to {gamma:g} ({' and '.join(map(str, edges))} edges)", "network.gamma", f"{gamma:g}"
        )
    elif without and analysis.threshold:
        _remedy(page, "Switch the hard threshold off", "network.threshold", "no")
    elif not without and analysis.edges == "shared":
        _remedy(page, "Take the edges present in either network", "network.edges", "union")


def _remedy(page: Page, label: str, option: str, value: str) -> None:
    st.button(label, key="network.remedy", on_click=presets.choose, args=(page.context, {option: value}))


def lower_gamma(result: FeatureNetworks, gamma: float) -> float | None:
    """The largest lower gamma that was tried and gives every setting edges, if there is an empty network."""
    if all(len(network.edges) for network in result.networks):
        return None
    tried = [network.by_gamma[network.by_gamma["edges"] > 0]["gamma"] for network in result.networks]
    common = set.intersection(*(set(each) for each in tried))
    return max((each for each in common if each < gamma), default=None)


def common(page: Page, result: FeatureNetworks) -> None:
    """What the settings agree on, in words."""
    st.success(f"**What patients can be compared on.** {plain_text(result.meaning)}")
    agreed = result.agreed
    if agreed is not None and agreed.opposite_signs:
        edges = counted(agreed.opposite_signs, "edge")
        st.markdown(f"{edges} of both networks point in opposite directions under the two settings.")


def left_out(result: FeatureNetworks) -> None:
    """What did not enter each network and what to know about it."""
    for network in result.networks:
        following = len(network.surrogates)
        volume = f" {network.volume}" if network.volume else ""
        lines = [f"{following} features that follow the volume{volume} were left out."] if following else []
        lines += [note for note in network.notes if not note.startswith("No edges")]
        if lines:
            st.markdown(f"**{plain_text(network.setting)}**, n = {network.n:,}, {len(network.entered):,} features")
            st.markdown("\n".join(f"* {plain_text(line)}" for line in lines))
        if network.surrogates:
            with st.popover("Features that follow the volume", type="tertiary"):
                st.markdown("\n".join(f"* {plain_text(name)}" for name in network.surrogates))


def features_table(page: Page, result: FeatureNetworks) -> None:
    """The features of the chosen network, which can be used elsewhere."""
    names = list(result.chosen.names)
    edges = pd.Series([result.chosen.names[i] for pair in result.chosen.edges for i in pair]).value_counts()
    table = pd.DataFrame(
        {
            "Feature": names,
            "Family": [result.families.get(name, "") for name in names],
            "Filter": [result.filters.get(name, "") for name in names],
            "Edges": [int(edges.get(name, 0)) for name in names],
        }
    ).sort_values(["Edges", "Feature"], ascending=[False, True])
    page.table(table, name="common_network", caption=f"{len(names)} features.", hide_index=True)


def edges_table(page: Page, result: FeatureNetworks) -> None:
    """All edges of both networks."""
    tables = [network.edges.assign(setting=network.setting) for network in result.networks]
    table = pd.concat(tables, ignore_index=True)
    table = table[["setting", "feature_a", "feature_b", "partial", "shared"]]
    table.columns = ["Setting", "Feature", "Other feature", "Partial correlation", "In both"]
    page.table(table, name="network_edges", caption=f"{len(table)} edges.", hide_index=True)


def checked_network(page: Page) -> FeatureNetworks | None:
    """The networks when patients can be compared on them; else the state, said once."""
    result = ask(page)
    if result is None:
        return None
    try:
        result.usable_graph()
    except NotEstimable:
        state(page, result)
        return None
    return result

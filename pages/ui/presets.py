"""The settings of a published analysis with one click, and the way back; seeds stay as they are."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.analyses.context import Context
from pages.ui import session
from pages.ui.frame import Page

PUBLISHED = "As published (Oh 2021)"
NETWORK = {
    "network.correlation": "pearson",
    "network.gamma": "0.5",
    "network.threshold": "yes",
    "network.smallest": "0.01",
    "network.edge": "0.15",
    "network.volume_cut": "0.8",
}
CLUSTERS = {
    "distances.scaling": "as coded",
    "distances.metric": "hops",
    "distances.mass": "balanced",
    "clusters.k": "2",
    "clusters.centroid": "mean",
    "clusters.restarts": "1",
    "clusters.start": "random",
}


def presets(page: Page, name: str, published: Mapping[str, str], note: str) -> None:
    """Two buttons: as published, and back to the defaults. `note` says what the first one sets."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{name}.presets"):
        st.button(
            PUBLISHED,
            key=f"{name}.published",
            help=note,
            on_click=choose,
            args=(page.context, published),
        )
        st.button(
            "Back to the defaults",
            key=f"{name}.defaults",
            type="tertiary",
            on_click=choose,
            args=(page.context, dict.fromkeys(published)),
        )


def choose(context: Context, options: Mapping[str, str | None]) -> None:
    """Publish the view with these options; None brings one back to its default."""
    session.publish((session.current() or context.view).with_options(options))

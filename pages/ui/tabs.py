"""Sections side by side, of which only the open one is worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.frame import Page


def tabs(page: Page, sections: Mapping[str, Callable[[Page], None]]) -> None:
    """A tab per section; a hidden one costs nothing until it is opened."""
    places = st.tabs(list(sections), on_change="rerun", key=f"{page.name}.section")
    for place, draw in zip(places, sections.values(), strict=True):
        if place.open:
            with place:
                draw(page)

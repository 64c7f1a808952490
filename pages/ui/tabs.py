"""Sections side by side, of which only the open one is worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from core.cohort.words import listed
from core.errors import Problem, Refused
from pages.ui import session
from pages.ui.frame import Page, refusal


def tabs(page: Page, sections: Mapping[str, Callable[[Page], None]]) -> None:
    """A tab per section; a hidden one costs nothing until it is opened. Which is open is part of the link."""
    names = list(sections)
    section = page.context.view.section or names[0]
    if section not in names:
        problem = Problem(f"this page has no section {section!r}.", "section", f"There is {listed(names)}.")
        refusal(Refused([problem]))
    key = f"{page.name}.section"
    st.session_state[key] = section
    places = st.tabs(names, key=key, on_change=_opened, args=(page, key, names[0]))
    for place, draw in zip(places, sections.values(), strict=True):
        if place.open:
            with place:
                draw(page)


def _opened(page: Page, key: str, first: str) -> None:
    name = st.session_state[key]
    session.publish(page.context.view.with_section("" if name == first else name))

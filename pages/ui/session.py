"""The view of this browser tab. The address bar and this key always say the same; widgets only mirror it."""

from __future__ import annotations

import streamlit as st

from core.view import Pairs, View

VIEW, PUBLISHED = "cohortscope.view", "cohortscope.published"


def current() -> View | None:
    """The view shown last in this tab, if any."""
    return st.session_state.get(VIEW)


def publish(view: View) -> None:
    """Show this view from the next run on; for callbacks of widgets."""
    st.session_state[VIEW] = view


def came_from(page: str) -> bool:
    """Whether this tab showed the same page last: on another one, the open section is not meant."""
    return st.session_state.get(PUBLISHED, ("", ()))[0] == page


def address() -> list[tuple[str, str]]:
    """The query in the address bar, repeated names included."""
    return [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]


def is_news(page: str, pairs: Pairs) -> bool:
    """Whether the address is one that this tab did not write itself: a pasted link, or Back."""
    return bool(pairs) and st.session_state.get(PUBLISHED) != (page, tuple(pairs))


def write_address(page: str, pairs: Pairs) -> None:
    """Put the canonical query into the address bar."""
    if address() != list(pairs):
        st.query_params.from_dict(dict(pairs))
    st.session_state[PUBLISHED] = (page, tuple(pairs))

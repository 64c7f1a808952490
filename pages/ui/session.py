"""The view of this browser tab. The address bar and this key always say the same; widgets only mirror it."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.analyses.ledger import Entry, Ledger
from core.view import Pairs, View

VIEW, PUBLISHED, LEDGER = "cohortscope.view", "cohortscope.published", "cohortscope.ledger"


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


def ledger(study: str) -> Ledger:
    """The tests of survival that this tab has shown of a study."""
    return st.session_state.get(LEDGER, Ledger()).of(study)


def count(entries: Iterable[Entry]) -> None:
    """Add what a result shows to the tests that this tab has shown."""
    st.session_state[LEDGER] = st.session_state.get(LEDGER, Ledger()).with_entries(entries)

"""Keep a list of features under a name, so that every page and every other study can work with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.analyses.opening import page_link, repaired
from core.errors import Problem, Refused
from core.store import feature_list
from core.store.feature_list import LONGEST_LABEL
from pages.ui import session
from pages.ui.frame import Page
from pages.ui.text import plain_text

LABEL, WRONG, SAVED = "feature_list.label", "feature_list.wrong", "feature_list.saved"


@dataclass(frozen=True)
class Found:
    """Features that may be kept: what they are in a few words, their names, and in a sentence how they were found."""

    what: str
    names: tuple[str, ...]
    recipe: str


def choose(page: Page, study: str, feature_set: str, found: Sequence[Found]) -> None:
    """Keep one of several lists of features."""
    by_label = {f"{each.what} ({len(each.names)})": each for each in found}
    picked = by_label[st.radio("Which features", list(by_label), key="feature_list.which")]
    keep(page, picked.names, study, feature_set, picked.recipe)


def keep(page: Page, names: tuple[str, ...], study: str, feature_set: str, recipe: str) -> None:
    """A name and a button that save these features with their recipe, and confine the view to them."""
    record = {"study": study, "feature_set": feature_set, "names": names, "recipe": recipe}
    record["link"] = page_link(page.name, page.context)
    with st.container(horizontal=True, vertical_alignment="bottom", key="feature_list.keep"):
        st.text_input("Name of the list", key=LABEL, max_chars=LONGEST_LABEL, placeholder="Reproducible features")
        st.button(
            f"Save these {len(names)} features and work with them",
            key="feature_list.save",
            disabled=not names,
            on_click=_save,
            args=(page, record),
        )
    for problem in st.session_state.pop(WRONG, ()):
        st.error(plain_text(problem))
    if page.context.view.features and page.context.view.features == st.session_state.get(SAVED):
        st.success(
            "Saved. Every page now works with these features, in other studies too; “All features” above goes back. "
            "The link carries the list."
        )


def _save(page: Page, record: dict) -> None:
    context = page.context
    label = st.session_state.get(LABEL, "").strip() or "Reproducible features"
    try:
        id = feature_list.save(context.saved, label, record)
        view = repaired(context, context.view.with_features(id), keep="")
    except Refused as refused:
        problems: list[Problem] = list(refused.problems)
        st.session_state[WRONG] = problems
        return
    st.session_state[SAVED] = id
    session.publish(view)

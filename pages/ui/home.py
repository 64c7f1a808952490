"""The studies of the store with what they have, and a door into each."""

from __future__ import annotations

import streamlit as st

from core.cohort import Cohort
from core.errors import CohortscopeError
from core.plots.words import counted
from core.store.library import Entry
from pages.ui import cache
from pages.ui.frame import PAGES, SYNTHETIC
from pages.ui.text import plain_text


def studies() -> None:
    """A card per study: n, which data they have, licence, and doors to the pages."""
    library = cache.library()
    entries = library.studies()
    st.subheader("Studies" if len(entries) != 1 else "Study")
    if not entries:
        st.info("There is no study yet. Import one with: python -m core import FOLDER")
    for entry in entries:
        with st.container(border=True, key=f"study.{entry.id}"):
            _card(entry)


def _card(entry: Entry) -> None:
    st.markdown(f"**{plain_text(entry.name)}**" + (f" :orange-badge[{SYNTHETIC}]" if entry.synthetic else ""))
    if entry.notice:
        st.warning(plain_text(entry.notice))
        return
    try:
        store = cache.library().open(entry.id)
        facts = cache.remembered()(f"home {store.fingerprint}", lambda: _facts(store))
    except CohortscopeError as error:
        st.warning(plain_text(error))
        return
    if store.notice:
        st.warning(plain_text(store.notice))
    catalogue = store.catalogue
    if catalogue.study.description:
        st.markdown(plain_text(catalogue.study.description))
    st.markdown(" · ".join(plain_text(fact) for fact in facts))
    licence = catalogue.study.licence or "not stated"
    st.caption(
        f"Licence: {plain_text(licence)} · imported {entry.imported_at[:10]} · fingerprint `{entry.fingerprint[:12]}`"
    )
    with st.container(horizontal=True):
        for name, (path, icon) in PAGES.items():
            st.page_link(path, label=name, icon=icon, query_params={"study": entry.id})


def _facts(store) -> list[str]:
    """n, and how many have which kind of data."""
    catalogue, has = store.catalogue, store.presence(Cohort()).sum()
    facts = [counted(catalogue.n_patients, "patient")]
    for chosen in catalogue.feature_sets.values():
        n = int(has[f"features: {chosen.name}"])
        settings = f" under {counted(len(chosen.settings), 'setting')}" if len(chosen.settings) > 1 else ""
        facts.append(f"{counted(len(chosen.features), 'feature')} ({chosen.name}){settings}: n = {n:,}")
    if catalogue.mutation_genes:
        facts.append(f"mutations of {counted(len(catalogue.mutation_genes), 'gene')}: n = {int(has['mutations']):,}")
    if catalogue.expression_genes:
        facts.append(
            f"expression of {counted(len(catalogue.expression_genes), 'gene')}: n = {int(has['expression']):,}"
        )
    for endpoint in catalogue.endpoints.values():
        facts.append(f"{endpoint.label or endpoint.name}: n = {int(has[f'endpoint: {endpoint.name}']):,}")
    return facts

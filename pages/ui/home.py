"""The studies of the store with what they have, and a door into each."""

from __future__ import annotations

from textwrap import shorten

import streamlit as st

from core.cohort import Cohort
from core.errors import CohortscopeError
from core.plots.words import counted
from core.store.library import Entry
from pages.ui import cache
from pages.ui.frame import PAGES, SYNTHETIC, spoken
from pages.ui.text import plain_text

#: Signs of a description on a card; all of it is on the Studies page.
SHORT = 240


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
        st.markdown(plain_text(shorten(catalogue.study.description, SHORT, placeholder=" …")))
    st.markdown("\n".join(f"* {plain_text(fact)}" for fact in facts))
    licence = catalogue.study.licence or "not stated"
    st.caption(
        f"Licence: {plain_text(licence)} · imported {entry.imported_at[:10]} · fingerprint `{entry.fingerprint[:12]}`"
    )
    with st.container(horizontal=True):
        for name, (path, icon) in PAGES.items():
            st.page_link(path, label=spoken(name), icon=icon, query_params={"study": entry.id})


def _facts(store) -> list[str]:
    """A line each: patients, imaging, genomics, doses, follow-up, with how many have it."""
    catalogue, has = store.catalogue, store.presence(Cohort()).sum()
    imaging = [
        f"{chosen.label or chosen.name}, {counted(len(chosen.features), 'feature')}{_settings(chosen.settings)} "
        f"(n = {int(has[f'features: {chosen.name}']):,})"
        for chosen in catalogue.feature_sets.values()
    ]
    imaging += [
        f"{chosen.label or chosen.name}, {counted(len(chosen.features), 'feature')} in pairs of "
        f"{' and '.join(chosen.members)} (n = {int(has[f'regions: {chosen.name}']):,})"
        for chosen in catalogue.regions.values()
    ]
    genotypes = [f"genotype {each.label or each.name}" for each in catalogue.roles("genotype")]
    genomics = [*genotypes[:5], *([f"{len(genotypes) - 5} further genotypes"] if len(genotypes) > 5 else [])]
    if catalogue.mutation_genes:
        genomics.append(
            f"mutations of {counted(len(catalogue.mutation_genes), 'gene')} (n = {int(has['mutations']):,})"
        )
    if catalogue.expression_genes:
        n = int(has["expression"])
        genomics.append(f"expression of {counted(len(catalogue.expression_genes), 'gene')} (n = {n:,})")
    follow_up = [
        f"{each.label or each.name} (n = {int(has[f'endpoint: {each.name}']):,})"
        for each in catalogue.endpoints.values()
    ]
    doses = [
        f"{each.label or each.name} (n = {int(has[f'doses: {each.name}']):,})" for each in catalogue.structures.values()
    ]
    lines = {
        "Patients": [f"{catalogue.n_patients:,}"],
        "Imaging": imaging,
        "Genomics": genomics,
        "Doses": doses,
        "Follow-up": follow_up,
    }
    return [f"{kind}: {'; '.join(facts)}" for kind, facts in lines.items() if facts]


def _settings(settings: tuple[str, ...]) -> str:
    return f" under {len(settings)} acquisition settings" if len(settings) > 1 else ""

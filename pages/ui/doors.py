"""Doors from one page to another that carry a network or a group of patients along."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from core.analyses.context import Context
from core.analyses.network import Network
from core.analyses.opening import page_link
from core.cohort import Cohort
from core.cohort.presence import Group, Has
from core.errors import CohortscopeError
from core.plots.words import counted
from core.view import View, unlink
from pages.ui import session
from pages.ui.frame import PAGES, Page
from pages.ui.text import plain_text


@dataclass(frozen=True)
class Target:
    """A feature set that holds the features of a network, and how many patients have it."""

    study: str
    name: str
    features: str
    label: str
    n: int


def targets(context: Context, features: Iterable[str]) -> list[Target]:
    """Every feature set of the store with all of these features, this study's first."""
    wanted = set(features)
    found = []
    for entry in sorted(context.library.studies(), key=lambda each: each.id != context.view.study):
        try:
            store = context.elsewhere(entry.id)
        except CohortscopeError:  # damaged, as the Studies page says
            continue
        for each in store.catalogue.feature_sets.values():
            if wanted <= set(each.names):
                n = store.count(Cohort((Has("features", each.name),)))
                found.append(Target(entry.id, entry.name, each.name, each.label or each.name, n))
    return found


def carried(context: Context, network: Network, target: Target) -> View:
    """The view of the target study with this network and the target's feature set."""
    options = network.options() | {"distances.features": target.features}
    if target.study == context.view.study:
        return context.view.with_options(options)
    return View(target.study, features=context.view.features).with_options(options | {"network.patients": "all"})


def cluster_on(page: Page, features: Iterable[str]) -> None:
    """A link to the Clusters page for every feature set that the chosen network fits."""
    context = page.context
    network = context.analysis("network")
    st.markdown("**Use this network to cluster patients**")
    for target in targets(context, features):
        view = carried(context, network, target)
        address = page_link("Clusters", Context(view, context.library))
        study = textwrap.shorten(target.name, 56, placeholder=" …")
        label = f"{counted(target.n, 'patient')}, {target.label}: {study}"
        path, icon = PAGES["Clusters"]
        st.page_link(path, label=plain_text(label), icon=icon, query_params=dict(unlink(address)[1]))
    if context.cohort.parts and network.patients == "cohort":
        st.caption("In another study the network is estimated from every patient of this one, not from this cohort.")


def checklist_of(page: Page, analysis: str) -> None:
    """A link to the checklist of what is reported here, with the same patients and settings."""
    context = page.context
    view = context.view.with_options({"checklist.of": analysis}).with_section("")
    address = page_link("Checklist", Context(view, context.library))
    path, icon = PAGES["Checklist"]
    label = "Reporting checklist of this analysis"
    st.page_link(path, label=label, icon=icon, query_params=dict(unlink(address)[1]))


def save_group(page: Page, label: str, patients: Iterable[str]) -> View:
    """Keep a group of patients on the server, and give the view whose cohort it is."""
    context = page.context
    record = {
        "label": label,
        "study": context.view.study,
        "patients": sorted(patients),
        "link": page_link(page.name, context),
    }
    id = context.saved.put("group", record)
    group = Group(id, label, context.view.study, tuple(record["patients"]))
    return context.view.with_cohort(context.cohort.with_part(group))


def go(name: str, view: View) -> None:
    """Open another page with this view."""
    session.publish(view)
    st.switch_page(PAGES[name][0])

"""Competing events on a page: how often each comes first, in curves, words and tables."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.incidence import CompetingEvents, capital
from core.analyses.incidence_words import share
from core.plots import drawings
from core.survival.words import p_number
from pages.ui.frame import Page
from pages.ui.survival import group_controls, who_is_not_in
from pages.ui.text import plain_text

NOTHING = "–"


def competing(page: Page) -> None:
    """The section: choices, curves, what they say, and their tables."""
    if page.analysis("competing") is None:
        return
    _choices(page)
    result = page.ask("competing")
    if result is not None:
        page.exploratory("competing", result)
        _curves(page, result)
        _said(result)
        _tables(page, result)
        who_is_not_in(page, result.left_out, result.incidence.n_no_group, result.grouped_by, result.n_cohort)
    with st.expander("Change the follow-up"):
        page.controls("competing", "grace")
        page.controls("follow_up", "unit", "landmark", "until")


def _choices(page: Page) -> None:
    """The event of interest, and the same groups as in the section of the groups."""
    with st.container(horizontal=True, key="competing.choices"):
        page.controls("competing", "endpoint")
        group_controls(page)


def _curves(page: Page, result: CompetingEvents) -> None:
    """The event of interest over the whole width, the others side by side; on a phone below each other."""
    first, *others = drawings(result)
    page.show(first)
    for place, drawing in zip(st.columns(max(len(others), 1), gap="medium"), others, strict=False):
        with place:
            page.show(drawing)


def _said(result: CompetingEvents) -> None:
    st.markdown(_listed(result.words))
    if result.cautions:
        st.warning(_listed(result.cautions))
    for state in dict.fromkeys(result.states.values()):
        st.info(plain_text(state))


def _listed(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"* {plain_text(each)}" for each in sentences)


def _tables(page: Page, result: CompetingEvents) -> None:
    plain = {"hide_index": True, "height": "content"}
    if len(result.tests):
        st.markdown("**Do the groups differ?**")
        caption = f"Gray's test of each event as the first; Holm's adjustment is over the {len(result.tests)} tested."
        page.table(tests_table(result), name="incidence_tests", caption=caption, data=result.tests, **plain)
    if len(result.ratios):
        st.markdown("**Cause-specific hazard ratios**")
        caption = (
            "Unadjusted, among patients still free of every event; they say how fast an event comes, not how many have "
            f"it in the end. {result.rule}"
        )
        page.table(ratios_table(result), name="incidence_ratios", caption=caption, data=result.ratios, **plain)
    if len(result.rates):
        st.markdown("**Incidence at fixed times**")
        caption = (
            f"Bands: {result.incidence.interval}; at risk T ≥ t. 1 - Kaplan-Meier is beside the event of interest to "
            "show by how much it overstates; it is no estimate of anything that can happen to these patients."
        )
        page.table(rates_table(result), name="incidence_rates", caption=caption, data=result.rates, **plain)
    if len(result.by_grace):
        with st.expander("What the end of follow-up decides"):
            table = grace_table(result)
            caption = "All patients together. A patient last seen free of an event counts as free of it for this long."
            page.table(table, name="incidence_by_grace", caption=caption, data=result.by_grace, **plain)
    with st.expander("Numbers at risk as a table"):
        caption = (
            f"Time in {result.incidence.unit}; at risk T ≥ t, any event and censored before t; a row adds up to n."
        )
        page.table(result.incidence.risk_table, name="incidence_at_risk", caption=caption, hide_index=True)


def tests_table(result: CompetingEvents) -> pd.DataFrame:
    """A row per event tested."""
    return pd.DataFrame(
        {
            "First event": [capital(event) for event in result.tests["event"]],
            "n": result.tests["n"],
            "Events": result.tests["n_events"],
            "Competing": result.tests["n_competing"],
            "Chi-square": [f"{each:.2f} ({dof:g} df)" for each, dof in result.tests[["statistic", "dof"]].to_numpy()],
            "p": [p_number(each) for each in result.tests["p"]],
            "p (Holm)": [p_number(each) for each in result.tests["p_adjusted"]],
        }
    )


def ratios_table(result: CompetingEvents) -> pd.DataFrame:
    """A row per event and group."""
    rows = []
    for row in result.ratios.itertuples():
        ratio = NOTHING if pd.isna(row.ratio) else f"{row.ratio:.2f} ({row.lower:.2f} to {row.upper:.2f})"
        said = "1 (reference)" if row.note == "reference" else row.note or ratio
        rows.append((capital(row.event), row.group, row.n, row.n_events, said))
    return pd.DataFrame(rows, columns=["First event", "Group", "n", "Events", "HR (95 % CI)"])


def rates_table(result: CompetingEvents) -> pd.DataFrame:
    """A row per event, group and time."""
    naive = result.naive.set_index(["group", "years"])["one_minus_km"]
    rows = []
    for row in result.rates.sort_values(
        "event", key=lambda each: each.map(result.events.index), kind="stable"
    ).itertuples():
        interval = NOTHING if pd.isna(row.lower) else f"{share(row.lower)} to {share(row.upper)}"
        incidence = NOTHING if pd.isna(row.incidence) else share(row.incidence)
        km = naive[row.group, row.years] if row.event == result.events[0] else float("nan")
        km = NOTHING if pd.isna(km) else share(km)
        rows.append((capital(row.event), row.group, f"{row.years:g}", row.at_risk, incidence, interval, km))
    columns = ["First event", "Group", "Years", "At risk", "Incidence", "95 % CI", "1 - Kaplan-Meier"]
    return pd.DataFrame(rows, columns=columns)


def grace_table(result: CompetingEvents) -> pd.DataFrame:
    """A row per length and event."""
    unit = result.incidence.unit
    told = f"Incidence at {result.told_at:g} years" if result.told_at is not None else "Incidence"
    rows = []
    for row in result.by_grace.itertuples():
        length = "until the last contact" if row.grace == float("inf") else f"{row.grace:.4g} {unit}"
        chosen = " (chosen)" if row.grace == result.grace else ""
        incidence = NOTHING if pd.isna(row.incidence) else share(row.incidence)
        rows.append((f"{length}{chosen}", capital(row.event), row.n_events, row.n_unordered, incidence))
    return pd.DataFrame(rows, columns=["Free for", "First event", "Events", "Patients with a later event", told])

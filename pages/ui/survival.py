"""A comparison of survival on a page: the curves, what they say in words, and their tables."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.comparison import Comparison
from core.analyses.comparison_tables import groups_table, means_table, pairs_table, rates_table
from core.plots import drawings
from core.survival.compared import MOST_GROUPS
from core.vocabulary import listed
from pages.ui.frame import Page
from pages.ui.text import plain_text

RATIOS = (
    "HR: hazard ratio, {}. PH test: a small p says that the ratio changes over time; none where a group has fewer than "
    "20 patients or 5 events. "
)
CHOICES = ("split", "attribute", "gene", "expression", "features", "setting", "feature", "cut", "value", "levels")


def groups(page: Page) -> None:
    """The groups, their curves and what is said of them."""
    choices(page)
    result = page.ask("survival")
    if result is not None:
        page.exploratory("survival", result)
        comparison(page, result)
        left_out(page, result)
    more_choices(page)


def told_of_the_filter(page: Page) -> None:
    """A warning over every section when the filter chose patients by how their follow-up ended."""
    followed = page.ask("follow_up")
    for caution in followed.cautions if followed is not None else ():
        st.warning(plain_text(caution))


def choices(page: Page) -> None:
    """What is compared, in one line above the plot; on a phone in several."""
    with st.container(horizontal=True, key="survival.choices"):
        page.controls("follow_up", "endpoint")
        group_controls(page)


def group_controls(page: Page) -> None:
    """What makes the groups, without the choices that change nothing for this attribute."""
    known = page.context.catalogue.attributes.get(page.analysis("survival").attribute)
    number = known is not None and known.type == "number"
    idle = set() if known is None or number else {"cut", "value"}
    idle |= {"levels"} if known is None or number or len(known.levels) <= MOST_GROUPS else set()
    page.controls("survival", *(name for name in CHOICES if name not in idle))


def more_choices(page: Page) -> None:
    """What is rarely changed: the test, what is told beside it, and which part of the follow-up counts."""
    with st.expander("Change the test, the times and the follow-up"):
        left, right = st.columns(2, gap="large")
        with left:
            page.controls("survival", "weights", "strata", "trend", "adjustment", "reference", "seed")
        with right:
            page.controls("survival", "rates", "mean_until", "axis")
            page.controls("follow_up", "unit", "landmark", "until")


def comparison(page: Page, result: Comparison) -> None:
    """The curves with their numbers at risk, the words, hazard ratios and tables; states where there is no number."""
    curves, *others = drawings(result)
    page.show(curves)
    st.markdown(plain_text(" ".join(result.words)))
    for caution in result.cautions:
        st.warning(plain_text(caution))
    if result.test is not None and result.test.note and result.test.p is not None:
        st.caption(plain_text(result.test.note))
    for state in dict.fromkeys(result.states.values()):
        st.info(plain_text(state))
    for drawing in others:
        page.show(drawing)
    _groups(page, result)
    _pairs(page, result)
    _times(page, result)


def _groups(page: Page, result: Comparison) -> None:
    st.markdown("**Groups**")
    within = f"stratified by {result.hazard.within}" if result.hazard and result.hazard.within else "unadjusted"
    ratios = RATIOS.format(within) if result.hazard is not None else ""
    page.table(
        groups_table(result),
        name="survival_groups",
        caption=f"{result.rule} {ratios}Follow-up: median by reverse Kaplan-Meier.",
        hide_index=True,
        height="content",
    )


def _pairs(page: Page, result: Comparison) -> None:
    pairs = pairs_table(result)
    if len(pairs):
        tested = sum(pair.p is not None for pair in result.pairs)
        name = {"Holm": "Holm's adjustment", "BH": "Benjamini and Hochberg's adjustment"}[result.adjustment]
        st.markdown("**Pairs of groups**")
        page.table(
            pairs,
            name="survival_pairs",
            caption=f"The same test of every pair; {name} is over the {tested} pairs that have a p.",
            hide_index=True,
            height="content",
        )


def _times(page: Page, result: Comparison) -> None:
    """Survival at fixed times, restricted means, and the numbers at risk."""
    beyond = ""
    if result.beyond:
        beyond = f"Nobody is followed up for {listed(f'{each:g}' for each in result.beyond)} years. "
    if not len(result.rates) and beyond:
        st.caption(beyond)
    if len(result.rates):
        st.markdown("**Survival at fixed times**")
        page.table(
            rates_table(result),
            name="survival_rates",
            caption=f"{beyond}Free of {result.event}, with {result.curves.interval} intervals; at risk T ≥ t.",
            hide_index=True,
            height="content",
            data=result.rates,
        )
    means = means_table(result)
    if len(means):
        st.markdown(f"**Mean time free of the event within {result.means.until:.4g} {plain_text(result.means.unit)}**")
        page.table(
            means,
            name="survival_means",
            caption=f"Restricted mean survival time; limit: {result.means.until_chosen}. Where a hazard ratio changes "
            "over time these differences still mean what they say; positive: more time than the reference.",
            hide_index=True,
            height="content",
        )
    with st.expander("Numbers at risk as a table"):
        page.table(
            result.curves.risk_table,
            name="numbers_at_risk",
            caption=f"Time in {result.curves.unit}; at risk T ≥ t, events and censored before t; a row adds up to n.",
            hide_index=True,
        )


def left_out(page: Page, result: Comparison) -> None:
    """Who of the cohort is not in the curves, and why."""
    followed = page.context.result(page.context.analysis("follow_up"))
    who_is_not_in(page, followed.left_out, result.curves.n_no_group, result.grouped_by, result.n_cohort)


def who_is_not_in(page: Page, patients: pd.DataFrame, without_group: int, marker: str, n_cohort: int) -> None:
    """Patients left out of curves: `patients` has patient_id and reason, and `without_group` more have no `marker`."""
    total = len(patients) + without_group
    with st.expander(f"Who was left out, and why: {total:,} of {n_cohort:,} patients"):
        lines = [f"{n:,}: {reason}" for reason, n in patients["reason"].value_counts().items()]
        lines += [f"{without_group:,}: {marker} is not known"] if without_group else []
        st.markdown("\n".join(f"* {plain_text(line)}" for line in lines) or "Nobody was left out.")
        if len(patients):
            page.table(
                patients.set_axis(["Patient", "Reason"], axis=1),
                name="left_out",
                caption="Patients without usable follow-up; one row per patient.",
                hide_index=True,
                data=patients,
            )

"""Survival by feature and genotype together: four curves, and a model with their interaction."""

from __future__ import annotations

import streamlit as st

from core.analyses.cox_tables import terms_table
from core.analyses.genotype_cox import FeatureTimesGenotype
from core.analyses.genotype_survival import JointStrata
from core.plots.drawing import Drawing
from core.survival.words import p_text
from pages.ui.frame import Page
from pages.ui.pictures import pictures
from pages.ui.survival import comparison
from pages.ui.text import plain_text


def genotype_survival(page: Page) -> None:
    """The curves of the four groups, then the model; states where the study or the cohort cannot answer."""
    st.subheader("Survival by feature and genotype")
    if page.analysis("follow_up") is None or page.analysis("genotype_survival") is None:
        return
    st.caption(
        "Of the feature chosen above. The strongest is chosen by the genotype alone; a feature chosen by looking at "
        "these curves needs other patients to confirm it."
    )
    with st.container(horizontal=True, key="genotype.survival"):
        page.controls("follow_up", "endpoint")
        page.controls("genotype_survival", "cut", "quantile")
    result = page.ask("genotype_survival")
    if result is not None:
        page.exploratory("genotype_survival", result)
        _curves(page, result)
    _model(page)
    with st.expander("Follow-up and seed"):
        page.controls("follow_up", "unit", "landmark", "until")
        page.controls("genotype_survival", "seed")
    page.tried()


def _curves(page: Page, result: JointStrata) -> None:
    if result.words:
        st.markdown(f"**{plain_text(' '.join(result.words))}**")
    comparison(page, result.comparison)
    found = pictures(page, "genotype_survival", result)
    if "searched_cut" in found:
        page.show(found["searched_cut"])


def _model(page: Page) -> None:
    st.subheader("Do feature and genotype interact?")
    page.controls("genotype_cox", "adjust")
    result = page.ask("genotype_cox")
    if result is None:
        return
    page.exploratory("genotype_cox", result)
    st.markdown(f"**{plain_text(_interaction(result))}**")
    found = pictures(page, "genotype_cox", result)
    page.show(found["genotype_effects"])
    for caution in result.modelled.cautions:
        st.info(plain_text(caution))
    with st.expander("The whole model"):
        _whole(page, result, found)


def _interaction(result: FeatureTimesGenotype) -> str:
    shown = "depends" if result.interaction_p < 0.05 else "is not shown to depend"
    p = p_text(result.interaction_p)
    return (
        f"The hazard ratio of {result.feature} {shown} on {result.genotype}: interaction {p}; "
        f"n = {result.n:,}, {result.n_events:,} events."
    )


def _whole(page: Page, result: FeatureTimesGenotype, found: dict[str, Drawing]) -> None:
    modelled = result.modelled
    st.markdown("\n".join(f"* {plain_text(said)}" for said in (*modelled.words, *modelled.notes)))
    page.show(found["cox_forest"])
    page.table(
        terms_table(modelled),
        name="genotype_terms",
        caption=(
            f"n = {modelled.n:,} of {modelled.n_cohort:,}, {modelled.n_events:,} events. p: likelihood-ratio test of "
            "the model without the term. PH test: a small p says that the ratio changes over time."
        ),
        hide_index=True,
        height="content",
        column_config={"Term": st.column_config.TextColumn(pinned=True)},
    )
    if len(modelled.left_out):
        page.table(
            modelled.left_out.rename(columns={"reason": "Reason", "n": "Patients"}),
            name="genotype_left_out",
            caption="Who is not in the model; a patient may have several reasons.",
            hide_index=True,
            height="content",
        )

"""The Model section: several covariates together, what the model says, and what it rests on."""

from __future__ import annotations

import streamlit as st

from core.analyses import choices
from core.analyses.cox_modelled import Modelled
from core.analyses.cox_tables import coefficients_table, ratios_table, terms_table
from core.plots.drawing import Drawing
from core.stats.per_coefficient import per_coefficient
from pages.ui import doors
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.text import plain_text

FIRST = {"Covariate": st.column_config.TextColumn(pinned=True), "Term": st.column_config.TextColumn(pinned=True)}


def model(page: Page) -> None:
    """The covariates, the words, the forest, the tests of each term, and the residuals."""
    if not _choices(page):
        return
    result = page.ask("cox")
    if result is not None:
        page.exploratory("cox", result)
        _words(result)
        _size(result)
        found = pictures(page, "cox", result)
        page.show(found["cox_forest"])
        for name in found:
            if name.startswith("cox_curve"):
                page.show(found[name])
        _ridge(page, found)
        _tables(page, result)
        _residuals(page, found)
        _left_out(page, result)
        doors.checklist_of(page, "cox")


def _choices(page: Page) -> bool:
    """What is in the model, and how it is fitted."""
    chosen = page.analysis("cox")
    if chosen is None:
        return False
    catalogue = page.context.catalogue
    with st.container(horizontal=True, key="cox.choices.row"):
        page.controls("follow_up", "endpoint")
        page.controls("cox", "strata", "fit")
    page.controls("cox", "attributes")
    with st.expander("Genes and imaging features", expanded=bool(chosen.genes or chosen.features)):
        if not catalogue.mutation_genes and not catalogue.feature_sets:
            st.caption("This study has neither mutations nor imaging features.")
        if catalogue.mutation_genes:
            page.controls("cox", "genes")
        if chosen.feature_set != choices.NONE:
            with st.container(horizontal=True, key="cox.features.row"):
                several = len(catalogue.feature_sets[chosen.feature_set].settings) > 1
                page.controls("cox", "feature_set", *(["setting"] if several else []))
            page.controls("cox", "features")
    with st.expander("References, interaction, curves and more"):
        page.controls("cox", "references")
        with st.container(horizontal=True, key="cox.interaction.row"):
            page.controls("cox", "interaction", "interaction_with")
        with st.container(horizontal=True, key="cox.splines.row"):
            page.controls("cox", "splines", "knots")
        with st.container(horizontal=True, key="cox.levels.row"):
            page.controls("cox", "levels", "resamples", "folds", "seed")
        page.controls("cox", "rare", "univariable")
        with st.container(horizontal=True, key="cox.follow_up.row"):
            page.controls("follow_up", "landmark", "until")
    return True


def _words(result: Modelled) -> None:
    headline, *rest = result.words
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in (*rest, *result.notes)))
    for caution in result.cautions:
        st.info(plain_text(caution))


def _size(result: Modelled) -> None:
    """Whether there are events enough for so many coefficients, and what that rule is worth."""
    if result.cox is not None:
        st.caption(plain_text(per_coefficient(result.n_events, result.cox.lr_dof).words))


def _ridge(page: Page, found: dict[str, Drawing]) -> None:
    if "cox_ridge_path" in found:
        beside(page, [found["cox_ridge_penalty"], found["cox_ridge_path"]])


def _tables(page: Page, result: Modelled) -> None:
    counted = f"n = {result.n:,} of {result.n_cohort:,}, {result.n_events:,} events"
    st.markdown("**Terms**")
    caption = f"{counted}. Missing or rare: patients with an outcome who lack it, or have a level that was left out."
    if result.cox is not None:
        caption += (
            " p: likelihood-ratio test of the model without the term. PH test: a small p says that the ratio changes "
            "over time."
        )
    how = {"hide_index": True, "height": "content"}
    page.table(
        terms_table(result),
        name="cox_terms",
        caption=caption,
        column_config=FIRST,
        **how,
    )
    with st.expander("Hazard ratios as a table"):
        page.table(
            ratios_table(result),
            name="cox_ratios",
            caption=f"{counted}. The CSV holds every coefficient as it was fitted, numbers per unit.",
            data=coefficients_table(result),
            column_config=FIRST,
            **how,
        )


def _residuals(page: Page, found: dict[str, Drawing]) -> None:
    if "cox_residuals" in found:
        with st.expander("Are hazards proportional? Residuals over time"):
            page.show(found["cox_residuals"])


def _left_out(page: Page, result: Modelled) -> None:
    if not len(result.left_out):
        return
    with st.expander(f"Who is not in the model: {result.n_cohort - result.n:,} of {result.n_cohort:,} patients"):
        page.table(
            result.left_out.rename(columns={"reason": "Reason", "n": "Patients"}),
            name="cox_left_out",
            caption="A patient may have several reasons. Beside the first they are of patients with an outcome.",
            hide_index=True,
            height="content",
        )

"""The Another study section of the Prediction page: the frozen model applied to other patients."""

from __future__ import annotations

import streamlit as st

from core.plots.words import counted
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.prediction import calls_table, cautions, left_out, measures_table, recipe_choices, target_choices, words
from pages.ui.text import plain_text


def elsewhere(page: Page) -> None:
    """What is frozen, whom it is applied to, and how it does there."""
    target_choices(page)
    recipe_choices(page)
    if not _choices(page):
        return
    target = page.ask("target")
    if target is None:
        return
    cautions(target.cautions)
    result = page.ask("prediction_elsewhere")
    if result is None:
        return
    words(result.words)
    found = pictures(page, "prediction_elsewhere", result)
    beside(page, [found["prediction_elsewhere_roc"], found["prediction_elsewhere_calibration"]])
    left, right = st.columns(2, gap="large")
    with left:
        page.show(found["prediction_elsewhere_decision"])
    with right:
        page.table(
            calls_table(result.confusion, "positive", "negative"),
            name="prediction_elsewhere_calls",
            caption=f"Called positive from {result.cut:.2f} on; n = {result.n:,}.",
            hide_index=True,
            height="content",
        )
        page.table(
            measures_table(result.confusion),
            name="prediction_elsewhere_measures",
            caption="95 % intervals in brackets.",
            hide_index=True,
            height="content",
        )
    if result.n_same:
        st.caption(f"Not predicted: {counted(result.n_same, 'patient')} of the model itself.")
    left_out(result.left_out, result.n_cohort)
    _shift(page, result)


def _choices(page: Page) -> bool:
    analysis = page.analysis("prediction_elsewhere")
    if analysis is None:
        return False
    st.markdown("The model of the cohort above, learnt on all of it and frozen, is applied to:")
    with st.container(horizontal=True, key="prediction_elsewhere.choices.row"):
        page.controls("prediction_elsewhere", "on", "where")
    with st.container(horizontal=True, key="prediction_elsewhere.outcome.row"):
        page.controls("prediction_elsewhere", "over", "gene", "attribute", "positive", "against")
    with st.expander("Features there"):
        with st.container(horizontal=True, key="prediction_elsewhere.features.row"):
            page.controls("prediction_elsewhere", "features", "setting")
        page.controls("prediction_elsewhere", "least")
    return True


def _shift(page: Page, result) -> None:
    with st.expander(f"Where the {counted(result.n_matched, 'feature')} lie there"):
        if result.missing:
            st.caption(plain_text(f"Not there: {', '.join(result.missing[:20])}."))
        shown = result.shift.reindex(result.shift["distance"].abs().sort_values(ascending=False).index)
        page.table(
            shown.rename(columns={"feature": "Feature", "distance": "Distance (training SD)"}),
            name="prediction_elsewhere_shift",
            caption="Mean there less the training mean, in training standard deviations.",
            hide_index=True,
            height=320,
        )

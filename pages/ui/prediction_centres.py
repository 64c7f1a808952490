"""The Across centres section of the Prediction page: each centre predicted by a model of the others."""

from __future__ import annotations

import streamlit as st

from core.analyses.left_out_words import value_text
from core.plots.words import counted
from pages.ui.frame import Page
from pages.ui.pictures import pictures
from pages.ui.prediction import cautions, left_out, recipe_choices, target_choices, words

COLUMNS = {
    "centre": "Left out", "n": "n", "n_positive": "Positive", "n_train": "n learnt from",
    "n_train_positive": "Positive there", "auc": "AUC (95 % CI)", "mean": "Mean probability", "state": "State",
}  # fmt: skip


def centres(page: Page) -> None:
    """The choices, the AUC of each centre and of all, and why some have none."""
    if page.analysis("prediction_centres") is None:
        return
    page.controls("prediction_centres", "by")
    target_choices(page)
    recipe_choices(page)
    result = page.ask("prediction_centres")
    if result is None:
        return
    cautions(result.cautions)
    words(result.words)
    for drawing in pictures(page, "prediction_centres", result).values():
        page.show(drawing)
    table = result.table
    intervals = zip(table["auc"], table["lower"], table["upper"], strict=True)
    shown = table.assign(
        auc=[value_text(*each).replace("95 % CI ", "") for each in intervals],
        mean=[value_text(each, None, None) for each in table["mean"]],
    )
    page.table(
        shown[list(COLUMNS)].rename(columns=COLUMNS),
        name="prediction_centres_table",
        caption=f"{counted(result.n_centres, 'group')}, each predicted by a model that has not seen it: {result.how}.",
        hide_index=True,
        height="content",
        data=table,
    )
    left_out(result.left_out, result.n_cohort)
    st.caption("Other splits within the same centres are on the Model tab; this is the harder question.")

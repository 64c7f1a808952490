"""The Invariant selection section of the Prediction page: classifiers after each selection, on left-out centres."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.left_out_result import LeftOutCentres
from core.analyses.left_out_words import MEASURE_NAMES, value_text
from core.plots import drawings
from core.radiogenomics.invariance_performance import UNDEFINED
from core.survival.words import p_text
from core.vocabulary import counted
from pages.ui.frame import Page
from pages.ui.invariance import FIRST, choices, said, screen_choices
from pages.ui.prediction import left_out


def selection(page: Page) -> None:
    """Classifiers after each way of selecting, on the centre that was left out; worked out when the tab is opened."""
    if not choices(page):
        return
    screen_choices(page)
    with st.container(horizontal=True, key="left_out_centres.choices"):
        page.controls("left_out_centres", "repeats", "splits", "seed")
    with st.expander("Corrected, or as published"), st.container(horizontal=True, key="left_out_centres.published"):
        page.controls("left_out_centres", "selected", "learned", "grid", "direction")
    result = page.ask("left_out_centres")
    if result is None:
        return
    said(result.words, result.notes)
    for drawing in drawings(result):
        page.show(drawing)
    _by_centre(page, result)
    _over_all(page, result)
    _mixed(page, result)
    _used(page, result)
    left_out(result.left_out, result.n_cohort)


def measures_table(table: pd.DataFrame, first: dict[str, str]) -> pd.DataFrame:
    """Measures with their intervals as they are read; the CSV holds the numbers."""
    shown = table[list(first)].rename(columns=first)
    for name, label in MEASURE_NAMES.items():
        cells = zip(table[name], table[f"{name}_lower"], table[f"{name}_upper"], strict=True)
        heading = label[0].upper() + label[1:]
        shown[heading] = [value_text(*cell).replace("95 % CI ", "") for cell in cells]
    undefined = table["mcc_interval"] == UNDEFINED
    last = shown.columns[-1]
    shown[last] = shown[last].where(~undefined.to_numpy(), "0 (undefined)")
    return shown


def _by_centre(page: Page, result: LeftOutCentres) -> None:
    st.markdown("**Centre by centre**")
    names = {"centre": "Centre left out", "arm": "Arm", "n": "n", "n_positive": "Positive"}
    shown = measures_table(result.table, names)
    shown["Features"] = [f"{row.n_used} of {row.n_selected:,} selected" for row in result.table.itertuples()]
    shown["Interval of the AUC"] = result.table["auc_interval"] + result.table["turned"].map(
        {True: "; turned over", False: ""}
    )
    shown["Matthews correlation is"] = result.table["mcc_interval"]
    page.table(
        shown,
        name="left_out_by_centre",
        caption=(
            f"{result.target}: {result.positive} is the positive class, called from probability 0.5 on. In brackets "
            "95 % intervals: sensitivity and specificity Wilson."
        ),
        hide_index=True,
        height="content" if len(shown) <= 16 else 480,
        column_config={"Centre left out": FIRST},
        data=result.table,
    )


def _over_all(page: Page, result: LeftOutCentres) -> None:
    st.markdown("**Over all left-out centres**")
    names = {"arm": "Arm", "n": "n", "n_positive": "Positive", "n_centres_in_auc": "Centres in the AUC"}
    page.table(
        measures_table(result.pooled, names),
        name="left_out_pooled",
        caption=(
            "AUC: pairs of patients of one centre, for probabilities of different classifiers need not have one scale; "
            "bootstrap within centre and class. The others count every patient once."
        ),
        hide_index=True,
        height="content",
        column_config={"Arm": FIRST},
        data=result.pooled,
    )
    page.table(
        differences_table(result.differences),
        name="left_out_differences",
        caption=(
            "Each arm less the plain lasso, on the same patients; 95 % intervals by bootstrap within centre and class, "
            f"which are too narrow with few patients of a class. p: exchange of the two, Holm over all "
            f"{len(result.differences)} comparisons."
        ),
        hide_index=True,
        height="content",
        column_config={"Less the plain lasso": FIRST},
        data=result.differences,
    )


def differences_table(differences: pd.DataFrame) -> pd.DataFrame:
    """A row per arm, a column per measure; with its adjusted p where there is one."""
    rows = []
    for arm, own in differences.groupby("arm", sort=False):
        cells = {}
        for row in own.itertuples():
            label = MEASURE_NAMES[row.measure]
            text = value_text(row.difference, row.lower, row.upper).replace("95 % CI ", "")
            p = getattr(row, "p_adjusted", float("nan"))
            cells[label[0].upper() + label[1:]] = text if p != p else f"{text}, {p_text(p)}"
        extra = {"Called otherwise": f"{own['n_called_otherwise'].iloc[0]} of {own['n'].iloc[0]}"} if "n" in own else {}
        rows.append({"Less the plain lasso": arm} | cells | extra)
    return pd.DataFrame(rows)


def _mixed(page: Page, result: LeftOutCentres) -> None:
    if result.mixed.empty:
        return
    st.markdown("**Every centre on both sides**")
    rows = []
    for arm, own in result.mixed.groupby("arm", sort=False):
        cells = {
            MEASURE_NAMES[row.measure][0].upper() + MEASURE_NAMES[row.measure][1:]: "-"
            if row.mean is None or row.mean != row.mean
            else f"{row.mean:.2f} ({row.least:.2f} to {row.most:.2f})".replace("-", "−")
            for row in own.itertuples()
        }
        rows.append({"Arm": arm} | cells)
    first = result.mixed.iloc[0]
    page.table(
        pd.DataFrame(rows),
        name="left_out_mixed",
        caption=(
            f"Mean over {counted(int(first['n_splits']), 'random split')} ({int(first['n_train'])} train, "
            f"{int(first['n_test'])} test, every centre on both sides), in brackets the smallest and the largest. The "
            "splits share patients: this is no confidence interval. Their AUC counts pairs of different centres too: "
            "where centres differ in the share of the class, the centre itself helps to tell it here."
        ),
        hide_index=True,
        height="content",
        column_config={"Arm": FIRST},
        data=result.mixed,
    )
    with st.expander("Less the plain lasso, over these splits"):
        page.table(
            differences_table(result.mixed_differences),
            name="left_out_mixed_differences",
            caption="95 % intervals corrected for the patients that splits share (Nadeau and Bengio).",
            hide_index=True,
            height="content",
            data=result.mixed_differences,
        )


def _used(page: Page, result: LeftOutCentres) -> None:
    with st.expander("Which features were used, and every patient's probability"):
        page.table(
            result.features.rename(columns={"feature": "Feature", "times": "Times"}),
            name="left_out_features",
            caption=(
                f"In how many of the {counted(int(result.pooled['n_centres'].iloc[0]), 'classifier')} of each arm a "
                f"feature has a coefficient; of {result.n_features:,}."
            ),
            hide_index=True,
            height=320,
            column_config={"Feature": FIRST},
        )
        page.table(
            result.scores,
            name="left_out_scores",
            caption="Probability of the positive class, by the classifier that left the patient's centre out.",
            hide_index=True,
            height=320,
        )

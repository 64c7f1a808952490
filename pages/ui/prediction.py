"""The Model section of the Prediction page: what is predicted, how well, and by what."""

from __future__ import annotations

import json
from functools import partial

import pandas as pd
import streamlit as st

from core.analyses import choices
from core.analyses.prediction_result import Predicted
from core.analyses.prediction_words import measure_text
from core.plots.words import counted
from core.stats.confusion import Confusion
from pages.ui import doors
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.text import plain_text

TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")
THREE_DIGITS = st.column_config.NumberColumn(format="%.3f")
MEASURES = ("sensitivity", "specificity", "ppv", "npv", "balanced_accuracy", "f1", "mcc")
NAMES = ("Sensitivity", "Specificity", "PPV", "NPV", "Balanced accuracy", "F1", "Matthews correlation")


def target_choices(page: Page) -> None:
    """What is predicted, of whom and from what: the same in every section."""
    target = page.analysis("target")
    catalogue = page.context.catalogue
    with st.container(horizontal=True, key="target.choices.row"):
        page.controls("target", "over", "gene", "attribute", "positive", "against")
    with st.expander("Features, families and covariates", expanded=bool(target.families or target.covariates)):
        with st.container(horizontal=True, key="target.features.row"):
            several = len(catalogue.feature_sets[target.features].settings) > 1
            page.controls("target", "features", *(["setting"] if several else []))
        page.controls("target", "families", "covariates")


def recipe_choices(page: Page) -> None:
    """How it is learnt: the same in every section."""
    with st.container(horizontal=True, key="prediction.choices.row"):
        page.controls("prediction", "classifier", "threshold")
    chosen = page.analysis("prediction")
    unusual = chosen is not None and (chosen.select or chosen.gaussian or chosen.harmonise != choices.NONE)
    with st.expander("Steps, folds and seed", expanded=bool(unusual)):
        with st.container(horizontal=True, key="prediction.steps.row"):
            page.controls("prediction", "redundant", "harmonise", "select")
        page.controls("prediction", "gaussian")
        with st.container(horizontal=True, key="prediction.folds.row"):
            page.controls("prediction", "folds", "repeats", "seed")


def cautions(told: tuple[str, ...]) -> None:
    """What makes the question itself doubtful."""
    for caution in told:
        st.warning(plain_text(caution))


def model(page: Page) -> None:
    """The choices, what was found in words and pictures, the calls, the features, and the model to take away."""
    target_choices(page)
    recipe_choices(page)
    target = page.ask("target")
    if target is None:
        return
    cautions(target.cautions)
    result = page.ask("prediction")
    if result is None:
        left_out(target.left_out, target.n_cohort)
        return
    words(result.words)
    found = pictures(page, "prediction", result)
    beside(page, [found["prediction_roc"], found["prediction_calibration"]])
    page.show(found["prediction_spread"])
    _chance(page)
    _calls(page, result)
    beside(page, [found["prediction_decision"], found["prediction_recall"]])
    _features(page, result, found)
    left_out(result.left_out, result.n_cohort)
    if target.n_missing:
        cells = target.n * (target.n_features + target.n_covariates)
        st.caption(f"{target.n_missing:,} of {cells:,} cells are missing; each training set puts its medians there.")
    _frozen(result)
    doors.checklist_of(page, "prediction")


def words(said: tuple[str, ...]) -> None:
    """The first sentence as a headline, the others below it."""
    headline, *rest = said
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))


def _chance(page: Page) -> None:
    """The permutation test, with few shufflings until more are asked for."""
    with st.container(horizontal=True, key="prediction.chance.row"):
        page.controls("prediction_chance", "permutations", "within")
    place = st.container()
    with place:
        result = page.ask("prediction_chance")
        if result is not None:
            for drawing in pictures(page, "prediction_chance", result).values():
                page.show(drawing)
            st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in result.words))


def _calls(page: Page, result: Predicted) -> None:
    st.markdown("**Right and wrong calls**")
    left, right = st.columns(2, gap="large")
    with left:
        page.table(
            calls_table(result.confusion, result.positive, result.negative),
            name="prediction_calls",
            caption=f"Called positive {result.cut}; n = {result.n:,}.",
            hide_index=True,
            height="content",
        )
    with right:
        page.table(
            measures_table(result.confusion),
            name="prediction_measures",
            caption="95 % intervals in brackets. PPV and NPV hold at this share of positives only.",
            hide_index=True,
            height="content",
        )


def calls_table(found: Confusion, positive: str, negative: str) -> pd.DataFrame:
    """What patients are against what they are called."""
    return pd.DataFrame(
        {
            "In truth": [positive, negative],
            "called positive": [found.tp, found.fp],
            "called negative": [found.fn, found.tn],
        }
    )


def measures_table(found: Confusion) -> pd.DataFrame:
    """Sensitivity and the others, with intervals."""
    rows = [(name, measure_text(getattr(found, field))) for name, field in zip(NAMES, MEASURES, strict=True)]
    return pd.DataFrame(rows, columns=["Measure", "Value"])


def _features(page: Page, result: Predicted, found: dict) -> None:
    if "prediction_features" in found:
        page.show(found["prediction_features"])
    with st.expander(f"All {counted(result.n_columns, 'column')}, and which settings were chosen"):
        shown = result.stability.rename(
            columns={
                **{"feature": "Feature", "family": "Family", "inside": "In training sets", "weight": "Weight"},
                **{"mean": "Mean", "sd": "SD", "same_sign": "Same sign"},
            }
        ).drop(columns="label")
        page.table(
            shown,
            name="prediction_stability",
            caption=(
                f"Share of the {counted(result.folds * result.repeats, 'training set')} in which a column has a "
                "weight; weights per standard deviation (importances of a forest)."
            ),
            hide_index=True,
            height=320,
            column_config={
                name: THREE_DIGITS if name in ("Weight", "Mean", "SD") else TWO_DIGITS
                for name in shown.columns
                if name not in ("Feature", "Family")
            },
            data=result.stability,
        )
        page.table(
            result.settings.rename(columns={"setting": "Setting", "chosen": "Chosen by training sets"}),
            name="prediction_settings",
            caption=f"Chosen by the log loss in {result.inner} inner folds of each training set.",
            hide_index=True,
            height="content",
        )


def left_out(table: pd.DataFrame, n_cohort: int) -> None:
    """Who is not looked at, and why."""
    if len(table):
        told = ", ".join(f"{row.n:,} {row.reason}" for row in table.itertuples())
        st.caption(plain_text(f"Not looked at, of {counted(n_cohort, 'patient')}: {told}."))


def _frozen(result: Predicted) -> None:
    """The last model as a file."""
    st.markdown("**The model to take away**")
    if result.frozen is None:
        st.info(plain_text(result.no_frozen))
        return
    st.caption(
        f"Learnt on all {result.n:,} patients: {counted(len(result.frozen.features), 'feature')}, with what stands in "
        "for missing values, scaling, coefficients, thresholds, versions and seed. The file holds its formula in words."
    )
    st.download_button(
        "Download the model (JSON)",
        partial(model_text, result),
        file_name="model.json",
        mime="application/json",
        key="prediction.frozen",
        on_click="ignore",
    )


def model_text(result: Predicted) -> str:
    """The model as the file holds it."""
    return json.dumps(result.frozen.plain(), indent=1, ensure_ascii=False)

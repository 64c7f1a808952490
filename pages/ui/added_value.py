"""The Added value section: blocks of covariates, the ladder of models, groups by both indices, and fusion."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from core.analyses.blocks import NAMED, NOTHING, Blocks
from core.analyses.ladder import AddedValue
from core.analyses.ladder_tables import calibration_table, rungs_table, steps_table
from core.analyses.quadrants import QuadrantCurves
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.text import plain_text

HOW = {"hide_index": True, "height": "content"}
FIRST = {"Model": st.column_config.TextColumn(pinned=True)}


def added_value(page: Page) -> None:
    """What is in each block, what each adds, how the indices part the patients, and how the blocks are best joined."""
    blocks = page.analysis("blocks")
    if blocks is None:
        return
    _choices(page, blocks)
    result = page.ask("ladder")
    if result is None:
        return
    page.exploratory("ladder", result)
    _screened(page, blocks, result)
    _words(result.words, (*result.cautions, *_states(result)))
    found = pictures(page, "ladder", result)
    beside(page, [found[name] for name in ("ladder_c", "ladder_gain") if name in found])
    _tables(page, result)
    beside(page, [found[name] for name in ("ladder_areas", "ladder_calibration") if name in found])
    _signature(page, result)
    _left_out(page, result)
    _quadrants(page)
    _fusion(page)


def _choices(page: Page, blocks: Blocks) -> None:
    """The three blocks, one below the other."""
    catalogue = page.context.catalogue
    with st.container(horizontal=True, key="blocks.row"):
        page.controls("follow_up", "endpoint")
        page.controls("blocks", "clinical")
    with st.container(horizontal=True, key="blocks.radiomic.row"):
        page.controls("blocks", "radiomic")
        if blocks.radiomic != NOTHING:
            several = len(catalogue.feature_sets[blocks.feature_set].settings) > 1
            page.controls("blocks", "feature_set", *(["setting"] if several else []))
            page.controls("blocks", "features" if blocks.radiomic == NAMED else "signature")
    with st.container(horizontal=True, key="blocks.genomic.row"):
        names = ["genotypes"]
        names += ["genes"] if catalogue.mutation_genes else []
        names += ["expression"] if catalogue.expression_genes else []
        names += ["gene_sets"] if catalogue.expression_genes and catalogue.gene_sets else []
        page.controls("blocks", *names)
    with st.expander("Times, samples, levels and follow-up"):
        left, right = st.columns(2, gap="large")
        with left:
            page.controls("ladder", "years", "horizon", "resamples", "folds", "seed")
        with right:
            page.controls("blocks", "levels", "rare")
            page.controls("follow_up", "unit", "landmark", "until")


def _screened(page: Page, blocks: Blocks, result: AddedValue) -> None:
    """A feature named here that a screen of the same endpoint has shown was not named beforehand."""
    if not result.n_tests or blocks.radiomic != NAMED:
        return
    screens = {name for each in page.ledger.entries if len(each.markers) > 20 for name in each.markers}
    seen = [name for name in blocks.features if name in screens]
    if seen:
        st.warning(
            plain_text(
                f"{', '.join(seen)} was screened against survival in this session. If that is why it was chosen, its "
                "likelihood-ratio p is too small; a signature chooses within the samples instead."
            )
        )


def _states(result: AddedValue) -> Iterable[str]:
    """What there is not, and why."""
    yield from result.states.values()
    if result.beyond:
        years = ", ".join(f"{each:g}" for each in result.beyond)
        yield f"The follow-up of these patients does not reach {years} years: there is no area then."
    for reason in dict.fromkeys(step.reason for step in result.ladder.steps if step.reason):
        yield f"{reason[:1].upper()}{reason[1:]}."


def _words(words: Iterable[str], cautions: Iterable[str]) -> None:
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in words))
    for caution in cautions:
        st.info(plain_text(caution))


def _tables(page: Page, result: AddedValue) -> None:
    without = result.ladder.brier_without
    brier = "" if without.value is None else f" Without any covariate the Brier score is {without.value:.3f}."
    page.table(
        rungs_table(result),
        name="ladder_models",
        caption=f"n = {result.n:,}, {result.n_events:,} events in every model. Left out: mean over the samples "
        f"(95 % interval). AIC and BIC of the partial likelihood, BIC per event. Brier score: integrated "
        f"up to {result.ladder.until:.4g} {result.time_unit}, lower is better.{brier}",
        column_config=FIRST,
        **HOW,
    )
    page.table(
        steps_table(result),
        name="ladder_steps",
        caption="Each step against the model below it on the same patients. c, Uno's c and Brier score: differences in "
        "patients left out; a Brier score below 0 is better. Samples: in how many both models had a fit.",
        **HOW,
    )
    if result.calibration:
        page.table(
            calibration_table(result),
            name="ladder_calibrated",
            caption=f"Risk by {result.horizon:g} years, predicted out of fold, against Kaplan-Meier. Slope: 1 where "
            "differences between patients come true, below 1 where they are predicted too large.",
            column_config=FIRST,
            **HOW,
        )


def _signature(page: Page, result: AddedValue) -> None:
    for name, shares in result.ladder.chosen.items():
        if shares:
            with st.expander(f"How often each feature entered the {name} signature"):
                table = pd.DataFrame(shares, columns=["Feature", "Share of samples"])
                page.table(
                    table,
                    name="ladder_signature",
                    caption="Chosen anew in every bootstrap sample; one that comes and goes is not a finding.",
                    hide_index=True,
                    column_config={"Share of samples": st.column_config.NumberColumn(format="percent")},
                )


def _left_out(page: Page, result: AddedValue) -> None:
    with st.expander(f"Who is in no model: {result.n_cohort - result.n:,} of {result.n_cohort:,} patients"):
        page.table(
            result.counts.set_axis(["Patients with", "n", "Events"], axis=1),
            name="ladder_counts",
            caption="Every model has the patients of the last row, so that models are compared and not patients. "
            "Nothing is imputed.",
            data=result.counts,
            **HOW,
        )
        if len(result.left_out):
            page.table(
                result.left_out.set_axis(["Reason", "Patients"], axis=1),
                name="ladder_left_out",
                caption="A patient may have several reasons. Beside the first they are of patients with an outcome.",
                data=result.left_out,
                **HOW,
            )


def _quadrants(page: Page) -> None:
    st.subheader("Groups by both indices")
    result: QuadrantCurves | None = page.ask("quadrants")
    if result is not None:
        shown = result.comparison
        for drawing in pictures(page, "quadrants", result).values():
            page.show(drawing)
        st.markdown(plain_text(" ".join(shown.words)))
        if shown.test is not None:
            st.caption(
                plain_text(
                    f"{shown.test.note} A small p says that the outcome has to do with the radiomic or the genomic "
                    "block; whether one adds to the other the steps of the ladder say."
                )
            )
        for state in dict.fromkeys((*shown.cautions, *shown.states.values())):
            st.info(plain_text(state))
        with st.expander("Settings of the groups"):
            page.controls("quadrants", "folds", "permutations", "seed")


def _fusion(page: Page) -> None:
    st.subheader("Early and late fusion")
    analysis = page.analysis("fusion")
    if analysis is None:
        return
    page.controls("fusion", "wanted")
    if not analysis.wanted:
        st.caption(
            "Early: one penalised model of all columns. Late: a model of the blocks' own indices. Both are compared "
            "with the clinical block and with each other in patients left out."
        )
        return
    with st.container(horizontal=True, key="fusion.row"):
        page.controls("fusion", "whole", "combined", "horizon", "resamples", "seed")
    result = page.ask("fusion")
    if result is not None:
        _words(result.words, ())
        beside(page, list(pictures(page, "fusion", result).values()))

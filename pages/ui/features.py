"""The Features page: which features are looked at, their distributions, and those that say the same."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.measured import RAW
from core.analyses.redundant import RedundantFeatures
from core.plots.words import counted
from pages.ui.frame import Page
from pages.ui.pictures import pictures
from pages.ui.text import plain_text

TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")
SMALL = st.column_config.NumberColumn(format="%.2g")
SUMMARY = {
    "feature": "Feature", "family": "Family", "unit": "Unit", "n": "n", "n_missing": "Missing", "median": "Median",
    "q1": "Q1", "q3": "Q3", "lowest": "Lowest", "highest": "Highest", "skewness": "Skewness",
    "n_distinct": "Different values",
}  # fmt: skip
FAMILY = {
    "family": "Family", "features": "Features", "features_with_gaps": "With gaps", "cells_missing": "Values missing",
    "constant": "Constant", "skewness_q1": "Skewness Q1", "skewness_median": "Skewness median",
    "skewness_q3": "Skewness Q3", "strongly_skewed": "Strongly skewed",
}  # fmt: skip


def measured(page: Page) -> bool:
    """What every section of the page looks at; False, after saying why, when there is nothing."""
    chosen = page.analysis("measured")
    if chosen is None:
        return False
    sets = page.context.catalogue.feature_sets
    with st.container(horizontal=True, key="measured.choices"):
        if len(sets) > 1:
            page.controls("measured", "features")
        if len(sets[chosen.features].settings) > 1:
            page.controls("measured", "setting")
        page.controls("measured", "scale")
    result = page.ask("measured")
    if result is None:
        return False
    logged = f" ({len(result.logged):,} as logarithms)" if chosen.scale != RAW else ""
    without = result.n_cohort - result.n
    st.caption(
        plain_text(
            f"{counted(len(result.values.columns), 'feature')}{logged} of {counted(result.n, 'patient')}"
            f"{f'; {without:,} more of the cohort have none' if without else ''}. {result.label}, {result.scale}."
        )
    )
    return True


def distributions(page: Page) -> None:
    """One feature by groups, its histogram, and all of them in tables."""
    with st.container(horizontal=True, key="distribution.choices"):
        page.controls("distribution")
    result = page.ask("distribution")
    if result is not None:
        for drawing in pictures(page, "distribution", result).values():
            page.show(drawing)
        if result.screen is not None:
            _all_by_group(page, result)
    summary = page.ask("summaries")
    if summary is None:
        return
    st.markdown("**Features by family**")
    few = {"hide_index": True, "height": "content"}
    page.table(
        summary.families.rename(columns=FAMILY),
        name="feature_families",
        caption=(
            f"n = {summary.n:,} of {counted(summary.n_cohort, 'patient')} have features. Skewness: quartiles over the "
            "features of a family; strongly skewed: over 1 either way."
        ),
        data=summary.families,
        column_config={FAMILY[f"skewness_{part}"]: TWO_DIGITS for part in ("q1", "median", "q3")}
        | {"Family": st.column_config.TextColumn(pinned=True)},
        **few,
    )
    with st.expander(f"All {len(summary.features):,} features"):
        page.table(
            summary.features.rename(columns=SUMMARY).drop(
                columns=["Unit"] if not any(summary.features["unit"]) else []
            ),
            name="feature_summaries",
            caption="Median, quartiles and extremes over the patients with a value; skewness: third moment.",
            data=summary.features,
            hide_index=True,
            height=420,
            column_config={"Feature": st.column_config.TextColumn(pinned=True)}
            | dict.fromkeys(("Median", "Q1", "Q3", "Lowest", "Highest"), SMALL)
            | {"Skewness": TWO_DIGITS},
        )


def _all_by_group(page: Page, result) -> None:
    table = result.screen.table.sort_values("p", na_position="last", ignore_index=True)
    columns = {
        "feature": "Feature", "n": "n", "epsilon_squared": "Epsilon squared", "p": "p", "q": "q", "note": "Remark",
    }  # fmt: skip
    with st.expander(f"All features by {plain_text(result.by)}: {counted(result.screen.n_tests, 'test')}"):
        page.table(
            table[list(columns)].rename(columns=columns),
            name="features_by_groups",
            caption=(
                "Kruskal-Wallis of every feature against the same groups; q: Benjamini-Hochberg over all of them. "
                "No p where a group has fewer than 5 patients."
            ),
            data=table,
            hide_index=True,
            height=360,
            column_config={"Feature": st.column_config.TextColumn(pinned=True), "p": SMALL, "q": SMALL}
            | {"Epsilon squared": st.column_config.NumberColumn(format="%.3f")},
        )


def redundancy(page: Page) -> None:
    """The map, the pairs, what stands for what, and what follows the volume."""
    with st.container(horizontal=True, key="redundancy.choices"):
        page.controls("redundancy")
    result = page.ask("redundancy")
    if result is None:
        return
    st.markdown(f"**{plain_text(_headline(result))}**")
    st.markdown("\n".join(f"* {plain_text(each)}" for each in _remarks(result)))
    for drawing in pictures(page, "redundancy", result).values():
        page.show(drawing)
    _pairs(page, result)
    _dropped(page, result)
    _surrogates(page, result)


def _headline(result: RedundantFeatures) -> str:
    p, found = len(result.names), result.found
    return (
        f"{len(found.kept):,} of {counted(p, 'feature')} say nearly as much as all: each of the other "
        f"{len(found.dropped):,} has |rho| of at least {found.cut:g} with one that is kept. "
        f"{found.n_pairs:,} of {p * (p - 1) // 2:,} pairs are that close."
    )


def _remarks(result: RedundantFeatures):
    if result.volume:
        yield (
            f"{counted(len(result.surrogates), 'feature')} follow the volume ({result.volume}) with |rho| of at least "
            f"{result.volume_cut:g}."
        )
    else:
        yield "No feature is recognised as the volume, so it is not known which features follow it."
    yield from result.notes
    yield (
        "No outcome was looked at. Where a model is validated on these patients, such a selection still belongs into "
        "each training part."
    )


def _pairs(page: Page, result: RedundantFeatures) -> None:
    pairs = result.found.pairs
    with st.expander(f"Pairs that say the same: {len(pairs):,}"):
        page.table(
            pairs.head(1000).set_axis(["First", "Second", "rho"], axis=1),
            name="redundant_pairs",
            caption="The closest first, up to 1,000; the CSV holds all.",
            data=pairs,
            hide_index=True,
            column_config={"rho": st.column_config.NumberColumn(format="%.3f")},
        )


def _dropped(page: Page, result: RedundantFeatures) -> None:
    found = result.found
    rows = [(name, "kept", "", None) for name in found.kept]
    rows += [(row.feature, "dropped", row.stands_for_it, row.rho) for row in found.dropped.itertuples()]
    rows += [(name, "exact repeat", first, 1.0) for name, first in result.entered.duplicates]
    table = pd.DataFrame(rows, columns=["feature", "state", "stands_for_it", "rho"])
    with st.expander(f"What is kept, and what stands for the rest: {len(found.kept):,} and {len(found.dropped):,}"):
        page.table(
            table.set_axis(["Feature", "State", "Stands for it", "rho"], axis=1),
            name="redundancy_list",
            caption="Chosen greedily, from the feature least correlated with all others on.",
            data=table,
            hide_index=True,
            column_config={"rho": st.column_config.NumberColumn(format="%.3f")},
        )


def _surrogates(page: Page, result: RedundantFeatures) -> None:
    if not len(result.surrogates):
        return
    with st.expander(f"Features that follow the volume: {len(result.surrogates):,}"):
        page.table(
            result.surrogates.set_axis(["Feature", "n", "rho"], axis=1),
            name="volume_surrogates",
            caption=f"Spearman correlation with {result.volume}.",
            data=result.surrogates,
            hide_index=True,
            column_config={"rho": st.column_config.NumberColumn(format="%.3f")},
        )

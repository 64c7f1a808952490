"""The sections of the Gene masking page."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analyses.expression_models import ExpressionModels
from core.analyses.expression_network import CATEGORY, DEEP, FEATURE
from core.analyses.gene_masking import HELD_OUT, GeneMasking
from core.analyses.gene_masking_words import verdict_of
from core.analyses.gene_ranking import ONLY, GeneRanking
from core.plots import drawings
from core.plots.words import counted
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.text import plain_text

SMALL = st.column_config.NumberColumn(format="%.2g")
TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")
THREE_DIGITS = st.column_config.NumberColumn(format="%.3f")
PINNED = st.column_config.TextColumn(pinned=True)


def asked(page: Page) -> bool:
    """What is predicted, and how; False, after saying why, when this study cannot feed it."""
    network = page.analysis("expression_network")
    if network is None:
        return False
    settings = network.over == FEATURE and len(page.context.catalogue.feature_sets[network.features].settings) > 1
    with st.container(horizontal=True, key="expression_network.choices"):
        page.controls("expression_network", "over")
        if network.over == FEATURE:
            page.controls("expression_network", "features", *(("setting",) if settings else ()), "feature", "as_a")
        else:
            page.controls("expression_network", "attribute")
    with st.expander("Change the networks"):
        left, right = st.columns(2, gap="large")
        with left:
            page.controls("expression_network", "network", "hidden", "activation", "alpha", "dropout")
            if network.network == DEEP:
                page.controls("expression_network", "pretrain", "frozen")
        with right:
            page.controls("expression_network", "most_variable", "members", "folds", "seed")
    return True


def _said(words: Sequence[str]) -> None:
    headline, *rest = words
    st.markdown(f"**{plain_text(headline)}**")
    if rest:
        st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))


def prediction(page: Page) -> None:
    """How well held-out patients are predicted, by networks and by plainer models."""
    result = page.ask("expression_models")
    if result is not None:
        _said(result.words)
        beside(page, drawings(result))
        _models(page, result)
    with st.expander("More models, a p-value, and the score as published"):
        page.controls("expression_models")
        st.caption(
            "As published, a network's score in cross-validation is the best of all epochs on the patients that it is "
            "scored on. Here an inner split of the training patients chooses the epoch, and held-out patients are "
            "looked at once."
        )


def _models(page: Page, result: ExpressionModels) -> None:
    table = result.table
    known = table["lower"].notna()
    limits = [f"{low:.2f} to {high:.2f}" for low, high in zip(table["lower"], table["upper"], strict=True)]
    columns = {"Model": table["model"]}
    if table["output"].nunique() > 1:
        columns["Class"] = table["output"]
    columns |= {
        "Measure": table["measure"],
        "Value": table["value"],
        "95 % CI": pd.Series(limits, index=table.index).where(known, ""),
        "By chance": table["chance"],
        "n": table["n"],
    }
    if (table["n_positive"] > 0).any():
        columns["Of the class"] = table["n_positive"]
    if result.permutations:
        columns["p"] = table["p"]
    asked_for = f" p: {result.permutations:,} shuffled targets." if result.permutations else ""
    page.table(
        pd.DataFrame(columns),
        name="expression_models_table",
        caption=(
            f"n = {result.n} held-out patients, the same {counted(result.folds, 'fold')} for every model; AUC and "
            f"Spearman within folds, average precision over all.{asked_for}"
        ),
        hide_index=True,
        height="content" if len(table) <= 12 else 420,
        column_config={"Value": TWO_DIGITS, "By chance": TWO_DIGITS, "p": SMALL, "Model": PINNED},
        data=table,
    )


def masking(page: Page) -> None:
    """One gene set at a time, beside random genes."""
    masked = page.analysis("gene_masking")
    if masked is None:
        return
    with st.container(horizontal=True, key="gene_masking.choices"):
        page.controls("gene_masking", "how", "draws", *(("level",) if masked.how == HELD_OUT else ()))
    result = page.ask("gene_masking")
    if result is None:
        return
    _said(result.words)
    if result.found.in_sample:
        st.warning(
            "As published: sets are scored on the patients that the networks were trained on. Any set that the "
            "network has learnt by heart looks good. Choose held-out patients for numbers to believe."
        )
    for drawing in pictures(page, "gene_masking", result).values():
        page.show(drawing)
    _sets(page, result)
    with st.expander("How to read it"):
        st.markdown(
            "* **More than random genes**: better than random sets of as many measured genes, corrected over all "
            "sets, *and* its own 95 % interval lies above what knowing nothing reaches.\n"
            "* **No more than random genes**: the set ranks patients, but so do random genes; what it knows is not "
            "its own.\n"
            "* **Nothing shown**: its interval holds what knowing nothing reaches. That the set carries nothing does "
            "not follow.\n"
            "* Intervals are of one set each, do not know of the others and take the trained networks as they are; p "
            "takes genes for exchangeable, which those of one pathway are not."
        )
        page.controls("gene_masking", "seed")
    with st.expander("Which published choices were changed"):
        st.markdown(
            "* Published: scores of the training patients, no interval, two random sets, of 100 and 200 genes. Here: "
            "held-out patients, an interval, and random sets of each set's own size with q-values.\n"
            "* With cross-validation scores are usually pooled over all patients. Here patients are compared with "
            "those of their own fold, since networks of different folds have different offsets.\n"
            "* The mask is the published one: the set stays, all other genes are silenced."
        )


def _sets(page: Page, result: GeneMasking) -> None:
    masks, table = result.found, result.found.table
    columns = {"Gene set": table["set"]}
    if table["output"].nunique() > 1:
        columns["Class"] = table["output"]
    columns |= {"Genes": table["size"], "Measured": table["present"], result.measure: table["score"]}
    if not masks.in_sample:
        limits = [f"{low:.2f} to {high:.2f}" for low, high in zip(table["lower"], table["upper"], strict=True)]
        columns |= {
            "95 % CI": pd.Series(limits, index=table.index).where(table["lower"].notna(), ""),
            "Random genes": table["random_median"],
            "p": table["p"],
            "q": table["q"],
            "Verdict": [verdict_of(row) for row in table.itertuples()],
        }
    page.table(
        pd.DataFrame(columns),
        name="gene_masking_table",
        caption=f"n = {masks.n}; {counted(len(table), 'row')}"
        + ("." if masks.in_sample else "; q: Benjamini-Hochberg over all rows."),
        hide_index=True,
        height=420,
        column_config={"Gene set": PINNED, result.measure: TWO_DIGITS, "Random genes": TWO_DIGITS}
        | dict.fromkeys(("p", "q"), SMALL),
        data=table,
    )
    if not masks.skipped.empty:
        with st.expander(f"{counted(len(masks.skipped), 'set')} without a measured gene"):
            page.table(masks.skipped, name="gene_masking_skipped", caption="Not scored.", hide_index=True)


def genes(page: Page) -> None:
    """Single genes, and the sets at the ends of their ranking."""
    ranking = page.analysis("gene_ranking")
    if ranking is None:
        return
    several = page.analysis("expression_network").over == CATEGORY and ranking.level != ONLY
    with st.container(horizontal=True, key="gene_ranking.choices"):
        page.controls("gene_ranking", "by", *(("level",) if several else ()), "summary")
    result = page.ask("gene_ranking")
    if result is not None:
        _said(result.words)
        beside(page, drawings(result))
        _genes(page, result)
    with st.expander("Change the enrichment"):
        page.controls("gene_ranking", "smallest", "permutations", "seed")


def _genes(page: Page, result: GeneRanking) -> None:
    names = {"gene": "Gene", "score": "Shown alone", "gradient": "Gradient", "guided": "Guided gradient"}
    shown = result.table.rename(columns=names).rename(columns=lambda name: name.replace("gradient_", "Gradient, "))
    page.table(
        shown,
        name="gene_ranking_table",
        caption=(
            f"n = {result.n} held-out patients. Shown alone: how the networks rank patients by this gene alone; "
            f"gradients: {result.summary} over patients, per standard deviation of the gene; guided, as published, "
            "has no direction."
        ),
        hide_index=True,
        height=420,
        column_config={"Gene": PINNED} | dict.fromkeys(shown.columns[1:], THREE_DIGITS),
        data=result.table,
    )
    if result.enrichment is not None:
        table = result.enrichment.table
        table = table.assign(leading_edge=[", ".join(genes) for genes in table["leading_edge"]])
        names = ["Gene set", "Genes", "Measured", "ES", "NES", "p", "q", "FDR", "Leading edge"]
        page.table(
            table.set_axis(names, axis=1),
            name="gene_ranking_sets",
            caption=f"{counted(result.enrichment.n_tests, 'set')}; q: Benjamini-Hochberg; FDR: of the GSEA program, 0 "
            "where no random set reached as far.",
            hide_index=True,
            height=300,
            column_config={"Gene set": PINNED, "ES": TWO_DIGITS, "NES": TWO_DIGITS}
            | dict.fromkeys(("p", "q", "FDR"), SMALL),
            data=table,
        )


def over_features(page: Page) -> None:
    """Sets against several features."""
    page.controls("masking_map", "targets")
    result = page.ask("masking_map")
    if result is not None:
        _said(result.words)
        for drawing in pictures(page, "masking_map", result).values():
            page.show(drawing)
        page.table(
            result.features.assign(number=range(1, len(result.features) + 1))[["number", "feature", "unmasked", "n"]],
            name="masking_map_features",
            caption=f"unmasked: {result.measure} with all genes.",
            hide_index=True,
            height="content",
            column_config={"unmasked": TWO_DIGITS},
        )
    with st.expander("Random sets and level"):
        page.controls("masking_map", "draws", "level")

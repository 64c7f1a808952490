"""The sections of the Studies page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analyses.about import AboutStudy
from pages.ui.frame import Page
from pages.ui.text import plain_text

SEVERITY = {"error": "🛑 error", "warning": "⚠️ warning", "note": "ℹ️ note"}


def study(page: Page) -> None:
    """Provenance, terms, fingerprint, kept editions, endpoints and feature sets."""
    about: AboutStudy = page.ask("about")
    st.markdown(f"**{plain_text(about.study.name)}**")
    if about.study.description:
        st.markdown(plain_text(about.study.description))
    stated = {"Source": about.study.source, "Licence": about.study.licence, "Citation": about.study.citation}
    for what, text in stated.items():
        st.markdown(f"{what}: {plain_text(text) if text else '*not stated in the import*'}")
    st.markdown(
        f"Fingerprint: `{about.fingerprint}`", help="SHA-256 of the content; equal data have equal fingerprints."
    )
    counts = {
        "patients": about.n,
        "genes profiled for mutations": about.n_mutation_genes,
        "genes with expression": about.n_expression_genes,
        "gene sets": about.n_gene_sets,
    }
    st.markdown(" · ".join(f"{n:,} {what}" for what, n in counts.items() if n))
    _table(page, about.endpoints, "endpoints", "Endpoints", "Times are kept in the unit in which they came.")
    _table(page, about.feature_sets, "feature_sets", "Feature sets", "")
    caption = "Members: which region is subtracted from which in a difference."
    _table(page, about.regions, "regions", "Paired regions", caption)
    _table(page, about.structures, "structures", "Structures with dose-volume tables", "Unit: that of the volume.")
    _table(
        page, about.editions, "editions", "Editions kept", "Links made from a kept edition can say what has changed."
    )


def report(page: Page) -> None:
    """What the import found odd and what to do about it."""
    about: AboutStudy = page.ask("about")
    counts = about.report["severity"].value_counts()
    said = ", ".join(f"{counts.get(name, 0)} {name}{'' if counts.get(name, 0) == 1 else 's'}" for name in SEVERITY)
    st.markdown(f"The import of this study left {said}.")
    shown = about.report.assign(
        severity=about.report["severity"].map(SEVERITY),
        rows=[", ".join(map(str, rows)) for rows in about.report["rows"]],
    )[["severity", "message", "remedy", "file", "column", "count", "rows", "code"]]
    page.table(
        shown,
        name="import_report",
        caption="Count: cells or rows concerned; rows: the first of them (1 is the first line of the file).",
        hide_index=True,
        height="content",
        row_height=76,
        column_config={
            "severity": st.column_config.TextColumn(width=96, pinned=True),
            "message": st.column_config.TextColumn(width=300),
            "remedy": st.column_config.TextColumn(width=240),
        },
    )


def attributes(page: Page) -> None:
    """The columns of the patients' table."""
    about: AboutStudy = page.ask("about")
    _table(page, about.attributes, "attributes", "", f"n_known: patients with a value, of {about.n:,}.", height=520)


def features(page: Page) -> None:
    """The imaging features of every set."""
    about: AboutStudy = page.ask("about")
    if about.features.empty:
        st.info("This study has no imaging features.")
        return
    counts = about.features.groupby(["feature_set", "family", "filter"], sort=False).size()
    families = counts.rename("features").reset_index()
    _table(page, families, "feature_families", "Families", "Number of features per family and image filter.")
    caption = "IBSI: code of the Image Biomarker Standardisation Initiative, where known."
    _table(page, about.features, "features", "Features", caption, height=420)


def overlap(page: Page) -> None:
    """How many patients any two tables have in common."""
    about: AboutStudy = page.ask("about")
    caption = f"Patients whom both the row and the column have, of {about.n:,}."
    page.table(about.overlap, name="overlap", caption=caption, height="content")


def methods(page: Page) -> None:
    """Every analysis: question, method, sources and what can be chosen."""
    result = page.ask("methods")
    page_before = None
    for row in result.analyses.itertuples():
        if row.pages != page_before:
            st.markdown(f"**{plain_text(row.pages)}**")
            page_before = row.pages
        with st.expander(f"{plain_text(row.title)} — {plain_text(row.question)}"):
            st.markdown(plain_text(row.method))
            for source in filter(None, row.sources.split("; ")):
                st.markdown(f"* {plain_text(source)}")
            chosen = result.parameters[result.parameters["analysis"] == row.name].drop(columns="analysis")
            if len(chosen):
                st.dataframe(chosen, hide_index=True, width="stretch", height="content", key=f"methods.{row.name}")
    caption = "The default is the one of this study; the names are those in links and on the command line."
    _table(page, result.parameters, "parameters", "All parameters", caption, height=320)


def truth(page: Page) -> None:
    """What was planted in a synthetic study."""
    about: AboutStudy = page.ask("about")
    if about.truth.empty:
        st.info("Nothing was planted in this study: only synthetic studies have a known truth.")
        return
    kinds = about.truth.groupby("kind", sort=False).size().rename("entries").reset_index()
    _table(page, kinds, "truth_kinds", "Kinds of planted effects", "")
    caption = "What the program that drew the data put into it; tests hold the analyses against this table."
    _table(page, about.truth, "truth", "Everything that was planted", caption, height=420)


def _table(page: Page, frame: pd.DataFrame, name: str, heading: str, caption: str, **how) -> None:
    if frame.empty:
        return
    if heading:
        st.markdown(f"**{heading}**")
    how = {"hide_index": True, "height": "content"} | how
    page.table(frame.rename(columns=_heading), name=name, caption=caption, data=frame, **how)


def _heading(column: str) -> str:
    return column.replace("n_", "n ", 1).replace("_", " ") if column.startswith("n_") else column.replace("_", " ")

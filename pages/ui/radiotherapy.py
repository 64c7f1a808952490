"""The sections of the Radiotherapy page: dose, complications, control, and models made by data."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analyses.dose import DoseSummary
from core.analyses.dose_choices import left_out_text
from core.analyses.dose_formulas import COMPLICATION, CONTROL, DOSE, MODEL, Formula
from core.analyses.dose_response_result import DoseResponse
from core.analyses.outcome_terms import OutcomeTerms
from core.plots.outcome_terms import outside_table, terms_table
from pages.ui.frame import Page
from pages.ui.pictures import beside, pictures
from pages.ui.text import plain_text

TWO_DIGITS = st.column_config.NumberColumn(format="%.2f")
THREE_DECIMALS = st.column_config.NumberColumn(format="%.3f")
THREE_DIGITS = st.column_config.NumberColumn(format="%.3g")
EXAMPLE = """patient_id,structure,dose_gy,volume,kind,unit
P001,parotid_left,0,100,cumulative,percent
P001,parotid_left,10,74.2,cumulative,percent
P001,parotid_left,62,0,cumulative,percent
"""


def has_doses(page: Page) -> bool:
    """Whether the study has dose tables; otherwise says what dvh.csv is."""
    if page.analysis("dose") is not None:
        return True
    st.markdown(
        "`dvh.csv` holds the dose-volume tables of a plain study folder: a row per patient, structure and dose. "
        "`kind` is *cumulative* (the volume that gets at least the dose; from the whole volume down to 0) or "
        "*differential* (the volume at the dose); `unit` is *percent*, *fraction* or *cm3*. Both may be left out and "
        "are then read from the shape of the tables. Outcomes are columns of `patients.csv`."
    )
    st.code(EXAMPLE, language="csv")
    return False


def dose(page: Page) -> None:
    """Histograms of a structure, and the numbers that sum them up."""
    with st.container(horizontal=True, key="dose.choices"):
        page.controls("dose", "structure", "outcome")
    with st.expander("What the table sums up"), st.container(horizontal=True, key="dose.metrics"):
        page.controls("dose", "vx", "dx", "a", "fractions", "alpha_beta")
    result = page.ask("dose")
    if result is not None:
        _words(result.words)
        page.show(pictures(page, "dose", result)["dose_volume"])
        _summaries(page, result)
    _formulas(DOSE)


def complications(page: Page) -> None:
    """Given and fitted curves of a complication."""
    with st.container(horizontal=True, key="complication.choices"):
        page.controls("complication", "structure", "outcome", "event")
    with st.container(horizontal=True, key="complication.given.row"):
        page.controls("complication", "given", "volume", "td50", "m", "n")
    with st.expander("Size of the fractions"), st.container(horizontal=True, key="complication.fractions.row"):
        page.controls("complication", "convert", "fractions", "alpha_beta")
    _response(page, "complication")
    _formulas(COMPLICATION)


def control(page: Page) -> None:
    """Given and fitted curves of control."""
    with st.container(horizontal=True, key="control.choices"):
        page.controls("control", "structure", "outcome", "event")
    with st.container(horizontal=True, key="control.given.row"):
        page.controls("control", "d50", "gamma50")
    with st.expander("Exponent, fractions and alpha/beta"), st.container(horizontal=True, key="control.more.row"):
        page.controls("control", "a", "fractions", "alpha_beta")
    _response(page, "control")
    _formulas(CONTROL)


def data_driven(page: Page) -> None:
    """A model whose terms the data choose, and what it holds for patients left out."""
    with st.container(horizontal=True, key="outcome_terms.choices"):
        page.controls("outcome_terms", "outcome", "event", "structures")
    page.controls("outcome_terms", "metrics")
    with st.container(horizontal=True, key="outcome_terms.clinic"):
        genotypes = ["genotypes"] if page.context.catalogue.roles("genotype") else []
        page.controls("outcome_terms", "clinical", "keep", *genotypes)
    with st.expander("Imaging features"):
        page.controls("outcome_terms", "features", "images")
    with st.expander("Search"), st.container(horizontal=True, key="outcome_terms.search"):
        page.controls("outcome_terms", "largest", "measure", "resamples", "seed")
    result = page.ask("outcome_terms")
    if result is not None:
        _words(result.words)
        found = pictures(page, "outcome_terms", result)
        beside(page, [found["outcome_selection"], found["outcome_order"]])
        _outside(page, result)
        _model(page, result)
    _formulas(MODEL)


def _words(said: Sequence[str]) -> None:
    headline, *rest = said
    st.markdown(f"**{plain_text(headline)}**")
    st.markdown("\n".join(f"* {plain_text(sentence)}" for sentence in rest))


def _response(page: Page, name: str) -> None:
    result: DoseResponse | None = page.ask(name)
    if result is None:
        return
    _words(result.words)
    found = pictures(page, name, result)
    first = [found[f"{name}_{how}"] for how in ("given", "fitted") if f"{name}_{how}" in found]
    beside(page, first)
    beside(page, [found[f"{name}_{how}"] for how in ("calibration", "volume") if f"{name}_{how}" in found])
    if len(result.estimates):
        page.table(
            estimates_table(result.estimates),
            name=f"{name}_estimates",
            caption=(
                f"Fitted to n = {result.n:,}, {result.n_events:,} with the event; {result.doses}. 95 % intervals; an "
                "open end is one that the likelihood leaves open."
            ),
            hide_index=True,
            height="content",
            data=result.estimates,
            column_config={"Estimate": THREE_DIGITS},
        )
    told = left_out_text(result.left_out, result.n_cohort)
    if told:
        st.caption(plain_text(told))


def estimates_table(estimates: pd.DataFrame) -> pd.DataFrame:
    """The table of estimates as it is read."""
    fitted = estimates["how"].str.startswith("maximum")
    ends = [
        f"{_end(low)} to {_end(high)}" if shown else ""
        for low, high, shown in zip(estimates["lower"], estimates["upper"], fitted, strict=True)
    ]
    return pd.DataFrame(
        {
            "Model": estimates["model"],
            "Parameter": [
                f"{name} ({unit})" if unit else name
                for name, unit in zip(estimates["parameter"], estimates["unit"], strict=True)
            ],
            "Estimate": estimates["value"],
            "95 % interval": ends,
            "How": estimates["how"],
        }
    )


def _end(value: float) -> str:
    return "open" if value != value else f"{value:.3g}"


def _summaries(page: Page, result: DoseSummary) -> None:
    metrics = result.metrics
    shown = pd.DataFrame(
        {
            "Metric": metrics["label"],
            "Unit": metrics["unit"],
            "All": [_quartiles(row) for row in metrics.itertuples()],
        }
    )
    if len(result.levels) > 1:
        for level in result.levels:
            rows = result.by_group[result.by_group["group"] == level].set_index("metric")
            n = int((result.group == level).sum())
            shown[f"{level} (n = {n})"] = [_quartiles(row) for row in rows.loc[metrics["metric"]].itertuples()]
    shown["Formula"] = metrics["formula"]
    page.table(
        shown,
        name="dose_summaries",
        caption=f"Median [quartiles] over patients; n = {result.n:,}. v: share of the volume at dose D.",
        hide_index=True,
        height="content",
        data=result.by_group,
    )
    with st.expander("Each patient"):
        names = dict(zip(metrics["metric"], metrics["label"] + " (" + metrics["unit"] + ")", strict=True))
        table = result.table.rename(columns=names | {"group": result.outcome or "Group"}).reset_index()
        page.table(
            table.rename(columns={"patient_id": "Patient"}),
            name="dose_patients",
            caption=f"{result.structure}; n = {result.n:,}.",
            hide_index=True,
            height=380,
            data=result.table.reset_index(),
            column_config=dict.fromkeys(names.values(), TWO_DIGITS),
        )


def _quartiles(row) -> str:
    return f"{row.median:.1f} [{row.q25:.1f} to {row.q75:.1f}]"


def _outside(page: Page, result: OutcomeTerms) -> None:
    page.table(
        outside_table(result),
        name="outcome_outside",
        caption=(
            f"Each of n = {result.n:,} patients predicted by the others, in five parts: order and terms chosen anew. "
            "AUC: pairs within a part. Higher AUC and log-likelihood, lower Brier score are better."
        ),
        hide_index=True,
        height="content",
        column_config={"AUC": TWO_DIGITS, "Calibration slope": TWO_DIGITS}
        | dict.fromkeys(("Brier score", "Log-likelihood per patient"), THREE_DECIMALS),
    )


def _model(page: Page, result: OutcomeTerms) -> None:
    found = result.found
    if found.terms:
        page.table(
            terms_table(result),
            name="outcome_model",
            caption=(
                f"The set of terms chosen most often, fitted to all n = {result.n:,}; intercept {found.intercept:.3g}. "
                "Odds ratios say nothing of cause."
            ),
            hide_index=True,
            height="content",
            column_config=dict.fromkeys(("Log odds per unit", "Odds ratio per SD", "SD"), THREE_DIGITS),
        )
    with st.expander("Candidates, and the sets of terms that were met"):
        page.table(
            result.candidates.rename(
                columns={"name": "Candidate", "kind": "Kind", "coding": "Unit or coding", "n": "n known"}
            ),
            name="outcome_candidates",
            caption=f"Of {result.n_cohort:,} patients; complete: n = {result.n:,}.",
            hide_index=True,
            height="content",
        )
        page.table(
            found.sets.rename(columns={"terms": "Terms beside those kept", "n_resamples": "Samples"}),
            name="outcome_sets",
            caption=f"Of {found.resamples_used} bootstrap samples, at {found.order} terms.",
            hide_index=True,
            height="content" if len(found.sets) < 8 else 280,
        )


def _formulas(shown: Sequence[Formula]) -> None:
    """Every formula with units and source."""
    with st.expander("Formulas, units and sources"):
        for each in shown:
            st.markdown(f"**{each.name}**")
            st.latex(each.tex)
            st.caption(plain_text(f"{each.where}.{f' {each.source}.' if each.source else ''}"))

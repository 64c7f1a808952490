"""The Radiogenomics page: what each section says and draws, clicks that choose a pair, studies without an answer."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from core.analyses.context import Context
from core.run import remembering
from core.view import View
from pages.ui import clicked_pair, gene_screen, pathways, phenotypes, session
from tests.pages.conftest import said

PAIR = gene_screen.PAIR


def result(shelf, name, study="demo", **options):
    view = View(study).with_options({option.replace("__", "."): text for option, text in options.items()})
    context = Context(view, shelf, remembering())
    return context, context.result(context.analysis(name))


def test_the_screen_of_the_demo(visit, shelf):
    at = visit("Radiogenomics", study="demo")
    assert not at.exception and not at.error
    _, found = result(shelf, "gene_screen")
    for sentence in found.words:
        assert sentence in said(at), sentence
    assert len(at.get("plotly_chart")) == 4  # heat map, volcano, the pair, all p-values
    table = at.dataframe[0].value
    assert len(table) == 1_000 and list(table["p"]) == list(found.found["p"])
    assert "The 1,000 pairs of smallest p; the CSV holds all 36,000 pairs" in said(at)


def test_a_null_result_is_shown_as_one(visit):
    at = visit("Radiogenomics", study="small", gene_screen__over="mutations")
    assert not at.exception and "No pair of a feature and a gene was found" in said(at)
    assert "This is a result" in said(at) and at.get("plotly_chart")


def test_a_pair_is_chosen_by_its_boxes(visit):
    at = visit("Radiogenomics", study="small", gene_screen__over="mutations")
    at.selectbox(key="gene_pair.feature").select("original_glcm_Contrast").run()
    at.selectbox(key="gene_pair.gene").select("CDKN2A").run()
    assert not at.exception and "original_glcm_Contrast and CDKN2A" in said(at)
    assert at.query_params["gene_pair.gene"] in ("CDKN2A", ["CDKN2A"])


def test_a_pair_that_was_not_tested_says_why(visit):
    at = visit("Radiogenomics", study="demo", gene_screen__over="mutations", gene_pair__gene="PTEN")
    assert not at.exception and "Not tested: too few mutated." in said(at)


def test_the_gene_sets_of_the_demo(visit, shelf):
    at = visit("Radiogenomics", study="demo", section="Pathways")
    assert not at.exception and not at.error
    assert "3 of 80 pairs of a feature and a gene set were found at q < 0.05." in said(at)
    assert "Patients were exchanged" in said(at) and len(at.get("plotly_chart")) == 2
    assert len(at.dataframe[0].value) == 80


def test_the_phenotypes_of_the_small_study(visit):
    at = visit("Radiogenomics", study="small", section="Phenotypes", phenotypes__groups="sex", phenotypes__on="demo")
    assert not at.exception and not at.error
    assert "between the groups of Sex" in said(at) and "Other patients: Synthetic demonstration data" in said(at)
    table = at.dataframe[0].value
    assert {"female", "male"} <= set(table.columns) and " / " in "".join(table["male"])


@pytest.mark.parametrize("section", ["", "Pathways", "Phenotypes"])
@pytest.mark.parametrize("study", ["bare", "odd"])
def test_studies_that_lack_things_say_so(visit, study, section):
    at = visit("Radiogenomics", study=study, **({"section": section} if section else {}))
    assert not at.exception and not at.error
    if study == "bare" or section == "Pathways":
        assert at.info and not at.get("plotly_chart")


@pytest.mark.parametrize("section", ["", "Pathways", "Phenotypes"])
def test_one_patient_and_nobody_are_states(visit, section):
    for where in ('remark = "first patient"', "age > 300"):
        at = visit("Radiogenomics", study="small", where=where, **({"section": section} if section else {}))
        assert not at.exception and at.info and not at.get("plotly_chart")


def test_a_click_on_a_mark_or_a_row_chooses_the_pair(shelf, monkeypatch):
    context, found = result(shelf, "gene_screen")
    page = SimpleNamespace(context=context)
    second = found.found.iloc[1]
    mark = {"customdata": [second["feature"], second["gene"]]}
    state = {"key": SimpleNamespace(selection=SimpleNamespace(points=[{"x": 1}]))}
    monkeypatch.setattr(clicked_pair.st, "session_state", state)
    clicked_pair._obey(page, "key", "name", PAIR)
    assert session.current() is None
    state["key"] = SimpleNamespace(selection=SimpleNamespace(points=[mark]))
    clicked_pair._obey(page, "key", "name", PAIR)
    assert session.current().option("gene_pair.feature") == second["feature"]
    assert session.current().option("gene_pair.gene") == second["gene"] and state[clicked_pair.OBEYED + "name"] == 1
    state[gene_screen.TABLE] = SimpleNamespace(selection=SimpleNamespace(rows=[2]))
    gene_screen._obey_table(page, found)
    assert session.current().option("gene_pair.gene") == found.found.iloc[2]["gene"]
    _, sets = result(shelf, "pathways")
    state[pathways.TABLE] = SimpleNamespace(selection=SimpleNamespace(rows=[1]))
    pathways._obey_table(page, sets)
    assert session.current().option("pathway_pair.gene_set") == sets.table.iloc[1]["set"]


@pytest.mark.parametrize(
    ("points", "pair"),
    [
        ([], None),
        ([{"x": 1}], None),
        ([{"customdata": {"0": "f", "1": "g"}}], ("f", "g")),
        ([{"customdata": "f"}], None),
    ],
)
def test_a_click_has_two_names_or_none(points, pair):
    assert clicked_pair.clicked_pair(points) == pair


def test_a_row_of_the_groups_shows_its_patients(shelf, visit, monkeypatch):
    context, found = result(shelf, "phenotypes", "small", phenotypes__groups="sex")
    row = found.table.iloc[1]
    state = {phenotypes.TABLE: SimpleNamespace(selection=SimpleNamespace(rows=[1]))}
    monkeypatch.setattr(phenotypes.st, "session_state", state)
    phenotypes._obey_table(SimpleNamespace(context=context), found)
    chosen = session.current().option("phenotype_item.item")
    assert chosen == f"{row['kind']}: {row['item']}"
    monkeypatch.undo()


def test_the_table_of_groups_shows_counts_of_each(shelf):
    context, found = result(shelf, "phenotypes", "demo", phenotypes__groups="hpv_status")
    table = phenotypes.table_of(found).set_index("What")
    status = context.store.mutation_status(context.cohort, ["TP53"])["TP53"]
    counts = pd.crosstab(context.store.patients(context.cohort, ["hpv_status"])["hpv_status"], status).loc["negative"]
    assert table.loc["TP53", "negative"] == f"{counts['mutated']} / {counts['mutated'] + counts['wild type']}"
    assert table.loc["BRCA1", "positive"].endswith(")")

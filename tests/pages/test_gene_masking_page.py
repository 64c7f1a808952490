"""The Gene masking page: its sections, its nulls and its states."""

from __future__ import annotations

import pytest

from tests.pages.conftest import said

QUICK = {
    "study": "demo",
    "expression_network.members": "1",
    "expression_network.hidden": "32",
    "expression_models.models": "svm",
    "gene_masking.draws": "200",
    "gene_ranking.permutations": "100",
    "masking_map.targets": "original_firstorder_Mean",
    "masking_map.draws": "200",
}
SHOWN = {
    "Prediction": ("Networks on held-out patients", 2, 1),
    "Masking": ("Of 10 sets, none predicts original_firstorder_Mean better than random genes", 1, 1),
    "Genes": ("A ranking, not a test", 2, 2),
    "Sets and features": ("Of 10 pairs of 1 feature and gene set", 1, 1),
}


def opened(visit, section="", **more):
    asked = {name.replace(".", "__"): text for name, text in (QUICK | more).items()}
    return visit("Gene_masking", section=section, **asked)


@pytest.mark.parametrize("section", SHOWN)
def test_every_section_says_draws_and_tables(visit, section):
    text, charts, tables = SHOWN[section]
    at = opened(visit, "" if section == "Prediction" else section)
    assert not at.exception and not at.error
    assert text in said(at) and "### Gene masking" in said(at)
    assert len(at.get("plotly_chart")) == charts and len(at.dataframe) == tables


def test_the_published_way_is_warned_of(visit):
    at = opened(visit, "Masking", **{"gene_masking.how": "published"})
    assert not at.exception and any("trained on" in str(each.value) for each in at.warning)


@pytest.mark.parametrize(("study", "text"), [("bare", "no expression of genes"), ("small", "at least 30 are needed")])
def test_studies_that_cannot_answer_say_why(visit, study, text):
    at = visit("Gene_masking", study=study)
    assert not at.exception and not at.error
    assert text in said(at) and not at.get("plotly_chart")

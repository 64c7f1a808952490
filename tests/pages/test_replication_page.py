"""The Replication page: what was frozen and what holds, states where nothing can be said, and its controls."""

from __future__ import annotations

import pytest

from tests.pages.conftest import said

SOME = {
    "network__gamma": "0", "network__edge": "0.05", "network__edges": "union",
    "clusters__k": "2", "clusters__restarts": "3",
}  # fmt: skip


@pytest.fixture
def page(visit):
    return visit("Replication", study="small", where="subsite != oropharynx", **SOME)


def test_a_good_link_shows_discovery_beside_the_new_patients(page):
    assert not page.exception and not page.error
    text = said(page)
    for part in (
        "Network of CT of the primary tumour",
        "Frozen: the network",
        "2 Wasserstein clusters of",
        "tried on 10 patients",
        "What holds",
        "Assigned and reclustered groups agree with adjusted Rand",
        "Survival by cluster",
        "Every attribute, side by side",
        "n = ",
    ):
        assert part in text, part
    assert len(page.get("plotly_chart")) == 5


def test_the_table_has_the_three_sides(page):
    table = next(each.value for each in page.dataframe if "Verdict" in each.value)
    assert {"Discovery p", "Assigned q", "Reclustered effect", "Same direction"} <= set(table.columns)
    clusters = next(each.value for each in page.dataframe if "cluster 1" in each.value).set_index("")
    for row in ("n assigned", "n reclustered"):
        assert clusters.loc[row].astype(int).sum() == 10


def test_a_whole_study_is_a_state_with_a_remedy(visit):
    at = visit("Replication", study="small", **SOME)
    assert not at.exception and not at.error and not at.get("plotly_chart")
    assert said(at).count("nobody is left to try the clusters on") == 1
    assert "Filter the cohort" in said(at)


def test_an_expression_that_overlaps_is_a_state_that_says_what_to_write(visit):
    at = visit("Replication", study="small", where="subsite = larynx", replication__patients="where",
               replication__where="age > 50", **SOME)  # fmt: skip
    assert not at.exception and not at.error and not at.get("plotly_chart")
    assert "age > 50 and not subsite = larynx" in said(at)
    at.text_input(key="replication.where").set_value("age > 50 and not subsite = larynx").run()
    assert not at.exception and len(at.get("plotly_chart")) >= 2


def test_another_study_of_the_same_features(visit):
    at = visit("Replication", study="small", replication__on="odd", replication__endpoint="none", **SOME)
    assert not at.exception and not at.error
    text = said(at)
    assert "have the same id in both studies" in text and "No endpoint of this name" in text
    assert len(at.get("plotly_chart")) == 2


def test_a_study_without_features_says_so_once(visit):
    at = visit("Replication", study="bare", network__study="small")
    assert not at.exception and not at.get("plotly_chart")
    assert said(at).count("no imaging features") == 1


def test_a_bad_link_is_refused(visit):
    at = visit("Replication", study="demo", replication__patients="where", replication__where="colour = red")
    assert "replication.where" in said(at).replace("\\", "") and not at.get("plotly_chart")

"""The Checklist page: its counts, tables and file, for studies that have much or nothing."""

from __future__ import annotations

from core.analyses.checklist_evidence import AUTHOR
from core.analyses.context import Context
from core.run import remembering
from core.view import View
from tests.pages.conftest import said


def test_the_counts_are_those_of_the_items(visit, shelf):
    at = visit("Checklist", study="small", checklist__of="cox", cox__attributes="age,sex")
    assert not at.exception and not at.error
    view = View("small").with_options({"checklist.of": "cox", "cox.attributes": "age,sex"})
    context = Context(view, shelf, remembering())
    result = context.result(context.analysis("checklist"))
    assert result.rqs.words in said(at)
    for guideline in ("TRIPOD+AI 2024", "CLEAR 2023"):
        counts = result.counts(guideline)
        assert ", ".join(f"{n} {state}" for state, n in counts.items()) in said(at)
    (tripod,) = (frame.value for frame in at.dataframe)
    assert len(tripod) == 53 and set(tripod["State"].str[0]) <= {"●", "◆", "○"}
    shown = result.items[(result.items["guideline"] == "TRIPOD+AI 2024") & (result.items["state"] != AUTHOR)]
    for text in shown["evidence"]:
        assert text in said(at), text


def test_studies_with_nothing_or_odd_names_are_shown(visit):
    for study, section, rows in (("odd", "CLEAR", 58), ("bare", "Quality score", 16)):
        at = visit("Checklist", study=study, checklist__of="none", section=section)
        assert not at.exception and not at.error
        assert [len(frame.value) for frame in at.dataframe] == [rows]


def test_the_model_section_says_how_many_events_a_coefficient_has(visit):
    at = visit("Survival", study="demo", section="Model")
    assert "101 events for 9 coefficients: 11.2 each, at least the 10 of the rule of thumb" in said(at)

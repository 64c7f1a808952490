"""A calculation that refuses its values is a sentence on the page, never a traceback."""

from __future__ import annotations

from core.analyses.survival import Survival
from core.errors import Problem, Refused


def test_what_a_calculation_refuses_is_said_with_its_remedy(visit, monkeypatch):
    def refuses(self, data, progress=None):
        raise Refused([Problem("2 values are infinite.", "volume", "Correct them in the table."), Problem("And more.")])

    monkeypatch.setattr(Survival, "__call__", refuses)
    at = visit("Survival", study="small", survival__split="attribute", survival__attribute="sex")
    assert not at.exception
    said = [each.value for each in at.info]
    assert any("2 values are infinite." in each and "Correct them" in each for each in said)
    assert any("And more." in each for each in said)

"""The Radiomics Quality Score as far as data and analysis prove it: a lower bound, and no mark.

Lambin et al. 2017, doi:10.1038/nrclinonc.2017.141: 16 items, 36 points at most. Two items take points away when nothing
is done (5: three, 12: five).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from core.analyses import checklist_evidence as evidence
from core.analyses.checklist_evidence import ANALYSIS, AUTHOR, DATA
from core.analyses.checklist_facts import Facts
from core.analyses.checklist_reported import Reported

MOST, LEAST = 36, -8


class _Point(NamedTuple):
    """Points proven, and by what."""

    points: int
    state: str
    text: str


class RqsItem(NamedTuple):
    """An item in short words; `least` is what it counts when nothing is done."""

    number: int
    what: str
    most: int
    least: int = 0


ITEMS = (
    RqsItem(1, "Imaging protocol: well documented, public", 2),
    RqsItem(2, "Several segmentations", 1),
    RqsItem(3, "Phantom study on all scanners", 1),
    RqsItem(4, "Images at several times (test-retest)", 1),
    RqsItem(5, "Fewer features, or adjustment for many tests", 3, -3),
    RqsItem(6, "Other than radiomic variables in the model", 1),
    RqsItem(7, "Biological correlates", 1),
    RqsItem(8, "Risk groups by the median, a published cut, or a continuous risk", 1),
    RqsItem(9, "Discrimination with its significance; resampled", 2),
    RqsItem(10, "Calibration with its significance; resampled", 2),
    RqsItem(11, "Prospective, registered", 7),
    RqsItem(12, "Validation on other data", 5, -5),
    RqsItem(13, "Against the gold standard", 2),
    RqsItem(14, "Clinical utility (decision curve)", 2),
    RqsItem(15, "Cost-effectiveness", 1),
    RqsItem(16, "Open images, contours, code, features", 4),
)


@dataclass(frozen=True, eq=False)
class Rqs:
    """`table`: item, what, proven, most, state, evidence. `proven` points of `MOST`; what is not proven may add up to
    `open_points`, or take away `at_risk`."""

    table: pd.DataFrame
    proven: int
    open_points: int
    at_risk: int

    @property
    def words(self) -> str:
        """The count, and what it is not."""
        risk = f", or take away {self.at_risk} where nothing was done" if self.at_risk else ""
        return (
            f"Proven here: {self.proven} of {MOST} points. That counts what data and analysis show here and is no "
            f"mark of quality: what only the author can show may add up to {self.open_points}{risk}."
        )


def rqs(found: Facts, reported: Reported) -> Rqs:
    """The points that these facts and this analysis prove; never one more."""
    rows = []
    for item in ITEMS:
        proof = _PROOFS[item.number](found, reported) if item.number in _PROOFS else _Point(0, AUTHOR, "")
        rows.append((item.number, item.what, proof.points, item.most, proof.state, proof.text))
    table = pd.DataFrame(rows, columns=["item", "what", "proven", "most", "state", "evidence"])
    unproven = {number for number, points in zip(table["item"], table["proven"], strict=True) if not points}
    return Rqs(
        table=table,
        proven=int(table["proven"].sum()),
        open_points=int((table["most"] - table["proven"]).sum()),
        at_risk=-sum(item.least for item in ITEMS if item.number in unproven),
    )


def _proof(points: int, text: str, state: str = ANALYSIS) -> _Point:
    return _Point(points, state, text) if text else _Point(0, AUTHOR, "")


def _by_data(rule: Callable) -> Callable[[Facts, Reported], _Point]:
    return lambda found, reported: _proof(1, rule(found, reported).text, DATA)


def _radiomic(name: str, points: int = 1) -> Callable[[Facts, Reported], _Point]:
    """The score is of radiomics: an analysis without imaging features proves none of it."""
    return lambda _, reported: _proof(points, getattr(reported, name) if reported.imaging else "")


def _twice(first: str, second: str) -> Callable[[Facts, Reported], _Point]:
    def proof(_: Facts, reported: Reported) -> _Point:
        # Both items ask for a statistic with its significance.
        sure = reported.imaging and reported.interval
        told = [getattr(reported, first), getattr(reported, second)] if sure else ["", ""]
        if not told[0]:
            return _Point(0, AUTHOR, "")
        return _Point(1 + bool(told[1]), ANALYSIS, "; ".join(text for text in told if text))

    return proof


def _fewer(_: Facts, reported: Reported) -> _Point:
    """Fewer features by a rule, or p-values corrected for their number."""
    told = [text for text in (reported.reduction, reported.multiplicity) if text]
    return _proof(3, "; ".join(told) if reported.imaging else "")


_PROOFS: dict[int, Callable[[Facts, Reported], _Point]] = {
    2: _by_data(evidence.segmentations),
    4: _by_data(evidence.test_retest),
    5: _fewer,
    6: _radiomic("clinical"),
    7: _radiomic("biology"),
    8: _radiomic("risk"),
    9: _twice("discrimination", "resampled"),
    10: _twice("calibration", "calibration_resampled"),
    14: _radiomic("utility", 2),
}

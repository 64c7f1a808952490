"""What do the data and the analysis show of what reporting guidelines ask for, and what is left to the author?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.checklist_builders import NONE, offered, reported
from core.analyses.checklist_evidence import ANALYSIS, AUTHOR, DATA, Evidence
from core.analyses.checklist_facts import Facts, facts
from core.analyses.checklist_items import ITEMS, Item
from core.analyses.checklist_reported import Reported
from core.analyses.checklist_rqs import Rqs, rqs
from core.analyses.checklist_rules import RULES
from core.analyses.parameters import Choice, parameter
from core.compute import quiet

STATES = (DATA, ANALYSIS, AUTHOR)


@dataclass(frozen=True, eq=False)
class Checklist:
    """items    guideline, number, section, item, state, evidence, still (what only the author can say)
    rqs      points of the Radiomics Quality Score that are proven
    reported the analysis that is reported: title, page, and why it shows nothing where it does not
    leaks    what the guard against a known outcome said; empty when no analysis is reported
    """

    items: pd.DataFrame
    rqs: Rqs
    title: str
    page: str
    state: str
    leaks: str
    facts: Facts
    n: int
    n_study: int

    def counts(self, guideline: str) -> dict[str, int]:
        """How many of its items are in each state."""
        found = self.items.loc[self.items["guideline"] == guideline, "state"].value_counts()
        return {state: int(found.get(state, 0)) for state in STATES}


@dataclass(frozen=True, kw_only=True)
class ReportingChecklist(Analysis):
    name = "checklist"
    title = "Checklist"
    question = "What do these data and this analysis show of what reporting guidelines ask for?"
    method = (
        "Items of TRIPOD+AI 2024 (with the numbers of 2015) and CLEAR 2023 in short words, each with a state: shown by "
        "the data (with the numbers of this study and cohort), shown by the analysis that is reported (which is worked "
        "out with the settings of this view), or left to the author. What is not proven is never claimed. Points of "
        "the Radiomics Quality Score count only where they are proven: a lower bound, and no mark of quality."
    )
    sources = (
        "Collins et al. 2024, doi:10.1136/bmj-2023-078378",
        "Collins et al. 2015, doi:10.7326/M14-0697",
        "Kocak et al. 2023, doi:10.1186/s13244-023-01415-8",
        "Lambin et al. 2017, doi:10.1038/nrclinonc.2017.141",
    )
    pages = ("Checklist",)
    rank = 10

    of: str = parameter(
        Choice(
            "Analysis that is reported",
            "It is worked out with the settings that this view has for it; evidence comes from what it shows.",
            options=lambda scope: offered(scope.context),
        )
    )

    def needs(self, context):
        return () if self.of == NONE else (context.analysis(self.of),)

    def read(self, context):
        return facts(context), reported(context, self.of)

    def __call__(self, data, progress=quiet):
        found, told = data
        rows = [(*item[:4], *_state(item, found, told), item.still) for item in ITEMS]
        columns = ["guideline", "number", "section", "item", "state", "evidence", "still"]
        return Checklist(
            items=pd.DataFrame(rows, columns=columns),
            rqs=rqs(found, told),
            title=told.title,
            page=told.page,
            state=told.state,
            leaks=told.leaks,
            facts=found,
            n=found.n,
            n_study=found.n_study,
        )


def _state(item: Item, found: Facts, told: Reported) -> tuple[str, str]:
    shown = RULES[item.rule](found, told) if item.rule else Evidence(AUTHOR)
    return shown.state, shown.text

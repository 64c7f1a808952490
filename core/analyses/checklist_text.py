"""A checklist as Markdown, to be pasted beside a manuscript."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from core.analyses.checklist import AUTHOR, Checklist

NAMES = {"number": "Item", "section": "Section", "item": "Asks for", "state": "State", "evidence": "Evidence"}
NAMES |= {"still": "Author still says"}
RQS = {"item": "Item", "what": "Asks for", "proven": "Proven", "most": "Of", "state": "State", "evidence": "Evidence"}


def markdown(found: Checklist, notes: Sequence[str]) -> str:
    """The whole checklist; `notes` say whose data, which edition and the link."""
    return "\n".join(_lines(found, notes)) + "\n"


def _lines(found: Checklist, notes: Sequence[str]) -> Iterator[str]:
    yield "# Reporting checklist"
    yield ""
    yield from (f"* {_cell(note)}" for note in notes)
    yield f"* Analysis reported: {_cell(found.title or 'none')}"
    yield f"* An item that neither data nor analysis show is '{AUTHOR}'; that says nothing of the manuscript."
    for guideline, table in found.items.groupby("guideline", sort=False):
        counts = ", ".join(f"{n} {state}" for state, n in found.counts(str(guideline)).items())
        yield from ("", f"## {guideline}: {counts}", "")
        yield from _table(table[list(NAMES)].rename(columns=NAMES))
    yield from ("", "## Radiomics Quality Score 2017, as far as it is proven", "", found.rqs.words, "")
    yield from _table(found.rqs.table[list(RQS)].rename(columns=RQS))


def _table(table: pd.DataFrame) -> Iterator[str]:
    yield f"| {' | '.join(table.columns)} |"
    yield f"|{'---|' * len(table.columns)}"
    for row in table.itertuples(index=False):
        yield f"| {' | '.join(_cell(value) for value in row)} |"


def _cell(value: object) -> str:
    """Text from data that can neither end its cell nor be markup."""
    text = " ".join(str(value).split())
    for sign in ("\\", "|", "<", "`", "*", "[", "]"):
        text = text.replace(sign, f"\\{sign}")
    return text

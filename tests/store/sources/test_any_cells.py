"""Whatever stands in the cells, an import ends in a draft or in findings, never in a failure of the program."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.store import checks
from core.store.sources import plain
from core.store.sources.notebook import Notebook
from tests.store.sources.importing import write

ODD = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                " ",
                "NA",
                "-",
                "inf",
                "1e999",
                "#DIV/0!",
                "-0",
                "1,5",
                "0x1",
                "1/2/2020",
                "2020-01-02",
                "1:DEAD",
                "2",
            ),
            *(
                "yes",
                "Not Collected",
                "54 years 3 days",
                "stage IV",
                "a@b.org",
                "p.R1",
                "WT",
                "٣",
                "'",
                '"',
                "2-Sep",
                "\ufeff",
            ),
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    st.floats().map(repr),
    st.integers().map(str),
)
TABLES = {
    "patients.csv": ["patient_id", "sex", "age", "stage", "centre", "os_days", "os_event", "scanned"],
    "features.csv": ["patient_id", "setting", "original_glcm_Id", "beta", "gamma"],
    "mutations.csv": ["patient_id", "gene", "mutated"],
    "expression.csv": ["patient_id", "TP53", "EGFR"],
}


@st.composite
def studies(draw) -> dict[str, str]:
    files = {}
    for name in draw(st.sets(st.sampled_from(sorted(TABLES)), min_size=1)) | {"patients.csv"}:
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(TABLES[name])
        for row in range(draw(st.integers(0, 5))):
            cells = [draw(ODD) for _ in TABLES[name][1:]]
            writer.writerow([draw(st.sampled_from([f"P{row}", "P1", " P2", ""])) if row > 2 else f"P{row}", *cells])
        files[name] = text.getvalue()
    return files


@given(studies())
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_cells_end_in_a_draft_or_in_findings(files):
    with tempfile.TemporaryDirectory() as folder:
        notebook = Notebook()
        found = plain.read(write(Path(folder), files), "study", notebook)
    assert (found is None) == notebook.refused
    if found is not None:
        assert not checks.shape(found.draft) and not checks.references(found.draft)
        assert set(found.draft.outcomes["event"]) <= {0.0, 1.0}
    assert all("\n" not in str(one) and len(str(one)) < 1500 for one in notebook.findings)


@given(
    st.binary(max_size=200), st.sampled_from(["patients.csv", "features.csv", "sets.gmt", "study.toml", "README.md"])
)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_bytes_end_in_a_draft_or_in_findings(content, name):
    with tempfile.TemporaryDirectory() as folder:
        notebook = Notebook()
        files = {"patients.csv": "patient_id,sex\nP1,F\n"} | {name: content}
        found = plain.read(write(Path(folder), files), "study", notebook)
    assert (found is None) == notebook.refused

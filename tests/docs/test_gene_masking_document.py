"""docs/gene-masking.md says what the program says of the real study."""

import shutil

import pytest

from core.store.library import Library
from core.store.sources import Notebook, read
from docs.gene_masking_numbers import CASES, FILE, head, result_of, section

SETS = "h.all.v6.2.symbols.gmt"


@pytest.fixture
def lungs(real_study, tmp_path) -> Library:
    """The study with the Hallmark sets in its folder."""
    source, sets = real_study("nsclc_radiogenomics"), real_study("gene_sets")
    folder = tmp_path / "nsclc_radiogenomics"
    folder.mkdir()
    for path in (*source.iterdir(), sets / SETS):
        shutil.copyfile(path, folder / path.name)
    library = Library(tmp_path / "library")
    library.publish(read(folder, "nsclc_radiogenomics", Notebook()))
    return library


def test_the_document_is_what_the_program_says(lungs):
    text, kept = FILE.read_text(encoding="utf-8"), {}
    for case in CASES:
        if not case.tested:
            continue
        result = result_of(case, lungs, kept)
        assert section(case, result) in text
        if case.analysis == "expression_models":
            explained = result.table["value"].iloc[0]
            assert 0.1 < explained < 0.22 if "density" in case.heading else abs(explained) < 0.06, case.heading


def test_every_case_has_its_place():
    text = FILE.read_text(encoding="utf-8")
    assert text.startswith(head())
    for case in CASES:
        assert f"## {case.heading}\n\n`{case.link}`\n\n> " in text
        assert case.remark in text
    assert text.count("\n## ") == len(CASES)

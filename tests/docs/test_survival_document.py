"""docs/survival.md says what the program says of the real studies, and shows every figure."""

import pytest

from core.store.library import Library
from core.store.sources import Notebook, read
from docs import added_value_numbers, survival_numbers
from docs.survival_numbers import CASES, FILE, PICTURES, STUDIES, document


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Imports what is asked for once, and keeps it for this module."""
    library = Library(tmp_path_factory.mktemp("documented"))

    def imported(folder_of) -> Library:
        present = {entry.id for entry in library.studies()}
        for study in STUDIES:
            folder = folder_of(study)
            if study not in present:
                library.publish(read(folder, study, Notebook()))
        return library

    return imported


def test_the_document_is_what_the_program_says(studies, real_study):
    assert document(studies(real_study)) == FILE.read_text(encoding="utf-8")


def test_every_case_has_its_picture_and_its_place():
    text = FILE.read_text(encoding="utf-8")
    for case in CASES:
        assert (PICTURES / f"{case.name}.png").stat().st_size < 250_000
        assert f"## {case.heading}\n\n`{case.link}`" in text
    assert {path.stem for path in PICTURES.iterdir()} == {case.name for case in CASES}
    assert survival_numbers.HEAD.strip() in text


def test_the_document_of_added_value_is_what_the_program_says(studies, real_study):
    """All but the two fusions at its end, which take too long."""
    whole = added_value_numbers.FILE.read_text(encoding="utf-8")
    first = whole.index(f"\n## {added_value_numbers.LONG[0].heading}")
    assert added_value_numbers.document(studies(real_study)) == whole[:first]


def test_every_case_of_added_value_has_its_picture_and_its_place():
    text = added_value_numbers.FILE.read_text(encoding="utf-8")
    cases = (*added_value_numbers.CASES, *added_value_numbers.LONG)
    for case in cases:
        assert (added_value_numbers.PICTURES / f"{case.name}.png").stat().st_size < 250_000
        assert f"## {case.heading}\n\n`{case.link}`" in text
    assert {path.stem for path in added_value_numbers.PICTURES.iterdir()} == {case.name for case in cases}

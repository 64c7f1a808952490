"""docs/prediction.md says what the program says of the real studies."""

import pytest

from core.store.library import Library
from core.store.sources import Notebook, read
from docs.prediction_numbers import CASES, FILE, HEAD, PICTURES, STUDIES, TAIL, section

#: The others take longer and differ in the outcome alone; `python -m docs.prediction_numbers --check` does all.
HELD = [case for case in CASES if case.held]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return Library(tmp_path_factory.mktemp("predicted"))


@pytest.mark.parametrize("case", HELD, ids=[case.name for case in HELD])
def test_the_document_is_what_the_program_says(library, real_study, case):
    (study,) = (each for each in STUDIES if f"study={each}&" in case.link)
    folder = real_study(study)
    if study not in {entry.id for entry in library.studies()}:
        library.publish(read(folder, study, Notebook()))
    assert section(case, library) in FILE.read_text(encoding="utf-8")


def test_every_case_has_its_place_and_its_picture():
    text = FILE.read_text(encoding="utf-8")
    assert text.startswith(HEAD) and text.endswith(TAIL)
    for case in CASES:
        assert f"## {case.heading}\n\n`{case.link}`" in text and (not case.remark or case.remark in text)
    assert {path.stem for path in PICTURES.iterdir()} == {case.name for case in CASES if case.picture}
    assert all(path.stat().st_size < 250_000 for path in PICTURES.iterdir())

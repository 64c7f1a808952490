"""docs/harmonisation.md says what the program says; `python -m docs.harmonisation_numbers --check` does the rest."""

from core.store.library import Library
from data.demo import demo
from docs.harmonisation_numbers import CASES, DEMO, FILE, HEAD, section


def test_the_document_is_what_the_program_says(tmp_path):
    library = Library(tmp_path)
    library.publish(demo())
    for case in CASES:
        if case.link.startswith(f"{DEMO}&"):
            assert section(case, library) in FILE.read_text(encoding="utf-8")


def test_every_case_has_its_place():
    text = FILE.read_text(encoding="utf-8")
    assert text.startswith(HEAD.strip())
    for case in CASES:
        assert f"## {case.heading}\n\n`{case.link}`\n\n> " in text and (not case.remark or case.remark in text)

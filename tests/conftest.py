"""What every test may use: a store with the small study, made once per worker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.store.library import Library
from tests.store.drafts import small_draft

ROOT = Path(__file__).resolve().parents[1]


def samples() -> Path:
    """The folder of real studies: COHORTSCOPE_SAMPLES, else `shared/data` beside the checkout."""
    named = os.environ.get("COHORTSCOPE_SAMPLES")
    return Path(named) if named else ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Library:
    """A library with the small study."""
    library = Library(tmp_path_factory.mktemp("library"))
    library.publish(small_draft())
    return library


@pytest.fixture(scope="session")
def store(library):
    return library.open("small")


@pytest.fixture
def real_study():
    """The folder of a real study by name; skips with a plain line where the samples are absent."""

    def folder(name: str) -> Path:
        path = samples() / name
        if not path.is_dir():
            pytest.skip(f"the sample study {name} is not here; set COHORTSCOPE_SAMPLES to the folder that has it")
        return path

    return folder

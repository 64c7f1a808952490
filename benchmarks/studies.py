"""The studies that claims are measured on, in a store of their own that goes with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.claim import Absent
from core.store.first_start import ensure_demo
from core.store.library import Library
from core.store.sources import understand
from core.store.sources.notebook import Notebook

ROOT = Path(__file__).resolve().parents[1]


def samples() -> Path:
    """Where real studies are: COHORTSCOPE_SAMPLES, else `shared/data` beside the checkout."""
    named = os.environ.get("COHORTSCOPE_SAMPLES")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def sample(name: str) -> Path:
    """The folder of a real study; raises `Absent` where there is none."""
    folder = samples() / name
    if not folder.is_dir():
        raise Absent(f"The sample study {name} is not here; set COHORTSCOPE_SAMPLES to the folder that has it.")
    return folder


@cache
def scratch() -> Path:
    """A folder that is removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="cohortscope-benchmarks-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def demo_library() -> Library:
    """A store with the demo study."""
    library = Library(scratch() / "store")
    ensure_demo(library)
    return library


@cache
def library_with(name: str) -> Library:
    """The same store with a real study imported as well; raises `Absent` where its folder is not."""
    folder, library = sample(name), demo_library()
    understood = understand(folder, name, Notebook())
    if understood is None:
        raise Absent(f"The sample study {name} could not be read.")
    library.publish(understood.draft)
    return library

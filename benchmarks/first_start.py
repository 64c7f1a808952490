"""The first start: the demonstration studies are made and their store is built."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.claim import Row, within
from benchmarks.process import run
from benchmarks.studies import scratch

BUILD = "from core.store.first_start import ensure_demo; from core.store.library import Library; ensure_demo(Library())"


def build(claim: str) -> Row:
    """Seconds from starting Python to a store with both that can be opened."""
    taken = [run(["-c", BUILD], Path(tempfile.mkdtemp(dir=scratch())))[0] for _ in range(3)]
    return within(claim, median(taken), 20, "s")


CLAIMS = {"first start builds the demo store": build}

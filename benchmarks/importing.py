"""Import of a real study from the command line: how long it takes and how much memory."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from statistics import median

from benchmarks.claim import within
from benchmarks.process import run
from benchmarks.studies import sample, scratch

IMPORTED, WITH_WARNINGS = 0, 3
ROUNDS = 3


@cache
def imports() -> tuple[float, float]:
    """Median seconds and largest MB of importing hn_tcia into an empty store, the program's start included."""
    folder = Path(tempfile.mkdtemp(dir=scratch())) / "hn_tcia"
    # How a study was understood is written beside its tables, and the samples are to stay as they are.
    shutil.copytree(sample("hn_tcia"), folder)
    taken = []
    for _ in range(ROUNDS):
        store = Path(tempfile.mkdtemp(dir=scratch()))
        arguments = ["-m", "core", "import", str(folder), "--name", "hn_tcia"]
        taken.append(run(arguments, store, may_exit=(IMPORTED, WITH_WARNINGS)))
    return median(seconds for seconds, _ in taken), max(peak for _, peak in taken)


CLAIMS = {
    "import of hn_tcia": lambda claim: within(claim, imports()[0], 10, "s"),
    "peak memory of the import of hn_tcia": lambda claim: within(claim, imports()[1], 1000, "MB"),
}

"""How much memory and time another process takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.claim import Absent
from benchmarks.studies import ROOT


def run(arguments: Sequence[str], store: Path, may_exit: Sequence[int] = (0,)) -> tuple[float, float]:
    """Seconds and peak resident MB of `python ARGUMENTS` on a store of its own; raises if it ends otherwise."""
    environment = os.environ | {"COHORTSCOPE_STORE": str(store), "OPENBLAS_NUM_THREADS": "1"}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if not hasattr(os, "wait4"):
        process.wait()
        raise Absent("This system does not say how much memory a process took.")
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in may_exit:
        raise RuntimeError(f"python {' '.join(arguments)} ended with {process.returncode}")
    return taken, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def resident_mb(pid: int) -> float:
    """Resident MB of a process and all of its children."""
    return sum(_resident(each) for each in [pid, *_below(pid)]) / 2**20


def children() -> list[int]:
    """The processes that this one started and that still run."""
    return [child for child, parent in _parents().items() if parent == os.getpid()]


def command(pid: int) -> list[str]:
    """The command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def _below(pid: int) -> list[int]:
    parents = _parents()
    found = [pid]
    for each in found:  # grows as it goes
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def _parents() -> dict[int, int]:
    if not Path("/proc/self/stat").exists():
        raise Absent("The memory of other processes is read from /proc, which this system does not have.")
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                # The name stands in brackets and may hold blanks; state and parent follow it.
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended meanwhile
    return parents


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

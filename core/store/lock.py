"""One import at a time per store: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.errors import CohortscopeError


class ImportRunning(CohortscopeError):
    """Another import holds the store; `pid` and `started` (UTC) say which."""

    def __init__(self, pid: int | None, started: str):
        self.pid, self.started = pid, started
        holder = f"process {pid}, started {started} UTC" if pid else "another process"
        super().__init__(f"Another import is running ({holder}). Wait for it, then import again.")


@contextmanager
def import_lock(folder: Path) -> Iterator[None]:
    """Hold `folder`/import.lock or raise `ImportRunning` at once.

    The file stays; what counts is the system's lock on it (flock), which cannot outlive its process. So the lock of a
    killed import is free by itself, and its file only tells who wrote it last.
    """
    with open(folder / "import.lock", "a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImportRunning(*_holder(folder / "import.lock")) from None
        started = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")[:19]
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "started": started}).encode())
        file.flush()
        yield


def _holder(path: Path) -> tuple[int | None, str]:
    try:
        holder = json.loads(path.read_bytes())
        return int(holder["pid"]), str(holder["started"])
    except (OSError, ValueError, KeyError, TypeError):  # the holder is just writing it
        return None, ""

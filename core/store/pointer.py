"""The small file that names a study's current edition and the earlier ones that are kept."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import CohortscopeError
from core.store.build import UNFINISHED, flush

NAME = "current.json"
STUDY_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
#: Folders of the store that are no study.
RESERVED = ("saved",)
#: Editions that are kept of a study, the current one among them.
KEPT = 3


@dataclass(frozen=True)
class Edition:
    """One kept edition: the file `<edition>.duckdb`, its content's fingerprint and its bytes' SHA-256."""

    edition: str
    fingerprint: str
    sha256: str
    imported_at: str
    n_patients: int
    name: str = ""
    synthetic: bool = False
    layout: int = 1

    @property
    def file(self) -> str:
        return f"{self.edition}.duckdb"

    def sound(self, folder: Path) -> bool:
        """Whether the file in the study's folder holds the bytes that were written."""
        try:
            return sha256(folder / self.file) == self.sha256
        except OSError:
            return False


class DamagedPointer(CohortscopeError):
    """The pointer of a study cannot be trusted."""


def is_study_id(text: str) -> bool:
    """Whether this can be the id, and so the folder, of a study."""
    return STUDY_ID.fullmatch(text) is not None and text not in RESERVED


def read(folder: Path) -> tuple[Edition, ...]:
    """The kept editions of the study in this folder, the current one first; none if there is no pointer.

    Raises `DamagedPointer` when the file is not what was written.
    """
    try:
        text = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    try:
        pointer = json.loads(text)
        check = pointer.pop("check")
        if check != _check(pointer):
            raise ValueError("checksum")
        previous = pointer.pop("previous")
        return tuple(Edition(**fields) for fields in (pointer, *previous))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedPointer(f"The list of editions of {folder.name} is damaged; import the study again.") from error


def write(folder: Path, editions: tuple[Edition, ...]) -> None:
    """Make the first of `editions` the current one, in one step; at most KEPT are named."""
    current, *previous = editions[:KEPT]
    pointer = {**asdict(current), "previous": [asdict(edition) for edition in previous]}
    text = json.dumps({**pointer, "check": _check(pointer)}, indent=1, ensure_ascii=False)
    replace(folder / NAME, text.encode())


def replace(path: Path, data: bytes) -> None:
    """Write a small file so that a reader, or a power cut, meets the old bytes or the new ones."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{UNFINISHED}")
    try:
        with open(unfinished, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
        flush(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(pointer: dict[str, Any]) -> str:
    canonical = json.dumps(pointer, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

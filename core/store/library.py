"""The studies of a store: which there are, which editions are kept, opening one, and importing another.

No file that a reader may hold open is ever written: an edition is a new file, the pointer is replaced, and readers
finish on the edition they began with.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.compute import Progress, quiet
from core.errors import CohortscopeError, Problem, Refused
from core.store import pointer, publish
from core.store.pointer import DamagedPointer, Edition, is_study_id
from core.store.saved import Saved
from core.store.schema import Draft
from core.store.store import Store

HOME = Path(__file__).resolve().parents[2] / "data" / "store"

_open_stores: dict[tuple[Path, str], Store] = {}
_opening = threading.Lock()


@dataclass(frozen=True)
class Entry:
    """One study as the list of studies shows it; `notice` is empty unless something is wrong with it."""

    id: str
    name: str
    n_patients: int
    fingerprint: str
    imported_at: str
    synthetic: bool
    notice: str = ""


class DamagedEdition(CohortscopeError):
    """The bytes of an edition are not those that were written."""


class Library:
    """The studies in `folder` (default: COHORTSCOPE_STORE, else `data/store` beside the program)."""

    def __init__(self, folder: Path | str | None = None):
        self.folder = Path(folder or os.environ.get("COHORTSCOPE_STORE") or HOME)
        self.saved = Saved(self.folder / "saved")

    def studies(self) -> list[Entry]:
        """Every study with its current edition, by id. A study whose pointer is damaged is listed with a notice."""
        folders = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        entries = []
        for folder in folders:
            try:
                kept = pointer.read(folder) if is_study_id(folder.name) else ()
            except DamagedPointer as error:
                entries.append(Entry(folder.name, folder.name, 0, "", "", False, str(error)))
                continue
            if kept:
                entries.append(_entry(folder.name, kept[0]))
        return entries

    def editions(self, study_id: str) -> tuple[Edition, ...]:
        """The kept editions of a study, the current one first, each with its `n_patients` and `fingerprint`."""
        kept = pointer.read(self.folder / study_id) if is_study_id(study_id) else ()
        if not kept:
            known = ", ".join(entry.id for entry in self.studies())
            remedy = f"Choose one of: {known}." if known else "Import a study first."
            raise Refused([Problem(f"There is no study {study_id[:64]!r}.", remedy=remedy)])
        return kept

    def open(self, study_id: str, fingerprint: str | None = None) -> Store:
        """The current edition, or the kept one whose fingerprint begins with `fingerprint` (at least 8 characters).

        The pointer is read at each call, the file's SHA-256 is checked when this process opens it first, and every
        caller in the process shares one `Store` per edition. When the current edition is damaged the one before it is
        opened and says so in `store.notice`. Raises `Refused` for an unknown study or an edition that is not kept,
        `DamagedEdition` when nothing sound is left.
        """
        kept = self.editions(study_id)
        if fingerprint is not None:
            return self._opened(study_id, _matching(study_id, kept, fingerprint), "")
        notice = ""
        for edition in kept:
            try:
                return self._opened(study_id, edition, notice)
            except DamagedEdition:
                notice = (
                    f"The current edition of {study_id} is damaged on the disk; this is an earlier one. "
                    "Import the study again."
                )
        raise DamagedEdition(f"Every kept edition of {study_id} is damaged on the disk; import the study again.")

    def publish(self, draft: Draft, progress: Progress = quiet) -> Entry:
        """Make the draft the current edition of its study; content that is there already is not written again.

        Raises `ImportRunning` when another import holds the store, `Refused` for a draft that breaks the rules,
        `StoreUnavailable` when the disk does not take it. Whatever is raised, the store is as it was.
        """
        with self.importing() as take:
            return take(draft, progress)

    @contextmanager
    def importing(self) -> Iterator[Callable[[Draft, Progress], Entry]]:
        """Hold the import lock from before the files are read; gives the function that publishes a draft."""
        with publish.importing(self.folder):
            yield lambda draft, progress=quiet: _entry(draft.study.id, publish.publish(self.folder, draft, progress))

    def _opened(self, study_id: str, edition: Edition, notice: str) -> Store:
        path = (self.folder / study_id / edition.file).resolve()
        with _opening:
            if (path, notice) not in _open_stores:
                if not edition.sound(path.parent):
                    raise DamagedEdition(
                        f"The edition {edition.edition} of {study_id} is damaged on the disk; import the study again."
                    )
                for key in [key for key in _open_stores if key[0].parent == path.parent and not key[0].exists()]:
                    del _open_stores[key]  # no longer kept; it closes when its last reader lets go
                _open_stores[path, notice] = Store(path, notice)
            return _open_stores[path, notice]


def _matching(study_id: str, kept: tuple[Edition, ...], fingerprint: str) -> Edition:
    for edition in kept:
        if len(fingerprint) >= 8 and edition.fingerprint.startswith(fingerprint):
            return edition
    problem = Problem(
        f"The edition {fingerprint[:16]!r} of {study_id} is not kept any more.",
        remedy="Open the link without `edition` to see the current one.",
    )
    raise Refused([problem])


def _entry(study_id: str, edition: Edition) -> Entry:
    return Entry(
        study_id, edition.name, edition.n_patients, edition.fingerprint, edition.imported_at, edition.synthetic
    )

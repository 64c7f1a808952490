"""Put a new edition beside the old ones and make it the current one, or leave everything as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from core.compute import Progress, quiet
from core.errors import CohortscopeError, Problem, Refused
from core.store import build, pointer
from core.store.canonical import canonical
from core.store.fingerprint import of_canonical
from core.store.lock import import_lock
from core.store.pointer import DamagedPointer, Edition, is_study_id
from core.store.schema import LAYOUT, Draft

MB = 1_000_000


class StoreUnavailable(CohortscopeError):
    """The store's folder cannot be written: full, read-only or not ours. Nothing that it holds was changed."""


@contextmanager
def importing(store: Path) -> Iterator[None]:
    """Hold the store for an import and clear away what killed imports left.

    Raises `ImportRunning` when another import holds it, `StoreUnavailable` when it cannot be written.
    """
    with ExitStack() as stack:
        try:
            store.mkdir(parents=True, exist_ok=True)
            stack.enter_context(import_lock(store))
            remove_leftovers(store)
        except OSError as error:
            raise StoreUnavailable(f"The store's folder cannot be written ({_reason(error)}). {ELSEWHERE}") from error
        yield


def publish(store: Path, draft: Draft, progress: Progress = quiet) -> Edition:
    """The draft as the current edition of its study; call it within `importing`.

    Content that is there already is not written again. The edition is complete on the disk before the pointer is
    replaced, so a reader, a kill or a power cut meets the old edition or the new one. Raises `Refused` for a draft
    that breaks the rules, `StoreUnavailable` when the disk does not take it.
    """
    if not is_study_id(draft.study.id):
        remedy = "Use small letters, digits, _ and - (64 at most), for example with --name."
        raise Refused([Problem(f"{draft.study.id[:80]!r} cannot be the id of a study.", "study", remedy)])
    progress(0.0, "Checking the tables")
    clean = canonical(draft)
    identity = of_canonical(clean)
    needed, folder = _size(clean), store / draft.study.id
    try:
        kept = _trusted(folder)
        same = next((e for e in kept if (e.fingerprint, e.layout) == (identity, LAYOUT) and e.sound(folder)), None)
        if same is None:
            if _free(store) < needed:
                raise StoreUnavailable(_refused_by_disk("The disk is full", needed, store))
            folder.mkdir(exist_ok=True)
            same = _written(clean, identity, folder, progress)
        if not kept or kept[0] != same:
            pointer.write(folder, (same, *(e for e in kept if e.edition != same.edition)))
    except (OSError, duckdb.Error) as error:
        what = f"The edition could not be written ({_reason(error)})"
        raise StoreUnavailable(_refused_by_disk(what, needed, store)) from error
    finally:
        remove_leftovers(store)
    return same


def remove_leftovers(store: Path) -> None:
    """Delete what no pointer names: unfinished files of killed imports, editions no longer kept. Needs the lock.

    A reader that still has such an edition open keeps it until it lets go.
    """
    for folder in store.iterdir():
        if not is_study_id(folder.name) or not folder.is_dir():
            continue
        try:
            named = {pointer.NAME, *(edition.file for edition in pointer.read(folder))}
        except DamagedPointer:
            continue  # its editions stay until the study is imported again
        for file in folder.iterdir():
            if file.name not in named and file.suffix in (".duckdb", ".wal", build.UNFINISHED):
                file.unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def _written(clean: Draft, identity: str, folder: Path, progress: Progress) -> Edition:
    edition = identity[:16]
    path = folder / f"{edition}.duckdb"
    build.write(clean, identity, path, progress)
    imported_at = datetime.now(UTC).isoformat(timespec="seconds")
    n, study = len(clean.patients), clean.study
    return Edition(edition, identity, pointer.sha256(path), imported_at, n, study.name, bool(study.synthetic), LAYOUT)


def _trusted(folder: Path) -> tuple[Edition, ...]:
    try:
        return pointer.read(folder)
    except DamagedPointer:
        return ()


def _size(clean: Draft) -> int:
    """Bytes an edition takes at most, roughly: measured 11 per number, a fixed part for the blocks of its tables."""
    wide = [*clean.values.values(), *clean.region_values.values(), clean.expression, clean.patients, clean.doses]
    covered = sum(len(genes) for genes in clean.panels.values())
    return 8 * MB + 12 * sum(frame.size for frame in wide) + 100 * (len(clean.mutations) + covered)


def _free(store: Path) -> int:
    return shutil.disk_usage(store).free


def _refused_by_disk(what: str, needed: int, store: Path) -> str:
    room = f"it needs about {-(-needed // MB)} MB and {_free(store) // MB} MB are free"
    return f"{what}: {room}. {ELSEWHERE} The store is as it was."


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return f"the database reported {type(error).__name__}"


ELSEWHERE = "Make room there, or set COHORTSCOPE_STORE to a folder that can be written."

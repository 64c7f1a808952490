"""Killed imports, damaged files, readers during imports: always the old edition or the new one, never a mixture."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from core.errors import CohortscopeError
from core.store.library import DamagedEdition, Library
from core.store.pointer import DamagedPointer
from tests.store.drafts import small_draft
from tests.store.reading import Everyone, draft_of

#: For every line read, starts a child that imports one edition after the other, and says its number; the program is
#: loaded once and no database is open when the child is forked.
IMPORTING = """
import os, signal, sys
from core.store.library import Library
from tests.store.drafts import small_draft
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
drafts = [small_draft(seed=seed, n=10 + seed) for seed in range(4)]
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        while True:
            for draft in drafts:
                Library(sys.argv[1]).publish(draft)
    print(child, flush=True)
"""
KILLS = 25


def numbers(store) -> tuple:
    """What tells the generations apart, from several tables."""
    return (
        store.catalogue.n_patients,
        len(store.patients(Everyone())),
        store._rows("SELECT count(*) FROM outcomes WHERE endpoint = 'os'")[0][0],
        store.fingerprint,
    )


def gone(process: int, seconds: float = 30.0) -> None:
    """Wait until a killed process has ended: while it waits for the disk it still holds its lock."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise AssertionError(f"the killed process {process} did not end within {seconds} s")


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_edition(tmp_path):
    expected = {}
    for seed in range(4):
        library = Library(tmp_path / f"one{seed}")
        library.publish(small_draft(seed=seed, n=10 + seed))
        found = numbers(library.open("small"))
        expected[found[-1]] = found
    folder, chance, leftovers = tmp_path / "store", random.Random(7), 0
    Library(folder).publish(small_draft())
    first = numbers(Library(folder).open("small"))
    expected[first[-1]] = first
    command = [sys.executable, "-c", IMPORTING, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as parent:
        for _ in range(KILLS):
            parent.stdin.write("go\n")
            child = int(parent.stdout.readline())
            time.sleep(chance.uniform(0.0, 0.4))
            os.kill(child, signal.SIGKILL)
            gone(child)
            start = time.monotonic()
            store = Library(folder).open("small")
            assert numbers(store) == expected[store.fingerprint]
            assert time.monotonic() - start < 2
            leftovers += any(path.suffix == ".building" for path in (folder / "small").iterdir())
        parent.stdin.close()
    assert leftovers > 0, "no kill met an unfinished file: the test has lost its point"
    Library(folder).publish(small_draft(seed=9))
    kept = {edition.file for edition in Library(folder).editions("small")}
    assert {path.name for path in (folder / "small").iterdir()} == {"current.json", *kept}


def test_imports_and_readers_do_not_disturb_one_another(tmp_path):
    library = Library(tmp_path)
    library.publish(small_draft(n=8))
    sizes, faults, done = set(), [], threading.Event()

    def read():
        while not done.is_set():
            try:
                store = Library(tmp_path).open("small")
                sizes.add((len(store.patients(Everyone())), store.catalogue.n_patients))
            except Exception as error:
                faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    [reader.start() for reader in readers]
    for n in range(9, 15):
        library.publish(small_draft(n=n))
    done.set()
    [reader.join() for reader in readers]
    assert faults == []
    assert all(one == two for one, two in sizes) and len(sizes) > 1


@pytest.fixture(scope="module")
def two_editions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("editions")
    library = Library(folder)
    old, new = library.publish(small_draft(n=10)), library.publish(small_draft(n=12))
    return folder, old, new


def copied(two_editions, tmp_path):
    folder, old, new = two_editions
    shutil.copytree(folder, tmp_path / "store")
    return tmp_path / "store", old, new


def damages(size: int) -> dict:
    chance = random.Random(3)
    places = [chance.randrange(size) for _ in range(8)]
    return {
        "empty": lambda data: b"",
        "half": lambda data: data[: size // 2],
        "a byte short": lambda data: data[:-1],
        "a byte more": lambda data: data + b"\0",
        "another file": lambda data: b"not a database",
        "a zeroed block": lambda data: data[:8192] + bytes(4096) + data[12288:],
        **{
            f"bit {place} flipped": lambda data, at=place: data[:at] + bytes([data[at] ^ 16]) + data[at + 1 :]
            for place in places
        },
    }


def test_a_damaged_edition_is_never_read_and_the_one_before_is(two_editions, tmp_path):
    size = (two_editions[0] / "small" / f"{two_editions[2].fingerprint[:16]}.duckdb").stat().st_size
    for number, (name, damage) in enumerate(damages(size).items()):
        folder, old, new = copied(two_editions, tmp_path / str(number))
        path = folder / "small" / f"{new.fingerprint[:16]}.duckdb"
        path.write_bytes(damage(path.read_bytes()))
        store = Library(folder).open("small")
        assert store.fingerprint == old.fingerprint and "damaged" in store.notice, name
        assert draft_of(store).patients.shape[0] == 10
        with pytest.raises(DamagedEdition):
            Library(folder).open("small", new.fingerprint)


def test_a_missing_edition_falls_back_too_and_import_mends_it(two_editions, tmp_path):
    folder, old, new = copied(two_editions, tmp_path)
    (folder / "small" / f"{new.fingerprint[:16]}.duckdb").unlink()
    assert Library(folder).open("small").fingerprint == old.fingerprint
    assert Library(folder).publish(small_draft(n=12)).fingerprint == new.fingerprint
    store = Library(folder).open("small")
    assert store.fingerprint == new.fingerprint and store.notice == ""


def test_nothing_sound_left_is_said_so(two_editions, tmp_path):
    folder, _, _ = copied(two_editions, tmp_path)
    for path in (folder / "small").glob("*.duckdb"):
        path.write_bytes(b"")
    with pytest.raises(CohortscopeError, match="import the study again"):
        Library(folder).open("small")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:100],
        lambda text: "[]",
        lambda text: text.replace('"n_patients": 12', '"n_patients": 13'),
        lambda text: text.replace("small", "smell").replace("Small", "Smell"),
        lambda text: json.dumps({**json.loads(text), "edition": "../../etc/passwd"}),
        lambda text: "[" * 100_000,
    ],
)
def test_a_damaged_pointer_is_not_believed_and_import_mends_it(two_editions, tmp_path, damage):
    folder, _, new = copied(two_editions, tmp_path)
    path = folder / "small" / "current.json"
    path.write_text(damage(path.read_text()))
    with pytest.raises(DamagedPointer):
        Library(folder).open("small")
    assert [entry.notice != "" for entry in Library(folder).studies()] == [True]
    Library(folder).publish(small_draft(n=12))
    assert Library(folder).open("small").fingerprint == new.fingerprint


def test_an_edition_of_a_newer_program_is_refused_and_an_import_replaces_it(tmp_path, monkeypatch):
    with monkeypatch.context() as newer:
        newer.setattr("core.store.build.LAYOUT", 99)
        newer.setattr("core.store.publish.LAYOUT", 99)
        Library(tmp_path).publish(small_draft(n=8))
    with pytest.raises(CohortscopeError, match="newer Cohortscope"):
        Library(tmp_path).open("small")
    Library(tmp_path).publish(small_draft(n=8))
    assert Library(tmp_path).open("small").catalogue.n_patients == 8

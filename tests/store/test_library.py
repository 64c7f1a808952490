"""Studies, editions, the one Store per edition, publishing, the import lock, and saved records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.errors import CohortscopeError, Refused
from core.store import publish as publishing
from core.store.library import Library
from core.store.lock import ImportRunning
from core.store.publish import StoreUnavailable
from core.store.saved import Saved
from tests.store.drafts import small_draft


def tree(folder: Path) -> dict[str, bytes]:
    """Every file's bytes but the lock's, which tells when the last import began."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "import.lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_an_empty_or_absent_store_has_no_studies(tmp_path):
    assert Library(tmp_path).studies() == Library(tmp_path / "absent").studies() == []
    with pytest.raises(Refused, match="Import a study first"):
        Library(tmp_path).open("small")


def test_the_folder_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("COHORTSCOPE_STORE", str(tmp_path / "here"))
    assert Library().folder == tmp_path / "here"
    monkeypatch.delenv("COHORTSCOPE_STORE")
    assert Library().folder.parts[-2:] == ("data", "store")


def test_publish_and_open(tmp_path):
    library = Library(tmp_path)
    entry = library.publish(small_draft())
    assert library.studies() == [entry]
    assert (entry.id, entry.name, entry.n_patients, entry.synthetic) == ("small", "Small study", 40, True)
    store = library.open("small")
    assert store.fingerprint == entry.fingerprint and store.notice == ""
    assert library.open("small") is store is Library(tmp_path).open("small", entry.fingerprint[:16])


def test_identical_content_is_not_written_again(tmp_path):
    library = Library(tmp_path)
    entry = library.publish(small_draft())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.name != "import.lock"}
    assert library.publish(small_draft()) == entry
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_the_last_three_editions_are_kept(tmp_path):
    library = Library(tmp_path)
    entries = [library.publish(small_draft(seed=seed, n=20 + seed)) for seed in range(5)]
    kept = library.editions("small")
    assert [edition.fingerprint for edition in kept] == [entry.fingerprint for entry in entries[:1:-1]]
    assert [edition.n_patients for edition in kept] == [24, 23, 22]
    assert len(list((tmp_path / "small").glob("*.duckdb"))) == 3
    assert library.open("small", entries[3].fingerprint).catalogue.n_patients == 23
    assert library.open("small").catalogue.n_patients == 24
    with pytest.raises(Refused, match="not kept any more"):
        library.open("small", entries[0].fingerprint)
    with pytest.raises(Refused):
        library.open("small", entries[4].fingerprint[:4])


def test_an_earlier_edition_becomes_current_again_without_being_rewritten(tmp_path):
    library = Library(tmp_path)
    first, second = library.publish(small_draft()), library.publish(small_draft(seed=1))
    files = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "small").glob("*.duckdb")}
    assert library.publish(small_draft()) == first
    assert [edition.fingerprint for edition in library.editions("small")] == [first.fingerprint, second.fingerprint]
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "small").glob("*.duckdb")} == files


def test_a_reader_finishes_on_its_edition(tmp_path):
    library = Library(tmp_path)
    old = library.publish(small_draft())
    store = library.open("small")
    for seed in range(1, 5):  # the old edition is not kept after these
        library.publish(small_draft(seed=seed))
    assert not (tmp_path / "small" / f"{old.fingerprint[:16]}.duckdb").exists()
    assert store._rows("SELECT fingerprint FROM study")[0][0] == old.fingerprint
    assert library.open("small").fingerprint != old.fingerprint


@pytest.mark.parametrize("study_id", ["../small", "Small", "", "a b", "saved", "x" * 65, "s/t", ".", "small\n"])
def test_ids_that_could_be_paths_are_refused(tmp_path, study_id):
    library = Library(tmp_path)
    with pytest.raises(Refused):
        library.open(study_id)
    draft = small_draft(n=8)
    draft.study = type(draft.study)(study_id, "name")
    with pytest.raises(Refused):
        library.publish(draft)
    assert [path.name for path in tmp_path.iterdir()] == ["import.lock"]


def test_a_refused_draft_leaves_the_store_as_it_was(tmp_path):
    library = Library(tmp_path)
    library.publish(small_draft())
    before = tree(tmp_path)
    bad = small_draft(seed=1)
    bad.outcomes = bad.outcomes.assign(time=-1.0)
    with pytest.raises(Refused):
        library.publish(bad)
    assert tree(tmp_path) == before


def test_a_study_published_by_two_threads_at_once(tmp_path):
    outcomes = []

    def work():
        try:
            outcomes.append(Library(tmp_path).publish(small_draft()).fingerprint)
        except ImportRunning:
            outcomes.append("running")

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    fingerprint = Library(tmp_path).open("small").fingerprint
    assert set(outcomes) <= {"running", fingerprint} and fingerprint in outcomes


HOLD = """
import sys, time
from core.store.library import Library
with Library(sys.argv[1]).importing():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_importer_is_told_who_holds_the_store_and_a_dead_one_is_taken_over(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline().strip() == "held"
        start = time.monotonic()
        with pytest.raises(ImportRunning) as running:
            Library(tmp_path).publish(small_draft(n=8))
        assert time.monotonic() - start < 2
        assert running.value.pid == holder.pid and str(holder.pid) in str(running.value)
        assert running.value.started[:4].isdigit()
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert json.loads((tmp_path / "import.lock").read_text())["pid"] == holder.pid
    assert Library(tmp_path).publish(small_draft(n=8)).n_patients == 8


def test_leftovers_of_a_killed_import_are_removed(tmp_path):
    library = Library(tmp_path)
    entry = library.publish(small_draft(n=8))
    folder = tmp_path / "small"
    for name in ("0123456789abcdef.99.building", "0123456789abcdef.99.building.wal", "0123456789abcdef.duckdb"):
        (folder / name).write_bytes(b"half")
    (folder / "study.toml").write_text("")
    (tmp_path / "never").mkdir()
    (tmp_path / "never" / "x.1.building").write_bytes(b"half")
    library.publish(small_draft(n=8))
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{entry.fingerprint[:16]}.duckdb", "current.json", "study.toml"}
    assert not (tmp_path / "never").exists()


def test_a_full_disk_is_foreseen(tmp_path, monkeypatch):
    library = Library(tmp_path)
    library.publish(small_draft())
    before = tree(tmp_path)
    monkeypatch.setattr(publishing, "_free", lambda store: 3_000_000)
    with pytest.raises(StoreUnavailable, match=r"needs about 9 MB and 3 MB are free"):
        library.publish(small_draft(seed=1))
    assert tree(tmp_path) == before


FULL = """
import resource, sys
from core.store.library import Library
from core.store.publish import StoreUnavailable
from tests.store.drafts import small_draft
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    Library(sys.argv[1]).publish(small_draft(seed=1))
except StoreUnavailable as error:
    print(error)
    sys.exit(5)
"""


def test_a_disk_that_fills_while_writing_leaves_the_old_store(tmp_path):
    library = Library(tmp_path)
    library.publish(small_draft())
    before = tree(tmp_path)
    told = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=False)
    assert told.returncode == 5, told.stderr
    assert "needs about 9 MB" in told.stdout and "free" in told.stdout and "as it was" in told.stdout
    assert tree(tmp_path) == before


def test_a_folder_that_cannot_be_a_store(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="COHORTSCOPE_STORE"):
        Library(tmp_path / "file").publish(small_draft(n=8))


def test_the_order_is_file_rename_folder_pointer(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(
        os, "fsync", lambda fd: (calls.append(("fsync", os.readlink(f"/proc/self/fd/{fd}"))), fsync(fd))
    )
    monkeypatch.setattr(os, "replace", lambda a, b: (calls.append(("replace", str(b))), replace(a, b)))
    Library(tmp_path).publish(small_draft(n=8))
    steps = [(what, Path(path).suffix) for what, path in calls]
    one_file = [("fsync", ".building"), ("replace", ".duckdb"), ("fsync", "")]
    assert steps == [*one_file, ("fsync", ".building"), ("replace", ".json"), ("fsync", "")]


def test_saved_records(tmp_path):
    saved = Saved(tmp_path)
    record = {"name": "my group 🧬", "patients": ["007", "7"], "n": 2}
    record_id = saved.put("group", record)
    assert saved.put("group", dict(reversed(record.items()))) == record_id
    assert saved.get("group", record_id) == record
    assert saved.get("view", record_id) is None
    assert saved.get("group", "0" * 16) is None
    assert [path.name for path in (tmp_path / "group").iterdir()] == [f"{record_id}.json"]


@pytest.mark.parametrize("record_id", ["../../etc/passwd", "", "0" * 15, "G" * 16, "0" * 16 + "\n", "０" * 16])
def test_no_path_comes_from_a_record_id(tmp_path, record_id):
    assert Saved(tmp_path).get("group", record_id) is None
    with pytest.raises(Refused):
        Saved(tmp_path).put("../group", {})


@pytest.mark.parametrize("record", [{"x": "a" * 1_000_001}, {"x": float("nan")}, {"x": object()}, {"x": "\ud800"}])
def test_records_that_cannot_be_kept(tmp_path, record):
    with pytest.raises(Refused):
        Saved(tmp_path).put("group", record)
    assert list(tmp_path.rglob("*.json")) == []


def test_a_record_nested_without_end_is_refused(tmp_path):
    record: dict = {}
    record["x"] = record
    with pytest.raises(Refused):
        Saved(tmp_path).put("group", record)


def test_a_damaged_record_is_never_given(tmp_path):
    saved = Saved(tmp_path)
    record_id = saved.put("group", {"patients": ["P1"]})
    path = tmp_path / "group" / f"{record_id}.json"
    path.write_text(path.read_text().replace("P1", "P2"))
    with pytest.raises(CohortscopeError, match="damaged"):
        saved.get("group", record_id)
    saved.put("group", {"patients": ["P1"]})
    assert saved.get("group", record_id) == {"patients": ["P1"]}

"""Rows, exit codes and names of `python -m benchmarks`, with claims about nothing; no test depends on a clock."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import discovered, main
from benchmarks.claim import faster, in_turns, unmeasured, within

ROOT = Path(__file__).resolve().parents[2]
TOY = """
from benchmarks.claim import Absent, faster, within

def lost(claim):
    raise Absent("the study is not here")

def broken(claim):
    raise ValueError("the work\\nfell over")

CLAIMS = {claims}
"""


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """A package of claims: a file each for one that holds, one that does not, one absent, one broken."""
    folder = tmp_path / "toyclaims"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "helper.py").write_text("LIMIT = 1\n")
    for name, claims in {
        "good": '{"a task": lambda claim: within(claim, 2.5, 10, "s")}',
        "poor": '{"a race": lambda claim: faster(claim, 6.0, 3.0, 5, "two restarts each")}',
        "far": '{"a real study": lost}',
        "bad": '{"a wreck": broken, "the next": lambda claim: within(claim, 1, 2, "MB")}',
    }.items():
        (folder / f"{name}.py").write_text(TOY.replace("{claims}", claims))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "toyclaims"
    for module in [module for module in sys.modules if module.partition(".")[0] == "toyclaims"]:
        del sys.modules[module]


def test_a_row_reads_as_the_columns_say(toys, capsys):
    assert main(["good"], toys) == 0
    assert capsys.readouterr().out.splitlines() == [
        "claim | baseline | candidate | ratio | goal | holds",
        "a task | 10 s | 2.5 s | 4x | under 10 s | yes",
    ]


def test_a_goal_that_does_not_hold_is_exit_1(toys, capsys):
    assert main(["good", "poor"], toys) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == ["a race | 6 s | 3 s | 2x | at least 5x | NO", "    two restarts each"]


def test_what_is_absent_is_neither_a_pass_nor_a_failure(toys, capsys):
    assert main(["far"], toys) == 0
    out = capsys.readouterr().out
    assert "a real study | - | - | - | - | not measured\n    the study is not here" in out
    assert "1 of 1 claims could not be measured here." in out


def test_a_claim_that_breaks_down_does_not_hold_and_the_rest_is_measured(toys, capsys):
    assert main(["bad"], toys) == 1
    out = capsys.readouterr().out
    assert "a wreck | - | - | - | - | NO\n    it failed: ValueError: the work fell over" in out
    assert "the next | 2 MB | 1 MB | 2x | under 2 MB | yes" in out


def test_an_unknown_name_is_answered_in_a_sentence(toys, capsys):
    assert main(["good", "fast"], toys) == 2
    told = capsys.readouterr()
    assert told.err == "There is no benchmark fast; there are bad, far, good, poor.\n"
    assert told.out == ""


def test_rows_as_json(toys, tmp_path, capsys):
    file = tmp_path / "rows.json"
    assert main(["--json", str(file), "poor", "far"], toys) == 1
    poor, far = json.loads(file.read_text())
    assert poor == {
        "claim": "a race",
        "baseline": "6 s",
        "candidate": "3 s",
        "ratio": 2.0,
        "goal": "at least 5x",
        "holds": False,
        "note": "two restarts each",
    }
    assert far["holds"] is None and far["ratio"] is None
    assert main(["--json", str(tmp_path / "none" / "rows.json")], toys) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_limit_itself_is_not_under_the_limit():
    assert within("x", 5, 5, "s").holds is False
    assert within("x", 4.9, 5, "s").holds is True
    assert faster("x", 10, 2, 5).holds is True
    assert unmeasured("x", "why").holds is None


def test_two_ways_are_measured_in_turns():
    order = []
    first, second = in_turns(lambda: order.append("baseline"), lambda: order.append("candidate"), rounds=3)
    assert order == ["baseline", "candidate"] * 3
    assert first >= 0 and second >= 0


def test_every_file_of_the_folder_makes_a_claim():
    helpers = {"claim", "studies", "process", "browsing"}
    files = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if not path.stem.startswith("_")} - helpers
    found = discovered("benchmarks")
    assert set(found) == files
    assert len({claim for claims in found.values() for claim in claims}) == sum(map(len, found.values()))


def test_the_command_itself():
    command = [sys.executable, "-m", "benchmarks", "no_such_claim"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 2
    assert answer.stderr.startswith("There is no benchmark no_such_claim; there are ")
    assert len(answer.stderr.splitlines()) == 1, answer.stderr

"""docs/agreement.md: each test that it names is there, and each difference that it states is as large as it says."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest

from core.stats.association import categorical_association
from core.survival.curves import kaplan_meier
from tests.survival.cohorts import lung, outcome

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "agreement.md").read_text()
THEIRS = json.loads((ROOT / "tests" / "reference" / "differences" / "differences.json").read_text())


def row(start: str) -> str:
    return next(line for line in DOCUMENT.splitlines() if line.startswith(f"| {start}"))


def test_every_test_that_is_named_exists():
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", DOCUMENT)
    assert len(named) >= 25
    for file, function in named:
        tree = ast.parse((ROOT / file).read_text())
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file}::{function}"


def test_bands():
    theirs = {
        side: [np.nan if value in (None, "NA") else value for value in THEIRS["bands"][side]]
        for side in ("lower", "upper")
    }
    steps = kaplan_meier(outcome(lung())).curves[0].steps.iloc[1:]
    assert THEIRS["bands"]["conf_type"] == "log"
    np.testing.assert_allclose(steps["time"], THEIRS["bands"]["time"])
    apart = [np.nanmax(np.abs(steps[side].to_numpy() - np.array(theirs[side], dtype=float))) for side in theirs]
    assert "{:.3f} in the lower band, {:.3f} in the upper".format(*apart) in row("Bands")


def spread_out(counts: list[list[int]]) -> tuple[list[str], list[str]]:
    """A patient per count: row and column."""
    pairs = [(str(i), str(j)) for i, line in enumerate(counts) for j, n in enumerate(line) for _ in range(n)]
    return [i for i, _ in pairs], [j for _, j in pairs]


def test_two_by_two():
    theirs = THEIRS["yates"]
    p = categorical_association(*spread_out(theirs["counts"])).p
    assert p == pytest.approx(theirs["fisher"], rel=1e-10)
    assert f"p {p:.2g} against {theirs['chisq_default']:.2g} " in row("Tables of 2 x 2")


def test_small_counts():
    theirs = THEIRS["small"]
    p = categorical_association(*spread_out(theirs["counts"])).p
    assert f"p {p:.2g} against {theirs['fisher']:.2g} (" in row("Larger tables")
    assert f"and {theirs['asymptotic']:.2g} (asymptotic)" in row("Larger tables")

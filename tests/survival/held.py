"""Which test holds what: a test is named by its id, and is there."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def is_there(test: str) -> bool:
    """Whether `tests/x/test_y.py::test_z` exists, without running or importing it."""
    file, _, function = test.partition("::")
    return (ROOT / file).is_file() and function.startswith("test_") and function in _functions(file)

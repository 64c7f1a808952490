"""The arrows of the architecture and the rules of the house, so that breaking one fails the suite."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.analyses import registry

ROOT = Path(__file__).resolve().parents[1]
CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py")) + [path for path in (ROOT / "app.py",) if path.exists()]
#: What a page or a command must not wait for until it is used: together these take seconds to import.
HEAVY = ("lifelines", "ot", "sklearn", "scipy.stats", "numba", "pingouin", "plotly.express", "statsmodels", "tableone")
HEAVY += ("networkx", "kaleido", "matplotlib", "streamlit", "dask", "distributed", "sksurv", "gseapy", "torch")
LONGEST_PAGE = 60


def linted(folder: Path) -> subprocess.CompletedProcess:
    """The import contracts of pyproject.toml, held against the code in a folder."""
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    answer = subprocess.run([sys.executable, "-c", command], cwd=folder, capture_output=True, text=True, timeout=120)
    # Long names of contracts are broken over lines.
    return subprocess.CompletedProcess(answer.args, answer.returncode, " ".join(answer.stdout.split()), answer.stderr)


def test_the_import_contracts_hold():
    answer = linted(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_import_contracts_notice_what_breaks_them(tmp_path):
    for package in ("core", "data", "pages"):
        ignore = shutil.ignore_patterns("__pycache__", "store" if package == "data" else "")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, line in (
        ("core/stats/multiplicity.py", "from core.store import schema"),
        ("core/store/store.py", "import core.view"),
        ("core/cohort/terms.py", "import core.store.library"),
        ("core/plots/theme.py", "import duckdb"),
        ("core/analyses/flow.py", "import core.plots.theme"),
        ("core/errors.py", "import core.stats"),
        ("data/demo.py", "import streamlit"),
    ):
        path = tmp_path / file
        path.write_text(path.read_text().replace("from __future__ import annotations", line, 1))
    contracts = (ROOT / "pyproject.toml").read_text().count("[[tool.importlinter.contracts]]")
    answer = linted(tmp_path)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert f"0 kept, {contracts} broken" in answer.stdout, answer.stdout


def test_what_is_heavy_is_imported_where_it_is_used():
    command = (
        "import sys, core.run; from core.analyses import registry; registry.analyses(); print(*sorted(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert answer.returncode == 0, answer.stderr
    assert set(answer.stdout.split()).isdisjoint(HEAVY), sorted(set(answer.stdout.split()) & set(HEAVY))


def test_an_import_needs_no_analysis():
    command = "import sys, core.__main__, core.store.sources; print(*sorted(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert answer.returncode == 0, answer.stderr
    loaded = answer.stdout.split()
    assert set(loaded).isdisjoint((*HEAVY, "plotly"))
    assert not [name for name in loaded if name.startswith(("core.analyses", "core.plots"))]


# ------------------------------------------------------------------------------------------------ in the source


def places(found: dict[Path, list[ast.AST]]) -> str:
    return "\n".join(f"{path.relative_to(ROOT)}:{node.lineno}" for path, nodes in found.items() for node in nodes)


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {(node.module or "").partition(".")[0]} if isinstance(node, ast.ImportFrom) and not node.level else set()


def is_forbidden(node: ast.AST) -> bool:
    """Pickles run code, raw HTML runs scripts, `cache_data` hashes large arrays by sample, `eval` is all three."""
    called = node.func if isinstance(node, ast.Call) else None
    return (
        bool(imported(node) & {"pickle", "dill", "joblib", "shelve", "marshal"})
        or (isinstance(node, ast.keyword) and node.arg in ("unsafe_allow_html", "allow_pickle"))
        or (isinstance(node, ast.Attribute) and node.attr in ("cache_data", "read_pickle"))
        or (isinstance(node, ast.ImportFrom) and bool({"cache_data", "read_pickle"} & {a.name for a in node.names}))
        or (isinstance(called, ast.Name) and called.id in ("eval", "exec"))
        or (isinstance(node, ast.ExceptHandler) and node.type is None)
    )


SQL = re.compile(r"\b(SELECT\b.*\bFROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET|(CREATE|DROP) TABLE|ORDER BY)\b", re.S)


def is_built_sql(node: ast.AST) -> bool:
    """An f-string whose own words are SQL."""
    if not isinstance(node, ast.JoinedStr):
        return False
    return bool(SQL.search("".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))))


def search(paths: list[Path], rule) -> dict[Path, list[ast.AST]]:
    return {path: [node for node in ast.walk(ast.parse(path.read_text())) if rule(node)] for path in paths}


def test_nothing_dangerous_is_used():
    assert not places(search(CORE + PAGES, is_forbidden))


def test_sql_is_built_by_the_store_and_the_cohort_only():
    may = [path for folder in ("cohort", "store") for path in (ROOT / "core" / folder).rglob("*.py")]
    assert not places(search([path for path in CORE + PAGES if path not in may], is_built_sql))


def test_the_rules_notice_what_breaks_them():
    broken = [
        "import pickle",
        "from joblib import load",
        "st.markdown(text, unsafe_allow_html=True)",
        "@st.cache_data\ndef slow(): pass",
        "from streamlit import cache_data",
        "np.load(file, allow_pickle=True)",
        "eval(text)",
        "try:\n    work()\nexcept:\n    pass",
    ]
    for text in broken:
        assert any(is_forbidden(node) for node in ast.walk(ast.parse(text))), text
    for text in ('f"SELECT * FROM patients WHERE {where}"', 'f"{head} ORDER BY {name}"'):
        assert any(is_built_sql(node) for node in ast.walk(ast.parse(text))), text


def test_every_module_and_public_function_says_what_it_does():
    silent: dict[Path, list[ast.AST]] = {}
    for path in CORE:
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), f"{path.relative_to(ROOT)} has no docstring"
        functions = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        silent[path] = [node for node in functions if not node.name.startswith("_") and not ast.get_docstring(node)]
    assert not places(silent)


def test_pages_are_short():
    lengths = {path.name: len(path.read_text().splitlines()) for path in PAGES if path.parent.name != "ui"}
    long = {name: length for name, length in lengths.items() if length > LONGEST_PAGE}
    assert not long, "what is not opening, asking or drawing goes to core or pages/ui"


# ------------------------------------------------------------------------------------------------ the registry


@pytest.mark.parametrize("name", list(registry.analyses()))
def test_an_analysis_declares_itself_in_words(name):
    kind = registry.analyses()[name]
    assert re.fullmatch(r"[a-z][a-z_]{0,40}", name), "the name is the prefix of its parameters in links"
    assert kind.title and kind.question.endswith("?"), kind
    assert len(kind.method) > 40 and kind.method.rstrip().endswith("."), f"{name}: say what is done, for the methods"
    for parameter, declared in kind.parameters().items():
        assert re.fullmatch(r"[a-z][a-z_0-9]{0,40}", parameter)
        assert declared.label and declared.help.endswith((".", "?")), f"{name}.{parameter} has no help"
    assert all(
        "doi:" in source or "arXiv:" in source or "http" in source or "JMLR" in source for source in kind.sources
    )


def test_names_of_analyses_are_not_taken_twice():
    kinds = registry._descendants(registry.Analysis)
    assert len(kinds) == len({kind.name for kind in kinds})

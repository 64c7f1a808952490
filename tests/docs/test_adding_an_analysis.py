"""The worked example of docs/adding-an-analysis.md: put where it says, found, run, drawn and shown on its page."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.store.library import Library
from tests.store.drafts import small_draft

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "adding-an-analysis.md"
BLOCK = re.compile(r"^### \d\. .*?: `(?P<path>[^`]+)`$.*?^```python\n(?P<code>.*?)^```$", re.M | re.S)
#: The folders of the example stand in for the program's own, in a process of its own: the registry keeps what it finds.
WALK = """
import json, sys, warnings
warnings.simplefilter("error")
from pathlib import Path
import core.analyses, core.plots
example = Path(sys.argv[1])
core.analyses.__path__.append(str(example / "core" / "analyses"))
core.plots.__path__.append(str(example / "core" / "plots"))

from core.plots import drawings
from core.run import answer
from core.store.library import Library

found = answer("Groups?study=small&where=age > 40&feature_groups.group=sex", Library())
drawn = [drawing for result in found.results.values() for drawing in drawings(result)]

warnings.simplefilter("default")
from streamlit.testing.v1 import AppTest
from pages.ui import frame
frame.PAGES["Groups"] = ("pages/2_Groups.py", ":material/bar_chart:")
page = AppTest.from_file(str(example / "app.py"), default_timeout=60).switch_page("pages/2_Groups.py")
page.query_params.update({"v": "1", "study": "small", "feature_groups.group": "sex"})
page.run()
print(json.dumps({
    "answer": found.plain,
    "drawn": [[each.name, each.caption, each.alt, len(each.data), len(each.figure.data)] for each in drawn],
    "boxes": {box.label: box.value for box in page.selectbox},
    "said": [each.message for each in page.exception] + [each.value for each in (*page.error, *page.info)],
    "charts": len(page.get("plotly_chart")),
}))
"""


@pytest.fixture(scope="module")
def blocks() -> dict[str, str]:
    return {found["path"]: found["code"] for found in BLOCK.finditer(DOCUMENT.read_text())}


@pytest.fixture(scope="module")
def shown(blocks, tmp_path_factory) -> dict:
    example, store = tmp_path_factory.mktemp("example"), tmp_path_factory.mktemp("store")
    Library(store).publish(small_draft())
    shutil.copy(ROOT / "app.py", example)
    shutil.copytree(ROOT / "pages", example / "pages", ignore=shutil.ignore_patterns("ui", "__pycache__"))
    for path, code in blocks.items():
        (example / path).parent.mkdir(parents=True, exist_ok=True)
        (example / path).write_text(code)
    environment = os.environ | {"COHORTSCOPE_STORE": str(store), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WALK, str(example)]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_the_document_has_the_three_files(blocks):
    assert list(blocks) == ["core/analyses/feature_groups.py", "core/plots/feature_groups.py", "pages/2_Groups.py"]


def test_the_new_analysis_answers_its_link_by_the_names_of_its_fields(shown, store):
    answer = shown["answer"]
    assert answer["page"] == "Groups" and "feature_groups.group=sex" in answer["link"]
    result = answer["results"]["feature_groups"]
    assert result["parameters"] == {"features": "ct", "feature": "original_shape_MeshVolume", "group": "sex"}
    # Of the 40 patients 30 were measured; the cohort leaves out those whose age is not recorded.
    assert result["n_cohort"] == answer["n"] < store.catalogue.n_patients
    assert result["n"] == len(result["values"]) == sum(row["n"] for row in result["association"]["table"])
    assert result["unit"] == "mm3" and 0 < result["association"]["p"] <= 1


def test_its_result_is_drawn_with_its_denominators(shown):
    ((name, caption, alt, rows, boxes),) = shown["drawn"]
    result = shown["answer"]["results"]["feature_groups"]
    assert name == "feature_by_group" and rows == result["n"] and boxes == 2
    assert caption.startswith(f"n = {result['n']} of {result['n_cohort']}; Mann-Whitney")
    assert "female median" in alt


def test_its_page_has_a_widget_per_parameter_and_the_figure(shown):
    assert shown["said"] == []
    assert shown["boxes"]["Groups"] == "sex" and shown["boxes"]["Feature"] == "original_shape_MeshVolume"
    assert shown["charts"] == 1


def test_the_example_keeps_the_style(blocks):
    for path, code in blocks.items():
        for check in (["check"], ["format", "--check"]):
            command = [sys.executable, "-m", "ruff", *check, "--stdin-filename", path, "-"]
            answer = subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, timeout=60)
            assert answer.returncode == 0, f"{path}: {answer.stdout}{answer.stderr}"

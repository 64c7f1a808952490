"""`python -m core import` and `studies`: exit codes, what is printed, what is not, and the page of findings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.__main__ import main
from core.store.library import Library
from core.store.report_html import report_html
from core.store.report_text import findings_text
from core.store.schema import Finding
from core.store.summary import summarise
from tests.store.drafts import small_draft
from tests.store.sources.importing import write

CLEAN = {
    "patients.csv": "patient_id,sex,os_days,os_event\nzq-0001,female,410,1\nzq-0002,male,820,0\nzq-0003,female,90,1\n",
    "features.csv": "patient_id,alpha,beta\nzq-0001,1.5,7\nzq-0002,2.5,8\nzq-0003,3.5,6\n",
}
BAD = CLEAN | {"features.csv": CLEAN["features.csv"].replace("2.5", "secret-cell")}
#: Exit codes, as README and --help state them.
IMPORTED, REFUSED, COULD_NOT_RUN, WITH_WARNINGS, LOCKED, ENVIRONMENT = 0, 1, 2, 3, 4, 5


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    monkeypatch.setenv("COHORTSCOPE_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def study(tmp_path):
    return write(tmp_path / "My Study (2)", CLEAN)


def test_a_clean_study_is_imported(study, own_store, capsys):
    assert main(["import", str(study)]) == IMPORTED
    told = capsys.readouterr().out
    assert "3 patients" in told.lower() or re.search(r"Patients +3", told)
    assert re.search(r"Endpoint: os +3 patients, 2 events, time in days", told)
    assert re.search(r"Features: \w+ +2 features of 3 patients", told)
    assert "Patients in both" in told and "zq-" not in told
    assert Library(own_store).open("my_study_2").catalogue.n_patients == 3
    assert main(["studies"]) == IMPORTED
    listed = capsys.readouterr().out
    assert listed.startswith("my_study_2 ") and "3 patients" in listed


def test_warnings_have_their_own_code(study, capsys):
    (study / "patients.csv").write_text(CLEAN["patients.csv"].replace(",410,", ",0,"))
    assert main(["import", str(study), "--name", "toy"]) == WITH_WARNINGS
    told = capsys.readouterr().out
    assert re.search(r"^1 warning$", told, re.M) and "W203 patients.csv [os_days]" in told and "(row 2)" in told
    assert Library().studies()[0].id == "toy"


def test_a_refused_study_leaves_the_store_as_it_was(study, own_store, capsys):
    main(["import", str(study), "--name", "toy"])
    before = {path: path.read_bytes() for path in own_store.rglob("*.[dj]*")}
    capsys.readouterr()
    write(study, BAD)
    assert main(["import", str(study), "--name", "toy"]) == REFUSED
    told = capsys.readouterr()
    assert "E105 features.csv [alpha]" in told.out and "(row 3)" in told.out and "Refused" in told.out
    assert "secret-cell" not in told.out + told.err and "zq-" not in told.out + told.err
    assert {path: path.read_bytes() for path in before} == before


def test_show_values_shows_the_cells(study, capsys):
    write(study, BAD)
    assert main(["import", str(study), "--show-values"]) == REFUSED
    assert "row 3: secret-cell" in capsys.readouterr().out


def test_a_trial_changes_nothing(study, own_store, capsys):
    assert main(["import", str(study), "--dry-run"]) == IMPORTED
    assert "trial" in capsys.readouterr().out
    assert not own_store.exists() and not (study / "study.toml").exists()


def test_study_toml_is_written_once_and_then_rules(study, capsys):
    main(["import", str(study), "--name", "toy"])
    path = study / "study.toml"
    first = Library().open("toy").fingerprint
    assert "[attributes.sex]" in path.read_text()
    main(["import", str(study), "--name", "toy"])
    assert Library().open("toy").fingerprint == first
    path.write_text(path.read_text().replace('label = "Sex"', 'label = "Gender"'))
    main(["import", str(study), "--name", "toy"])
    assert Library().open("toy").catalogue.attributes["sex"].label == "Gender"
    assert 'label = "Gender"' in path.read_text()


def test_a_read_only_folder_is_not_written_to(study, own_store, capsys):
    study.chmod(0o555)
    try:
        assert main(["import", str(study), "--name", "toy"]) == IMPORTED
        assert not (study / "study.toml").exists() and (own_store / "toy" / "study.toml").exists()
    finally:
        study.chmod(0o755)


@pytest.mark.parametrize(
    "argv",
    [
        ["import", "no/such/folder"],
        ["import", ".", "--name", "Not An Id"],
        ["import", ".", "--report", "no/such/folder/x.html"],
    ],
)
def test_what_could_not_run(argv, capsys):
    assert main(argv) == COULD_NOT_RUN
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("argv", [[], ["import"], ["nonsense"], ["import", ".", "--nonsense"]])
def test_wrong_use(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == COULD_NOT_RUN


def test_a_folder_without_tables_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["import", str(tmp_path / "empty")]) == REFUSED
    assert "E123" in capsys.readouterr().out


def test_a_second_import_ends_at_once_with_its_code(study, capsys):
    with Library().importing():
        assert main(["import", str(study)]) == LOCKED
    assert str(os.getpid()) in capsys.readouterr().err
    assert main(["import", str(study)]) == IMPORTED


def test_a_store_that_cannot_be_written(study, own_store, capsys):
    own_store.write_text("a file, no folder")
    assert main(["import", str(study)]) == ENVIRONMENT
    assert "COHORTSCOPE_STORE" in capsys.readouterr().err


def test_a_fault_of_the_program_prints_neither_traceback_nor_cell(study, monkeypatch, capsys):
    def fail(*_):
        raise KeyError("secret-cell of zq-0001")

    monkeypatch.setattr("core.store.command.understand", fail)
    assert main(["import", str(study)]) == COULD_NOT_RUN
    told = capsys.readouterr()
    assert "KeyError" in told.err and "secret" not in told.err and "Traceback" not in told.err


def test_as_a_command(study, own_store):
    environment = {**os.environ, "COHORTSCOPE_STORE": str(own_store)}
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "core", "import", str(study)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=root)
    assert told.returncode == IMPORTED and told.stderr == ""
    heavy = "import sys, core.__main__; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True, cwd=root).stdout
    assert not {"streamlit", "plotly", "lifelines", "sklearn", "ot", "scipy"} & set(loaded.split())


class Page(HTMLParser):
    """What a browser would make of the page: tags, addresses and text."""

    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href") or name.startswith("on")]

    def handle_data(self, data):
        self.text += data


def test_the_page_of_findings(study, tmp_path, capsys):
    write(study, BAD)
    page = tmp_path / "report.html"
    assert main(["import", str(study), "--report", str(page)]) == REFUSED
    read = Page()
    read.feed(page.read_text())
    assert "E105" in read.text and "secret-cell" not in read.text and read.addresses == []


def test_hostile_names_stay_text_in_the_page_and_on_the_terminal():
    evil = "<script>alert(1)</script><img src=x onerror=y>&\"'\x1b[31m"
    draft = small_draft(n=8)
    draft.study = type(draft.study)("x", evil)
    findings = [Finding("W299", evil, evil, evil, 3, (1, 2), evil), Finding("E199", evil)]
    read = Page()
    read.feed(report_html(evil, evil, findings, summarise(draft)))
    assert not {"script", "img"} & set(read.tags) and read.addresses == [] and read.text.count("alert(1)") >= 7
    assert "\x1b" not in findings_text(findings)
    assert findings_text(findings).index("E199") < findings_text(findings).index("W299")


def test_the_page_is_light_and_dark_and_asks_for_nothing():
    page = report_html("t", "v", [], summarise(small_draft(n=8)))
    assert "prefers-color-scheme: dark" in page and "default-src 'none'" in page
    assert "http:" not in page and "https:" not in page and "url(" not in page and "@import" not in page


def test_the_overlap_counts_patients():
    overlap = summarise(small_draft()).overlap
    assert overlap.loc["ct", "expression"] == 20 and overlap.loc["patients", "patients"] == 40
    assert overlap.loc["mutations", "pfs"] == 34

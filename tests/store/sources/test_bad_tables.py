"""One bad file per rule about text tables: each is refused or warned of with code, file, column, count and rows."""

from __future__ import annotations

import gzip

import pytest

from core.store.sources import table as tables
from core.store.sources.notebook import Notebook
from core.store.sources.table import read_table
from tests.store.sources.importing import PATIENTS, codes, imported, the

LATIN = "patient_id,town\nzq-0001,Münster\n"

REFUSED = {
    "latin-1": (LATIN.encode("latin-1"), "E101", "", 1, (2,)),
    "utf-16 with its mark": (LATIN.encode("utf-16"), "E101", "", 1, (1,)),
    "utf-16 without": ("patient_id,a\nP1,1\n".encode("utf-16-le"), "E101", "", 1, (1,)),
    "decimal commas": (b"patient_id;alpha\nP1;1,5\nP2;2\nP3;-3,25\n", "E102", "alpha", 2, (2, 4)),
    "repeated header": (b"patient_id,alpha,alpha\nP1,1,2\n", "E103", "alpha", 1, (1,)),
    "headers that differ by case": (b"patient_id,alpha,ALPHA\nP1,1,2\n", "E103", "ALPHA", 1, (1,)),
    "ragged rows": (b"patient_id,alpha\nP1,1,2\nP2,1\nP3\n", "E104", "", 2, (2, 4)),
    "unclosed quote": (b'patient_id,alpha\nP0,1\n"P1,1\nP2,1\n', "E104", "", 1, (3,)),
    "text after a quote": (b'patient_id,alpha\n"P1"x,1\n', "E104", "", 1, (2,)),
    "empty file": (b"", "E106", "", 1, ()),
    "blank lines only": (b"\n\n", "E106", "", 1, ()),
    "header only": (b"patient_id,alpha\n", "E106", "", 1, ()),
    "nul byte": (b"patient_id,alpha\nP1,\x001\n", "E107", "", 1, (2,)),
    "control character in a name": (b'patient_id,"al\x07pha"\nP1,1\n', "E115", "", 1, (1,)),
    "newline in a name": (b'patient_id,"al\npha"\nP1,1\n', "E115", "", 1, (1,)),
    "name of 10 kB": (b"patient_id," + b"n" * 10_000 + b"\nP1,1\n", "E115", "", 1, (1,)),
    "column without a name": (b"patient_id,,alpha\nP1,5,1\n", "E115", "", 1, ()),
}


@pytest.mark.parametrize(("content", "code", "column", "count", "rows"), REFUSED.values(), ids=list(REFUSED))
def test_a_table_that_cannot_be_trusted_is_refused(tmp_path, content, code, column, count, rows):
    (tmp_path / "alpha.csv").write_bytes(content)
    notebook = Notebook()
    assert read_table(tmp_path / "alpha.csv", notebook) is None
    finding = the(notebook, code)
    assert (finding.file, finding.column, finding.count, finding.rows) == ("alpha.csv", column, count, rows)
    assert finding.remedy and "\n" not in str(finding) and len(str(finding)) < 400


ACCEPTED = {
    "byte order mark": ("﻿patient_id,alpha\nP1,1\n".encode(), "alpha.csv"),
    "carriage returns alone": (b"patient_id,alpha\rP1,1\r", "alpha.csv"),
    "windows line ends": (b"patient_id,alpha\r\nP1,1\r\n", "alpha.csv"),
    "tabs": (b"patient_id\talpha\nP1\t1\n", "alpha.tsv"),
    "semicolons": (b"patient_id;alpha\nP1;1\n", "alpha.csv"),
    "gzip": (gzip.compress(b"patient_id,alpha\nP1,1\n"), "alpha.csv.gz"),
    "blanks around names": (b" patient_id , alpha \nP1,1\n", "alpha.csv"),
    "quoted cells": (b'"patient_id","alpha"\n"P1","1"\n', "alpha.csv"),
    "a column that counts the rows": (b",patient_id,alpha\n0,P1,1\n", "alpha.csv"),
    "a delimiter at every line's end": (b"patient_id,alpha,\nP1,1,\n", "alpha.csv"),
}


@pytest.mark.parametrize(("content", "name"), ACCEPTED.values(), ids=list(ACCEPTED))
def test_harmless_differences_of_form_are_read(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    notebook = Notebook()
    table = read_table(tmp_path / name, notebook)
    assert table.header == ("patient_id", "alpha")
    assert table.cells.to_numpy().tolist() == [["P1", "1"]]
    assert table.numbers("alpha", notebook).tolist() == [1.0]
    assert not notebook.refused


def test_the_encoding_and_the_decimal_sign_can_be_said(tmp_path):
    settings = '[reading]\nencoding = "latin-1"\ndecimal = ","\n'
    patients = "patient_id;town;size\nP1;Münster;1,5\nP2;Köln;2,25\nP3;Köln;7\n".encode("latin-1")
    draft, notebook = imported(tmp_path / "a", {"patients.csv": patients, "study.toml": settings})
    assert not notebook.errors
    assert draft.patients["size"].tolist() == [1.5, 2.25, 7.0]
    assert draft.patients["town"].tolist() == ["Münster", "Köln", "Köln"]


def test_ids_stay_text_and_distinct(tmp_path):
    ids = ["007", "7", "1E5", "100000", "12345678901234567890", "NA", "a|b"]
    text = "patient_id,sex\n" + "".join(f"{one},F\n" for one in ids)
    draft, _ = imported(tmp_path, {"patients.csv": text})
    assert list(draft.patients.index) == ids


def test_a_gene_called_na_is_a_gene(tmp_path):
    mutations = "patient_id,gene,mutated\nzq-0001,NA,1\nzq-0002,NAN,1\nzq-0003,NA,0\nzq-0003,NAN,0\n"
    draft, _ = imported(tmp_path, {"patients.csv": PATIENTS, "mutations.csv": mutations})
    assert draft.mutations["gene"].tolist() == ["NA", "NAN"]


def test_a_late_stray_cell_does_not_turn_the_column_into_text(tmp_path):
    rows = "".join(f"P{row},{row % 97}\n" for row in range(30_000))
    (tmp_path / "alpha.csv").write_text("patient_id,size\n" + rows + "P30000,>5\n")
    notebook = Notebook()
    table = read_table(tmp_path / "alpha.csv", notebook)
    values = table.numbers("size", notebook)
    finding = the(notebook, "E105")
    assert (finding.column, finding.count, finding.rows) == ("size", 1, (30_002,))
    assert values.notna().sum() == 30_000


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *[("1,234", "E105"), (">5", "E105"), ("5 mm", "E105"), ("1_000", "E105"), ("0x1F", "E105"), ("٣", "E105")],
        *[("inf", "E109"), ("-Infinity", "E109"), ("1e308", "E109"), ("1e999", "E109"), ("#DIV/0!", "E109")],
        *[("-nan", "E109")],
    ],
)
def test_cells_that_are_not_finite_numbers(tmp_path, cell, code):
    (tmp_path / "alpha.csv").write_text(f'patient_id,alpha\nP1,1.5\nP2,"{cell}"\nP3,-2e-3\nP4,NA\n')
    notebook = Notebook()
    values = read_table(tmp_path / "alpha.csv", notebook).numbers("alpha", notebook)
    assert the(notebook, code).rows == (3,) and the(notebook, code).count == 1
    assert values.fillna(0).tolist() == [1.5, 0.0, -0.002, 0.0]
    assert cell not in str(the(notebook, code))


def test_trouble_in_many_columns_is_one_line(tmp_path):
    names = [f"f{place}" for place in range(40)]
    (tmp_path / "alpha.csv").write_text(f"patient_id,{','.join(names)}\nP1,{','.join(['x1'] * 40)}\n")
    notebook = Notebook()
    read_table(tmp_path / "alpha.csv", notebook).matrix(names, notebook)
    assert the(notebook, "E105").count == 40


def test_empty_rows_are_left_out_and_said(tmp_path):
    (tmp_path / "alpha.csv").write_text("patient_id,alpha\nP1,1\n,\n\nP2,2\n")
    notebook = Notebook()
    table = read_table(tmp_path / "alpha.csv", notebook)
    assert table.lines.tolist() == [2, 5]
    assert the(notebook, "W213").rows == (3,)


def test_names_that_differ_by_case_may_be_kept_apart(tmp_path):
    (tmp_path / "data.txt").write_text("#version 2.4\nHugo\tChange\tchange\nTP53\tp.R1\tr1\n")
    notebook = Notebook()
    table = read_table(tmp_path / "data.txt", notebook, comment="#", cased=True)
    assert table.comments == ("#version 2.4",)
    assert (table.text("Change").tolist(), table.text("change").tolist()) == (["p.R1"], ["r1"])
    assert (table.column("CHANGE"), table.column("change")) == ("Change", "change")
    assert codes(notebook) == {"W214"}


def test_a_compressed_bomb_is_refused(tmp_path):
    (tmp_path / "alpha.csv.gz").write_bytes(gzip.compress(b"patient_id,alpha\nP1," + b"1" * 50_000_000))
    notebook = Notebook()
    assert read_table(tmp_path / "alpha.csv.gz", notebook) is None
    assert the(notebook, "E114").remedy


@pytest.mark.parametrize(
    "content", [b"not gzip at all", gzip.compress(b"patient_id,alpha\nP1,1\n")[:-9]], ids=["no archive", "cut off"]
)
def test_a_broken_archive_is_refused(tmp_path, content):
    (tmp_path / "alpha.csv.gz").write_bytes(content)
    notebook = Notebook()
    assert read_table(tmp_path / "alpha.csv.gz", notebook) is None
    assert codes(notebook) == {"E120"}


def test_a_table_with_too_many_cells_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "CELLS", 5)
    (tmp_path / "alpha.csv").write_text("patient_id,alpha\nP1,1\nP2,1\nP3,1\n")
    notebook = Notebook()
    assert read_table(tmp_path / "alpha.csv", notebook) is None
    assert the(notebook, "E114").rows == (4,)


def test_a_hundred_thousand_features_are_read(tmp_path):
    names = ",".join(f"f{place}" for place in range(100_000))
    cells = ",".join(["1.5"] * 100_000)
    (tmp_path / "alpha.csv").write_text(f"patient_id,{names}\nP1,{cells}\nP2,{cells}\n")
    notebook = Notebook()
    table = read_table(tmp_path / "alpha.csv", notebook)
    assert len(table.header) == 100_001 and not notebook.findings


def test_a_table_with_too_many_columns_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "COLUMNS", 3)
    (tmp_path / "alpha.csv").write_text("patient_id,alpha,beta,gamma\nP1,1,2,3\n")
    notebook = Notebook()
    assert read_table(tmp_path / "alpha.csv", notebook) is None
    assert the(notebook, "E114").count == 4


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "alpha.csv"
    path.write_text("patient_id,alpha\nP1,1\n")
    state = tables.state

    def appended(chosen):
        found = state(chosen)
        chosen.write_text("patient_id,alpha\nP1,1\nP2,2\n")
        return found

    monkeypatch.setattr(tables, "state", appended)
    notebook = Notebook()
    assert read_table(path, notebook) is None
    assert codes(notebook) == {"E119"}


@pytest.mark.parametrize(
    "name", ["' OR 1=1 --", "<script>alert(1)</script>", "😀", "שלום", '"; DROP TABLE x', "a.b|c#2"]
)
def test_odd_names_are_only_names(tmp_path, name):
    quoted = '"' + name.replace('"', '""') + '"'
    draft, _ = imported(tmp_path, {"patients.csv": f"patient_id,{quoted}\nzq-0001,1\nzq-0002,7\n"})
    assert draft.attributes[0].name == name

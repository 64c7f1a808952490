"""Columns of genotypes: recognised, spelled one way, ordered by minor alleles; and what cannot be one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.store.sources.columns import Table
from core.store.sources.genotypes import read_genotype
from core.store.sources.notebook import Notebook
from core.store.sources.table import read_table
from tests.store.sources.importing import codes, imported, the, understood

CALLS = ("C/C", "C/C", "T/C", "C/T", "C/C", "T/T", "C/C", "C/C")


def patients(column: str, cells) -> str:
    rows = [f"zq-{i:04d},{i % 2},{cell}" for i, cell in enumerate(cells, 1)]
    return f"patient_id,flag,{column}\n" + "\n".join(rows) + "\n"


def read(tmp_path, column: str, cells, toml: str = ""):
    files = {"patients.csv": patients(column, cells)} | ({"study.toml": toml} if toml else {})
    return imported(tmp_path, files)


def attribute(draft, name: str):
    return next(one for one in draft.attributes if one.name == name)


@pytest.mark.parametrize("name", ["rs5743905", "TOLLIP_rs5743905", "MUC5B.rs35705950", "RS12345", "rs5743890_call"])
def test_columns_named_after_a_polymorphism_are_genotypes(tmp_path, name):
    draft, notebook = read(tmp_path, name, CALLS)
    found = attribute(draft, name)
    assert (found.type, found.role, found.levels) == ("category", "genotype", ("C/C", "C/T", "T/T"))
    assert found.description == "Minor allele T, frequency 0.25 in 8 patients."
    assert draft.patients[name].tolist()[:4] == ["C/C", "C/C", "C/T", "C/T"]
    assert "Minor allele T, frequency 0.25 in 8 patients" in the(notebook, "I313").message


@pytest.mark.parametrize("name", ["rsquared", "persons12", "rs1", "cars99"])
def test_other_names_are_not(tmp_path, name):
    draft, _ = read(tmp_path, name, ["1", "2", "1", "2", "0", "1", "2", "0"])
    assert attribute(draft, name).role == ""


@pytest.mark.parametrize("spelled", ["{0}/{1}", "{0}|{1}", "{0}{1}", "{0} / {1}"])
def test_columns_of_calls_alone_are_recognised_in_every_spelling(tmp_path, spelled):
    cells = [spelled.format(*call.split("/")) for call in CALLS]
    draft, _ = read(tmp_path, "tollip", cells)
    assert attribute(draft, "tollip").levels == ("C/C", "C/T", "T/T")


def test_a_level_that_nobody_has_keeps_its_place(tmp_path):
    draft, _ = read(tmp_path, "rs100", ["A/A", "A/G", "A/A", "A/A", "A/G", "A/A", "A/A", "A/A"])
    assert attribute(draft, "rs100").levels == ("A/A", "A/G", "G/G")


def test_counts_need_the_name_or_the_role(tmp_path):
    counts = ["0", "1", "0", "2", "0", "0", "1", "0"]
    draft, notebook = read(tmp_path / "a", "nodes", counts)
    assert attribute(draft, "nodes").role == "" and "I313" not in codes(notebook)
    draft, notebook = read(tmp_path / "b", "nodes", counts, '[attributes.nodes]\nrole = "genotype"\n')
    assert attribute(draft, "nodes").levels == ("0", "1", "2") and attribute(draft, "nodes").role == "genotype"
    draft, notebook = read(tmp_path / "c", "rs77", counts)
    assert attribute(draft, "rs77").levels == ("0", "1", "2")
    assert "frequency 0.25" in the(notebook, "I313").message


def test_counts_of_the_commoner_allele_are_turned_round_and_said(tmp_path):
    draft, notebook = read(tmp_path, "rs77", ["2", "1", "2", "0", "2", "2", "1", "2"])
    assert attribute(draft, "rs77").levels == ("2", "1", "0") and the(notebook, "W283").count == 8


def test_three_alleles_are_refused_with_the_lines_of_the_third(tmp_path):
    draft, notebook = read(tmp_path / "a", "rs77", [*CALLS[:-1], "C/G"])
    finding = the(notebook, "E160")
    assert draft is None and (finding.column, finding.rows) == ("rs77", (9,)) and "3 alleles" in finding.message
    draft, _ = read(tmp_path / "b", "rs77", [*CALLS[:-1], "C/G"], '[attributes.rs77]\nrole = ""\n')
    assert attribute(draft, "rs77").role == ""


def test_what_is_no_genotype_is_refused_with_its_line(tmp_path):
    draft, notebook = read(tmp_path, "rs77", [*CALLS[:-1], "maybe"])
    assert draft is None and the(notebook, "E161").rows == (9,)


def test_failed_calls_are_missing(tmp_path):
    draft, notebook = read(tmp_path, "rs77", ["C/C", "./.", "NN", "0/0", "C/T", "T/T", "C/C", "C/C"])
    assert draft.patients["rs77"].isna().sum() == 3 and the(notebook, "I315").count == 3


def test_numbered_alleles_are_read_too(tmp_path):
    for name in ("rs77", "snp_of_ours"):
        draft, _ = read(tmp_path / name, name, ["0/0", "0/1", "1|0", "0/0", "1/1", "0/0", "0/0", "./."])
        assert attribute(draft, name).levels == ("0/0", "0/1", "1/1")
        assert draft.patients[name].notna().sum() == 7


def test_one_allele_alone_is_said(tmp_path):
    draft, notebook = read(tmp_path, "rs77", ["C/C"] * 8)
    assert attribute(draft, "rs77").levels == ("C/C",) and the(notebook, "W284").count == 8


def test_categories_of_two_letters_are_left_alone(tmp_path):
    for name, cells in (
        ("scan", ["CT", "CT", "MR", "CT"] * 2),
        ("scan", ["CT"] * 8),
        ("answer", ["A", "C", "A", "T"] * 2),
    ):
        draft, _ = read(tmp_path / f"{name}{len(set(cells))}{cells[0]}", name, cells)
        assert attribute(draft, name).role == ""


def test_several_columns_can_be_genotypes_and_the_settings_are_kept(tmp_path):
    rows = [f"zq-{i:04d},{cell},{cell}" for i, cell in enumerate(CALLS, 1)]
    files = {"patients.csv": "patient_id,rs11,rs22\n" + "\n".join(rows) + "\n"}
    draft, _ = imported(tmp_path / "a", files)
    assert [one.role for one in draft.attributes] == ["genotype", "genotype"]
    text, _ = understood(tmp_path / "b", files)
    again, _ = imported(tmp_path / "c", files | {"study.toml": text.replace('"rs11"', '"First SNP"', 1)})
    assert [one.levels for one in again.attributes] == [one.levels for one in draft.attributes]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["AA", "A/G", "G|A", "GG"]), min_size=1, max_size=30))
def test_levels_count_minor_alleles_whatever_the_spelling(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("calls") / "patients.csv"
    path.write_text(patients("rs77", cells))
    table = read_table(path, Notebook())
    assert isinstance(table, Table)
    found = read_genotype(table, "rs77", table.text("rs77"), Notebook())
    letters = "".join(cells)
    minor = "G" if letters.count("G") <= letters.count("A") else "A"
    if {"A", "G"} <= set(letters):
        assert [level.count(minor) for level in found.levels] == [0, 1, 2]
        assert [level.count(minor) for level in found.values] == [cell.count(minor) for cell in cells]
    else:
        assert len(found.levels) == 1

"""MAF tables: what counts as a mutation, and what is said of the rest."""

from __future__ import annotations

import math

import pytest

from core.store.sources.maf import is_maf, maf_profiles, patient_of, read_maf
from core.store.sources.notebook import Notebook
from tests.store.sources.importing import codes, the
from tests.store.sources.portal import MAF, MAF_HEAD, rows


def read(tmp_path, text):
    path, notebook = tmp_path / "x.maf", Notebook()
    path.write_text(text)
    found = read_maf(path, notebook)
    return (None if found is None else found.mutations), notebook


def test_what_counts(tmp_path):
    frame, notebook = read(tmp_path, MAF)
    assert list(frame["gene"]) == ["TP53", "TERT", "NOTCH1", "HRAS"]
    assert list(frame["origin"]) == ["somatic", "somatic", "germline", "somatic"]
    assert frame["vaf"].to_list()[:2] == [0.3, 0.25] and math.isnan(frame["vaf"].iloc[2])
    assert list(frame["protein_change"]) == ["p.R175H", None, "p.Q1*", "p.G12V"]
    assert list(frame.index) == [3, 5, 7, 10]
    silent = the(notebook, "I340")
    assert (silent.count, silent.rows) == (2, (4, 6)) and "Silent 1" in silent.message and "5'Flank 1" in silent.message
    assert the(notebook, "I341").rows == (8,)
    assert the(notebook, "W256").rows == (9,)
    assert the(notebook, "I343").count == 1


def test_header_in_any_case_and_other_name_of_the_protein_change(tmp_path):
    frame, _ = read(tmp_path, MAF.replace(MAF_HEAD.replace(" ", "\t"), MAF_HEAD.replace(" ", "\t").lower()))
    assert len(frame) == 4 and frame["vaf"].notna().sum() == 3
    frame, _ = read(tmp_path, MAF.replace("HGVSp_Short", "Amino_Acid_Change"))
    assert frame["protein_change"].iloc[0] == "p.R175H"


def test_positions_without_genes_are_sent_to_annotation(tmp_path):
    head = "Chromosome Start_Position End_Position Reference_Allele Tumor_Seq_Allele2 Tumor_Sample_Barcode"
    frame, notebook = read(tmp_path, rows(head, "17 1 1 A T s1"))
    assert frame is None and "annotate" in the(notebook, "E131").remedy


def test_genes_called_na_and_dates_of_spreadsheets(tmp_path):
    text = rows(MAF_HEAD, "NA s1 Missense_Mutation p.A1B 1 1 SOMATIC", "2-Sep s1 Missense_Mutation p.A1B 1 1 SOMATIC")
    frame, notebook = read(tmp_path, text)
    assert list(frame["gene"]) == ["NA", "2-Sep"]
    assert the(notebook, "W201").rows == (3,)


def test_unknown_kinds_are_kept_and_odd_counts_left_empty(tmp_path):
    text = rows(MAF_HEAD, "A s1 Weird p.A1B many 1 _", "B s1 missense_mutation p.A1B 0 0 UNKNOWN", "C s1 _ _ 1 -1 _")
    frame, notebook = read(tmp_path, text)
    assert list(frame["classification"]) == ["Weird", "Missense_Mutation", "Unknown"]
    assert frame["vaf"].isna().all() and set(frame["origin"]) == {"somatic"}
    assert the(notebook, "W258").rows == (2,)
    assert {finding.column for finding in notebook.findings if finding.code == "W259"} == {"t_alt_count", "t_ref_count"}


def test_broken_tables_are_refused_by_their_code(tmp_path):
    for text, code in (("", "E106"), (MAF + "TP53\n", "E104"), (MAF.replace("HRAS", "HR\0AS"), "E107")):
        frame, notebook = read(tmp_path, text)
        assert frame is None and code in codes(notebook)


@pytest.mark.parametrize(
    ("barcode", "patient"),
    [
        ("TCGA-02-0001-01A-01D-0182-01", "TCGA-02-0001"),
        ("TCGA-02-0001", "TCGA-02-0001"),
        ("tcga-02-0001-01", "tcga-02-0001"),
        ("TCGAX-02-0001-01", "TCGAX-02-0001-01"),
        ("P-001-T01", "P-001-T01"),
    ],
)
def test_patients_of_barcodes(barcode, patient):
    assert patient_of(barcode) == patient


def test_a_maf_beside_plain_tables(tmp_path):
    barcodes = MAF.replace("zq-1-M", "TCGA-02-0001-01A").replace("zq-1-P", "TCGA-02-0001-01B")
    path, notebook = tmp_path / "mutations.txt", Notebook()
    path.write_text(barcodes)
    profiles = maf_profiles(path, {"TCGA-02-0001", "zq-2-P"}, notebook)
    assert set(profiles.patient_panels) == {"TCGA-02-0001", "zq-2-P", "zq-3-A", "zq-9-P"}
    assert profiles.panels == {"panel_1": ("HRAS", "NOTCH1", "TERT", "TP53")}
    assert profiles.mutations["patient_id"].to_list() == ["TCGA-02-0001", "zq-2-P", "zq-3-A", "zq-9-P"]
    assert the(notebook, "W269").count == 4
    assert is_maf(path) and is_maf(tmp_path / "x.maf.gz")
    (tmp_path / "mutations.csv").write_text("patient_id,gene\n1,TP53\n")
    assert not is_maf(tmp_path / "mutations.csv") and not is_maf(tmp_path / "absent.txt")

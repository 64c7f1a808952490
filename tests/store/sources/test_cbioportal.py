"""cBioPortal study folders: which file is which, one row per patient, endpoints, and who was profiled."""

from __future__ import annotations

import subprocess

import pandas as pd
import pytest

from core.store.canonical import canonical
from core.store.fingerprint import fingerprint
from core.store.library import Library
from core.store.sources import cbioportal, detect, understand
from core.store.sources.notebook import Notebook
from core.store.sources.portal_meta import META_NAME
from tests.store.reading import Everyone
from tests.store.sources.importing import codes, imported, the, write
from tests.store.sources.portal import MAF, PATIENTS, SAMPLES, case_list, portal, rows


def test_the_small_folder(tmp_path):
    draft, notebook = imported(tmp_path, portal())
    assert draft is not None, notebook.errors
    assert detect(tmp_path) == "cbioportal"
    assert (draft.study.name, draft.study.citation) == ("Toy study", "Nobody")
    assert list(draft.patients.index) == ["zq-1", "zq-2", "zq-3", "zq-4"]
    kinds = {attribute.name: (attribute.type, attribute.role, attribute.label) for attribute in draft.attributes}
    assert kinds["AGE"] == ("number", "age", "Age") and kinds["HPV_STATUS"] == ("category", "hpv", "HPV")
    assert draft.attributes[0].description == "Age at diagnosis"
    canonical(draft)


def test_one_sample_stands_for_each_patient(tmp_path):
    draft, notebook = imported(tmp_path, portal())
    assert draft.patients["COVERAGE"].to_list() == [200, 300, 400, 600]  # the primary, else the first listed
    several = the(notebook, "W253")
    assert (several.count, several.rows) == (2, (7, 10))
    assert "2 patients have several samples" in several.message and "COVERAGE" in several.message
    assert "PURITY" in the(notebook, "I335").message or "PURITY" in several.message


def test_endpoints_in_old_and_new_words(tmp_path):
    draft, notebook = imported(tmp_path, portal())
    assert [(e.name, e.label, e.time_unit) for e in draft.endpoints] == [
        ("os", "Overall survival", "months"),
        ("dfs", "Disease-free survival", "months"),
    ]
    table = draft.outcomes.pivot(index="patient_id", columns="endpoint", values="event")
    assert table["os"].to_dict() == pytest.approx({"zq-1": 1, "zq-2": 0, "zq-3": 0}, nan_ok=True)
    assert table["dfs"].to_dict() == {"zq-1": 1.0, "zq-2": 0.0, "zq-3": 1.0}
    assert the(notebook, "W268").rows == (9,)
    assert "OS_MONTHS" not in draft.patients and "OS_STATUS" not in draft.patients


def test_a_limit_is_read_as_the_limit_and_said(tmp_path):
    draft, notebook = imported(tmp_path, portal())
    assert draft.patients["AGE"].to_list() == [61, 70, 55, 48]
    assert (the(notebook, "W254").count, the(notebook, "W254").rows) == (1, (7,))


def test_profiled_comes_from_the_matrix_and_wild_type_from_the_panel(tmp_path):
    draft, notebook = imported(tmp_path / "folder", portal())
    library = Library(tmp_path / "store")
    library.publish(draft)
    status = library.open("study").mutation_status(Everyone())
    assert status.to_dict("index") == {
        "zq-1": {"NOTCH1": "wild type", "TERT": "wild type", "TP53": "mutated"},  # of two samples, on two panels
        "zq-2": {"NOTCH1": "not profiled", "TERT": "mutated", "TP53": "wild type"},  # its TP53 was silent
        "zq-3": {"NOTCH1": "wild type", "TERT": "not profiled", "TP53": "not profiled"},  # its NOTCH1 was germline
        "zq-4": {"NOTCH1": "not profiled", "TERT": "not profiled", "TP53": "not profiled"},  # panel NA
    }
    assert "big 2, small 1" in the(notebook, "W260").message


def test_copy_number_says_which_genes_a_panel_covers(tmp_path):
    cna = rows("Hugo_Symbol Entrez_Gene_Id zq-1-M zq-2-P zq-3-A", "EGFR 1 0 2 NA", "MYC 2 NA NA -1", "TP53 3 0 0 0")
    meta = (
        "cancer_study_identifier: toy_2026\ngenetic_alteration_type: COPY_NUMBER_ALTERATION\n"
        "datatype: DISCRETE\nstable_id: cna\n"
    )
    draft, notebook = imported(tmp_path, portal(meta_CNA__txt=meta, data_CNA__txt=cna))
    assert set(draft.panels[draft.patient_panels["zq-2"]]) == {"EGFR", "TP53", "TERT"}
    assert set(draft.panels[draft.patient_panels["zq-3"]]) == {"MYC", "NOTCH1", "TP53"}
    assert any("data_filename" in finding.message for finding in notebook.warnings)
    assert "Copy number" in "".join(f.message for f in notebook.findings if f.code == "I342")


def test_the_case_list_serves_without_a_matrix(tmp_path):
    case_list(tmp_path, "sequenced", ["zq-1-P", "zq-2-P", "zq-4-P"])
    files = portal(data_gene_panel_matrix__txt=None, meta_gene_panel_matrix__txt=None)
    draft, _ = imported(tmp_path, files)
    assert set(draft.patient_panels) == {"zq-1", "zq-2", "zq-4"}
    clean = canonical(draft)
    assert clean.panels[clean.patient_panels["zq-3"]] == ("NOTCH1",)  # mutated, so profiled for that gene alone
    assert "NOTCH1" not in clean.panels[clean.patient_panels["zq-4"]]


def test_without_either_mutations_are_left_out(tmp_path):
    draft, notebook = imported(tmp_path, portal(data_gene_panel_matrix__txt=None, meta_gene_panel_matrix__txt=None))
    assert draft.mutations.empty and draft.patient_panels == {}
    assert the(notebook, "W261").count == 3


def test_expression_is_of_the_sample_that_stands_for_the_patient(tmp_path):
    table = rows(
        "Hugo_Symbol Entrez_Gene_Id zq-1-M zq-1-P zq-3-B zq-9-P",
        "CD8A 1 1 2.5 3 4",
        "_ 2 1 1 1 1",
        "MKI67 3 5 NA 7 8",
        "CD8A 4 9 9 9 9",
    )
    meta = (
        "cancer_study_identifier: toy_2026\ngenetic_alteration_type: MRNA_EXPRESSION\ndatatype: {}\n"
        "stable_id: x\ndata_filename: {}\n"
    )
    draft, notebook = imported(
        tmp_path,
        portal(
            meta_z__txt=meta.format("Z-SCORE", "z.txt"),
            z__txt=table,
            meta_rna__txt=meta.format("CONTINUOUS", "rna.txt"),
            rna__txt=table,
        ),
    )
    assert draft.expression.loc["zq-1"].to_list()[0] == 2.5 and pd.isna(draft.expression.loc["zq-1", "MKI67"])
    assert draft.expression.loc["zq-3"].to_dict() == {"CD8A": 3.0, "MKI67": 7.0}
    assert list(draft.expression.index) == ["zq-1", "zq-3"]
    assert the(notebook, "W262").rows == (3, 5)
    assert any(f.file == "z.txt" and "further" in f.message for f in notebook.findings)


def test_a_numeric_assay_is_a_feature_set(tmp_path):
    meta = (
        "cancer_study_identifier: toy_2026\ngenetic_alteration_type: GENERIC_ASSAY\ndatatype: LIMIT-VALUE\n"
        "generic_assay_type: RADIOMICS\nstable_id: radiomics\nprofile_name: CT radiomics\ndata_filename: ct.txt\n"
        "generic_entity_meta_properties: NAME\n"
    )
    table = rows("ENTITY_STABLE_ID NAME zq-1-P zq-2-P", "shape_volume Volume 10 >20", "glcm_contrast Contrast 1.5 NA")
    draft, notebook = imported(tmp_path, portal(meta_ct__txt=meta, ct__txt=table))
    chosen = draft.feature_sets[0]
    assert (chosen.name, chosen.label, chosen.names) == ("radiomics", "CT radiomics", ("shape_volume", "glcm_contrast"))
    frame = canonical(draft).values["radiomics"]
    assert frame.loc[("zq-2", "default"), "shape_volume"] == 20 and frame.isna().sum().sum() == 1
    assert any(f.code == "W254" and f.file == "ct.txt" for f in notebook.warnings)


def test_other_profiles_are_spoken_of(tmp_path):
    meta = (
        "cancer_study_identifier: toy_2026\ngenetic_alteration_type: METHYLATION\ndatatype: CONTINUOUS\n"
        "stable_id: methylation_hm27\ndata_filename: methylation.txt\n"
    )
    _, notebook = imported(tmp_path, portal(meta_me__txt=meta, methylation__txt="x\n", extra__txt="y\n"))
    notes = " ".join(str(f) for f in notebook.findings if f.code == "I342")
    assert "METHYLATION / CONTINUOUS" in notes and "extra.txt" in notes


REFUSED = {
    "E132 no samples": portal(brca_meta2__txt=None, samples_of_toy__txt=None),
    "E132 data file absent": portal(samples_of_toy__txt=None),
    "E131 no sample ids": portal(samples_of_toy__txt=SAMPLES.replace("SAMPLE_ID", "SAMPLE")),
    "E112 a sample twice": portal(samples_of_toy__txt=SAMPLES.replace("zq-1-M", "zq-1-P")),
    "E112 a patient twice": portal(patients_of_toy__txt=PATIENTS.replace("zq-2", "zq-1")),
    "E112 no patient id": portal(patients_of_toy__txt=PATIENTS.replace("zq-2", "")),
    "E113 other samples": portal(data_mutations__txt=MAF.replace("zq-", "yq-")),
    "E131 columns of the maf": portal(data_mutations__txt=MAF.replace("Hugo_Symbol", "Symbol")),
    "E110 a status of 2": portal(patients_of_toy__txt=PATIENTS.replace("0:LIVING", "2:LOST")),
    "E104 a ragged row": portal(patients_of_toy__txt=PATIENTS + "zq-5\t1\n"),
    "E121 study.toml": portal(study__toml="[nonsense]\n"),
}


@pytest.mark.parametrize(("name", "files"), REFUSED.items(), ids=REFUSED)
def test_refused_with_the_code(tmp_path, name, files):
    draft, notebook = imported(tmp_path, files)
    assert draft is None
    assert name[:4] in codes(notebook)


def test_a_data_file_outside_the_folder_is_not_read(tmp_path):
    (tmp_path / "secret.txt").write_text(SAMPLES)
    files = portal()
    files["brca_meta2.txt"] = files["brca_meta2.txt"].replace("samples_of_toy.txt", "../secret.txt")
    files.pop("samples_of_toy.txt")
    draft, notebook = imported(tmp_path / "folder", files)
    assert draft is None and "E132" in codes(notebook)


def test_usual_names_serve_without_meta_files(tmp_path):
    files = {
        "data_clinical_patient.txt": PATIENTS,
        "data_clinical_sample.txt": "".join(line for line in SAMPLES.splitlines(True) if not line.startswith("#")),
        "data_mutations_extended.txt": MAF,
    }
    draft, notebook = imported(tmp_path, files)
    assert len(draft.patients) == 4 and draft.study.name == tmp_path.name
    assert sum(finding.count for finding in notebook.findings if finding.code == "W252") == 4
    assert the(notebook, "W266").file == "data_clinical_sample.txt"


@pytest.mark.parametrize(
    ("name", "is_meta"),
    [
        *[("meta_study.txt", True), ("brca_meta.txt", True), ("meta2.txt", True), ("META-x.txt", True)],
        *[("metastudy.txt", False), ("metal_test.txt", False), ("xmeta.txt", False), ("data_clinical.txt", False)],
    ],
)
def test_which_names_are_meta_files(name, is_meta):
    assert bool(META_NAME.fullmatch(name)) == is_meta


def test_what_study_toml_says_rules(tmp_path):
    toml = (
        '[study]\nname = "Mine"\n[attributes.HPV_STATUS]\nlabel = "p16"\nlevels = ["Positive", "Negative"]\n'
        '[endpoints.os]\nlabel = "Survival"\n[patients]\nleave_out = ["PURITY"]\n[missing]\ntokens = ["Primary"]\n'
    )
    draft, _ = imported(tmp_path, portal(study__toml=toml))
    by_name = {attribute.name: attribute for attribute in draft.attributes}
    assert draft.study.name == "Mine" and by_name["HPV_STATUS"].label == "p16"
    assert by_name["HPV_STATUS"].levels == ("Positive", "Negative") and "PURITY" not in by_name
    assert draft.endpoints[0].label == "Survival" and draft.patients["SAMPLE_TYPE"].isna().sum() >= 2


def test_the_study_toml_that_is_written_says_the_same_again(tmp_path):
    folder = write(tmp_path / "toy", portal())
    first = understand(folder, "toy", Notebook())
    (folder / "study.toml").write_text(first.study_toml)
    assert fingerprint(understand(folder, "toy", Notebook()).draft) == fingerprint(first.draft)


# ------------------------------------------------------------------------------------ a real study

#: Patients (of 151, all profiled) with a mutation that counts. Counted by this line, gene by gene, where the sample's
#: first nine characters are the patient, Intron is silent and the 5'Flank of TERT is its promoter:
#: awk -F'\t' '$1==gene && $10!="Intron" {print substr($17,1,9)}' data_mutations.txt | sort -u | wc -l
FREQUENCIES = {"TP53": 61, "CDKN2A": 22, "PIK3CA": 19, "TERT": 36, "NOTCH1": 33, "KMT2D": 25}


def test_the_real_study(real_study, tmp_path):
    folder, notebook = real_study("hnc_mskcc_2016_cbioportal"), Notebook()
    found = cbioportal.read(folder, "hnc", notebook)
    library = Library(tmp_path)
    assert library.publish(found.draft).n_patients == 151
    store = library.open("hnc")
    status = store.mutation_status(Everyone(), list(FREQUENCIES))
    assert (status == "mutated").sum().to_dict() == FREQUENCIES
    assert (status == "wild type").sum().to_dict() == {gene: 151 - n for gene, n in FREQUENCIES.items()}
    assert len(store.mutations(Everyone())) == 1389  # of 1,390 rows one is intronic
    survival = store.outcomes(Everyone(), "os")
    assert (int(survival["event"].sum()), int(survival["event"].notna().sum())) == (34, 145)
    assert (store.catalogue.role("age").name, store.catalogue.role("hpv").name) == ("AGE", "HPV_STATUS")
    told = codes(notebook)
    assert not notebook.refused
    assert {"W252", "W260", "W267", "W268", "I340", "I342"} <= told
    assert the(notebook, "W267").count == 106  # the matrix says IMPACT410, the sample table IMPACT341


@pytest.mark.parametrize("gene", FREQUENCIES)
def test_the_frequencies_by_awk(real_study, gene):
    table = real_study("hnc_mskcc_2016_cbioportal") / "data_mutations.txt"
    program = '$1==gene && $10!="Intron" {print substr($17,1,9)}'
    lines = subprocess.run(
        ["awk", "-F", "\t", "-v", f"gene={gene}", program, str(table)], capture_output=True, text=True, check=True
    )
    assert len(set(lines.stdout.split())) == FREQUENCIES[gene]

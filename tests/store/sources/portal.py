"""A small cBioPortal study folder, written as text, for the tests to bend."""

from __future__ import annotations

from pathlib import Path

STUDY = (
    "type_of_cancer: hnsc\ncancer_study_identifier: toy_2026\nname: Toy study\ndescription: Made up\ncitation: Nobody\n"
)
PATIENT_META = (
    "cancer_study_identifier: toy_2026\ngenetic_alteration_type: CLINICAL\n"
    "datatype: PATIENT_ATTRIBUTES\ndata_filename: patients_of_toy.txt\n"
)
SAMPLE_META = PATIENT_META.replace("PATIENT_ATTR", "SAMPLE_ATTR").replace("patients_of", "samples_of")
MAF_META = (
    "cancer_study_identifier: toy_2026\ngenetic_alteration_type: MUTATION_EXTENDED\ndatatype: MAF\n"
    "stable_id: mutations\ndata_filename: data_mutations.txt\n"
)
MATRIX_META = (
    "cancer_study_identifier: toy_2026\ngenetic_alteration_type: GENE_PANEL_MATRIX\n"
    "datatype: GENE_PANEL_MATRIX\ndata_filename: data_gene_panel_matrix.txt\n"
)


def rows(*lines: str) -> str:
    """Lines with blanks between cells as tab-separated text; `_` is an empty cell."""
    return "".join("\t".join("" if c == "_" else c.replace("~", " ") for c in line.split(" ")) + "\n" for line in lines)


PATIENTS = rows(
    "#Patient~Id Age HPV Overall~Survival~(Months) Overall~Survival~Status DFS~(Months) DFS~Status",
    "#Identifier Age~at~diagnosis HPV~status Months Status Months Status",
    "#STRING NUMBER STRING NUMBER STRING NUMBER STRING",
    "#1 1 1 1 1 1 1",
    "PATIENT_ID AGE HPV_STATUS OS_MONTHS OS_STATUS DFS_MONTHS DFS_STATUS",
    "zq-1 61 Positive 12.5 1:DECEASED 3 1:Recurred/Progressed",
    "zq-2 <70 Negative 30 0:LIVING 30 0:DiseaseFree",
    "zq-3 55 _ 8 0:LIVING 4 Recurred",
    "zq-4 48 Negative -1 1:DECEASED _ DiseaseFree",
)
SAMPLES = rows(
    "#Patient~Id Sample~Id Kind Purity Coverage",
    "#Identifier Identifier Kind Share~of~tumour Reads",
    "#STRING STRING STRING STRING NUMBER",
    "#1 1 1 1 1",
    "PATIENT_ID SAMPLE_ID SAMPLE_TYPE PURITY COVERAGE",
    "zq-1 zq-1-M Metastasis 40 100",
    "zq-1 zq-1-P Primary 70 200",
    "zq-2 zq-2-P Primary 55 300",
    "zq-3 zq-3-A Metastasis 30 400",
    "zq-3 zq-3-B Metastasis 35 500",
    "zq-4 zq-4-P Primary 90 600",
)
MAF_HEAD = "Hugo_Symbol Tumor_Sample_Barcode Variant_Classification HGVSp_Short t_alt_count t_ref_count Mutation_Status"
MAF = "#version 2.4\n" + rows(
    MAF_HEAD,
    "TP53 zq-1-M Missense_Mutation p.R175H 30 70 SOMATIC",
    "TP53 zq-2-P Silent p.R175R 10 10 SOMATIC",
    "TERT zq-2-P 5'Flank _ 1 3 SOMATIC",
    "KRAS zq-2-P 5'Flank _ 1 3 SOMATIC",
    "NOTCH1 zq-3-A Nonsense_Mutation p.Q1* . . GERMLINE",
    "NOTCH1 zq-1-P Nonsense_Mutation p.Q2* 5 5 LOH",
    "_ zq-1-P Missense_Mutation p.Q2* 5 5 SOMATIC",
    "HRAS zq-9-P Missense_Mutation p.G12V 5 5 SOMATIC",
)
MATRIX = rows("SAMPLE_ID mutations", "zq-1-M big", "zq-1-P small", "zq-2-P big", "zq-3-A small", "zq-4-P NA")


def portal(**changes: str | None) -> dict[str, str]:
    """The files of the folder; name a file (dots as __) to replace it, or give None to leave it out."""
    files = {
        "meta_study.txt": STUDY,
        "meta_clinical_patient.txt": PATIENT_META,
        "patients_of_toy.txt": PATIENTS,
        "brca_meta2.txt": SAMPLE_META,
        "samples_of_toy.txt": SAMPLES,
        "meta_mutations.txt": MAF_META,
        "data_mutations.txt": MAF,
        "meta_gene_panel_matrix.txt": MATRIX_META,
        "data_gene_panel_matrix.txt": MATRIX,
    }
    files |= {name.replace("__", "."): text for name, text in changes.items()}
    return {name: text for name, text in files.items() if text is not None}


def case_list(folder: Path, suffix: str, samples: list[str]) -> None:
    """Write a case list into the folder."""
    (folder / "case_lists").mkdir(exist_ok=True, parents=True)
    text = f"cancer_study_identifier: toy_2026\nstable_id: toy_2026_{suffix}\ncase_list_ids: " + "\t".join(samples)
    (folder / "case_lists" / f"cases_{suffix}.txt").write_text(text)

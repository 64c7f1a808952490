"""Rules about several files together: ids, settings, mutations, genes, gene sets, and files that are not tables."""

from __future__ import annotations

import pytest

from core.store.sources import detect, understand
from core.store.sources.notebook import Notebook, shown, some
from tests.store.sources.importing import FEATURES, PATIENTS, codes, imported, the, understood, write


def test_a_repeated_patient_is_refused_with_both_rows(tmp_path):
    files = {"patients.csv": PATIENTS + "zq-0001,M,5,0\n"}
    draft, notebook = imported(tmp_path / "a", files)
    assert draft is None
    finding = the(notebook, "E112")
    assert (finding.file, finding.column, finding.count, finding.rows) == ("patients.csv", "patient_id", 2, (2, 5))
    files["study.toml"] = '[patients]\nduplicates = "first"\n'
    draft, notebook = imported(tmp_path / "b", files)
    assert len(draft.patients) == 3 and the(notebook, "W221").rows == (5,)


def test_two_tumours_of_a_patient_are_refused_unless_a_rule_is_said(tmp_path):
    text = "patient_id,sample_id,sex\nzq-0001,zq-0001-a,F\nzq-0001,zq-0001-b,F\nzq-0002,zq-0002-a,M\n"
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert draft is None and the(notebook, "E112").rows == (2, 3)
    assert 'duplicates = "first"' in the(notebook, "E112").remedy


def test_rows_of_a_patient_that_differ_only_in_setting_are_one(tmp_path):
    text = "patient_id,phase,sex\nzq-0001,early,F\nzq-0001,late,F\nzq-0002,early,M\n"
    draft, notebook = imported(tmp_path, {"patients.csv": text})
    assert [one.name for one in draft.attributes] == ["sex"]
    assert list(draft.patients.index) == ["zq-0001", "zq-0002"]
    assert the(notebook, "W221").rows == (3,) and "phase" in the(notebook, "W221").message


def test_rows_without_an_id_are_refused(tmp_path):
    draft, notebook = imported(tmp_path, {"patients.csv": "patient_id,sex\nzq-0001,F\n,M\n"})
    assert draft is None and the(notebook, "E112").rows == (3,)


OTHERS = {
    "upper and lower case": ("ZQ-000{}", "case"),
    "separators": ("zq_000{}", "_, -"),
    "zeros": ("zq-{}", "zeros"),
}


@pytest.mark.parametrize(("pattern", "advice"), OTHERS.values(), ids=list(OTHERS))
def test_ids_written_otherwise_are_suggested_and_not_joined(tmp_path, pattern, advice):
    features = "patient_id,alpha\n" + "".join(f"{pattern.format(row)},{row}\n" for row in (1, 2, 3))
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "features.csv": features})
    assert draft is None
    finding = the(notebook, "E113")
    assert (finding.file, finding.count) == ("features.csv", 3)
    assert "0 patients matched, 3 only in the study, 3 only in this file" in finding.message
    assert advice in finding.message


def test_barcodes_of_samples_do_not_match_barcodes_of_patients(tmp_path):
    patients = "patient_id,sex\nTCGA-02-0003,F\nTCGA-02-0006,M\n"
    features = "patient_id,alpha\nTCGA-02-0003-01A,1\nTCGA-02-0006-01A,2\n"
    draft, notebook = imported(tmp_path, {"patients.csv": patients, "features.csv": features})
    assert draft is None and "12 characters" in the(notebook, "E113").message


def test_patients_of_other_studies_are_left_out_or_added(tmp_path):
    features = FEATURES + "zq-0009,4,4\n"
    files = {"patients.csv": PATIENTS, "features.csv": features}
    draft, notebook = imported(tmp_path / "a", files)
    assert len(draft.patients) == 3 and len(draft.values["features"]) == 3
    assert (the(notebook, "W209").file, the(notebook, "W209").count) == ("features.csv", 1)
    files["study.toml"] = '[patients]\nunlisted = "add"\n'
    draft, notebook = imported(tmp_path / "b", files)
    assert len(draft.patients) == 4 and len(draft.values["features"]) == 4
    assert draft.patients.loc["zq-0009", "sex"] is None or draft.patients["sex"].isna().sum() == 1


def test_many_exact_matches_are_enough(tmp_path):
    patients = "patient_id,sex\n" + "".join(f"P{row},F\n" for row in range(60))
    features = "patient_id,alpha\n" + "".join(f"P{row},{row}\n" for row in range(36, 100))
    draft, notebook = imported(tmp_path, {"patients.csv": patients, "features.csv": features})
    assert len(draft.values["features"]) == 24 and the(notebook, "W209").count == 40


def test_every_pair_of_tables_says_how_it_matched(tmp_path):
    _, notebook = imported(
        tmp_path, {"patients.csv": PATIENTS, "features.csv": "patient_id,alpha\nzq-0001,1\nzq-0002,2\n"}
    )
    assert the(notebook, "I301").message == "2 patients matched, 1 only in the study."


MUTATIONS = "patient_id,gene,mutated\nzq-0001,TP53,1\nzq-0001,EGFR,0\nzq-0002,TP53,0\nzq-0002,EGFR,\nzq-0003,TP53,NA\n"


def test_mutated_wild_type_and_not_profiled_are_three_things(tmp_path):
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "mutations.csv": MUTATIONS})
    assert draft.mutations[["patient_id", "gene", "origin"]].to_numpy().tolist() == [["zq-0001", "TP53", "somatic"]]
    tested = {one: draft.panels[panel] for one, panel in draft.patient_panels.items()}
    assert tested == {"zq-0001": ("EGFR", "TP53"), "zq-0002": ("TP53",)}
    assert the(notebook, "W230").rows == (5, 6)


def test_a_matrix_of_mutations(tmp_path):
    text = "patient_id,TP53,EGFR\nzq-0001,1,0\nzq-0002,WT,\nzq-0003,Mutant,p.L858R\n"
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "mutations.csv": text})
    assert sorted(map(tuple, draft.mutations[["patient_id", "gene"]].to_numpy())) == [
        *(("zq-0001", "TP53"), ("zq-0003", "EGFR"), ("zq-0003", "TP53")),
    ]
    assert draft.panels[draft.patient_panels["zq-0002"]] == ("TP53",)
    assert the(notebook, "W230").count == 1


def test_rows_of_mutations_alone_say_little_about_wild_type(tmp_path):
    text = "patient_id,gene,HGVSp_Short,vaf\nzq-0001,TP53,p.R175H,0.4\nzq-0002,EGFR,p.L858R,0.2\n"
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "mutations.csv": text})
    assert draft.mutations["protein_change"].tolist() == ["p.R175H", "p.L858R"]
    assert draft.mutations["vaf"].tolist() == [0.4, 0.2]
    assert draft.panels[draft.patient_panels["zq-0001"]] == ("EGFR", "TP53")
    assert "zq-0003" not in draft.patient_panels and the(notebook, "W229").count == 2


def test_other_words_for_a_mutation_are_refused(tmp_path):
    draft, notebook = imported(
        tmp_path, {"patients.csv": PATIENTS, "mutations.csv": MUTATIONS + "zq-0003,EGFR,perhaps\n"}
    )
    assert draft is None and (the(notebook, "E125").column, the(notebook, "E125").rows) == ("mutated", (7,))


def test_a_patient_mutated_and_wild_type_for_a_gene_is_said(tmp_path):
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "mutations.csv": MUTATIONS + "zq-0001,TP53,0\n"})
    assert len(draft.mutations) == 1 and the(notebook, "W234").rows == (2, 7)


@pytest.mark.parametrize("gene", ["7-Sep", "3-Mar", "Dec-01", "SEP-11"])
def test_genes_that_a_spreadsheet_altered(tmp_path, gene):
    text = f"patient_id,gene,mutated\nzq-0001,{gene},1\nzq-0002,MARCHF1,0\n"
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "mutations.csv": text})
    assert draft.mutations["gene"].tolist() == [gene]
    assert (the(notebook, "W201").column, the(notebook, "W201").rows) == ("gene", (2,))


def test_unknown_genes_are_told_where_there_is_a_list(tmp_path):
    files = {"patients.csv": PATIENTS, "mutations.csv": MUTATIONS.replace("EGFR", "ALK"), "genes.txt": "TP53\nKRAS\n"}
    _, notebook = imported(tmp_path, files)
    assert the(notebook, "W210").count == 1 and "ALK" in the(notebook, "W210").message


EXPRESSION = "patient_id,TP53,EGFR,KRAS\nzq-0001,1.5,2,3\nzq-0002,2.5,,4\n"


def test_expression_is_patients_by_genes(tmp_path):
    draft, notebook = imported(tmp_path / "a", {"patients.csv": PATIENTS, "expression.csv": EXPRESSION})
    assert draft.expression.shape == (2, 3) and draft.expression.loc["zq-0002"].isna().sum() == 1
    assert the(notebook, "I304").count == 1
    files = {"patients.csv": PATIENTS, "expression.csv": EXPRESSION + "zq-0001,1,1,1\n"}
    draft, notebook = imported(tmp_path / "b", files)
    assert draft is None and the(notebook, "E112").rows == (2, 4)


def test_gene_sets(tmp_path):
    gmt = "# note\nALPHA\tNA\tTP53\tEGFR\tTP53\nBETA\thttp://x\tKRAS\nALPHA\t\tKRAS\n"
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "expression.csv": EXPRESSION, "sets.gmt": gmt})
    assert draft.gene_sets.to_numpy().tolist() == [
        *(["ALPHA", "", "TP53"], ["ALPHA", "", "EGFR"], ["BETA", "http://x", "KRAS"]),
    ]
    assert the(notebook, "W226").rows == (2,) and the(notebook, "W227").count == 1
    assert the(notebook, "W228").count == 2 and "3 of their 3 genes" in the(notebook, "I309").message


def test_a_line_of_gene_sets_that_is_too_short_is_refused(tmp_path):
    gmt = "ALPHA\tNA\tTP53\nBETA\tKRAS\n"
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "sets.gmt": gmt})
    assert draft is None and (the(notebook, "E124").file, the(notebook, "E124").rows) == ("sets.gmt", (2,))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[study\n", "TOML"),
        ("[studie]\nname = 'x'\n", "Did you mean study?"),
        ("[endpoints.os]\nunits = 'days'\n", "Did you mean unit?"),
        ("[endpoints.os]\nunit = 'fortnights'\n", "days"),
        ("[patients]\nallowed = 'name'\n", "a list of texts"),
        ("study = 1\n", "[study]"),
        ("[attributes]\nsex = 'x'\n", "[attributes.sex]"),
        ("[features.features]\nfile = 'absent.csv'\n", "absent.csv"),
        ("[endpoints.os]\ntime = 'absent'\n", "[endpoints.os]"),
    ],
)
def test_settings_that_cannot_be_honoured_are_refused(tmp_path, text, words):
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "features.csv": FEATURES, "study.toml": text})
    assert draft is None and codes(notebook) >= {"E121"}
    assert words in " ".join(str(one) for one in notebook.errors)


def test_settings_read_back_to_the_same_study(tmp_path):
    files = {"patients.csv": PATIENTS, "features.csv": FEATURES, "mutations.csv": MUTATIONS}
    text, _ = understood(tmp_path / "a", files)
    assert '[endpoints.os]\nlabel = "Overall survival"\ntime = "os_days"' in text
    assert text.startswith("# How Cohortscope understood")
    again, notebook = understood(tmp_path / "b", files | {"study.toml": text})
    assert again.replace("  # as you wrote", "") == text and not notebook.errors


def test_what_the_user_says_rules(tmp_path):
    said = '[study]\nname = "Mine"\nlicence = "CC0"\nsynthetic = true\n'
    said += '[attributes.sex]\nlabel = "Sex at birth"\nlevels = ["M", "F"]\nmap = { F = "female" }\nrole = ""\n'
    said += '[features.small]\nfile = "features.csv"\nlabel = "Two"\nroi = "GTV"\nmodality = "CT"\n'
    files = {"patients.csv": PATIENTS, "features.csv": FEATURES, "study.toml": said}
    draft, _ = imported(tmp_path, files)
    assert (draft.study.name, draft.study.licence, draft.study.synthetic) == ("Mine", "CC0", True)
    sex = draft.attributes[0]
    assert (sex.label, sex.levels, sex.role) == ("Sex at birth", ("M", "female"), "")
    found = draft.feature_sets[0]
    assert (found.name, found.label, found.roi, found.modality) == ("small", "Two", "GTV", "CT")


def test_files_that_are_not_read_are_named(tmp_path):
    files = {"patients.csv": PATIENTS, "notes_long.csv": "a,b\n1,2\n", "README.md": "# Heading\nWhat it is.\n"}
    draft, notebook = imported(tmp_path, files)
    assert "notes_long.csv" in the(notebook, "I310").message
    assert (draft.study.name, draft.study.description) == ("Heading", "What it is.")


@pytest.mark.parametrize("name", ["patients.xlsx", "features.xlsm"])
def test_workbooks_are_refused(tmp_path, name):
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, name: b"PK"})
    assert draft is None and the(notebook, "E116").file == name and "CSV" in the(notebook, "E116").remedy


def test_links_out_of_the_folder_are_refused(tmp_path):
    write(tmp_path / "elsewhere", {"features.csv": FEATURES})
    write(tmp_path / "study", {"patients.csv": PATIENTS})
    (tmp_path / "study" / "features.csv").symlink_to(tmp_path / "elsewhere" / "features.csv")
    notebook = Notebook()
    assert understand(tmp_path / "study", "study", notebook) is None and codes(notebook) >= {"E120"}


def test_folders_that_are_no_study(tmp_path):
    notebook = Notebook()
    assert understand(tmp_path, "study", notebook) is None and the(notebook, "E123").remedy
    assert understand(tmp_path / "absent", "study", notebook) is None and the(notebook, "E120").remedy
    assert detect(tmp_path) is None
    assert detect(write(tmp_path, {"patients.csv": PATIENTS})) == "plain"


def test_findings_of_one_kind_are_one_line():
    notebook = Notebook()
    for row in range(900):
        notebook.add("W1", "Odd.", file="a", column="b", rows=(row + 2,))
    assert (notebook.findings[0].count, notebook.findings[0].rows) == (900, (2, 3, 4, 5, 6))
    for row in range(1200):
        notebook.add("I1", f"Kind {row}.", count=1)
    notebook.add("E1", "Wrong.", count=1)
    assert len(notebook.findings) == 1001 and notebook.findings[0].code == "E1"
    assert notebook.findings[-1].count == 202
    assert (len(notebook.errors), len(notebook.warnings), notebook.refused) == (1, 1, True)


def test_names_in_messages_are_short_and_printable():
    assert some(["a", "b\n", "c"], 2) == "a, b\ufffd and 1 more"
    assert len(shown("x" * 500)) == 60

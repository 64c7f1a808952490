"""One bad file per rule about feature tables, and what is understood of their names and scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.store.sources.names import described, software
from tests.store.sources.importing import FEATURES, PATIENTS, codes, imported, the


def table(columns: dict[str, list], ids: list[str] | None = None) -> str:
    ids = ids or [f"zq-{row:04d}" for row in range(1, len(next(iter(columns.values()))) + 1)]
    rows = [
        ",".join([one, *map(str, cells)]) for one, cells in zip(ids, zip(*columns.values(), strict=True), strict=True)
    ]
    return "\n".join([",".join(["patient_id", *columns]), *rows]) + "\n"


def test_constant_features_are_left_out_and_listed(tmp_path):
    text = table({"alpha": [1, 2, 3], "beta": [4, 4, 4], "gamma": [5, "", 5], "delta": ["", "", ""]})
    draft, notebook = imported(tmp_path / "a", {"patients.csv": PATIENTS, "features.csv": text})
    assert draft.feature_sets[0].names == ("alpha",)
    finding = the(notebook, "W206")
    assert finding.count == 3 and "beta, gamma, delta" in finding.message and finding.file == "features.csv"
    files = {
        "patients.csv": PATIENTS,
        "features.csv": text,
        "study.toml": "[features.features]\nkeep_constant = true\n",
    }
    draft, notebook = imported(tmp_path / "b", files)
    assert draft.feature_sets[0].names == ("alpha", "beta", "gamma", "delta") and "W206" not in codes(notebook)


def test_the_first_of_equal_features_is_kept(tmp_path):
    text = table({"alpha": [1, 2, ""], "beta": [1, 2, ""], "gamma": [1, 2, 3], "delta": [1.0, 2.0, ""]})
    draft, notebook = imported(tmp_path / "a", {"patients.csv": PATIENTS, "features.csv": text})
    assert draft.feature_sets[0].names == ("alpha", "gamma")
    assert the(notebook, "W207").count == 2 and "beta = alpha" in the(notebook, "W207").message
    files = {
        "patients.csv": PATIENTS,
        "features.csv": text,
        "study.toml": "[features.features]\nkeep_repeated = true\n",
    }
    assert len(imported(tmp_path / "b", files)[0].feature_sets[0].names) == 4


def test_features_with_many_missing_cells_are_kept_and_listed(tmp_path):
    text = table({"alpha": [1, "", 3], "beta": [4, 5, 6]})
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "features.csv": text})
    assert draft.values["features"]["alpha"].isna().sum() == 1
    assert (the(notebook, "W208").column, the(notebook, "W208").count) == ("alpha", 1)
    assert the(notebook, "I304").count == 1


@pytest.mark.parametrize(
    ("cell", "code"), [("Infinity", "E109"), ("2e308", "E109"), ("#VALUE!", "E109"), ("<7.5", "E105")]
)
def test_a_feature_cell_that_is_no_number_is_refused_with_its_line(tmp_path, cell, code):
    text = table({"alpha": [1, cell, 3], "beta": [4, 5, 6]})
    draft, notebook = imported(tmp_path / "a", {"patients.csv": PATIENTS, "features.csv": text})
    assert draft is None
    assert (the(notebook, code).file, the(notebook, code).column) == ("features.csv", "alpha")
    assert (the(notebook, code).count, the(notebook, code).rows) == (1, (3,))
    files = {"patients.csv": PATIENTS, "features.csv": text, "study.toml": f'[missing]\ntokens = ["{cell}"]\n'}
    draft, _ = imported(tmp_path / "b", files)
    assert draft.values["features"]["alpha"].isna().sum() == 1


def test_columns_of_text_are_not_features(tmp_path):
    text = table({"alpha": [1, 2, 3], "scanner": ["abcd", "efgh", "abcd"]})
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "features.csv": text})
    assert draft.feature_sets[0].names == ("alpha",) and "scanner" in the(notebook, "W222").message


def test_a_patient_twice_in_a_feature_table_is_refused(tmp_path):
    text = table({"alpha": [1, 2, 3]}, ["zq-0001", "zq-0002", "zq-0001"])
    draft, notebook = imported(tmp_path / "a", {"patients.csv": PATIENTS, "features.csv": text})
    assert draft is None
    assert (the(notebook, "E112").column, the(notebook, "E112").rows) == ("patient_id", (2, 4))
    settings = '[features.features]\nduplicates = "first"\n'
    draft, notebook = imported(tmp_path / "b", {"patients.csv": PATIENTS, "features.csv": text, "study.toml": settings})
    assert draft.values["features"]["alpha"].tolist() == [1.0, 2.0] and the(notebook, "W221").rows == (4,)


def test_a_patient_may_have_a_row_per_setting(tmp_path):
    text = "patient_id,setting,alpha\nzq-0001,thin,1\nzq-0001,thick,2\nzq-0002,thin,3\n"
    draft, _ = imported(tmp_path / "a", {"patients.csv": PATIENTS, "features.csv": text})
    assert draft.feature_sets[0].settings == ("thin", "thick")
    assert draft.values["features"].loc[("zq-0001", "thick"), "alpha"] == 2
    again = text + "zq-0002,thin,4\n"
    draft, notebook = imported(tmp_path / "b", {"patients.csv": PATIENTS, "features.csv": again})
    assert draft is None and the(notebook, "E112").rows == (4, 5)
    files = {"patients.csv": PATIENTS, "features.csv": text.replace("setting", "kernel")}
    files["study.toml"] = '[features.features]\nsetting = "kernel"\n'
    assert imported(tmp_path / "c", files)[0].feature_sets[0].settings == ("thin", "thick")


def test_the_id_may_stand_in_any_column(tmp_path):
    text = "alpha,beta,PatientID\n1,2,zq-0001\n3,4,zq-0002\n"
    draft, _ = imported(tmp_path, {"patients.csv": PATIENTS, "features.csv": text})
    assert list(draft.values["features"].index.get_level_values(0)) == ["zq-0001", "zq-0002"]


def test_a_table_without_an_id_says_how_to_name_it(tmp_path):
    _, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "features.csv": "alpha,beta\n1,2\n3,4\n"})
    assert "patient_id" in the(notebook, "E123").remedy


def test_rows_whose_extraction_failed_are_left_out(tmp_path):
    text = table({"alpha": [1, "", 3], "beta": [4, "", 6]})
    draft, notebook = imported(tmp_path, {"patients.csv": PATIENTS, "features.csv": text})
    assert len(draft.values["features"]) == 2 and the(notebook, "W232").rows == (3,)


def test_without_patients_the_feature_tables_name_them(tmp_path):
    draft, notebook = imported(tmp_path, {"features.csv": FEATURES})
    assert list(draft.patients.index) == ["zq-0001", "zq-0002", "zq-0003"] and draft.attributes == []
    assert the(notebook, "W235").count == 3


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(0)) / values.std(0)


@pytest.mark.parametrize("how", ["raw", "over all rows", "within each centre", "within each setting"])
def test_standardised_features_are_noticed(tmp_path, how):
    rng = np.random.default_rng(7)
    raw = rng.normal(50, 9, (60, 6)) + np.repeat([[0], [20], [40]], 20, 0)
    parts = {"raw": [], "over all rows": [slice(None)]}.get(how, [slice(0, 20), slice(20, 40), slice(40, 60)])
    for part in parts:
        raw[part] = standard(raw[part])
    centre = np.repeat(["east", "west", "north"], 20)
    ids = [f"zq-{row:04d}" for row in range(60)]
    patients = "patient_id,centre\n" + "".join(f"{one},{of}\n" for one, of in zip(ids, centre, strict=True))
    columns = {f"f{place}": raw[:, place] for place in range(6)}
    if how == "within each setting":
        columns = {"setting": centre} | columns
        patients = "patient_id,sex\n" + "".join(f"{one},F\n" for one in ids)
    draft, notebook = imported(tmp_path, {"patients.csv": patients, "features.csv": table(columns, ids)})
    assert draft.feature_sets[0].scale == ("raw" if how == "raw" else "z-scored")
    assert ("I306" in codes(notebook)) == (how != "raw")
    if how != "raw":
        assert how in the(notebook, "I306").message


NAMES = {
    "original_shape_MeshVolume": ("shape", "original", "RNU0"),
    "original_glszm_ZoneVariance": ("glszm", "original", "3NSA"),
    "original_glszm_LowGrayLevelZoneEmphasis": ("glszm", "original", "XMSY"),
    "wavelet-LLH_glcm_Idm": ("glcm", "wavelet-LLH", "WF0Z"),
    "log-sigma-1-0-mm-3D_firstorder_10Percentile": ("firstorder", "log-sigma-1-0-mm-3D", "QG58"),
    "original_firstorder_TotalEnergy": ("firstorder", "original", ""),
    "original_glcm_MCC": ("glcm", "original", ""),
    "original|cm.auto.corr_avg": ("glcm", "original", "QWB0"),
    "LoG1mm|rlm.lgre_avg#2": ("glrlm", "LoG1mm", ""),
    "waveletHHL|dzm.sde": ("gldm", "waveletHHL", ""),
    "original|stat.P10": ("firstorder", "original", "QG58"),
    "tf_GLCM_contrastd1.0A1.57": ("glcm", "original", ""),
    "sf_compactness_avg_2D": ("shape", "original", ""),
    "hf_energy": ("firstorder", "original", ""),
    "TEXTURE_GLRLM_ET_T1_LRLGE": ("glrlm", "", ""),
    "anything else": ("", "", ""),
}


@pytest.mark.parametrize(("name", "facts"), NAMES.items(), ids=list(NAMES))
def test_what_a_feature_name_says(name, facts):
    feature = described(name)
    assert (feature.family, feature.filter, feature.ibsi) == facts
    assert feature.name == name and feature.label


def test_software_is_recognised_by_the_names():
    assert software([f"original_glcm_{name}" for name in ("Id", "Idm", "Contrast")]) == "PyRadiomics"
    assert software(["original|cm.corr_avg", "LoG1mm|szm.sze"]) == "O-RAW (PyRadiomics)"
    assert software(["tf_LBP_mean_R3_P12", "sf_volume_2D", "hf_mean"]) == "PREDICT (WORC)"
    assert software(["T2_Mean", "volume"]) == "" and software([]) == ""


@given(st.text(max_size=40))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_name_can_be_described(name):
    assert described(name).name == name


BATCH = """ID,Image,Mask,diagnostics_Versions_PyRadiomics,diagnostics_Configuration_Settings,original_shape_Elongation,\
original_firstorder_Mean,original_glcm_Contrast
zq-0001,a/ct.nrrd,a/m.nrrd,v3.1.0,{'binWidth': 25},0.5,10,3
zq-0002,b/ct.nrrd,b/m.nrrd,v3.1.0,{'binWidth': 25},0.6,11,4
zq-0003,c/ct.nrrd,c/m.nrrd,v3.1.0,{'binWidth': 10},0.7,12,5
zq-0004,d/ct.nrrd,d/m.nrrd,,,,,
"""


def test_pyradiomics_batch_output_is_a_format_of_its_own(tmp_path):
    text = BATCH.replace("{'binWidth': 25}", "\"{'binWidth': 25}\"")
    draft, notebook = imported(tmp_path, {"results.csv": text})
    assert draft.feature_sets[0].names == (
        *("original_shape_Elongation", "original_firstorder_Mean", "original_glcm_Contrast"),
    )
    assert (draft.feature_sets[0].name, draft.feature_sets[0].software) == ("results", "PyRadiomics v3.1.0")
    assert list(draft.patients.index) == ["zq-0001", "zq-0002", "zq-0003"]
    assert the(notebook, "W232").rows == (5,)
    assert the(notebook, "W233").rows[0] == 4


def test_pyradiomics_patients_may_be_named_by_the_image_only(tmp_path):
    text = "\n".join(line.split(",", 1)[1] for line in BATCH.splitlines()) + "\n"
    draft, notebook = imported(tmp_path, {"results.csv": text})
    assert list(draft.patients.index) == ["a", "b", "c"]
    assert the(notebook, "W231").column == "Image"

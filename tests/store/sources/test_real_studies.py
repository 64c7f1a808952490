"""The real studies import, and their oddities are said with file, column, count and rows."""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

import pandas as pd
import pytest

from core.store import checks
from core.store.sources import detect, plain
from core.store.sources.notebook import Notebook
from tests.conftest import ROOT
from tests.store.sources.importing import the


@pytest.fixture
def study(real_study):
    def read(name: str):
        folder, notebook = real_study(name), Notebook()
        assert detect(folder) == "plain"
        start = perf_counter()
        found = plain.read(folder, name, notebook)
        assert perf_counter() - start < 10
        assert found is not None, [str(one) for one in notebook.errors]
        assert not checks.shape(found.draft) and not checks.references(found.draft)
        ids = set(pd.read_csv(folder / "features.csv", dtype=str)["patient_id"]) if "hn" in name else set()
        text = "\n".join(f"{one.message} {one.remedy}" for one in notebook.findings)
        assert not any(one in text for one in ids)
        return found.draft, notebook

    return read


def finding(notebook: Notebook, code: str, column: str = "", file: str = ""):
    """The one finding with this code, column and file."""
    found = [
        one for one in notebook.findings if one.code == code and one.column == column and (not file or one.file == file)
    ]
    assert len(found) == 1, [str(one) for one in notebook.findings]
    return found[0]


def test_head_and_neck(study):
    draft, notebook = study("hn_tcia")
    assert len(draft.patients) == 650
    shapes = {name: values.shape for name, values in draft.values.items()}
    assert shapes == {"features": (321, 105), "hn1_ibsi_oraw": (137, 1093), "hn1_predict": (113, 157)}
    assert [one.scale for one in draft.feature_sets] == ["z-scored", "raw", "raw"]
    assert [one.software for one in draft.feature_sets] == ["PyRadiomics", "O-RAW (PyRadiomics)", "PREDICT (WORC)"]
    roles = {one.role: one.name for one in draft.attributes if one.role}
    assert roles == {
        **{"centre": "centre", "sex": "sex", "age": "age", "subsite": "subsite", "hpv": "hpv_status"},
        **{"stage": "stage", "t_stage": "t_stage", "n_stage": "n_stage"},
    }
    assert draft.patients["hpv_status"].value_counts().to_dict() == {"positive": 134, "negative": 118}
    with_features = draft.patients.loc[draft.values["features"].index.get_level_values(0)]
    assert with_features["has_features"].eq("1").all()
    assert draft.patients["subsite"].value_counts()["oropharynx"] == 447
    outcomes = draft.outcomes.groupby("endpoint")["event"].agg(["size", "sum"])
    assert outcomes.loc[["os", "lrc", "dm"]].to_numpy().tolist() == [[650, 207], [435, 77], [433, 46]]
    assert {one.time_unit for one in draft.endpoints} == {"days"}
    assert finding(notebook, "W218", "sex").rows == (319,)
    assert finding(notebook, "W204", "lrc_days").count == 215
    assert finding(notebook, "W204", "dm_days").count == 217
    assert "29 spellings" in finding(notebook, "W220", "stage_raw").message
    assert finding(notebook, "W206", file="features_hn1_predict.csv").count == 2
    assert "within each collection" in finding(notebook, "I306").message
    assert finding(notebook, "I301", file="features.csv").message.startswith("321 patients matched, 329 only")


def test_glioma_of_tcga(study):
    draft, notebook = study("glioma_tcga")
    assert len(draft.patients) == 167 and draft.values["features"].shape == (167, 720)
    assert draft.patients["idh_status"].value_counts().to_dict() == {"WT": 91, "Mutant": 57}
    assert draft.patients["age_at_diagnosis"].notna().sum() == 113
    assert draft.patients["age_at_diagnosis"].iloc[draft.patients["age_at_diagnosis"].argmin()] > 15
    assert draft.outcomes.groupby("endpoint")["event"].agg(["size", "sum"]).loc["os"].tolist() == [163, 103]
    assert len(draft.mutations) == 267 and len(draft.patient_panels) == 113
    assert [len(genes) for genes in draft.panels.values()] == [20]
    assert draft.expression.shape == (52, 840)
    assert finding(notebook, "W225", "age_at_diagnosis").count == 113
    assert finding(notebook, "W206").count == 4
    assert finding(notebook, "W209", file="expression.csv").count == 121
    kept = draft.values["features"].isna().sum().sum()
    assert finding(notebook, "I304", file="features.csv").count == kept
    assert "expression_gene_classes.csv" in finding(notebook, "I310").message


def test_glioma_of_arita(study):
    draft, notebook = study("glioma_arita")
    assert draft.patients["centre"].value_counts().to_dict() == {"NCC": 73, "KNBTG": 61, "OU": 24, "OTR": 10}
    assert draft.patients["idh_mutated"].value_counts().to_dict() == {"1": 111, "0": 57}
    assert draft.values["features"].shape == (168, 683 - 269)
    assert finding(notebook, "W207").count == 269
    assert draft.feature_sets[0].scale == "z-scored"
    assert draft.endpoints == [] and draft.panels == {}


def test_lung_radiogenomics(study, real_study):
    draft, notebook = study("nsclc_radiogenomics")
    assert len(draft.patients) == 211 and draft.values["features"].shape == (144, 105)
    assert draft.expression.shape == (130, 1000)
    egfr = {one for one, panel in draft.patient_panels.items() if "EGFR" in draft.panels[panel]}
    raw = pd.read_csv(real_study("nsclc_radiogenomics") / "mutations.csv")
    known = raw[(raw["gene"] == "EGFR") & raw["mutated"].notna()]
    assert egfr == set(known["patient_id"])
    assert (draft.mutations["gene"] == "EGFR").sum() == known["mutated"].sum()
    assert finding(notebook, "W230", "mutated").count == 133
    assert finding(notebook, "W201", file="expression.csv").count == 1
    assert draft.outcomes["event"].agg(["size", "sum"]).tolist() == [211, 63]
    assert "Not Collected" in next(one for one in draft.attributes if one.name == "t_stage").levels


def test_kidney_phases(study):
    draft, notebook = study("repro_kits_phase")
    assert len(draft.patients) == 210
    assert draft.values["features"].shape == (210, 105)
    assert draft.feature_sets[0].settings == ("noncontrast", "arterial", "late")
    assert draft.values["features"].index.get_level_values(0).nunique() == 70
    assert [(one.name, one.time_unit, one.origin) for one in draft.endpoints] == [("os", "days", "surgery")]
    assert draft.outcomes["event"].agg(["size", "sum"]).tolist() == [210, 21]
    assert finding(notebook, "W203", "vital_days_after_surgery").rows == (27, 160, 187)
    assert finding(notebook, "W215", "hospitalization").rows == (25,)
    assert "3 columns" in finding(notebook, "W216").message
    assert "within each setting" in finding(notebook, "I306").message


def test_lung_retest(study):
    draft, notebook = study("repro_rider")
    sizes = draft.values["features"].groupby("setting").size().to_dict()
    assert sizes == {"test_man": 30, "retest_man": 29, "test_auto": 30, "retest_auto": 28}
    assert draft.values["features"].shape[1] == 1093 and len(draft.patients) == 31
    assert draft.feature_sets[0].scale == "raw"
    assert the(notebook, "W235").count == 31


def test_the_two_raw_sets_of_lung_and_neck_have_the_same_features(study):
    lung, neck = study("repro_rider")[0], study("hn_tcia")[0]
    assert set(lung.feature_sets[0].names) == set(neck.feature_sets[1].names)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_study_comes_out_whatever_the_order_of_sets(real_study, seed):
    """Text hashes differ between processes; the order of levels, panels and attributes must not."""
    program = (
        "import sys; from pathlib import Path; from core.store.sources import plain; "
        "from core.store.sources.notebook import Notebook; "
        "found = plain.read(Path(sys.argv[1]), 'x', Notebook()); "
        "print(found.draft.attributes, found.draft.panels, found.draft.patient_panels, found.study_toml)"
    )
    folder = real_study("nsclc_radiogenomics")
    texts = {
        subprocess.run(
            [sys.executable, "-c", program, str(folder)],
            env=os.environ | {"PYTHONHASHSEED": chosen, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for chosen in ("0", seed)
    }
    assert len(texts) == 1

"""Screening: the volume found by name, its surrogates dropped, and nothing leaving unnamed."""

import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from core.errors import NotEstimable, Refused
from core.network.screening import usable, volume_feature, volume_surrogates

SAMPLES = Path(os.environ.get("COHORTSCOPE_SAMPLES") or Path(__file__).parents[2] / ".." / "shared" / "data")


@pytest.mark.parametrize(
    "name",
    [
        "original_shape_MeshVolume", "original_shape_VoxelVolume", "original_shape_Volume", "original|morph.vol",
        "sf_volume_2D", "VOLUME_WT", "totalvol", "T2_original_Total_Volume", "SHAPE_Volume(mL)",
        "MORPHOLOGICAL_Volume(IBSI:RNU0)", "morph_volume", "tumour_volume_ml", "Volume", "GTV_volume", "Shape_volume",
    ],
)  # fmt: skip
def test_volumes_are_known_by_name(name):
    assert volume_feature(["age", name, "original_shape_SurfaceVolumeRatio"]) == name


@pytest.mark.parametrize(
    "name",
    [
        "original_shape_SurfaceVolumeRatio", "surface2volumeratio", "VOLUME_ET_OVER_NET", "VOLUME_BRAIN",
        "edema_on_MNI_Surface_to_Volume_ratio", "wavelet-LLL_shape_MeshVolume", "LoG1mm|morph.vol", "volume_density",
        "original|morph.av", "involvement",
    ],
)  # fmt: skip
def test_other_names_are_not_volumes(name):
    assert volume_feature([name]) is None


def test_the_mesh_volume_comes_before_the_voxel_count_and_the_whole_before_a_part():
    assert volume_feature(["original_shape_VoxelVolume", "original_shape_MeshVolume"]) == "original_shape_MeshVolume"
    assert volume_feature(["VOLUME_ET", "VOLUME_TC", "VOLUME_WT"]) == "VOLUME_WT"


@pytest.mark.parametrize(
    ("file", "volume"),
    [
        ("hn_tcia/features.csv", "original_shape_MeshVolume"),
        ("hn_tcia/features_hn1_ibsi_oraw.csv", "original|morph.vol"),
        ("hn_tcia/features_hn1_predict.csv", "sf_volume_2D"),
        ("glioma_tcga/features.csv", "VOLUME_WT"),
        ("glioma_arita/features.csv", "totalvol"),
        ("repro_kits_phase/features_long_settings.csv", "original_shape_MeshVolume"),
    ],
)
def test_the_volume_of_real_tables(file, volume):
    if not (SAMPLES / file).is_file():
        pytest.skip(f"sample data absent: {file}")
    with (SAMPLES / file).open(newline="") as table:
        assert volume_feature(next(csv.reader(table))) == volume


def table():
    rng = np.random.default_rng(0)
    volume = rng.lognormal(size=40)
    return pd.DataFrame(
        {
            "volume": volume,
            "cube": volume**3,
            "against": -volume + 0.01 * rng.normal(size=40),
            "loose": rng.normal(size=40),
            "holes": np.where(np.arange(40) < 5, np.nan, rng.normal(size=40)),
            "same": 1.0,
        }
    )


def test_surrogates_of_the_volume_are_dropped_and_the_volume_kept():
    screening = volume_surrogates(table(), "volume")
    assert screening.kept == ("volume", "loose", "holes", "same")
    assert screening.dropped == ("cube", "against")
    rows = screening.table.set_index("feature")
    assert rows.loc["cube", "rho"] == pytest.approx(1.0)
    assert rows.loc["holes", "n"] == 35
    assert np.isnan(rows.loc["same", "rho"])
    oracle = spearmanr(table()["holes"], table()["volume"], nan_policy="omit").statistic
    assert rows.loc["holes", "rho"] == pytest.approx(oracle)


def test_a_feature_exactly_at_the_cut_is_dropped():
    exact = pd.DataFrame({"volume": [1.0, 2, 3, 4, 5], "other": [2.0, 1, 3, 5, 4]})
    assert volume_surrogates(exact, "volume", cut=0.8).dropped == ("other",)


def test_screening_says_why_it_cannot_be_done():
    with pytest.raises(Refused, match="no feature 'size'"):
        volume_surrogates(table(), "size")
    for features, volume in ((table().iloc[:2], "volume"), (table(), "same")):
        with pytest.raises(NotEstimable, match="volume"):
            volume_surrogates(features, volume)


def test_what_is_left_out_is_named():
    features = table().assign(
        text="a", twin=lambda t: t["loose"], empty=np.nan, endless=np.where(np.arange(40) < 1, np.inf, 2.0),
        gappy=np.where(np.arange(40) < 20, np.nan, 1.5),
    )  # fmt: skip
    left = usable(features)
    assert left.not_numeric == ("text",)
    assert left.missing_features == (("empty", 1.0), ("gappy", 0.5))
    assert left.constant == ("same", "endless")
    assert left.duplicates == (("twin", "loose"),)
    assert left.patients == ("0", "1", "2", "3", "4")
    assert left.features.columns.tolist() == ["volume", "cube", "against", "loose", "holes"]
    assert (left.n, left.n_before, left.p_before) == (35, 40, 11)
    assert not left.features.isna().any(axis=None)
    assert "5 of 40 patients left out (a value missing): 0, 1, 2, 3, 4." in left.notes
    assert "1 features left out (exact repeats): twin (= loose)." in left.notes


def test_a_clean_table_passes_unchanged():
    clean = table()[["volume", "loose"]]
    left = usable(clean)
    pd.testing.assert_frame_equal(left.features, clean)
    assert left.notes == ()


def test_a_feature_that_varies_only_in_excluded_patients_is_constant():
    features = pd.DataFrame({"a": [np.nan, 1.0, 2, 3], "b": [5.0, 4, 4, 4]})
    assert usable(features).constant == ("b",)


def test_nobody_left():
    features = pd.DataFrame({"a": [np.nan, np.nan, 1.0, 2.0], "b": [1.0, 2.0, np.nan, np.nan]})
    left = usable(features, missing=0.6)
    assert left.n == 0
    assert left.patients == ("0", "1", "2", "3")

"""Agreement against epiR, psych, scipy and pingouin, and the features for which it cannot be told."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy.stats import false_discovery_control, spearmanr

from core.errors import Abandoned, Refused
from core.stats.agreement import agreement

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "agreement" / "agreement.json").read_text())
FEATURES = REFERENCE["features"]
FIRST = pd.DataFrame({row["feature"]: row["first"] for row in FEATURES}, dtype=float)
SECOND = pd.DataFrame({row["feature"]: row["second"] for row in FEATURES}, dtype=float)
NUMBERS = ["ccc", "ccc_low", "ccc_high", "spearman", "icc", "icc_low", "icc_high"]


def test_equals_r():
    result = agreement(FIRST, SECOND)
    expected = pd.DataFrame(FEATURES).set_index("feature")
    np.testing.assert_allclose(result.table[NUMBERS], expected[NUMBERS].astype(float), atol=1e-10)
    np.testing.assert_allclose(result.table["spearman_p"], expected["spearman_p"].astype(float), rtol=1e-9)
    assert result.n == 17
    assert (result.table["n"] == 17).all()
    assert (result.table["note"] == "").all()


def test_the_published_example():
    """Peak flow by two meters (Bland and Altman 1986): concordance 0.943, interval 0.850 to 0.979."""
    row = agreement(FIRST, SECOND).table.loc["peak_flow"]
    assert [round(row[name], 3) for name in ("ccc", "ccc_low", "ccc_high")] == [0.943, 0.850, 0.979]


def test_missing_values_are_left_out_per_feature():
    holes = FIRST.copy()
    holes.loc[0, "shifted"] = np.nan
    other = SECOND.copy()
    other.loc[[3, 4], "shifted"] = [np.nan, np.inf]
    result = agreement(holes, other).table
    keep = [i for i in range(17) if i not in (0, 3, 4)]
    alone = agreement(FIRST.loc[keep, ["shifted"]], SECOND.loc[keep, ["shifted"]]).table
    assert result.loc["shifted", "n"] == 14
    np.testing.assert_allclose(
        result.loc["shifted", NUMBERS].astype(float), alone.loc["shifted", NUMBERS].astype(float), atol=1e-12
    )
    whole = agreement(FIRST, SECOND).table
    pd.testing.assert_series_equal(result.loc["tied", NUMBERS], whole.loc["tied", NUMBERS])
    oracle = spearmanr(FIRST.loc[keep, "shifted"], SECOND.loc[keep, "shifted"])
    assert result.loc["shifted", ["spearman", "spearman_p"]].tolist() == pytest.approx([*oracle])


def test_features_without_an_answer_say_why():
    base = FIRST["peak_flow"]
    one = pd.DataFrame({"flat": 1.0, "still": base, "fixed": base, "rare": base, "sound": base})
    two = pd.DataFrame({"flat": 2.0, "still": 0.1 + 0.2, "fixed": base, "rare": base, "sound": base + 5})
    one["fixed"] = 3.0
    two.loc[2:, "rare"] = np.nan
    table = agreement(one, two).table
    assert table["note"].to_dict() == {
        "flat": "constant in both settings",
        "still": "constant in the second setting",
        "fixed": "constant in the first setting",
        "rare": "fewer than 3 patients with both values",
        "sound": "",
    }
    silent = table.drop(index="sound").drop(columns=["n", "note"])
    assert silent.isna().all(axis=None)
    assert table.loc["rare", "n"] == 2
    assert table.loc["sound", "spearman"] == 1.0
    assert table.loc["sound", "spearman_q"] == table.loc["sound", "spearman_p"] == 0.0
    assert 0 < table.loc["sound", "icc"] < 1


def test_identical_settings_agree_perfectly():
    row = agreement(FIRST[["peak_flow"]], FIRST[["peak_flow"]]).table.loc["peak_flow"]
    assert row[["ccc", "ccc_low", "ccc_high", "spearman", "icc"]].tolist() == pytest.approx([1, 1, 1, 1, 1])
    assert row[["icc_low", "icc_high"]].isna().all()


def test_q_values_are_over_the_features():
    table = agreement(FIRST, SECOND).table
    np.testing.assert_allclose(table["spearman_q"], false_discovery_control(table["spearman_p"]))


def test_the_settings_of_pingouin_are_left_as_they_were():
    before = dict(pingouin.options)
    agreement(FIRST[["tied"]], SECOND[["tied"]])
    assert dict(pingouin.options) == before


def test_tables_that_do_not_match_are_refused():
    with pytest.raises(Refused, match="same rows and columns"):
        agreement(FIRST, SECOND.iloc[::-1])


def test_it_can_be_abandoned():
    def stop(share, text=""):
        raise Abandoned

    with pytest.raises(Abandoned):
        agreement(FIRST, SECOND, stop)

"""Reproducible features: criteria worked by hand, and what each of them does to the list."""

import numpy as np
import pandas as pd
import pytest

from core.errors import Refused
from core.network.criteria import Criteria, reproducible_features
from core.network.settings import SettingPair, stability_matrix
from core.stats.agreement import agreement
from tests.network.test_settings import noisy


@pytest.fixture
def three():
    """Three settings: f0 in every common network, f1 in two of three, f2 in none but exact, f3 copied, f4 noise."""
    tables = {name: noisy([0.1, 0.1, 0.01, 0.1, 3.0], seed) for name, seed in (("a", 1), ("b", 2), ("c", 3))}
    for table in tables.values():
        table["f3"] = tables["a"]["f3"]
    network = {("a", "b"): ("f0", "f1", "f3"), ("a", "c"): ("f0", "f1", "f3"), ("b", "c"): ("f0", "f3")}
    return [
        SettingPair(a, b, tables[a], tables[b], ("f0", "f1", "f2", "f3"), common, common[:1])
        for (a, b), common in network.items()
    ]


def test_the_matrix_has_every_feature_of_every_pair(three):
    matrix = stability_matrix(three)
    assert len(matrix) == 15
    assert matrix.groupby(["setting_a", "setting_b"], sort=False)["in_common"].sum().tolist() == [3, 3, 2]
    row = matrix.set_index(["setting_a", "setting_b", "feature"]).loc[("a", "c", "f0")]
    assert row["ccc"] == pytest.approx(agreement(three[1].first, three[1].second).table.loc["f0", "ccc"])
    assert row["connected"] and row["entered"] and row["n"] == 20


def test_criteria_by_hand(three):
    def kept(**asked):
        return reproducible_features(three, Criteria(**asked)).names

    assert kept() == ("f0", "f1", "f2", "f3", "f4")
    assert kept(pairs=3) == ("f0", "f3")
    assert kept(pairs=2) == ("f0", "f1", "f3")
    assert kept(pairs=3, connected=True) == ("f0",)
    assert kept(pairs=3, differs=True) == ("f0",)
    assert kept(ccc=0.9) == kept(icc=0.9) == ("f0", "f1", "f2", "f3")
    assert kept(ccc=0.99999) == ("f3",)
    rho = pd.Series({"f0": 1.0, "f1": 0.8, "f2": 0.79})
    found = reproducible_features(three, Criteria(volume=0.8), volume="f0", volume_rho=rho)
    assert found.names == ("f0", "f2", "f3", "f4")


def test_the_flow_adds_up(three):
    rho = pd.Series({"f1": 0.9})
    asked = Criteria(pairs=3, ccc=0.9, icc=0.9, volume=0.8, differs=True)
    found = reproducible_features(three, asked, volume_rho=rho)
    flow = found.flow
    assert flow["left"].tolist() == [5, 4, 3, 2, 2, 1]
    assert flow["removed"].tolist() == [0, 1, 1, 1, 0, 1]
    assert flow["failed"].tolist() == [0, 1, 1, 1, 1, 3]
    assert (flow["left"].shift(fill_value=5) - flow["removed"] == flow["left"]).all()
    features = found.features.set_index("feature")
    assert features["kept"].sum() == len(found.names) == flow["left"].iloc[-1]
    assert features.loc["f1", "removed_by"] == "|Spearman| with the volume below 0.8 under every setting"
    assert features.loc["f3", "removed_by"].startswith("not copied")
    assert features.loc["f2", "removed_by"] == "in the common network of all 3 pairs"
    assert features["pairs_in_common"].tolist() == [3, 2, 0, 3, 0]
    assert found.pairs["in_common"].tolist() == [3, 3, 2] and (found.pairs["n"] == 20).all()
    assert found.criteria[-1] == "in the common network of all 3 pairs"


def test_stricter_criteria_keep_fewer(three):
    loose, strict = (reproducible_features(three, Criteria(pairs=q, ccc=0.5)).names for q in (2, 3))
    assert set(strict) <= set(loose)


def test_a_pair_without_an_estimate_is_not_passed_over(three):
    three[0].first["f0"] = 1.0
    found = reproducible_features(three, Criteria(ccc=0.5))
    assert np.isnan(found.features.set_index("feature").loc["f0", "ccc_min"])
    assert "f0" not in found.names


def test_what_cannot_be_asked_is_refused(three):
    with pytest.raises(Refused, match="no pair of settings"):
        reproducible_features([], Criteria())
    with pytest.raises(Refused, match="4 pairs are asked for and there are 3"):
        reproducible_features(three, Criteria(pairs=4))
    other = SettingPair("a", "x", three[0].first[["f0"]], three[0].second[["f0"]])
    with pytest.raises(Refused, match="different features"):
        reproducible_features([*three, other], Criteria())

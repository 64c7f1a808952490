import numpy as np
import pandas as pd

from core.analyses.agreement import SettingAgreement
from core.plots import drawings
from core.stats.agreement import agreement


def result(scale="raw", identical=("same",)):
    chance = np.random.default_rng(0)
    first = pd.DataFrame(chance.normal(size=(12, 2)), columns=["same", "other"], index=[f"P{i}" for i in range(12)])
    second = first.assign(other=first["other"] + chance.normal(size=12))
    table = agreement(first, second).table.rename_axis("feature").reset_index()
    table.insert(1, "family", ["shape", "glcm"])
    return SettingAgreement(("a", "b"), 12, 2, 0.85, 1, identical, scale, table)


def test_features_that_cannot_differ_are_not_praised():
    for drawing in drawings(result()):
        assert "1 of all have the same value under both for everybody" in drawing.caption
        assert "z-scored" not in drawing.caption
    assert "same value" not in drawings(result(identical=()))[0].caption


def test_what_z_scores_hide_is_said():
    assert "cannot see a shift or stretch" in drawings(result(scale="z-scored"))[0].caption

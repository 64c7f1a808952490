"""Differences between paired regions: by hand, with holes, and the same whatever the order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.radiogenomics.paired_regions import GLOBAL, lungs, paired_differences

PLACES = ("left anterior", "left posterior", "right anterior", "right posterior")


def table(seed: int = 0, patients: int = 5, sections=("upper", "lower"), features=("mean", "fractal")) -> pd.DataFrame:
    index = pd.MultiIndex.from_product(
        [[f"P{i}" for i in range(patients)], sections, PLACES], names=["patient_id", "section", "location"]
    )
    columns = pd.MultiIndex.from_product([features, ["outer", "inner"]], names=["feature", "region"])
    values = np.random.default_rng(seed).normal(size=(len(index), len(columns)))
    return pd.DataFrame(values, index=index, columns=columns)


def test_a_case_by_hand():
    regions = table(patients=1, features=("mean",))
    regions[("mean", "outer")] = [10, 20, 30, 40, 50, 60, 70, 80]
    regions[("mean", "inner")] = [9, 18, 27, 36, 45, 54, 63, 72]
    found = paired_differences(regions, {place: (place,) for place in PLACES} | lungs(PLACES))
    row = found.values.loc["P0", "mean"]
    assert row[GLOBAL] == 4.5  # of 1 to 8
    assert row["left anterior"] == 3  # (1 + 5) / 2
    assert row["left"] == 3.5  # 1, 2, 5, 6
    assert row["right posterior"] == 6
    assert found.pairs.loc["P0", ("mean", GLOBAL)] == 8
    assert (found.first, found.second) == ("outer", "inner")
    assert found.asked[GLOBAL] == 8
    assert found.asked["left"] == 4
    assert (found.n_patients, found.n_complete) == (1, 1)


def test_missing_regions_are_left_out_of_their_feature_and_counted():
    regions = table()
    whole = paired_differences(regions, {"left": PLACES[:2]})
    holed = regions.copy()
    holed.loc[("P1", "upper", "left anterior"), ("mean", "inner")] = np.nan
    holed = holed.drop(index="P3", level="patient_id")
    found = paired_differences(holed, {"left": PLACES[:2]})
    assert found.pairs.loc["P1", ("mean", GLOBAL)] == 7
    assert found.pairs.loc["P1", ("fractal", GLOBAL)] == 8
    assert (found.n_patients, found.n_complete) == (4, 3)
    same = found.values.loc["P2"]
    pd.testing.assert_series_equal(same, whole.values.loc["P2"])
    pair = regions.loc["P1"].xs("mean", axis=1)
    d = (pair["outer"] - pair["inner"]).drop(("upper", "left anterior"))
    assert found.values.loc["P1", ("mean", GLOBAL)] == pytest.approx(d.mean())


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000))
def test_order_of_rows_changes_nothing_and_swapped_regions_turn_the_sign(seed):
    regions = table(seed)
    parts = {place: (place,) for place in PLACES}
    one = paired_differences(regions, parts).values
    mixed = regions.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(paired_differences(mixed, parts).values.loc[one.index], one, rtol=1e-12)
    swapped = paired_differences(regions, parts, ("inner", "outer")).values
    pd.testing.assert_frame_equal(swapped, -one)
    means = one.xs(GLOBAL, axis=1, level=1)
    by_place = sum(one.xs(place, axis=1, level=1) for place in PLACES) / 4
    pd.testing.assert_frame_equal(means, by_place, rtol=1e-9)


def test_lungs_are_told_where_all_names_say_the_side():
    assert set(lungs(PLACES)) == {"left", "right"}
    assert lungs(["L1", "L2", "R1"]) == {"left": ("L1", "L2"), "right": ("R1",)}
    assert lungs(["Left_ant", "right-post"]) == {"left": ("Left_ant",), "right": ("right-post",)}
    assert lungs(["anterior left", "anterior right"]) == {"left": ("anterior left",), "right": ("anterior right",)}
    assert lungs(["left", "middle", "right"]) == {}
    assert lungs(["left of right", "right"]) == {}
    assert lungs(["lateral", "rear"]) == {}
    assert lungs(["left one", "left two"]) == {}


def test_another_shape_is_refused_in_words():
    regions = table()
    with pytest.raises(Refused, match="row per pair"):
        paired_differences(regions.reset_index(drop=True))
    with pytest.raises(Refused, match="two rows"):
        paired_differences(pd.concat([regions, regions.iloc[:1]]))
    with pytest.raises(Refused, match="two regions"):
        paired_differences(regions.xs("outer", axis=1, level=1, drop_level=False))
    with pytest.raises(Refused, match="location"):
        paired_differences(regions, {"heart": ("heart",)})
    with pytest.raises(NotEstimable, match="pair"):
        paired_differences(regions * np.nan)

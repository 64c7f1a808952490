"""Every pair of settings: agreement against pingouin and by hand, and correlation with the volume."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.network.screening import volume_surrogates
from core.network.settings import pair_agreement, volume_correlation
from core.stats.agreement import agreement

PATIENTS = [f"P{i:02d}" for i in range(20)]


def noisy(noise, seed=0, n=20):
    """A setting under which feature k has this much noise on the values that all settings share."""
    values = np.random.default_rng(42).normal(size=(n, len(noise)))
    values = values + np.asarray(noise) * np.random.default_rng(seed).normal(size=values.shape)
    return pd.DataFrame(values, index=PATIENTS[:n], columns=[f"f{k}" for k in range(len(noise))])


def test_agreement_is_that_of_pingouin_and_of_the_agreement_section():
    first, second = noisy([0.1, 0.5, 2, 0.3, 0.3, 1], 1), noisy([0.1, 0.5, 2, 0.3, 0.3, 1], 2)
    first["f3"], second["f3"] = 1e12 * first["f3"] + 5e12, 1e12 * second["f3"] + 6e12
    first["f4"] *= 1e-9
    second["f4"] = first["f4"]
    first.iloc[[0, 3], 5] = np.nan
    second.iloc[7, 5] = np.inf
    expected = agreement(first, second).table
    found = pair_agreement(first, second)
    assert found["n"].tolist() == expected["n"].tolist() == [20, 20, 20, 20, 20, 17]
    assert found["ccc"].to_numpy() == pytest.approx(expected["ccc"].to_numpy(), abs=1e-12)
    assert found["icc"].to_numpy() == pytest.approx(expected["icc"].to_numpy(), abs=1e-8)
    assert found["identical"].tolist() == [False, False, False, False, True, False]


def test_agreement_by_hand():
    # Two settings of three patients: means 2 and 3, sums of squares 2 and 2, products 2; concordance
    # 4 / (4 + 3), mean squares 2 (patients), 1.5 (settings) and 0 (error): ICC = 2 / (2 + 2/3 * 1.5).
    first = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    found = pair_agreement(first, first + 1).loc["x"]
    assert found["ccc"] == pytest.approx(4 / 7)
    assert found["icc"] == pytest.approx(2 / 3)


def test_what_has_no_agreement_has_none():
    first = pd.DataFrame({"flat": [1.0] * 4, "few": [1.0, 2.0, np.nan, np.nan], "none": [np.nan] * 4})
    found = pair_agreement(first, first + np.arange(4.0)[:, None])
    assert found[["ccc", "icc"]].isna().all(None)
    assert found["n"].tolist() == [4, 2, 0]
    assert not found["identical"].any()
    with pytest.raises(Refused, match="differ in patients or features"):
        pair_agreement(first, first.iloc[::-1])


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.lists(st.tuples(*[st.floats(-1e6, 1e6, width=32)] * 2), min_size=3, max_size=12),
    st.floats(1e-6, 1e6),
    st.floats(-1e3, 1e3),
)
def test_agreement_does_not_depend_on_units_or_on_which_setting_comes_first(values, scale, shift):
    table = pd.DataFrame(values, columns=["x", "y"]).rename_axis("patient")
    first, second = table[["x"]], table[["y"]].set_axis(["x"], axis=1)
    found = pair_agreement(first, second)
    again = pair_agreement(second, first)
    assert found.equals(again) or found.fillna(0).to_numpy(float) == pytest.approx(again.fillna(0).to_numpy(float))
    if found["ccc"].notna().all() and np.ptp(table.to_numpy(), axis=0).min() > 1:
        scaled = pair_agreement(scale * first + shift, scale * second + shift)
        assert scaled["ccc"].item() == pytest.approx(found["ccc"].item(), abs=1e-6)
        assert scaled["icc"].item() == pytest.approx(found["icc"].item(), abs=1e-5)
        assert -1 <= found["ccc"].item() <= 1 + 1e-12


def test_the_volume_correlation_is_that_of_the_screening():
    one, other = noisy([0.1] * 5, 1), noisy([0.5] * 5, 2)
    one["f1"] = one["f0"] ** 3
    other.iloc[:4, 2] = np.nan
    other.iloc[5, 0] = np.nan
    other["f4"] = 1.0
    found = volume_correlation({"a": one, "b": other}, "f0")
    each = [volume_surrogates(table, "f0").table.set_index("feature")["rho"].abs() for table in (one, other)]
    expected = pd.DataFrame(each).max()
    assert found.to_numpy() == pytest.approx(expected.to_numpy())
    assert found["f1"] == pytest.approx(1.0)
    assert np.isnan(volume_correlation({"b": other}, "f0")["f4"])

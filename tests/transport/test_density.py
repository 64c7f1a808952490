import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable, Refused
from core.transport.density import densities, learn_scaling

COHORT = pd.DataFrame(
    {"energy": [100.0, 300.0, 200.0, 100.0], "skew": [-1.0, 1.0, 0.0, -1.0], "flat": 7.0}, index=["a", "b", "c", "d"]
)


def test_unit_scaling_brings_every_feature_to_the_unit_interval():
    result = densities(COHORT, learn_scaling(COHORT))
    # c: energy (200 - 100)/200 = 0.5 and skew 0.5, the constant feature carries nothing
    assert result.values.tolist() == [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]
    assert result.patients == ("b", "c")
    assert result.zero_mass == ("a", "d") and result.missing == ()
    assert (result.n_given, result.clipped, result.n_values) == (4, 0, 6)


def test_as_coded_leaves_features_without_a_negative_value_raw():
    result = densities(COHORT, learn_scaling(COHORT, "as coded"))
    np.testing.assert_allclose(result.values[0], np.array([100, 0, 7]) / 107)
    np.testing.assert_allclose(result.values[2], np.array([200, 0.5, 7]) / 207.5)


def test_a_frozen_scaling_clips_a_second_cohort_and_counts_it():
    scaling = learn_scaling(COHORT)
    assert scaling.constant == ("flat",) and scaling.n == 4
    second = pd.DataFrame({"flat": [7.0, 9.0], "skew": [3.0, 0.0], "energy": [50.0, 200.0]}, index=["x", "y"])
    result = densities(second, scaling)
    assert result.values.tolist() == [[0, 1, 0], [0.5, 0.5, 0]]
    assert result.clipped == 3
    assert result.clipped_by_feature.to_dict() == {"energy": 1, "skew": 1, "flat": 1}


def test_patients_without_a_distribution_are_named():
    gaps = COHORT.copy()
    gaps.loc["b", "skew"] = np.nan
    gaps.loc["c", "energy"] = np.inf
    result = densities(gaps, learn_scaling(COHORT, "as coded"))
    assert result.missing == ("b", "c") and result.patients == ("a", "d")
    assert len(result.values) + len(result.missing) + len(result.zero_mass) == result.n_given


def test_ranges_ignore_what_is_missing():
    gaps = COHORT.copy()
    gaps.loc["b", "energy"] = np.nan
    assert learn_scaling(gaps).high[0] == 200


def test_refusals_say_what_is_wrong():
    with pytest.raises(Refused, match="skew"):
        densities(COHORT[["energy", "flat"]], learn_scaling(COHORT))
    with pytest.raises(Refused, match="no value"):
        learn_scaling(COHORT.assign(skew=np.nan))
    with pytest.raises(Refused, match="'zscore'"):
        learn_scaling(COHORT, "zscore")
    with pytest.raises(NotEstimable, match="None of 4 patients"):
        densities(COHORT.assign(skew=np.nan), learn_scaling(COHORT))

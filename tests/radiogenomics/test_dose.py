"""Dose-volume tables: what is refused, both ways of writing one, summaries by hand, and the generalised mean."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.radiogenomics.dose import Dvh, geud_gy

EXPONENTS = (
    -np.inf,
    -1e308,
    -40.0,
    -3.0,
    -1.0,
    -1e-9,
    0.0,
    5e-324,
    1e-12,
    1e-6,
    0.5,
    1.0,
    2.0,
    12.0,
    300.0,
    1e6,
    1e200,
    np.inf,
)
#: 0 to 20 Gy: 30 %, 20 to 30 Gy: none, 30 to 60 Gy: 70 %.
RAMP = Dvh.of([0, 20, 30, 60], [100, 70, 70, 0], "cumulative")
TWO = Dvh.of([20, 60], [0.25, 0.75], "differential")


@st.composite
def tables(draw, least=0.0):
    """Point doses or bins, some of them with no volume."""
    count = draw(st.integers(1, 12))
    steps = draw(st.lists(st.floats(0.01, 15), min_size=count + 1, max_size=count + 1))
    weights = np.array(draw(st.lists(st.integers(0, 50), min_size=count, max_size=count)), float)
    weights[draw(st.integers(0, count - 1))] += 1
    edges = least + np.cumsum(steps) - steps[0]
    doses = edges if draw(st.booleans()) else edges[:-1]
    return Dvh.of(doses, weights / weights.sum(), "differential")


@pytest.mark.parametrize(
    ("dose", "volume", "kind", "words"),
    [
        ([-1, 20], [0.5, 0.5], "differential", "1 doses are negative"),
        ([10, 20], [1.2, -0.2], "differential", "1 volumes are negative"),
        ([10, 20], [0.5, 0.4], "differential", "neither 1 nor 100 %"),
        ([10, 20], [12.0, 30.0], "differential", "neither 1 nor 100 %"),
        ([0, 10, 20], [1, 1.0, 0.3], "cumulative", "0.3 of the volume is left"),
        ([0, 10, 20, 30], [1, 0.4, 0.6, 0], "cumulative", "rises at 1 rows"),
        ([0, 10, 20], [0.8, 0.4, 0], "cumulative", "first row holds 0.8"),
        ([0, 20, 10], [1, 0.4, 0], "cumulative", "dose does not rise at 1 rows"),
        ([0, 20, 20], [0.4, 0.6], "differential", "dose does not rise at 1 rows"),
        ([10, np.nan], [0.5, "half"], "differential", "missing or no numbers"),
        ([10, 20, 30], [1], "differential", "3 doses were given with 1 volumes"),
        ([], [], "differential", "0 doses"),
        ([1], [1], "cumulative", "two rows or more"),
        ([0, np.inf], [1, 0], "cumulative", "missing or no numbers"),
    ],
)
def test_a_table_that_cannot_be_is_refused(dose, volume, kind, words):
    with pytest.raises(Refused, match=words):
        Dvh.of(dose, volume, kind)


def test_every_problem_is_named_at_once():
    with pytest.raises(Refused) as refused:
        Dvh.of([-5, 10, 20], [0.5, 0.7, 0.2], "cumulative")
    assert [problem.where for problem in refused.value.problems] == ["dose", "volume", "volume", "volume"]
    with pytest.raises(ValueError, match="neither"):
        Dvh.of([1], [1], "sum")


def test_shares_and_per_cent_are_the_same_and_rounding_is_mended():
    rounded = Dvh.of([10, 20, 30], [33.3, 33.3, 33.3], "differential")
    np.testing.assert_allclose(rounded.volume, 1 / 3, rtol=1e-15)
    assert rounded.total_given == pytest.approx(99.9)
    np.testing.assert_allclose(RAMP.volume, [0.3, 0.7])


def test_the_two_ways_of_writing_a_table_by_hand():
    pd.testing.assert_frame_equal(
        RAMP.cumulative(), pd.DataFrame({"dose_gy": [0.0, 20, 30, 60], "volume": [1.0, 0.7, 0.7, 0]})
    )
    table = RAMP.differential()
    assert table["dose_gy"].tolist() == [10, 45] and table["high_gy"].tolist() == [20, 60]
    edges = Dvh.of([0, 20, 30, 60], [0.3, 0, 0.7], "differential")
    np.testing.assert_allclose(edges.dose_gy, RAMP.dose_gy)
    assert TWO.cumulative()["dose_gy"].tolist() == [20, 20, 60, 60]


@given(dvh=tables())
@settings(deadline=None, derandomize=True, max_examples=80)
def test_a_table_goes_to_the_other_way_and_back(dvh):
    rows = dvh.cumulative()
    back = Dvh.of(rows["dose_gy"], rows["volume"], "cumulative")
    for name in ("low_gy", "dose_gy", "high_gy", "volume"):
        np.testing.assert_allclose(getattr(back, name), getattr(dvh, name), rtol=1e-9, atol=1e-12)


def test_summaries_by_hand():
    assert RAMP.mean_gy == pytest.approx(0.3 * 10 + 0.7 * 45)
    assert (RAMP.min_gy, RAMP.max_gy) == (0, 60)
    # Halfway through a bin is half its volume; a dose where nothing lies has the volume above it.
    assert [RAMP.volume_at(d) for d in (0, 10, 25, 45, 60, 61)] == pytest.approx([1, 0.85, 0.7, 0.35, 0, 0])
    # The hottest 70 % receive at least 30 Gy: between the bins the hotter one counts.
    assert [RAMP.dose_at(v) for v in (0, 0.35, 0.7, 0.85, 1)] == pytest.approx([60, 45, 30, 10, 0])


def test_volume_at_exactly_a_dose_counts():
    assert [TWO.volume_at(d) for d in (0, 20, 20.001, 60, 60.001)] == pytest.approx([1, 1, 0.75, 0.75, 0])
    assert [TWO.dose_at(v) for v in (0, 0.02, 0.75, 0.751, 1)] == pytest.approx([60, 60, 60, 20, 20])
    tenths = Dvh.of([10, 20, 30], [0.1, 0.2, 0.7], "differential")
    assert tenths.dose_at(0.9) == 20 and tenths.dose_at(0.7) == 30  # 0.7 + 0.2 is not quite 0.9
    for bad in (-0.1, 95, np.nan):
        with pytest.raises(Refused, match="no share"):
            TWO.dose_at(bad)
    with pytest.raises(Refused, match="no dose"):
        TWO.volume_at(-1)


@given(dvh=tables(), share=st.floats(0, 1), other=st.floats(0, 1))
@settings(deadline=None, derandomize=True, max_examples=80)
def test_dose_and_volume_undo_each_other_and_fall(dvh, share, other):
    assert dvh.volume_at(dvh.dose_at(share)) >= share - 1e-9
    assert dvh.min_gy <= dvh.dose_at(share) <= dvh.max_gy
    low, high = sorted((share, other))
    assert dvh.dose_at(low) >= dvh.dose_at(high) - 1e-9
    assert dvh.volume_at(low * dvh.max_gy) >= dvh.volume_at(high * dvh.max_gy) - 1e-12


def test_bed_and_eqd2_by_hand():
    """60 Gy in 30 fractions: BED 72 Gy for a ratio of 10 Gy, and the same dose at 2 Gy; 20 Gy in 5, ratio 3, 28."""
    plan = Dvh.of([60], [1], "differential")
    assert plan.bed(30, 10).mean_gy == pytest.approx(72)
    assert plan.eqd2(30, 10).mean_gy == pytest.approx(60)
    assert Dvh.of([20], [1], "differential").eqd2(5, 3).mean_gy == pytest.approx(20 * (1 + 4 / 3) / (1 + 2 / 3))
    assert plan.bed(30, np.inf).mean_gy == 60
    converted = RAMP.eqd2(20, 3)
    assert converted.max_gy == pytest.approx(60 * (3 + 3) / 5) and converted.dose_gy[1] == pytest.approx(
        45 * (3 + 2.25) / 5
    )
    np.testing.assert_array_equal(converted.volume, RAMP.volume)
    with pytest.raises(Refused) as refused:
        plan.bed(0, 0)
    assert [problem.where for problem in refused.value.problems] == ["fractions", "alpha_beta_gy"]
    with pytest.raises(Refused, match=r"2.5 fractions"):
        plan.eqd2(2.5, 3)


@pytest.mark.parametrize("a", EXPONENTS)
def test_a_uniform_dose_is_its_own_equivalent(a):
    for dose in (1e-3, 2, 70, 1e4):
        assert geud_gy(Dvh.of([dose], [1], "differential"), a) == pytest.approx(dose, rel=1e-13)
    assert geud_gy(Dvh.of([0], [1], "differential"), a) == 0


def test_two_bins_by_hand():
    expected = {
        -np.inf: 20,
        -1: 1 / (0.25 / 20 + 0.75 / 60),
        0: 20**0.25 * 60**0.75,
        1: 50,
        2: np.sqrt(0.25 * 400 + 0.75 * 3600),
        1000: 60 * 0.75**0.001,
        np.inf: 60,
    }
    assert {a: geud_gy(TWO, a) for a in expected} == pytest.approx(expected, rel=1e-13)
    with pytest.raises(Refused, match="no number"):
        geud_gy(TWO, np.nan)


def test_the_neighbourhood_of_nought_has_all_its_digits():
    """To second order in a, log gEUD is the mean of log dose plus a/2 times its variance."""
    logs, volume = np.log(TWO.dose_gy), TWO.volume
    centre = volume @ logs
    for a in (1e-15, -1e-12, 1e-9, -1e-7):
        expected = np.exp(centre + a / 2 * (volume @ (logs - centre) ** 2))
        assert geud_gy(TWO, a) == pytest.approx(expected, rel=1e-14)


def test_volume_without_dose():
    part = Dvh.of([0, 40], [0.5, 0.5], "differential")
    assert [geud_gy(part, a) for a in (-2, 0, 1, 2, np.inf)] == pytest.approx([0, 0, 20, np.sqrt(800), 40])
    assert geud_gy(part, 1e-3) == pytest.approx(40 * 0.5**1000)
    assert geud_gy(part, 1e-9) == 0


@given(dvh=tables(), first=st.floats(-60, 60), second=st.floats(-60, 60))
@settings(deadline=None, derandomize=True, max_examples=120)
def test_the_equivalent_never_falls_as_the_exponent_rises(dvh, first, second):
    values = [geud_gy(dvh, a) for a in sorted((*EXPONENTS, first, second))]
    assert (np.diff(values) >= -1e-9 * (1 + dvh.max_gy)).all()
    assert geud_gy(dvh, 1) == pytest.approx(dvh.mean_gy, rel=1e-12)


@given(dvh=tables(least=0.5), a=st.floats(-8, 8).filter(lambda a: abs(a) > 0.05))
@settings(deadline=None, derandomize=True, max_examples=80)
def test_the_safe_sum_equals_the_plain_one(dvh, a):
    assert geud_gy(dvh, a) == pytest.approx((dvh.volume @ dvh.dose_gy**a) ** (1 / a), rel=1e-9)

"""Many dose tables at once: units, what is left out, and the same numbers as one table at a time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.radiogenomics.dose import Dvh, geud_gy
from core.radiogenomics.dose_tables import curves, dose_tables, share_at, summaries

CUMULATIVE = ((0, 20), (10, 20), (10, 15), (30, 0))


def rows(**patients):
    """patient -> (kind, [(dose, volume)])."""
    return pd.DataFrame(
        [(p, dose, volume, kind) for p, (kind, table) in patients.items() for dose, volume in table],
        columns=["patient_id", "dose_gy", "volume", "kind"],
    )


def test_summaries_by_hand():
    """A quarter of 20 cm3 at exactly 10 Gy, the rest evenly from 10 to 30 Gy: mean 0.25 * 10 + 0.75 * 20 = 17.5 Gy."""
    tables = dose_tables(rows(a=("cumulative", CUMULATIVE)), "cm3")
    found = summaries(tables, volume_at_gy=20, dose_at_share=0.375, a=1).loc["a"]
    assert (found["min_gy"], found["mean_gy"], found["max_gy"]) == pytest.approx((10, 17.5, 30))
    assert found["volume_at"] == pytest.approx(0.375) and found["dose_at_gy"] == pytest.approx(20)
    assert found["geud_gy"] == pytest.approx(17.5) and found["volume_cm3"] == 20


def test_eqd2_by_hand():
    """60 Gy in 20 fractions with alpha/beta 3: 60 * (3 + 3)/(2 + 3) = 72 Gy."""
    tables = dose_tables(rows(a=("differential", [(60, 100)])), "percent").eqd2(20, 3)
    assert tables.dvhs["a"].mean_gy == pytest.approx(72)


def test_units_give_the_same_tables():
    one = dose_tables(rows(a=("differential", [(5, 0.25), (9, 0.75)])), "fraction")
    for unit, factor in (("percent", 100), ("cm3", 31.7)):
        other = dose_tables(rows(a=("differential", [(5, 0.25 * factor), (9, 0.75 * factor)])), unit)
        np.testing.assert_allclose(other.dvhs["a"].volume, one.dvhs["a"].volume, rtol=1e-12)
        assert other.volume_cm3 == ({"a": pytest.approx(31.7)} if unit == "cm3" else {})
    with pytest.raises(Refused, match="no unit of volume"):
        dose_tables(rows(), "litres")


def test_a_broken_table_is_left_out_with_its_fault():
    tables = dose_tables(rows(a=("cumulative", CUMULATIVE), b=("cumulative", ((0, 5), (10, 2)))), "cm3")
    assert list(tables.dvhs) == ["a"] and "is left" in tables.refused["b"]
    assert tables.only(["b"]).dvhs == {} and list(tables.only(["b"]).refused) == ["b"]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.floats(0, 80), st.floats(0.01, 1)), min_size=1, max_size=6, unique_by=lambda pair: pair[0]),
    st.lists(st.floats(0, 90), min_size=1, max_size=6),
)
def test_curves_are_those_of_one_table_and_never_rise(bins, at):
    doses, volumes = np.array(sorted(bins)).T
    table = pd.DataFrame({"patient_id": "a", "dose_gy": doses, "volume": volumes, "kind": "differential"})
    tables = dose_tables(table, "cm3")
    dvh, grid = tables.dvhs["a"], np.sort(at)
    found = curves(tables, grid).loc["a"].to_numpy()
    np.testing.assert_allclose(found, [dvh.volume_at(dose) for dose in grid], atol=1e-12)
    assert (np.diff(found) <= 1e-12).all()
    assert summaries(tables, volume_at_gy=0, dose_at_share=0, a=3).loc["a", "geud_gy"] == geud_gy(dvh, 3)


def test_shares_between_the_ends_of_a_bin():
    dvh = Dvh.of([0, 10, 20], [1, 1, 0], "cumulative")
    np.testing.assert_allclose(share_at(dvh, np.array([0, 10, 15, 20, 25])), [1, 1, 0.5, 0, 0])

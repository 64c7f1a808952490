"""Stages joined to main stages, and rare levels joined to one group."""

import pandas as pd
import pytest

from core.analyses.comparison import Asked, compare
from core.analyses.marker import CATEGORY, OTHER, Marker, commonest, main_stage, main_stages
from core.store.schema import Endpoint
from core.survival.grouping import category_groups


@pytest.mark.parametrize(
    ("level", "main"),
    [
        *[("IVA", "IV"), ("IVB", "IV"), ("IIIA1", "III"), ("I", "I"), ("iva", "iv"), ("IIB", "II")],
        *[("T1a", "T1"), ("4b", "4"), ("N2c", "N2"), ("T1 b", "T1")],
        *[("In situ", "In situ"), ("Tis", "Tis"), ("X", "X"), ("Not Collected", "Not Collected"), ("10", "10")],
    ],
)
def test_sub_stages_belong_to_their_stage_and_nothing_else_changes(level, main):
    assert main_stage(level) == main


def test_main_stages_keep_the_order_of_the_study():
    assert main_stages(("0", "In situ", "1", "2", "3a", "3", "4a", "4b")) == ("0", "In situ", "1", "2", "3", "4")


def test_rare_levels_are_joined_and_what_is_not_known_is_left_out():
    counts = {"a": 9, "b": 8, "c": 7, "d": 6, "e": 5, "f": 4, "g": 3, "Not Collected": 20}
    values = pd.Series([level for level, n in counts.items() for _ in range(n)], dtype=object)
    joined, levels = commonest(values, ("g", "f", "e", "d", "c", "b", "a", "Not Collected"))
    assert levels == ("e", "d", "c", "b", "a", OTHER)
    assert joined.value_counts().to_dict() == {"a": 9, "b": 8, "c": 7, OTHER: 7, "d": 6, "e": 5}
    assert joined.isna().sum() == 20


def test_what_has_no_place_in_an_order_is_out_of_the_trend_and_not_of_the_curves():
    levels = ("T1", "T2", "T3", "TX", "Not Collected", OTHER)
    stage = pd.Series([levels[i % 6] for i in range(120)], dtype=object)
    outcomes = pd.DataFrame({"time": [float(1 + (i * 7) % 50) for i in range(120)], "event": 1.0})
    marker = Marker("T", stage, CATEGORY, levels)
    found = compare(outcomes, Endpoint("os", "OS", "months"), marker, category_groups(stage, levels), Asked(trend=True))
    assert [group.group for group in found.trend.groups] == ["T1", "T2", "T3"]
    assert len(found.curves.curves) == 6

"""Events per coefficient: the scarcer of two classes counts, the rule is said with its limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stats.per_coefficient import RULE, per_coefficient


def test_the_scarcer_class_counts_and_in_survival_the_events():
    assert per_coefficient(90, 5).each == 18  # of any number of censored patients
    assert per_coefficient(90, 5, 40).each == 8 and per_coefficient(40, 5, 90).each == 8
    assert not per_coefficient(90, 5, 40).enough and per_coefficient(50, 5).enough
    assert per_coefficient(3, 0).each == float("inf")
    with pytest.raises(ValueError):
        per_coefficient(-1, 3)


def test_it_is_said_with_its_limits():
    enough, few = per_coefficient(120, 6).words, per_coefficient(12, 6, 400).words
    assert enough.startswith("120 events for 6 coefficients: 20 each") and "promises no accuracy" in enough
    assert few.startswith("12 events for 6 coefficients: 2 each, fewer than the 10") and "penalised" in few
    assert per_coefficient(1, 0).words == "1 event and no coefficient."


@given(st.integers(0, 500), st.integers(1, 60), st.one_of(st.none(), st.integers(0, 500)))
def test_more_coefficients_never_help(events, coefficients, others):
    one, more = per_coefficient(events, coefficients, others), per_coefficient(events, coefficients + 1, others)
    assert more.each <= one.each and (one.enough or not more.enough)
    assert one.enough == (one.scarcer >= RULE * coefficients)

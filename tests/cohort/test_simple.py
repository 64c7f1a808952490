"""The plain form that controls show: what a cohort says of an attribute, and a click that changes it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cohort import parse
from core.cohort.simple import Selection, select, select_gene, selection, toggle

values = st.lists(st.sampled_from(["a", "b", "c d", "é"]), max_size=3, unique=True).map(tuple)
ranges = st.one_of(
    st.none(), st.tuples(st.integers(0, 9), st.integers(10, 20)).map(lambda e: (float(e[0]), float(e[1])))
)


@settings(derandomize=True, deadline=None)
@given(values, ranges, st.booleans())
def test_what_is_selected_is_what_is_shown(chosen, ends, missing):
    wanted = Selection((), ends, missing) if ends else Selection(chosen, None, missing)
    cohort = select(parse("sex = F and (age > 3 or x = 1)"), "site", wanted)
    assert selection(cohort, "site") == wanted
    assert selection(parse(str(cohort)), "site") == wanted
    assert select(cohort, "site", Selection()) == parse("sex = F and (age > 3 or x = 1)")


def test_a_changed_part_stays_in_its_place():
    cohort = select(parse("site = a and sex = F"), "site", Selection(("b",)))
    assert str(cohort) == "site = b and sex = F"


@pytest.mark.parametrize("text", ["site = a and site missing", "site = a or sex = F", "not site = a", "site > 3"])
def test_what_a_control_cannot_show_is_left_alone(text):
    assert selection(parse(text), "site") is None


def test_clicking_twice_is_clicking_not_at_all():
    cohort = parse("sex = F")
    once = toggle(cohort, "site", ["a"])
    assert str(once) == "sex = F and site = a"
    assert str(toggle(once, "site", ["b"])) == "sex = F and site in (a, b)"
    assert toggle(once, "site", ["a"]) == cohort
    assert toggle(toggle(cohort, "site", [], missing=True), "site", [], missing=True) == cohort


def test_a_gene_has_one_status_at_a_time():
    cohort = select_gene(parse("TP53 mutated and sex = F"), "TP53", "wild type")
    assert str(cohort) == "sex = F and TP53 wild type"
    assert str(select_gene(cohort, "TP53", None)) == "sex = F"

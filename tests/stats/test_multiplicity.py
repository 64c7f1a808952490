"""Benjamini-Hochberg and Holm against R's p.adjust, and against what they are defined to be."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from core.stats.multiplicity import ADJUSTMENTS, benjamini_hochberg, holm

FOLDER = Path(__file__).parents[1] / "reference"
REFERENCE = json.loads((FOLDER / "agreement" / "agreement.json").read_text())
FAMILIES = pd.read_csv(FOLDER / "survival" / "multiplicity.csv", comment="#", float_precision="round_trip")
probabilities = st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.05, 1.0])


def test_equals_r_and_leaves_missing_out():
    p, expected = (np.array(REFERENCE[key], dtype=float) for key in ("p", "bh"))
    assert np.isnan(p).sum() == 1
    np.testing.assert_allclose(benjamini_hochberg(p), expected, rtol=1e-14)


@pytest.mark.parametrize("family", FAMILIES["family"].unique())
def test_both_equal_r_with_ties_missing_values_and_the_ends_of_the_scale(family):
    theirs = FAMILIES[FAMILIES["family"] == family]
    for name, column in (("Holm", "holm"), ("BH", "bh")):
        np.testing.assert_allclose(ADJUSTMENTS[name](theirs["p"]), theirs[column], rtol=1e-14)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_equals_scipy_and_never_lowers_a_p(p):
    q = benjamini_hochberg(p)
    np.testing.assert_allclose(q, false_discovery_control(p), rtol=1e-12, atol=1e-300)
    assert (q >= np.array(p) * (1 - 1e-12)).all()


@settings(deadline=None, derandomize=True, max_examples=80)
@given(st.lists(probabilities, min_size=1, max_size=7))
def test_holm_is_the_closed_test_of_bonferroni(p):
    """A hypothesis falls when Bonferroni rejects every set of hypotheses that holds it: all sets are tried here."""
    everyone = range(len(p))
    sets = [chosen for size in range(1, len(p) + 1) for chosen in combinations(everyone, size)]
    closed = [max(min(1.0, len(s) * min(p[j] for j in s)) for s in sets if i in s) for i in everyone]
    np.testing.assert_allclose(holm(p), closed, rtol=1e-12, atol=1e-300)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(probabilities, min_size=1, max_size=40), st.randoms())
def test_the_order_of_the_tests_does_not_matter_and_holm_lies_between_bh_and_bonferroni(p, random):
    shuffled = list(range(len(p)))
    random.shuffle(shuffled)
    for adjust in ADJUSTMENTS.values():
        np.testing.assert_array_equal(adjust(np.array(p)[shuffled]), adjust(p)[shuffled])
    careful = holm(p)
    assert (benjamini_hochberg(p) <= careful * (1 + 1e-12)).all()
    assert (careful <= np.minimum(1, np.array(p) * len(p)) * (1 + 1e-12)).all()


def test_a_test_without_a_p_is_no_test():
    alone, with_gaps = [0.01, 0.02], [np.nan, 0.01, np.nan, 0.02]
    for adjust in ADJUSTMENTS.values():
        np.testing.assert_array_equal(adjust(with_gaps), [np.nan, adjust(alone)[0], np.nan, adjust(alone)[1]])


@pytest.mark.parametrize("adjust", ADJUSTMENTS.values(), ids=ADJUSTMENTS)
def test_shapes_and_nothing_to_adjust(adjust):
    assert adjust([]).shape == (0,)
    assert np.isnan(adjust([np.nan, np.nan])).all()
    assert adjust([[0.01, 0.02], [0.03, 0.04]]).shape == (2, 2)


@pytest.mark.parametrize("adjust", ADJUSTMENTS.values(), ids=ADJUSTMENTS)
@pytest.mark.parametrize("p", [[0.5, 1.2], [-0.1], [np.nan, 2.0], [np.inf]])
def test_a_p_value_is_a_probability(adjust, p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjust(p)
